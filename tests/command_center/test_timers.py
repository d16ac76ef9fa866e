"""Time: urged at half, four fifths and the whole; supervised past it; once, also after an outage."""

import asyncio
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from command_center.responses.response_timers import RESPONSE_FIRES
from command_center.running import firing
from command_center.running.writer import Pace, Writer
from command_center.timers import FIRES, fire_due
from tests.command_center.stage import TOWN, Stage


def fire(stage: Stage) -> int:
    fired = 0
    while count := fire_due(stage.database, stage.city, stage.clock):
        fired += count
    return fired


def open_urgent(cast: Stage) -> int:
    """Open a case of urgency 特急, whose clocks run on without pause."""
    number = cast.must("district", "report", category="EM-09006", town=TOWN, channel="worker").incident
    assert number is not None and cast.incident(number).urgency == "emergency"
    return number


def test_the_holder_is_urged_three_times_and_then_supervised_where_it_stands(cast: Stage) -> None:
    number = open_urgent(cast)
    before = cast.incident(number)
    cast.clock.advance(149)
    fire(cast)
    assert "urged" not in cast.kinds(number)
    cast.clock.advance(2)  # sign: five minutes
    fire(cast)
    signing = [e for e in cast.entries("urged") if e.data["stage"] == "sign"]
    assert [e.data["ratio"] for e in signing] == [0.5] * len(cast.orders(number))
    cast.clock.advance(100)
    fire(cast)
    assert cast.incident(number).is_due_soon and not cast.incident(number).is_overdue
    cast.clock.advance(60)
    fire(cast)
    late = cast.incident(number)
    assert late.is_overdue and late.supervised_by is not None
    assert (late.state, late.holder_code, late.level) == (before.state, before.holder_code, before.level)
    assert late.version == before.version
    assert cast.kinds(number).count("supervised") == 1


def test_after_an_outage_everything_due_happens_once_in_order(cast: Stage) -> None:
    number = open_urgent(cast)
    cast.clock.advance(3600)
    assert fire(cast) > 0
    ratios = [e.data["ratio"] for e in cast.entries("urged") if e.data["stage"] == "sign"]
    assert ratios.count(0.5) == ratios.count(0.8) == ratios.count(1.0) == len(cast.orders(number))
    assert fire(cast) == 0
    cast.clock.advance(1)
    assert fire(cast) == 0


def test_a_clock_that_was_stopped_urges_nobody(cast: Stage) -> None:
    number = open_urgent(cast)
    for who, order in (("drainage", "dispose"), ("police", "attend")):
        for one in cast.orders(number, order):
            if cast.do(who, "sign", order=one.id).refusal is None:
                assert not [c for c in cast.entries("urged") if c.data.get("order") == one.id]
    cast.clock.advance(301)
    fire(cast)
    unsigned = {o.id for o in cast.orders(number) if o.state == "issued"}
    assert {e.data["order"] for e in cast.entries("urged") if e.data["stage"] == "sign"} == unsigned


def test_an_order_that_no_phone_received_is_told(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    attend = cast.orders(1, "attend")[0]
    assert attend.worker is not None
    cast.clock.advance(299)
    fire(cast)
    assert not cast.entries("order_undelivered")
    cast.clock.advance(2)
    fire(cast)
    (entry,) = cast.entries("order_undelivered")
    assert entry.data["order"] == attend.id and entry.data["worker_name"].endswith("**")


def test_an_order_that_was_received_is_not_told(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    cast.must("worker", "receive", order=cast.orders(1, "attend")[0].id)
    cast.clock.advance(400)
    fire(cast)
    assert not cast.entries("order_undelivered")


def test_a_phone_that_signed_in_time_without_a_network_is_not_late(cast: Stage) -> None:
    number = open_urgent(cast)
    order = next(o for o in cast.orders(number) if o.holder_code == "dept-drainage")
    signed_at = cast.clock.now() + timedelta(minutes=2)
    cast.clock.advance(1200)
    cast.must("drainage", "sign", order=order.id, at=signed_at)
    (after,) = [o for o in cast.orders(number) if o.id == order.id]
    assert after.signed_at == signed_at
    entry = cast.entries("signed")[0]
    assert entry.at == cast.clock.now() and entry.data["acted_at"] == signed_at.isoformat()


def test_every_kind_of_timer_has_what_fires_it() -> None:
    kinds = {"clock", "delivery", "answer", "approval", "suspension", "archive", "callback"}
    assert kinds <= set(FIRES) and not set(FIRES) & set(RESPONSE_FIRES)


def test_an_accept_clock_in_working_hours_only_where_the_city_says_so(cast: Stage) -> None:
    number = cast.must("district", "report", text="路灯", town=TOWN).incident
    assert number is not None
    cast.clock.advance(15 * 60 + 1)
    fire(cast)
    assert cast.incident(number).is_overdue
    cast.must("town", "accept", number)
    assert not cast.incident(number).is_overdue


def test_slices_of_a_backlog_pass_a_batch_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    nothing: Any = None
    slices = count(1)

    def fire_some(_database: object, _city: object, _clock: object, limit: int) -> int:
        done.append("slice")
        return limit if next(slices) < 7 else 1

    async def run() -> tuple[int, bool]:
        writer = Writer()
        pace = Pace(writer, 25, 25)
        try:
            first = asyncio.create_task(firing.fire_slice(pace, nothing, nothing, nothing))
            for _ in range(3):
                await writer.write(lambda: done.append("batch"))
            assert await first == (100, True)
            return await firing.fire_slice(pace, nothing, nothing, nothing)
        finally:
            writer.close()

    monkeypatch.setattr(firing, "fire_due", fire_some)
    assert asyncio.run(run()) == (52, False)
    assert done.count("slice") == 8 and done.count("batch") == 3
