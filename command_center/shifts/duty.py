"""Who has duty when: the city's repeating roster with the changes that leaders made for single days. Pure.

Roster lines and ``RosterChange`` rows come in; ``Duty`` goes out, for lists, for the wall and for handovers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.shifts.shift_tables import RosterChange
from grid.city import City

SEAT_ROLES = ("district_operator", "town_operator", "community_operator", "shift_leader", "duty_leader")
DEFAULT_SHIFT = timedelta(hours=12)
AHEAD_MAX = timedelta(days=400)
"""How far ahead a single day's duty can be changed."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's duty of one day, in aware moments."""

    area: str
    role: str
    seat: str
    person: str
    on_date: date
    starts_at: datetime
    ends_at: datetime
    is_changed: bool = False

    @property
    def key(self) -> tuple[str, str, str, datetime]:
        return (self.area, self.role, self.seat, self.starts_at)

    def clashes_with(self, other: Duty) -> bool:
        """Return whether both want one seat, or one person of the centre, at once; not what it replaces."""
        is_same = self.area == other.area and (
            (self.role, self.seat) == (other.role, other.seat) or self.person == other.person
        )
        at_once = self.starts_at < other.ends_at and other.starts_at < self.ends_at
        return is_same and at_once and self.key != other.key

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


def seat_code(role: str, seat: str) -> str:
    """Return how a seat of an area is named: ``district_operator-2``."""
    return f"{role}-{seat}"


def list_duties(city: City, changes: Iterable[RosterChange], on: date) -> list[Duty]:
    """Return the duties that begin on a local date, by area, role, seat and hour."""
    found: dict[tuple[str, str, str, datetime], Duty] = {}
    for line in city.roster:
        if (on - line.anchor_on).days % line.cycle_days == line.day:
            duty = _duty(
                city, line.area, line.role, line.seat, person=line.person, on=on, hours=(line.starts, line.ends)
            )
            found[duty.key] = duty
    for change in changes:
        if change.on_date == on:
            duty = duty_of(city, change)
            found.pop(duty.key, None)
            if not change.is_off:
                found[duty.key] = duty
    return sorted(found.values(), key=lambda duty: (duty.area, duty.role, duty.seat, duty.starts_at))


def duty_of(city: City, change: RosterChange) -> Duty:
    """Return the duty that a change sets."""
    hours = (time.fromisoformat(change.starts), time.fromisoformat(change.ends))
    who = (change.area, change.role, change.seat)
    return _duty(city, *who, person=change.person, on=change.on_date, hours=hours, is_changed=True)


def find_clash(session: Session, city: City, wanted: Duty) -> Duty | None:
    """Return a duty of the day before, the day or the day after that cannot stand beside the wanted one."""
    days = [wanted.on_date + timedelta(days=shift) for shift in (-1, 0, 1)]
    changes = read_changes(session, days[0], days[-1])
    return next((d for day in days for d in list_duties(city, changes, day) if wanted.clashes_with(d)), None)


def _duty(
    city: City,
    area: str,
    role: str,
    seat: str,
    *,
    person: str,
    on: date,
    hours: tuple[time, time],
    is_changed: bool = False,
) -> Duty:
    begin, end = (datetime.combine(on, hour, city.timezone) for hour in hours)
    if end <= begin:
        end += timedelta(days=1)
    return Duty(area, role, seat, person, on, begin, end, is_changed)


def read_changes(session: Session, first: date, last: date) -> list[RosterChange]:
    """Return the changes of these local dates, both included."""
    chosen = select(RosterChange).where(RosterChange.on_date >= first, RosterChange.on_date <= last)
    return list(session.scalars(chosen.order_by(RosterChange.id)))


def read_on_duty(session: Session, city: City, at: datetime) -> list[Duty]:
    """Return who has duty at a moment; a night's duty began the day before."""
    today = at.astimezone(city.timezone).date()
    yesterday = today - timedelta(days=1)
    changes = read_changes(session, yesterday, today)
    duties = [*list_duties(city, changes, yesterday), *list_duties(city, changes, today)]
    return sorted((d for d in duties if d.covers(at)), key=lambda duty: (duty.area, duty.role, duty.seat))


def list_seats(city: City, area: str) -> list[tuple[str, str]]:
    """Return (role, seat) of every seat that the city's roster knows in an area."""
    known = {(line.role, line.seat) for line in city.roster if line.area == area and line.role in SEAT_ROLES}
    return sorted(known)


def find_end_of_next_shift(session: Session, city: City, area: str, at: datetime) -> datetime:
    """Return when the shift after the present one ends at an area's centre."""
    operators = [d for d in read_on_duty(session, city, at) if d.area == area and d.role.endswith("_operator")]
    end = min((duty.ends_at for duty in operators), default=at + DEFAULT_SHIFT)
    after = [d for d in read_on_duty(session, city, end) if d.area == area and d.role.endswith("_operator")]
    return min((duty.ends_at for duty in after), default=end + DEFAULT_SHIFT)
