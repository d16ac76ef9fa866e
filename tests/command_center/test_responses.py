"""War mode: who may activate at which level, two persons, continuous clocks, instructions, reports, the end."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from command_center.moves.requests import ActionAnswer
from command_center.orders.order_tables import ClockRow
from command_center.people.roles import Role
from command_center.responses.report_tables import UpwardReport
from command_center.responses.response_tables import EmergencyResponse, Instruction
from tests.command_center.stage import TOWN, Stage
from tests.command_center.test_levels import FIRST
from tests.command_center.test_timers import fire


@pytest.fixture
def war(cast: Stage) -> Stage:
    cast.hire("head", Role.LEADER, cast.city.code)
    cast.hire("duty2", Role.DUTY_LEADER, cast.city.code)
    return cast


def begin(war: Stage, **more: Any) -> int:
    return int(war.must("duty", "open_response", title="强降雨", **more).result["id"])


def do(war: Stage, who: str, action: str, id: int, **data: Any) -> ActionAnswer:
    return war.do(who, action, version=None, id=id, **data)


def must(war: Stage, who: str, action: str, id: int, **data: Any) -> dict[str, Any]:
    answer = do(war, who, action, id, **data)
    assert answer.refusal is None, answer.refusal
    return answer.result


def refusal(war: Stage, who: str, action: str, id: int, **data: Any) -> str:
    answer = do(war, who, action, id, **data)
    assert answer.refusal is not None, f"{action} was done"
    return answer.refusal.type


def state(war: Stage, id: int) -> EmergencyResponse:
    with war.database.read() as session:
        return session.get_one(EmergencyResponse, id)


def test_level_four_is_the_duty_leaders_and_three_needs_a_second_person_and_a_leader(war: Stage) -> None:
    id = begin(war)
    assert refusal(war, "district", "activate_response", id, level=4, reason="暴雨") == "forbidden"
    must(war, "duty", "raise_warning", id, level=4)
    must(war, "duty", "activate_response", id, level=4, reason="暴雨")
    assert (state(war, id).state, state(war, id).level) == ("response", 4)
    must(war, "duty", "adjust_level", id, level=3, reason="雨势加大")
    assert state(war, id).level == 4
    assert refusal(war, "duty", "confirm_response", id) == "forbidden"
    assert refusal(war, "duty2", "confirm_response", id) == "forbidden"
    assert refusal(war, "duty2", "adjust_level", id, level=2, reason="x") == "move_not_allowed"
    must(war, "head", "confirm_response", id)
    assert state(war, id).level == 3 and state(war, id).proposal is None
    must(war, "head", "adjust_level", id, level=2, reason="堤防告急")
    must(war, "duty", "decline_response", id, reason="未达标准")
    assert state(war, id).level == 3
    assert refusal(war, "neighbour", "adjust_level", id, level=1, reason="x") in ("not_found", "forbidden")


def test_from_monitor_to_its_end_with_the_words_kept(war: Stage) -> None:
    id = begin(war, state="monitor")
    assert refusal(war, "duty", "evaluate", id, text="好") == "move_not_allowed"
    must(war, "duty", "activate_response", id, level=4, reason="暴雨")
    must(war, "duty", "release_info", id, text="请勿靠近河道 13812345678", channel="政务微信")
    assert refusal(war, "duty", "report_response", id, kind="follow_up", progress="x") == "invalid"
    war.clock.advance(3601)
    fire(war)
    late = [row for row in war.entries("told") if row.data.get("rule") == "response.response_report"]
    assert len(late) == 1
    must(war, "duty", "report_response", id, kind="first", **FIRST)
    must(war, "duty", "report_response", id, kind="follow_up", progress="转移二十人")
    must(war, "duty", "report_response", id, kind="final", progress="雨停", outcome="无伤亡")
    must(war, "duty", "terminate_response", id, reason="雨停")
    assert state(war, id).state == "recovery"
    must(war, "duty", "terminate_response", id, reason="恢复完毕")
    assert state(war, id).state == "ended"
    must(war, "duty", "evaluate", id, text="响应及时，泵站启动偏晚")
    assert refusal(war, "duty", "activate_response", id, level=4, reason="x") == "move_not_allowed"
    with war.database.read() as session:
        kinds = session.scalars(select(UpwardReport.kind).order_by(UpwardReport.id)).all()
    assert kinds == ["first", "follow_up", "final"]
    assert "13812345678" not in str([row.data for row in war.entries("info_released")])


def test_clocks_of_a_bound_case_run_without_pause_and_a_drill_stays_a_drill(war: Stage) -> None:
    place = war.manhole().lonlat
    number = war.must(
        "town", "report", category="UM-03001", lon=place.lon, lat=place.lat, channel="worker"
    ).incident
    assert number is not None
    drill = begin(war, drill=True)
    must(war, "duty", "activate_response", drill, level=4, reason="演练")
    assert state(war, drill).title.startswith("【演练】")
    assert refusal(war, "duty", "bind_incident", drill, case=number) == "invalid"
    id = begin(war)
    must(war, "duty", "activate_response", id, level=4, reason="暴雨")
    must(war, "duty", "bind_incident", id, case=number)
    with war.database.read() as session:
        running = session.scalars(
            select(ClockRow).where(ClockRow.incident == number, ClockRow.stopped_at.is_(None))
        ).all()
    assert running and {clock.calendar for clock in running} == {"continuous"}
    assert refusal(war, "duty", "bind_incident", id, case=number) == "invalid"
    must(war, "duty", "terminate_response", id, reason="雨停")
    assert war.incident(number).response is None


def test_an_instruction_goes_past_the_town_with_a_copy_and_has_a_clock_in_each_state(war: Stage) -> None:
    id = begin(war)
    community = war.city.tree.get_area(war.grid()).parent
    assert refusal(war, "duty", "issue_order", id, to=str(community), text="转移") == "move_not_allowed"
    must(war, "duty", "activate_response", id, level=4, reason="暴雨")
    told = must(war, "duty", "issue_order", id, to=str(community), text="立即转移低洼住户")
    number = told["instruction"]
    assert war.entries("instruction_issued")[0].data["copied_to"] == f"desk-{TOWN}"
    assert "低洼" not in str(war.entries("instruction_issued")[0].data)
    war.clock.advance(601)
    fire(war)
    fire(war)
    late = [row for row in war.entries("told") if row.data.get("rule") == "response.instruction"]
    assert [row.data["instruction_state"] for row in late] == ["issued"]
    assert refusal(war, "neighbour", "receive_order", id, instruction=number) == "not_found"
    assert refusal(war, "community", "finish_order", id, instruction=number, result="x") == "move_not_allowed"
    must(war, "community", "receive_order", id, instruction=number)
    must(war, "community", "begin_order", id, instruction=number)
    must(war, "community", "finish_order", id, instruction=number, result="两户不愿转移", failed=True)
    with war.database.read() as session:
        row = session.get_one(Instruction, number)
    assert (row.state, row.late, row.due_at) == ("failed", 1, None)
    assert row.received_at is not None and row.executing_at is not None and row.ended_at is not None
    assert refusal(war, "duty", "issue_order", id, to="no-such-post", text="x") == "invalid"


def test_a_form_that_is_wrong_names_the_field(war: Stage) -> None:
    id = begin(war)
    answer = do(war, "duty", "activate_response", id, level=9, reason="x")
    assert answer.refusal is not None and set(answer.refusal.fields) == {"level"}
    assert refusal(war, "duty", "activate_response", 999, level=4, reason="x") == "not_found"
    assert war.refused("community", "open_response", title="自行启动") == "forbidden"
    assert war.refused("duty", "open_response", title="x", area="nowhere") == "invalid"
