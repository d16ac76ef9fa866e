"""Whoever reported is owed an answer and a call: each for themselves, in time, and again when dissatisfied."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from command_center.cases.incident_tables import Reporter
from tests.command_center.stage import Stage
from tests.command_center.test_merges import call, running
from tests.command_center.test_timers import fire


def reporters(cast: Stage, number: int) -> list[Reporter]:
    found = select(Reporter).where(Reporter.incident == number).order_by(Reporter.id)
    return list(cast.reading(lambda session: session.scalars(found).all()))


def closed(cast: Stage, number: int) -> int:
    """Lead a case from its verification to its end."""
    if cast.incident(number).state == "verifying":
        cast.must("worker", "verify", number, is_true=True, no_photo_reason="雨大")
        cast.must("town", "file", number)
    cast.must("town", "dispatch", number, holder="drainage")
    cast.must("drainage", "sign", number)
    cast.must("drainage", "dispose", number, result="好了")
    cast.must("town", "send_check", number)
    cast.must("worker", "check", number, passed=True, no_photo_reason="雨大")
    refusal = cast.do("town", "close", number).refusal
    assert refusal is not None and refusal.facts["rule"] == "reply_first"
    cast.must("town", "reply", number, reply="井盖已更换")
    cast.must("town", "close", number)
    return number


def merged_and_closed(cast: Stage) -> int:
    main, other = call(cast, "甲"), call(cast, "乙", "UM-06010")
    cast.must("town", "merge", other, into=main, reason="同一件事")
    return closed(cast, main)


def test_every_reporter_of_a_merged_case_is_called_for_themselves(cast: Stage) -> None:
    number = merged_and_closed(cast)
    first, second = reporters(cast, number)
    days = {"emergency": 1, "urgent": 2, "normal": 3}[cast.incident(number).urgency]
    assert first.callback_due_at == second.callback_due_at == cast.clock.now() + timedelta(days=days)
    assert cast.refused("town", "revisit", number, satisfaction="satisfied") == "invalid", "which of the two?"
    assert cast.refused("town", "revisit", number, reporter=first.id, satisfaction="fine") == "invalid"
    cast.must("town", "revisit", number, reporter=first.id, satisfaction="fairly_satisfied")
    cast.must("town", "revisit", number, satisfaction="very_satisfied")
    assert [one.satisfaction for one in reporters(cast, number)] == ["fairly_satisfied", "very_satisfied"]
    assert cast.refused("town", "revisit", number, satisfaction="satisfied") in ("move_not_allowed", "invalid")
    assert not cast.allowed("town", number) & {"revisit", "unreachable"}


def test_a_call_that_nobody_takes_is_counted_and_comes_again(cast: Stage) -> None:
    number = closed(cast, call(cast, "甲"))
    for attempt in (1, 2, 3):
        cast.must("town", "unreachable", number)
        (one,) = reporters(cast, number)
        assert one.callback_attempts == attempt
        assert (one.callback_due_at is None) == (attempt == 3)
    assert [entry.data["is_last"] for entry in cast.entries("caller_unreachable")] == [False, False, True]
    assert "revisit" not in cast.allowed("town", number)


def test_a_call_that_is_late_is_urged_when_it_is_due_and_every_day_after(cast: Stage) -> None:
    number = closed(cast, call(cast, "甲"))
    (one,) = reporters(cast, number)
    assert one.callback_due_at is not None
    due_in_s = (one.callback_due_at - cast.clock.now()).total_seconds()
    cast.clock.advance(due_in_s - 1)
    fire(cast)
    late = [entry.data for entry in cast.entries("urged") if entry.data["stage"] == "callback"]
    assert not late
    for days in (0, 1, 2):
        cast.clock.advance(1 if not days else 86_400)
        fire(cast)
        late = [entry.data for entry in cast.entries("urged") if entry.data["stage"] == "callback"]
        assert [data.get("overdue_days", 0) for data in late] == list(range(days + 1))
    assert late[0]["holder"].startswith("desk-") and late[0]["to"] == [late[0]["holder"]]
    cast.must("town", "revisit", number, satisfaction="satisfied")
    cast.clock.advance(5 * 86_400)
    fire(cast)
    assert len([e for e in cast.entries("urged") if e.data["stage"] == "callback"]) == 3


def test_who_is_dissatisfied_opens_a_further_round_with_new_clocks(cast: Stage) -> None:
    number = closed(cast, call(cast, "甲"))
    before = cast.incident(number)
    cast.clock.advance(3600.0)
    cast.must("town", "revisit", number, satisfaction="dissatisfied", note="又塌了")
    again = cast.incident(number)
    assert (again.state, again.round, again.reply, again.closed_at) == ("filed", 2, "", None)
    (former,) = again.rounds
    assert former["round"] == 1 and former["reply"] == "井盖已更换" and before.closed_at is not None
    assert former["closed_at"] == before.closed_at.isoformat()
    clocks = running(cast, number)
    assert {"dispatch", "total"} <= set(clocks) and clocks["total"].started_at == cast.clock.now()
    assert "revisit" not in cast.allowed("town", number) and reporters(cast, number)[0].callback_due_at is None
    closed(cast, number)
    rounds = [order.round for order in cast.orders(number, "dispose")]
    assert rounds == sorted(rounds) and rounds[-1] == 2 and rounds[0] == 1
    assert reporters(cast, number)[0].callback_due_at is not None
    cast.must("town", "revisit", number, satisfaction="satisfied")
    assert cast.entries("revisited")[-1].data["round"] == 2


def test_a_citizens_case_is_not_settled_on_the_spot_before_the_reply(cast: Stage) -> None:
    place = cast.manhole().lonlat
    said: dict[str, Any] = {"category": "UM-06010", "lon": place.lon, "lat": place.lat, "channel": "citizen"}
    reporter = {"name": "丁", "phone": "13900000001", "wants_reply": True}
    number = cast.must("community", "report", **said, reporter=reporter).incident
    assert number is not None
    refusal = cast.do("community", "self_close", number, result="已清理").refusal
    assert refusal is not None and refusal.facts["rule"] == "reply_first"
    cast.must("community", "reply", number, reply="已清理")
    cast.must("community", "self_close", number, result="已清理")
    assert reporters(cast, number)[0].callback_due_at is not None


def test_an_anonymous_caller_and_a_drill_are_called_by_nobody(cast: Stage) -> None:
    place = cast.manhole().lonlat
    said: dict[str, Any] = {"category": "UM-06010", "lon": place.lon, "lat": place.lat, "channel": "citizen"}
    for facts in ({"reporter": {"anonymous": True}}, {"reporter": {"phone": "13900000001"}, "drill": True}):
        number = cast.must("community", "report", **said, **facts).incident
        assert number is not None
        cast.must("community", "self_close", number, result="已清理")
        assert reporters(cast, number)[0].callback_due_at is None
