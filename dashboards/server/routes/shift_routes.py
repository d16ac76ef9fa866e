"""The shift: who has duty when, and who sits at which seat."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from command_center.cases.incident_tables import Incident
from command_center.people.masking import mask_name
from command_center.people.roles import Role
from command_center.people.scope import Scope
from command_center.shifts.duty import list_duties, list_seats, read_changes, read_on_duty, seat_code
from command_center.shifts.shift_forms import ROLE_WORDS
from command_center.shifts.shift_tables import SeatHolding
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.figures.alarm_load import make_alarm_load
from dashboards.server.figures.on_duty import list_on_duty, show_duty
from dashboards.server.figures.overview import Figures
from dashboards.server.incidents.names import name_area, path_of
from dashboards.server.incidents.narrowing import Narrowing, in_area
from dashboards.server.incidents.paging import page
from dashboards.server.incidents.sight import check_area
from dashboards.server.sessions.admission import EVERYBODY, OPERATORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web

HOUR = timedelta(hours=1)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
LEADERS = frozenset({Role.SHIFT_LEADER, Role.DUTY_LEADER})
Anybody = Annotated[Caller, Depends(admit(EVERYBODY))]
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Operator = Annotated[Caller, Depends(admit(OPERATORS))]
Leader = Annotated[Caller, Depends(admit(LEADERS))]
Word = Annotated[str | None, Query(max_length=64)]

router = APIRouter(prefix="/api/v1", tags=["shift"])


class Body(BaseModel):
    """Nothing but what is listed."""

    model_config = ConfigDict(extra="forbid")


class RosterBody(Body):
    """Who has one duty of one day; ``off``: nobody."""

    area: str | None = Field(None, max_length=40)
    date: date
    role: str = Field(max_length=40)
    seat: str = Field("1", max_length=20)
    starts: str = Field(max_length=5)
    ends: str = Field(max_length=5)
    person: str | None = Field(None, max_length=80)
    off: bool = False


class SeatBody(Body):
    """Take a seat (``on``) or leave it."""

    on: bool
    area: str | None = Field(None, max_length=40)
    seat: str | None = Field(None, max_length=48)


@router.get("/shifts")
def list_shifts(
    web: Tools,
    caller: Anybody,
    area: Word = None,
    on: Annotated[date | None, Query(alias="date", ge=FIRST_DAY, le=LAST_DAY)] = None,
) -> Response:
    """List who is on duty now at an area's centre and above it; with ``date`` everybody of that day."""
    city = web.city.get()
    about = check_area(caller.scope, city, area)
    now = web.clock.now()
    with web.database.read() as session:
        if on is None:
            return answer(page(list_on_duty(session, city, about, now)))
        duties = list_duties(city, read_changes(session, on, on), on)
    wanted = {about, *path_of(city, about), *(child.code for child in city.tree.children(about))}
    by_name = caller.scope.has_role(OPERATORS)
    shown = [show_duty(city, duty, now, by_name=by_name) for duty in duties if duty.area in wanted]
    return answer(page(shown))


@router.post("/shifts", status_code=201)
async def change_roster(
    *, request: Request, web: Tools, caller: Leader, body: RosterBody, key: IdempotencyKey = None
) -> Response:
    """Set who has one duty of one day, in place of the city's roster."""
    data = body.model_dump(mode="json", exclude_none=True)
    return await _carry(request, web, caller, Deed(action="roster", data=data), key=key, status=201)


@router.get("/shifts/seats")
def list_all_seats(web: Tools, caller: Viewer, area: Word = None) -> Response:
    """List the seats of an area's centre: on or off, who sits there, and how many new cards an hour each gets."""
    city = web.city.get()
    about = check_area(caller.scope, city, area)
    with web.database.read() as session:
        held = {row.seat: row for row in session.scalars(select(SeatHolding).where(SeatHolding.area == about))}
        duties = {
            seat_code(duty.role, duty.seat): duty
            for duty in read_on_duty(session, city, web.clock.now())
            if duty.area == about
        }
        cards = _count_new_cards(session, caller.scope, about, web.clock.now())
        figures = Figures(session, city, now=web.clock.now(), scope=caller.scope, narrowing=Narrowing(about))
        alarms = make_alarm_load(figures, about)
    by_name = caller.scope.has_role(OPERATORS)
    items = [
        _show_seat(role, seat, held.get(code), by_name=by_name)
        | {"rostered": mask_name(duties[code].person) if code in duties else None}
        for role, seat in list_seats(city, about)
        for code in (seat_code(role, seat),)
    ]
    working = sum(item["on"] and item["role"].endswith("_operator") for item in items)
    per_seat = round(cards / max(1, working), 1)
    load = {**alarms, "new_cards_1h": cards, "seats_on": working, "new_cards_per_seat_1h": per_seat}
    return answer({**page(items), "area": name_area(city, about), "load": load})


@router.post("/shifts/seat")
async def change_seat(
    *, request: Request, web: Tools, caller: Operator, body: SeatBody, key: IdempotencyKey = None
) -> Response:
    """Sit down at a seat, or leave it; two people cannot hold one."""
    data = body.model_dump(exclude_none=True)
    return await _carry(request, web, caller, Deed(action="seat", data=data), key=key)


async def _carry(
    request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None, status: int = 200
) -> Response:
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(done.result, status)


def _count_new_cards(session: Session, scope: Scope, area: str, now: datetime) -> int:
    chosen = select(func.count()).where(
        scope.clause(counts=True), in_area(area), Incident.opened_at >= now - HOUR, Incident.replay.is_(False)
    )
    return int(session.scalar(chosen.select_from(Incident)) or 0)


def _show_seat(role: str, seat: str, held: SeatHolding | None, *, by_name: bool) -> dict[str, Any]:
    name = (held.name if by_name else mask_name(held.name)) if held is not None else None
    return {
        "seat": seat_code(role, seat),
        "role": role,
        "title": ROLE_WORDS[role],
        "on": held is not None,
        "holder": name,
        "since": held.taken_at if held is not None else None,
    }
