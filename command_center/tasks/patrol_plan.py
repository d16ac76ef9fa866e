"""Which patrols are due on a day: the duties of the city's ``patrol.toml`` over its named places. Pure.

The same day always gives the same plan, so that a patrol is given out once, also after an outage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.area_tables import NamedPlaceRow
from grid.city import City
from grid.editions import in_force

WEEK = 7
NO_PATROLS: Mapping[str, Any] = {"accuracy_max_m": 100.0, "starts": "08:30", "ends": "18:00", "duties": []}


@dataclass(frozen=True, slots=True)
class PlannedPatrol:
    """One visit of one place; ``key`` names it once and for all."""

    key: str
    duty: Mapping[str, Any]
    place: NamedPlaceRow
    on_date: date
    due_at: datetime


def patrol_policy(city: City) -> Mapping[str, Any]:
    """Return the city's ``patrol`` document; of a city without one, no duties."""
    try:
        return city.policy("patrol")
    except KeyError:
        return NO_PATROLS


def read_places(session: Session, city: City, on: date) -> list[NamedPlaceRow]:
    """Return the places for which some duty holds, by code."""
    kinds = {str(duty["place_kind"]) for duty in patrol_policy(city)["duties"]}
    if not kinds:
        return []
    chosen = select(NamedPlaceRow).where(in_force(NamedPlaceRow, on), NamedPlaceRow.kind.in_(sorted(kinds)))
    return list(session.scalars(chosen.order_by(NamedPlaceRow.code)))


def plan_day(city: City, places: Iterable[NamedPlaceRow], on: date) -> Iterator[PlannedPatrol]:
    """Yield the patrols of a local date, by duty and place."""
    policy = patrol_policy(city)
    begin, end = _hours(city, on)
    for duty in policy["duties"]:
        for place in places:
            if place.kind != duty["place_kind"]:
                continue
            visits = _visits_on(duty, place.code, on)
            for visit in range(visits):
                due_at = begin + (end - begin) * (visit + 1) / visits
                key = f"{duty['id']}:{place.code}:{on.isoformat()}:{visit + 1}"
                yield PlannedPatrol(key, duty, place, on, due_at)


def _visits_on(duty: Mapping[str, Any], place: str, on: date) -> int:
    """Return how often a place is due that day; a week's visits are spread, each place over its own days."""
    times = int(duty["times"])
    if duty["per"] == "day":
        return times
    shift = crc32(f"{duty['id']}:{place}".encode()) % WEEK
    today = (on.toordinal() + shift) % WEEK
    return sum((index * WEEK // times) % WEEK == today for index in range(times))


def begins_at(city: City, on: date) -> datetime:
    """Return when the patrols of a local date are given out."""
    return _hours(city, on)[0]


def _hours(city: City, on: date) -> tuple[datetime, datetime]:
    policy = patrol_policy(city)
    begin, end = (
        datetime.combine(on, time.fromisoformat(str(policy[name])), city.timezone) for name in ("starts", "ends")
    )
    return begin, end if end > begin else end + timedelta(days=1)
