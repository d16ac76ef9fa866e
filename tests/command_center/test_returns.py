"""A case in the wrong hands: returned, corrected or sent elsewhere, arbitrated; the lost time booked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from command_center.cases.approval_tables import LostTime
from command_center.moves.requests import Refusal
from command_center.moves.table import list_allowed
from command_center.orders.order_tables import ClockRow
from command_center.people.accounts import load_scope
from command_center.people.roles import Role
from grid.city import load_city
from tests.command_center.stage import TOWN, Stage

HOUR_S = 3600.0


@pytest.fixture
def sent(cast: Stage) -> Stage:
    """Return the stage with case 1 dispatched to the drainage unit; its crew and a housing clerk are there."""
    cast.hire("crew", Role.HANDLER, cast.city.code, department="drainage", worker="h-drainage-1")
    cast.hire("housing", Role.LIAISON, cast.city.code, department="housing")
    cast.take_in(cast.alarm())
    return cast


def lead(cast: Stage) -> int:
    return next(order.id for order in reversed(cast.orders(1)) if order.is_lead)


def why(cast: Stage, who: str, action: str, number: int | None = 1, **data: Any) -> Refusal:
    refusal = cast.do(who, action, number, **data).refusal
    assert refusal is not None, f"{action} was done"
    return refusal


def lost(cast: Stage) -> list[tuple[str, str, int]]:
    with cast.database.read() as session:
        rows = session.scalars(select(LostTime).order_by(LostTime.id)).all()
    return [(row.cause, row.holder_code, row.lost_s) for row in rows]


def clocks(cast: Stage, stage: str) -> list[ClockRow]:
    with cast.database.read() as session:
        found = select(ClockRow).where(ClockRow.incident == 1, ClockRow.stage == stage).order_by(ClockRow.id)
        return list(session.scalars(found))


def form(cast: Stage, who: str, action: str) -> dict[str, Any]:
    with cast.database.read() as session:
        scope, row = load_scope(session, who), cast.incident(1)
        offers = list_allowed(session, row, scope, cast.city, now=cast.clock.now())
    return next(offer["schema"] for offer in offers if offer["action"] == action)


def test_a_return_names_its_reason_and_the_lost_time_is_the_dispatchers(sent: Stage) -> None:
    total = clocks(sent, "total")[0].due_at
    sent.clock.advance(600)
    assert set(why(sent, "drainage", "return", reason="x").fields) == {"reason_code"}
    assert set(why(sent, "drainage", "return", reason_code="wrong_category").fields) == {"reason"}
    assert "reason_code" in why(sent, "drainage", "return", reason_code="bored", reason="x").fields
    sent.must("drainage", "return", 1, reason_code="wrong_category", reason="是污水井盖")
    back = sent.incident(1)
    assert (back.state, back.returns, back.needs_arbitration) == ("filed", 1, False)
    assert back.returned is not None and back.returned["by"] == "dept-drainage"
    assert lost(sent) == [("wrong_dispatch", f"desk-{TOWN}", 600)] and back.lost_s == 600
    (row,) = sent.reading(lambda session: session.scalars(select(LostTime)).all())
    # at noon the offices are closed: of the stage's own time nothing was lost, where it counts work hours
    assert (row.calendar, row.stage_s) == (
        clocks(sent, "dispose")[0].calendar,
        0 if row.calendar == "working" else 600,
    )
    assert back.routed_rule is not None and sent.entries("returned")[0].data["reason_code"] == "wrong_category"
    sent.must("town", "correct", 1, category="UM-01002")
    sent.must("town", "dispatch", 1, holder="housing")
    again = clocks(sent, "dispose")[-1]
    assert again.started_at == sent.clock.now() and again.limit_s == clocks(sent, "dispose")[0].limit_s
    assert clocks(sent, "total")[0].due_at == total and clocks(sent, "total")[0].stopped_at is None
    assert sent.incident(1).returned is None


def test_who_gets_a_returned_case_may_only_correct_or_hand_back(sent: Stage) -> None:
    sent.must("drainage", "return", 1, reason_code="lacks_info", reason="没有门牌号")
    allowed = sent.allowed("town", 1)
    assert {"correct", "hand_back"} <= allowed
    assert not allowed & {"close", "self_close", "answer", "dispose", "dispatch"}
    for named in ({}, {"holder": "housing"}, {"holder": "drainage"}):
        assert why(sent, "town", "dispatch", **named).facts["rule"] == "correct_first"
    assert set(why(sent, "town", "correct", holder="drainage").fields) == {"holder"}
    sent.must("town", "hand_back", 1, reason_code="lacks_info", reason="请核实地点")
    back = sent.incident(1)
    assert (back.state, back.accepted_at) == ("reported", None)
    assert why(sent, "community", "self_close", result="x").type in ("move_not_allowed", "forbidden")
    assert why(sent, "town", "answer", reply="没有这回事").facts["rule"] == "correct_or_hand_back"
    assert not sent.allowed("town", 1) & {"self_close", "answer"}
    sent.must("town", "file", 1, place_text="东门外第三个")
    sent.must("town", "dispatch", 1)
    assert sent.incident(1).state == "dispatched"


def test_where_only_the_holder_was_wrong_another_is_named_by_correcting(sent: Stage) -> None:
    sent.must("drainage", "return", 1, reason_code="no_means", reason="没有吊车")
    sent.must("town", "correct", 1, holder="housing")
    assert form(sent, "town", "dispatch")["properties"]["holder"]["default"] == "dept-housing"
    sent.must("town", "dispatch", 1)
    assert (sent.incident(1).holder_code, sent.incident(1).returned) == ("dept-housing", None)


def test_not_ours_goes_to_the_duty_leader_at_once_who_names_one_from_the_duty_list(sent: Stage) -> None:
    sent.must("drainage", "return", 1, reason_code="not_ours", reason="权属在住建")
    assert sent.incident(1).needs_arbitration
    assert why(sent, "town", "dispatch", holder="housing").type == "move_not_allowed"
    assert "hand_back" not in sent.allowed("town", 1) and "arbitrate" not in sent.allowed("town", 1)
    offered = form(sent, "duty", "arbitrate")["properties"]["lead"]["enum"]
    assert "housing" in offered and "education" not in offered
    assert "lead" in why(sent, "duty", "arbitrate", lead="education", reason="x").fields
    sent.must("duty", "arbitrate", 1, lead="housing", assistants=["drainage"], reason="按权责清单")
    after = sent.incident(1)
    assert (after.state, after.holder_code, after.needs_arbitration) == ("dispatched", "dept-housing", False)
    sent.must("housing", "sign", order=lead(sent))


def test_a_late_return_is_refused_with_the_rule_and_goes_to_arbitration(sent: Stage) -> None:
    sent.must("drainage", "sign", order=lead(sent))
    wrong = lead(sent)
    sent.clock.advance(24 * HOUR_S)
    refusal = why(sent, "drainage", "return", None, order=wrong, reason_code="not_ours", reason="晚了")
    assert (refusal.type, refusal.facts["rule"]) == ("move_not_allowed", "return_in_time")
    assert "request_arbitration" in refusal.facts["allowed"] and refusal.facts["state"] == "handling"
    sent.must("drainage", "request_arbitration", order=wrong, reason_code="not_ours", reason="权属在住建")
    assert (
        why(sent, "drainage", "request_arbitration", reason_code="not_ours", reason="x").type == "move_not_allowed"
    )
    assert sent.incident(1).state == "handling" and sent.incident(1).needs_arbitration
    sent.must("duty", "arbitrate", 1, lead="housing", reason="按权责清单")
    # signed 12:00 in the lunch break, four working hours end at 18:00; the rest of the day is the late return's
    assert lost(sent) == [
        ("wrong_dispatch", f"desk-{TOWN}", round(6 * HOUR_S)),
        ("late_return", "dept-drainage", round(18 * HOUR_S)),
    ]
    assert sent.incident(1).lost_s == 24 * HOUR_S
    assert next(o for o in sent.orders(1) if o.id == wrong).state == "returned"
    assert clocks(sent, "dispose")[-1].started_at == sent.clock.now()


def test_an_arbitration_that_confirms_the_holder_changes_nothing_of_its_clock(sent: Stage) -> None:
    sent.must("drainage", "sign", order=lead(sent))
    before = clocks(sent, "dispose")[0]
    sent.clock.advance(24 * HOUR_S)
    sent.must("drainage", "request_arbitration", 1, reason_code="not_ours", reason="权属在住建")
    sent.must("duty", "arbitrate", 1, lead="drainage", assistants=["housing"], reason="按权责清单")
    assert sent.incident(1).state == "handling" and lost(sent) == []
    after = clocks(sent, "dispose")[0]
    assert (after.id, after.due_at, after.stopped_at) == (before.id, before.due_at, None)
    assert [o.holder_code for o in sent.orders(1, "dispose")] == ["dept-drainage", "dept-housing"]


def test_before_a_return_the_assignment_is_undone(sent: Stage) -> None:
    stranger = why(sent, "drainage", "assign", None, order=lead(sent), worker=f"gw-{sent.grid()}")
    assert set(stranger.fields) == {"worker"}, "a department assigns its own crews, not a town's grid worker"
    sent.must("drainage", "assign", order=lead(sent), worker="h-drainage-1")
    refusal = why(sent, "drainage", "return", reason_code="other", reason="x")
    assert refusal.facts["rule"] == "assignment_first"
    sent.must("drainage", "revoke", order=lead(sent), reason="换人")
    sent.must("drainage", "return", 1, reason_code="other", reason="x")


def test_cannot_handle_goes_back_to_who_assigned_it(sent: Stage) -> None:
    sent.must("drainage", "sign", order=lead(sent))
    sent.must("drainage", "assign", order=lead(sent), worker="h-drainage-1")
    sent.must("crew", "cannot_handle", order=lead(sent), reason="没有吊车")
    order = next(o for o in sent.orders(1) if o.id == lead(sent))
    assert (order.state, order.worker) == ("signed", None) and sent.incident(1).state == "handling"
    assert sent.entries("cannot_handle")[0].data["is_back"]
    sent.must("drainage", "cannot_handle", order=lead(sent), reason="全所都没有吊车")
    assert sent.incident(1).state == "filed"


def test_what_a_crew_reports_done_the_department_confirms(sent: Stage) -> None:
    sent.must("drainage", "assign", order=lead(sent), worker="h-drainage-1")
    for action, data in (
        ("sign", {}),
        ("arrive", {}),
        ("dispose", {"result": "已更换", "no_photo_reason": "雨大"}),
    ):
        sent.must("crew", action, order=lead(sent), **data)
    assert sent.incident(1).state == "handling" and clocks(sent, "dispose")[-1].stopped_at is None
    assert "confirm" not in sent.allowed("crew", 1)
    sent.must("drainage", "refuse_feedback", order=lead(sent), reason="缺处置后照片")
    sent.must("crew", "dispose", order=lead(sent), result="已更换并复核", no_photo_reason="雨大")
    sent.must("drainage", "confirm", order=lead(sent))
    assert sent.incident(1).state == "disposed" and clocks(sent, "dispose")[-1].stopped_at is not None
    assert sent.kinds(1).count("feedback_given") == 2 and sent.kinds(1).count("disposed") == 1


def test_a_returned_case_offers_its_rules_correction_for_later_cases_only(sent: Stage) -> None:
    sent.must("drainage", "return", 1, reason_code="not_ours", reason="权属在住建")
    assert "correct_rule" not in sent.allowed("town", 1)
    before, version = sent.incident(1).routed_rule, sent.city.policy_version("routing")
    answer = sent.must("duty", "correct_rule", 1, department="housing", reason="井盖归住建", reach="city")
    assert answer.result["rule"] == before
    with sent.database.read() as session:
        sent.city = load_city(session)
    assert sent.city.policy_version("routing") == answer.result["new_version"] != version
    sent.take_in(sent.alarm("later", device=other_manhole(sent)))
    later = sent.incident(2)
    assert (later.routed_rule, later.holder_code) == (answer.result["new_rule"], "dept-housing")
    assert sent.incident(1).routed_rule == before
    other = sent.must("town", "report", category="UM-01001", town=TOWN, text="供水井盖").incident
    assert other is not None and sent.incident(other).routed_rule != answer.result["new_rule"]


def other_manhole(cast: Stage) -> str:
    """Return the id of a manhole sensor far from the first."""
    first = cast.manhole()
    others = [d for d in cast.city.register.list_devices("manhole_cover") if d.area[:9] != first.area[:9]]
    return str(others[0].id)
