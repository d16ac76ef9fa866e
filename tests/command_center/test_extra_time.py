"""What more than one person decides: more time, suspension, appeal, void, closing by force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from command_center.cases.approval_tables import Approval
from command_center.moves.requests import Refusal
from command_center.orders.order_tables import ClockRow
from command_center.people.roles import Role
from command_center.timers import fire_due
from tests.command_center.stage import Stage

DAY_S = 24 * 3600.0


@pytest.fixture
def at_work(cast: Stage) -> Stage:
    """Return the stage with case 1 handled by the drainage unit's crew; a shift leader and a second liaison."""
    cast.hire("crew", Role.HANDLER, cast.city.code, department="drainage", worker="h-drainage-1")
    cast.hire("shift", Role.SHIFT_LEADER, cast.city.code)
    cast.take_in(cast.alarm())
    attend = cast.orders(1, "attend")[0].id
    for action, form in (
        ("sign", {}),
        ("arrive", {}),
        ("dispose", {"result": "已围护", "no_photo_reason": "雨大"}),
    ):
        cast.must("worker", action, order=attend, **form)
    cast.must("drainage", "sign", order=lead(cast))
    return cast


def lead(cast: Stage, number: int = 1) -> int:
    return next(order.id for order in reversed(cast.orders(number)) if order.is_lead)


def clock(cast: Stage) -> ClockRow:
    with cast.database.read() as session:
        found = select(ClockRow).where(ClockRow.order == lead(cast), ClockRow.stage == "dispose")
        return session.scalars(found.order_by(ClockRow.id.desc())).first()  # type: ignore[return-value]


def why(cast: Stage, who: str, action: str, number: int | None = 1, **data: Any) -> Refusal:
    refusal = cast.do(who, action, number, **data).refusal
    assert refusal is not None, f"{action} was done"
    return refusal


def pass_time(cast: Stage, seconds: float) -> None:
    cast.clock.advance(seconds)
    while fire_due(cast.database, cast.city, cast.clock):
        pass


def extend(cast: Stage, *agree: str) -> None:
    cast.must("crew", "extend", 1, reason="管材未到")
    for who in agree:
        cast.must(who, "approve", 1)


def test_an_extension_needs_two_who_agree_and_adds_one_original_limit(at_work: Stage) -> None:
    before = clock(at_work)
    at_work.must("crew", "extend", 1, reason="管材未到 电话13812348000")
    assert clock(at_work).due_at == before.due_at
    assert "approve" not in at_work.allowed("crew", 1) and "approve" not in at_work.allowed("town", 1)
    at_work.must("drainage", "approve", 1)
    assert clock(at_work).due_at == before.due_at
    assert why(at_work, "drainage", "approve").type == "forbidden"
    at_work.must("town", "approve", 1)
    after = clock(at_work)
    assert after.limit_s == 2 * before.limit_s and after.due_at > before.due_at
    assert at_work.kinds(1)[-3:] == ["approval_given", "approval_given", "extended"]
    assert "13812348000" not in str([entry.data for entry in at_work.entries("approval_asked")])


def test_two_extensions_at_most_the_second_by_the_district_and_refusals_do_not_count(at_work: Stage) -> None:
    limit_s = clock(at_work).limit_s
    at_work.must("crew", "extend", 1, reason="一")
    assert why(at_work, "crew", "extend", reason="又一").facts["rule"] == "request_pending"
    at_work.must("drainage", "decline", 1, reason="抓紧")
    extend(at_work, "drainage", "town")
    at_work.must("crew", "extend", 1, reason="二")
    at_work.must("drainage", "approve", 1)
    assert "approve" not in at_work.allowed("town", 1)
    at_work.must("district", "approve", 1)
    assert clock(at_work).limit_s == 3 * limit_s
    refusal = why(at_work, "crew", "extend", reason="三")
    assert (refusal.type, refusal.facts["rule"]) == ("move_not_allowed", "extensions_used_up")
    assert refusal.facts["state"] == "handling" and refusal.facts["wanted"] == "extend"
    assert "dispose" in refusal.facts["allowed"] and refusal.facts["rule_text"]["zh"]


def test_after_the_deadline_no_extension_is_asked_for(at_work: Stage) -> None:
    at_work.clock.advance((clock(at_work).due_at - at_work.clock.now()).total_seconds())
    refusal = why(at_work, "crew", "extend", reason="晚了")
    assert (refusal.type, refusal.facts["rule"]) == ("move_not_allowed", "before_deadline")


