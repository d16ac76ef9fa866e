"""Who is on duty, as lists and walls show it: the post as a title beside the masked name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from command_center.people.masking import mask_name
from command_center.shifts.duty import Duty, read_on_duty
from command_center.shifts.shift_forms import ROLE_WORDS
from dashboards.server.incidents.names import name_area, path_of
from grid.city import City


def list_on_duty(session: Session, city: City, area: str, now: datetime) -> list[dict[str, Any]]:
    """Return who is on duty at an area and above it, the area's own first; names are masked."""
    return choose_on_duty(city, read_on_duty(session, city, now), area)


def choose_on_duty(city: City, duties: Iterable[Duty], area: str) -> list[dict[str, Any]]:
    """Return those of the duties that an area's screen names."""
    path = path_of(city, area)
    lines = [duty for duty in duties if duty.area in path]
    return [show_on_duty(city, duty) for duty in sorted(lines, key=lambda duty: -path.index(duty.area))]


def show_on_duty(city: City, duty: Duty) -> dict[str, Any]:
    return {
        "role": duty.role,
        "title": ROLE_WORDS[duty.role],
        "seat": duty.seat,
        "name": mask_name(duty.person),
        "area": name_area(city, duty.area),
    }


def show_duty(city: City, duty: Duty, now: datetime, *, by_name: bool) -> dict[str, Any]:
    """Return one line of a day's roster."""
    return {
        **show_on_duty(city, duty),
        "name": duty.person if by_name else mask_name(duty.person),
        "date": duty.on_date.isoformat(),
        "starts_at": duty.starts_at,
        "ends_at": duty.ends_at,
        "is_now": duty.covers(now),
        "is_changed": duty.is_changed,
    }
