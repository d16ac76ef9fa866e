"""Special tasks: begun by a lead department, given out by towns, looked over by others, closed when done."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from command_center.moves.requests import ActionAnswer
from command_center.people.account_tables import Assignment
from command_center.people.roles import Role
from command_center.tasks.task_tables import Task, TaskItem
from tests.command_center.stage import NOON, TOWN, Stage

DUE = (NOON + timedelta(days=7)).isoformat()
QUESTIONS = [{"key": "clean", "kind": "yes_no", "zh": "已清理"}]


@pytest.fixture
def cast(cast: Stage) -> Stage:
    cast.hire("lead", Role.LEAD_SUPERVISOR, cast.city.code, department="urban_management")
    cast.hire("other_lead", Role.LEAD_SUPERVISOR, cast.city.code, department="emergency_management")
    with cast.database.write() as session:
        for row in session.scalars(select(Assignment).where(Assignment.account == "lead")):
            row.domains = ["urban_management"]
    return cast


def begin(cast: Stage, who: str = "lead", **more: Any) -> ActionAnswer:
    fields = {"title": "占道经营专项", "domain": "urban_management", "due_at": DUE, "checklist": QUESTIONS}
    return cast.do(who, "task", **{**fields, "area": TOWN, "each": "community", **more})


def items_of(cast: Stage, task: int) -> list[TaskItem]:
    chosen = select(TaskItem).where(TaskItem.task == task).order_by(TaskItem.id)
    return cast.reading(lambda session: list(session.scalars(chosen)))  # type: ignore[no-any-return]


def test_from_the_lead_department_to_the_workers_phone_and_closed(cast: Stage) -> None:
    spot = {"title": "农贸市场东门", "lon": cast.manhole().lonlat.lon, "lat": cast.manhole().lonlat.lat}
    task = begin(cast, items=[spot], each=None).result["id"]
    assert cast.refused("neighbour", "task_assign", id=task) in ("not_found", "move_not_allowed")
    cast.must("town", "task_assign", id=task)
    (item,) = items_of(cast, task)
    assert item.state == "issued" and item.worker == f"gw-{cast.grid()}"
    assert cast.refused("town", "task_assign", id=task) == "move_not_allowed"
    closing = cast.do("lead", "task_close", id=task).refusal
    assert closing is not None and closing.facts["left"] == 1
    where = {"lon": item.lon, "lat": item.lat, "accuracy_m": 10.0}
    assert cast.refused("worker", "visit", item.incident, **where) == "invalid", "the checklist is not answered"
    found = cast.must("worker", "visit", item.incident, **where, check_clean=False, finding="仍有摊贩占道").result
    (item,) = items_of(cast, task)
    assert item.state == "done" and item.answers == {"clean": False} and found["found"]
    assert cast.must("lead", "task_close", id=task).result["state"] == "closed"
    assert cast.refused("lead", "task_withdraw", id=task, reason="误发") == "move_not_allowed"


def test_one_item_for_every_community_and_a_named_grid(cast: Stage) -> None:
    task = begin(cast).result["id"]
    communities = [a for a in cast.city.tree.list_level("community") if cast.city.tree.is_within(a.code, TOWN)]
    assert [item.area for item in items_of(cast, task)] == [area.code for area in communities]
    first, second = items_of(cast, task)[:2]
    cast.must("town", "task_assign", id=task, items=[first.id], grid=cast.grid())
    assert items_of(cast, task)[0].post == f"grid-{cast.grid()}"
    assert cast.refused("community", "task_assign", id=task, items=[second.id], worker="no-such") in (
        "invalid",
        "move_not_allowed",
    )
    later = (NOON + timedelta(days=9)).isoformat()
    cast.must("lead", "task_extend", id=task, due_at=later, reason="雨天")
    assert {item.due_at for item in items_of(cast, task)} == {NOON + timedelta(days=9)}
    for nothing in ([], [10**9]):
        assert cast.refused("lead", "task_withdraw", id=task, items=nothing, reason="空") == "invalid"
    cast.must("lead", "task_withdraw", id=task, reason="合并到另一任务")
    assert {item.state for item in items_of(cast, task)} == {"withdrawn"}
    assert cast.incident(items_of(cast, task)[0].incident or 0).state == "void"


@pytest.mark.parametrize(
    ("who", "fields", "refusal"),
    [
        ("worker", {}, "forbidden"),
        ("lead", {"domain": "emergency"}, "forbidden"),
        ("neighbour", {}, "forbidden"),
        ("lead", {"due_at": "2020-01-01T00:00:00Z"}, "invalid"),
        ("lead", {"due_at": "tomorrow"}, "invalid"),
        ("lead", {"due_at": "9999-12-31T23:59:59Z"}, "invalid"),
        ("lead", {"each": None}, "invalid"),
        ("lead", {"checklist": [{"key": "a", "kind": "file", "zh": "?"}]}, "invalid"),
        ("lead", {"items": [{"title": "境外", "lon": 2.3, "lat": 48.8}]}, "invalid"),
        ("lead", {"items": [{"title": "邻镇", "area": "321311002"}]}, "invalid"),
        ("lead", {"title": ""}, "invalid"),
    ],
)
def test_what_is_no_task_is_refused(cast: Stage, who: str, fields: dict[str, Any], refusal: str) -> None:
    answer = begin(cast, who, **fields)
    assert answer.refusal is not None and answer.refusal.type == refusal
    assert cast.reading(lambda session: session.query(Task).count()) == 0


def test_lead_departments_advise_and_never_judge_their_own(cast: Stage) -> None:
    task = begin(cast).result["id"]
    assert cast.refused("lead", "task_advise", id=task, text="自己说好") == "forbidden"
    cast.must("other_lead", "task_advise", id=task, text="请注意消防通道")
    said = cast.reading(lambda session: session.get(Task, task)).advice
    assert [one["text"] for one in said] == ["请注意消防通道"]
    (outcome,) = cast.take_in(cast.alarm())
    number = outcome.incident or 0
    assert "advise" in cast.allowed("other_lead", number)
    cast.must("other_lead", "advise", number, text="请围护")
    assert cast.kinds(number)[-1] == "advised" and cast.incident(number).version == 1