def test_where_the_clerk_asks_the_dispatcher_and_a_leader_agree(at_work: Stage) -> None:
    at_work.must("drainage", "extend", 1, reason="设备检修")
    assert "approve" not in at_work.allowed("crew", 1)
    at_work.must("town", "approve", 1)
    assert "approve" not in at_work.allowed("town2", 1)
    at_work.must("duty", "approve", 1)
    assert at_work.kinds(1)[-1] == "extended"


def test_a_request_that_nobody_decides_ends_by_itself(at_work: Stage) -> None:
    at_work.must("crew", "extend", 1, reason="管材未到")
    pass_time(at_work, DAY_S + 60)
    assert "approval_expired" in at_work.kinds(1) and at_work.incident(1).approvals_pending == 0
    assert why(at_work, "drainage", "approve").type == "move_not_allowed"


def test_a_request_lapses_when_the_case_moves_on(at_work: Stage) -> None:
    at_work.must("crew", "extend", 1, reason="管材未到")
    at_work.must("drainage", "dispose", 1, result="修好了")
    assert at_work.kinds(1)[-1] == "approval_lapsed" and at_work.incident(1).approvals_pending == 0


def suspend(cast: Stage, until: str) -> None:
    cast.must("crew", "suspend", 1, reason="等待汛期过去", until=until)
    cast.must("drainage", "approve", 1)
    cast.must("district", "approve", 1)


def test_a_suspended_case_stands_still_and_goes_on_by_itself(at_work: Stage) -> None:
    suspend(at_work, "2026-12-01")
    put_off = at_work.incident(1)
    assert put_off.state == "suspended"
    assert put_off.suspended_until == datetime(2026, 11, 30, 16, tzinfo=UTC)  # midnight in the city
    before = clock(at_work)
    assert before.paused_at is not None
    refusal = why(at_work, "drainage", "dispose", None, order=lead(at_work), result="x")
    assert refusal.facts["rule"] == "suspended"
    pass_time(at_work, 5 * DAY_S)
    assert at_work.incident(1).state == "suspended" and not at_work.incident(1).is_overdue
    pass_time(at_work, 3 * DAY_S)
    after = at_work.incident(1)
    assert (after.state, after.suspended_until) == ("handling", None)
    assert clock(at_work).paused_at is None and clock(at_work).due_at > before.due_at
    assert at_work.entries("resumed")[0].actor_kind == "system"
    refusal = why(at_work, "crew", "suspend", reason="再来", until="2026-12-20")
    assert refusal.facts["rule"] == "suspended_once"


def test_a_suspension_ends_by_hand_too_and_the_timer_then_does_nothing(at_work: Stage) -> None:
    suspend(at_work, "2026-11-24T10:00:00+08:00")
    at_work.must("crew", "resume", 1)
    assert at_work.incident(1).state == "handling"
    pass_time(at_work, 2 * DAY_S)
    assert at_work.kinds(1).count("resumed") == 1


def test_a_suspension_that_nobody_agreed_to_before_its_day_is_asked_for_no_longer(at_work: Stage) -> None:
    until = at_work.clock.now() + timedelta(hours=2)
    at_work.must("crew", "suspend", 1, reason="等待汛期过去", until=until.isoformat())
    pass_time(at_work, 2 * 3600 + 60)
    assert "approval_expired" in at_work.kinds(1) and "approve" not in at_work.allowed("drainage", 1)


@pytest.mark.parametrize("until", ["2026-11-23", "2027-11-30", "soon", "2026-13-45", "2026-11-25T10:00:00"])
def test_a_day_that_cannot_be_is_refused_when_it_is_asked_for(at_work: Stage, until: str) -> None:
    refusal = why(at_work, "crew", "suspend", reason="x", until=until)
    assert refusal.type == "invalid" and set(refusal.fields) == {"until"}


def close(cast: Stage) -> None:
    cast.must("drainage", "dispose", 1, result="修好了")
    cast.must("town", "send_check", 1)
    check = cast.orders(1, "check")[0]
    cast.must("worker", "check", order=check.id, passed=True, no_photo_reason="雨大")
    cast.must("town", "close", 1)


