"""A case merged into another, and taken out again as it stood: callers, sources, orders, clocks."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from command_center.cases.incident_tables import IncidentSource, Reporter
from command_center.clocks.clock_moves import remaining_from_moves
from command_center.clocks.clocks import list_moves
from command_center.clocks.working_time import read_working_time
from command_center.orders.order_tables import ClockRow
from tests.command_center.stage import NOON, TOWN, Stage
from tests.command_center.test_many_eyes import pass_time


def call(cast: Stage, name: str, category: str = "UM-01003", **facts: Any) -> int:
    place = cast.manhole().lonlat
    reporter = {"name": name, "phone": "13900000000", "wants_reply": True}
    said = {"category": category, "text": f"{name}来电", "lon": place.lon, "lat": place.lat, "channel": "phone"}
    number = cast.must("district", "report", reporter=reporter, **said, **facts).incident
    assert number is not None
    return number


def two_cases(cast: Stage) -> tuple[int, int]:
    main, other = call(cast, "甲"), call(cast, "乙", "UM-06010")
    assert main != other
    return main, other


def reporters_of(cast: Stage, number: int) -> list[str]:
    found = select(Reporter).where(Reporter.incident == number).order_by(Reporter.id)
    return [row.name for row in cast.reading(lambda session: session.scalars(found).all())]


def caller_ids(cast: Stage, number: int) -> list[int]:
    found = select(Reporter.id).where(Reporter.incident == number).order_by(Reporter.id)
    return list(cast.reading(lambda session: session.scalars(found).all()))


def sources_of(cast: Stage, number: int) -> int:
    found = select(IncidentSource).where(IncidentSource.incident == number)
    return len(cast.reading(lambda session: session.scalars(found).all()))


def running(cast: Stage, number: int) -> dict[str, ClockRow]:
    found = select(ClockRow).where(ClockRow.incident == number, ClockRow.stopped_at.is_(None))
    return {clock.stage: clock for clock in cast.reading(lambda session: session.scalars(found).all())}


def left_s(cast: Stage, clock: ClockRow, at: datetime) -> float:
    working = read_working_time(cast.city.policy("calendar"), cast.city.timezone)
    return remaining_from_moves(cast.reading(lambda session: list_moves(session, clock.id)), at, working)


def test_a_merge_keeps_every_caller_and_taking_it_back_restores_the_case(cast: Stage) -> None:
    main, other = two_cases(cast)
    before, clocks = cast.incident(other), running(cast, other)
    assert before.state == "verifying" and clocks
    left = {stage: left_s(cast, clock, cast.clock.now()) for stage, clock in clocks.items()}
    cast.must("town", "merge", other, into=main, reason="同一件事")
    assert cast.incident(other).state == "merged" and not running(cast, other)
    assert reporters_of(cast, main) == ["甲", "乙"] and sources_of(cast, main) == 2
    names = {
        cast.must("town", "unmask", main, field="reporter_name", reason="核实", **whose).result["value"]
        for whose in ({}, *({"reporter": one} for one in caller_ids(cast, main)))
    }
    assert names == {"甲", "乙"} and len(cast.entries("unmasked")) == 3
    assert cast.refused("town", "unmask", main, field="reporter_name", reason="x", reporter=999) == "invalid"
    pass_time(cast, hours=2)
    assert not cast.incident(other).is_overdue
    assert cast.refused("neighbour", "unmerge", other, reason="误并") == "not_found"
    assert cast.refused("worker", "unmerge", other, reason="误并") in ("forbidden", "not_found")
    cast.must("town", "unmerge", other, reason="两处井盖")
    after, again = cast.incident(other), running(cast, other)
    assert (after.state, after.holder_code, after.closed_at, after.merged_into) == (
        before.state, before.holder_code, None, None,
    )  # fmt: skip
    assert reporters_of(cast, main) == ["甲"] and reporters_of(cast, other) == ["乙"]
    assert sources_of(cast, main) == sources_of(cast, other) == 1
    for stage, clock in again.items():
        assert left_s(cast, clock, cast.clock.now()) == left[stage], stage
        assert clock.due_at == clocks[stage].due_at + timedelta(hours=2) or clock.calendar == "working"
    assert {order.state for order in cast.orders(other, "verify")} == {"issued"}
    cast.must("worker", "verify", other, is_true=True, no_photo_reason="雨大")
    assert cast.incident(other).state == "reported"


def test_what_was_merged_twice_comes_back_with_its_own(cast: Stage) -> None:
    main, other = two_cases(cast)
    third = call(cast, "丙", "UM-02001")
    cast.must("town", "merge", third, into=other, reason="同")
    cast.must("town", "merge", other, into=main, reason="同")
    assert reporters_of(cast, main) == ["甲", "乙", "丙"]
    assert cast.refused("town", "unmerge", third, reason="先拆外层") == "move_not_allowed"
    cast.must("town", "unmerge", other, reason="误并")
    assert reporters_of(cast, other) == ["乙", "丙"] and reporters_of(cast, main) == ["甲"]
    cast.must("town", "unmerge", third, reason="误并")
    assert reporters_of(cast, third) == ["丙"]


def test_a_merge_is_not_taken_back_when_the_main_case_has_ended(cast: Stage) -> None:
    main, other = two_cases(cast)
    cast.must("town", "merge", other, into=main, reason="同")
    cast.must("worker", "verify", main, is_true=False, no_photo_reason="没有")
    cast.must("town", "reject", main, reason="不属实", reply="经核实不属实")
    refusal = cast.do("town", "unmerge", other, reason="误并").refusal
    assert refusal is not None and refusal.facts["rule"] == "main_case_ended"
    assert "unmerge" not in cast.allowed("town", other)


def test_a_drill_is_not_merged_with_a_real_case(cast: Stage) -> None:
    main = call(cast, "甲")
    drill = call(cast, "乙", "UM-06010", drill=True)
    assert cast.refused("town", "merge", drill, into=main) == "invalid"


UPSTREAM = {"system": "12345", "number": "SQ-7", "due_at": (NOON + timedelta(hours=8)).isoformat()}


def test_the_platform_above_is_answered_under_its_number_before_the_case_closes(cast: Stage) -> None:
    said = {"category": "UM-01003", "text": "上级交办", "town": TOWN, "channel": "city", "upstream": UPSTREAM}
    number = cast.must("district", "report", **said).incident
    assert number is not None
    assert running(cast, number)["upstream"].due_at == NOON + timedelta(hours=8)
    assert cast.incident(number).upstream_state == "waiting"
    again = cast.do("town", "report", **{**said, "upstream": {"system": " 12345", "number": "ｓｑ－7"}}).refusal
    assert again is not None and (again.facts["rule"], again.facts["number"]) == ("upstream_known", number)
    assert cast.must("town", "report", **said, join=number).incident == number, "it joins the case it names"
    other = cast.must("town", "report", **{**said, "upstream": {**UPSTREAM, "system": "演示平台"}}).incident
    assert other not in (None, number), "another platform counts its own numbers"
    bad = {**UPSTREAM, "due_at": "tomorrow"}
    assert cast.refused("district", "report", **{**said, "upstream": bad}) == "invalid"
    main = call(cast, "甲", "UM-06010")
    if cast.incident(number).state not in ("reported", "verifying", "filed"):
        return
    who = "district" if cast.incident(number).level == "district" else "town"
    refusal = cast.do(who, "reject", number, reason="无效").refusal
    assert refusal is not None and refusal.facts["rule"] == "answer_upstream_first"
    cast.must("district", "merge", number, into=main)
    assert "upstream" in running(cast, main) and "upstream" not in running(cast, number)
    pass_time(cast, hours=7)
    assert any(entry.data["stage"] == "upstream" for entry in cast.entries("urged"))
    cast.must("district", "reply_upstream", main, reply="已处置")
    answered = cast.incident(number)
    assert answered.upstream is not None and answered.upstream["reply"] == "已处置"
    assert answered.upstream_state == "replied" and "upstream" not in running(cast, main)
    assert cast.entries("upstream_answered")[0].data["upstream_number"] == "SQ-7"
