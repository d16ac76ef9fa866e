"""War mode halts ordinary cases by class: their clocks stand still, new ones too, grave ones never."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from command_center.orders.order_tables import ClockRow
from command_center.people.roles import Role
from grid.city import load_city
from grid.policy_edit import edit_policy
from tests.command_center.stage import TOWN, Stage
from tests.command_center.test_levels import report
from tests.command_center.test_responses import begin, must, refusal, state
from tests.command_center.test_timers import fire


def halted(stage: Stage, number: int) -> dict[str, bool]:
    with stage.database.read() as session:
        found = select(ClockRow).where(ClockRow.incident == number, ClockRow.stopped_at.is_(None))
        return {clock.stage: clock.paused_at is not None for clock in session.scalars(found)}


@pytest.fixture
def war(cast: Stage) -> Stage:
    cast.hire("head", Role.LEADER, cast.city.code)
    return cast


def test_ordinary_cases_of_a_class_stand_still_until_the_response_lets_them_go(war: Stage) -> None:
    old, other = report(war, "town", "UM-06010", channel="citizen"), report(war, "town", "UM-01003")
    id = begin(war)
    assert refusal(war, "duty", "freeze_cases", id, classes=["UM-06"], reason="防汛") == "move_not_allowed"
    must(war, "duty", "activate_response", id, level=4, reason="暴雨")
    for wrong in (["UM-99"], [], ["*"]):
        assert refusal(war, "duty", "freeze_cases", id, classes=wrong, reason="防汛") == "invalid"
    assert refusal(war, "district", "freeze_cases", id, classes=["UM-06"], reason="防汛") == "forbidden"
    assert must(war, "duty", "freeze_cases", id, classes=["UM-06"], reason="防汛")["cases"] == 1
    assert halted(war, old) and all(halted(war, old).values()) and not any(halted(war, other).values())
    war.clock.advance(30 * 86_400)
    fire(war)
    assert not [e for e in war.entries("urged") if e.incident == old] and not war.incident(old).is_overdue
    young = report(war, "town", "UM-06011", channel="citizen")
    assert halted(war, young) and all(halted(war, young).values()) and war.incident(young).frozen_by == id
    sheet = war.must("duty", "handover").result["id"]
    from tests.command_center.test_shift import sheet_of

    (line,) = sheet_of(war, sheet).sheet["responses"]["items"]
    assert (line["response"], line["state"], line["frozen"]) == (id, "response", ["UM-06"])
    war.must("duty", "set_severity", young, severity=4, reason="伤一人")
    assert war.incident(young).frozen_by is None and not any(halted(war, young).values())
    must(war, "duty", "thaw_cases", id, reason="雨停")
    assert war.incident(old).frozen_by is None and not any(halted(war, old).values())
    assert refusal(war, "duty", "thaw_cases", id, reason="再来") == "move_not_allowed"
    assert {"frozen", "thawed"} <= set(war.kinds(old)) and state(war, id).frozen == []


def test_the_end_of_the_response_lets_them_go_and_work_on_a_halted_case_goes_on(war: Stage) -> None:
    war.take_in(war.alarm())
    id = begin(war)
    must(war, "duty", "activate_response", id, level=4, reason="暴雨")
    must(war, "duty", "freeze_cases", id, classes=["UM-01003"], reason="防汛")
    war.must("drainage", "sign", 1)
    war.must("drainage", "dispose", 1, result="好了")
    war.must("town", "rework", 1, reason="没盖严")
    assert halted(war, 1) == {"sign": True, "dispose": True, "total": True}
    must(war, "duty", "terminate_response", id, reason="雨停")
    assert not any(halted(war, 1).values())
    assert war.must("town", "handover").result["id"] and TOWN


def test_rework_has_the_share_of_the_limit_that_the_city_says(cast: Stage) -> None:
    document = {**cast.city.policy("lifecycle"), "rework": {"limit_share": 0.5}}
    with cast.database.write() as session:
        edit_policy(session, "lifecycle", document, cast.clock.now())
    cast.city = cast.reading(load_city)
    cast.take_in(cast.alarm())
    cast.must("drainage", "sign", 1)
    cast.must("drainage", "dispose", 1, result="好了")
    cast.must("town", "rework", 1, reason="没盖严")
    found = (
        select(ClockRow.limit_s).where(ClockRow.incident == 1, ClockRow.stage == "dispose").order_by(ClockRow.id)
    )
    first, again = cast.reading(lambda session: session.scalars(found).all())
    assert again == round(first * 0.5)