def test_an_appeal_takes_the_missed_limit_out_of_the_figures_and_leaves_the_facts(at_work: Stage) -> None:
    pass_time(at_work, 10 * DAY_S)
    close(at_work)
    assert clock(at_work).missed
    at_work.must("drainage", "appeal", 1, reason="停电")
    at_work.must("town", "approve", 1)
    assert "approve" not in at_work.allowed("town", 1)
    at_work.must("town2", "approve", 1)
    assert at_work.incident(1).timeout_exempt and clock(at_work).missed
    assert why(at_work, "drainage", "appeal", reason="再诉").facts["rule"] == "appealed_once"


def test_without_a_missed_limit_there_is_nothing_to_appeal_against(at_work: Stage) -> None:
    close(at_work)
    assert why(at_work, "drainage", "appeal", reason="x").facts["rule"] == "no_limit_missed"


def test_a_closed_case_is_filed_away_after_the_window_unless_it_was_opened_again(at_work: Stage) -> None:
    close(at_work)
    pass_time(at_work, 14 * DAY_S)
    at_work.must("town", "reopen", 1, reason="又坏了")
    pass_time(at_work, 2 * DAY_S)
    assert at_work.incident(1).state == "filed"
    at_work.must("duty", "force_close", 1, reason="已并入大修")
    at_work.must("shift", "approve", 1)
    pass_time(at_work, 16 * DAY_S)
    done = at_work.incident(1)
    assert done.state == "archived" and done.archived_at is not None
    assert why(at_work, "town", "reopen", reason="x").type == "move_not_allowed"


def test_force_close_needs_a_duty_leader_and_a_second_person(at_work: Stage) -> None:
    assert at_work.refused("shift", "force_close", 1, reason="x") == "forbidden"
    at_work.must("duty", "force_close", 1, reason="现场已无法处置")
    assert at_work.incident(1).state == "handling"
    refusal = why(at_work, "duty", "approve")
    assert refusal.type == "forbidden"
    at_work.must("shift", "approve", 1, reason="同意")
    closed = at_work.incident(1)
    assert (closed.state, closed.is_forced) == ("closed", True)
    entry = at_work.entries("closed")[0]
    assert entry.data["is_forced"] and entry.data["asked_name"]


def test_void_by_one_before_filing_and_by_two_after(at_work: Stage) -> None:
    fresh = at_work.must("town", "report", text="测试电话", town="321311001").incident
    assert fresh is not None
    at_work.must("town", "void", fresh, reason="误报")
    assert at_work.incident(fresh).state == "void"
    at_work.must("town", "void", 1, reason="重复登记")
    assert at_work.incident(1).state == "handling"
    at_work.must("town2", "decline", 1, reason="不是重复")
    at_work.must("town", "void", 1, reason="重复登记")
    at_work.must("town2", "approve", 1)
    assert at_work.incident(1).state == "void" and at_work.orders(1, "dispose")[0].state == "cancelled"


def test_several_requests_are_told_apart_by_their_number(at_work: Stage) -> None:
    at_work.must("town", "void", 1, reason="重复登记")
    at_work.must("duty", "force_close", 1, reason="并入大修")
    assert why(at_work, "shift", "approve").fields == {"approval": "is needed"}
    with at_work.database.read() as session:
        wanted = session.scalars(select(Approval.id).where(Approval.action == "force_close")).one()
    assert why(at_work, "shift", "approve", approval=999).type == "invalid"
    at_work.must("shift", "approve", 1, approval=wanted)
    assert at_work.incident(1).state == "closed"
    assert at_work.kinds(1)[-1] == "approval_lapsed"


def test_a_case_whose_time_is_up_stays_exact(at_work: Stage) -> None:
    """Asked in time and agreed to after the deadline: the extension counts."""
    due_at = clock(at_work).due_at
    at_work.clock.advance((due_at - at_work.clock.now()).total_seconds() - 60)
    at_work.must("crew", "extend", 1, reason="管材未到")
    pass_time(at_work, 120)
    assert at_work.incident(1).is_overdue
    at_work.must("drainage", "approve", 1)
    at_work.must("town", "approve", 1)
    assert not at_work.incident(1).is_overdue and not clock(at_work).missed
    assert clock(at_work).due_at - due_at >= timedelta(seconds=clock(at_work).limit_s / 2)
