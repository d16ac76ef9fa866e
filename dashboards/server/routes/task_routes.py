"""Special tasks and patrols: what is to be looked at, how far it has come, and what was found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.roles import Role
from command_center.tasks.task_tables import Task, TaskItem
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused
from dashboards.server.figures.patrol_figures import reckon_coverage
from dashboards.server.incidents.incident_queries import NUMBER_MAX
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.incidents.sight import check_area
from dashboards.server.incidents.task_sight import find_task, item_clause, show_item, show_task, task_clause
from dashboards.server.moments import Moment
from dashboards.server.sessions.admission import ACTORS, OPERATORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

BEGINNERS = OPERATORS | {Role.LEAD_SUPERVISOR}
WEEK = timedelta(days=7)
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Beginner = Annotated[Caller, Depends(admit(BEGINNERS))]
Actor = Annotated[Caller, Depends(admit(ACTORS))]
Word = Annotated[str | None, Query(max_length=64)]
Id = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
ACTIONS = {
    "assign": "task_assign",
    "withdraw": "task_withdraw",
    "extend": "task_extend",
    "close": "task_close",
    "advise": "task_advise",
}

router = APIRouter(prefix="/api/v1", tags=["tasks"])


class Body(BaseModel):
    """Nothing but what is listed."""

    model_config = ConfigDict(extra="forbid")


class QuestionBody(Body):
    """One question of the checklist."""

    key: str = Field(max_length=30)
    kind: Literal["yes_no", "text", "number"]
    zh: str = Field(max_length=200)
    en: str = Field("", max_length=200)
    required: bool = True


class TargetBody(Body):
    """One place to be looked at: a point, or an area."""

    title: str = Field(min_length=1, max_length=200)
    text: str = Field("", max_length=1000)
    lon: float | None = Field(None, allow_inf_nan=False)
    lat: float | None = Field(None, allow_inf_nan=False)
    area: str | None = Field(None, max_length=40)


class TaskBody(Body):
    """A special task: ``items``, or ``each`` town, community or grid of the area."""

    title: str = Field(min_length=1, max_length=200)
    text: str | None = Field(None, max_length=1000)
    domain: str = Field(max_length=40)
    department: str | None = Field(None, max_length=64)
    area: str | None = Field(None, max_length=40)
    due_at: Moment
    checklist: list[QuestionBody] = Field([], max_length=30)
    items: list[TargetBody] | None = Field(None, max_length=2000)
    each: Literal["town", "community", "grid"] | None = None
    radius_m: float | None = Field(None, ge=10, le=5000)


class TaskActionBody(Body):
    """The fields of the five actions; each takes its own."""

    items: list[int] | None = Field(None, max_length=500)
    grid: str | None = Field(None, max_length=40)
    post: str | None = Field(None, max_length=64)
    worker: str | None = Field(None, max_length=64)
    due_at: Moment | None = None
    reason: str | None = Field(None, max_length=1000)
    note: str | None = Field(None, max_length=1000)
    text: str | None = Field(None, max_length=1000)


@router.get("/tasks")
def list_tasks(
    *, web: Tools, caller: Viewer, state: Word = None, area: Word = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """List the special tasks that concern this person, newest first, with their progress."""
    city = web.city.get()
    if state not in (None, "open", "closed", "withdrawn"):
        raise Refused("invalid", "state is open, closed or withdrawn.", fields={"state": "unknown"})
    statement = select(Task).where(task_clause(caller.scope, city)).order_by(Task.id.desc())
    if state:
        statement = statement.where(Task.state == state)
    if area:
        statement = statement.where(Task.area == check_area(caller.scope, city, area))
    if cursor:
        statement = statement.where(Task.id < decode_cursor(cursor, int))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
        shown = [show_task(session, city, caller.scope, row, now=web.clock.now()) for row in rows[:limit]]
    return answer(page(shown, encode_cursor(rows[limit - 1].id) if len(rows) > limit else None))


@router.post("/tasks", status_code=201)
async def begin_task(
    *, request: Request, web: Tools, caller: Beginner, body: TaskBody, key: IdempotencyKey = None
) -> Response:
    """Begin a special task; towns give its items out."""
    deed = Deed(action="task", data=body.model_dump(mode="json", exclude_none=True))
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(await run_in_threadpool(_read_task, web, caller, int(done.result["id"])), 201)


@router.get("/tasks/{id}")
def get_task(web: Tools, caller: Viewer, id: Id) -> Response:
    """Return a task with its items within this person's scope, progress by town and community, and findings."""
    return answer(_read_task(web, caller, id))


@router.post("/tasks/{id}/{action}")
async def act_on_task(
    *,
    request: Request,
    web: Tools,
    caller: Beginner,
    id: Id,
    action: Literal["assign", "withdraw", "extend", "close", "advise"],
    body: TaskActionBody,
    key: IdempotencyKey = None,
) -> Response:
    """Assign, withdraw, extend, close, or advise; answers with the task."""
    data = {"id": id, **body.model_dump(mode="json", exclude_none=True)}
    done = await carry(
        web, caller, Deed(action=ACTIONS[action], data=data), key=key, trace_id=trace_id_of(request.state)
    )
    shown = await run_in_threadpool(_read_task, web, caller, id)
    return answer({**shown, "result": done.result})


@router.get("/patrols")
def list_patrols(
    *,
    web: Tools,
    caller: Viewer,
    area: Word = None,
    state: Word = None,
    mine: bool = False,
    since: Moment | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List patrols within this person's scope, newest first; ``mine``: those of my own phone."""
    city = web.city.get()
    statement = select(TaskItem).where(item_clause(caller.scope, city, mine=mine)).order_by(TaskItem.id.desc())
    if area:
        about = check_area(caller.scope, city, area)
        below = [one.code for one in city.tree.list_areas() if city.tree.is_within(one.code, about)]
        statement = statement.where(TaskItem.area.in_(below))
    if state:
        statement = statement.where(TaskItem.state.in_(state.split(",")))
    if since:
        statement = statement.where(TaskItem.due_at >= since)
    if cursor:
        statement = statement.where(TaskItem.id < decode_cursor(cursor, int))
    with web.database.read() as session:
        rows = session.scalars(statement.limit(limit + 1)).all()
    more = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return answer(page([show_item(city, row) for row in rows[:limit]], more))


@router.get("/patrols/coverage")
def get_coverage(
    *,
    web: Tools,
    caller: Viewer,
    from_: Annotated[Moment | None, Query(alias="from")] = None,
    to: Moment | None = None,
    area: Word = None,
) -> Response:
    """Return how many grids were patrolled in a period (without one, seven days), in all and by area below."""
    city = web.city.get()
    about = check_area(caller.scope, city, area)
    end: datetime = to or web.clock.now()
    begin: datetime = from_ or end - WEEK
    if begin >= end:
        raise Refused("invalid", "from is not before to.", fields={"from": "not before to"})
    with web.database.read() as session:
        return answer(reckon_coverage(session, city, about, begin=begin, end=end))


def _read_task(web: Web, caller: Caller, id: int) -> dict[str, Any]:
    city = web.city.get()
    with web.database.read() as session:
        task = find_task(session, caller.scope, city, id)
        return show_task(session, city, caller.scope, task, now=web.clock.now(), whole=True)
