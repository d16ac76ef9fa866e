"""Fills a database for ``citybrain bench cases``: a few hundred real cases, then copies of them.

Called by ``bench_cases.py`` alone. The real ones come through the people's own doors; a copy has the same place,
orders, audience and clocks under numbers of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, insert, inspect, select
from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.intake import take_in
from command_center.journal.journal_tables import JournalHead
from command_center.orders.order_tables import ClockRow, Order, Timer
from command_center.people.account_tables import Account, Assignment
from command_center.people.roles import Role
from foundation.clock import Clock, ManualClock
from foundation.database import Base, Database
from foundation.ids import new_id
from grid.city import City
from grid.registers import Device
from ingest.observation import Observation, Phase, SourceKind

TEMPLATES = 100
CLOCKS_EACH = 4
ROWS_AT_ONCE = 500
OPERATOR, LIAISON = "bench-operator", "bench-liaison"
DEPARTMENT = "drainage"
FAR, SPREAD = timedelta(days=30), timedelta(days=10)


def make_alarm(device: Device, number: int, at: datetime) -> Observation:
    """Return the beginning of an alarm of a device, as the senses would have judged it."""
    return Observation(
        source=device.source, kind=SourceKind.DEVICE, device=device.id, id=f"bench-{number}", phase=Phase.BEGIN,
        category="UM-01003", at=at, received_at=at, seq=number, trace_id=f"bench-{number}", confidence=0.95,
        lon=device.lonlat.lon, lat=device.lonlat.lat, place_how="register",
    )  # fmt: skip


def hire(database: Database, city: City, at: datetime) -> None:
    """Add the two people who act."""
    with database.write() as session:
        for name, role, department in (
            (OPERATOR, Role.DUTY_LEADER, None),
            (LIAISON, Role.LIAISON, DEPARTMENT),
        ):
            session.add(Account(id=name, username=name, name="演示", password_hash="-", created_at=at))
            session.flush()
            session.add(Assignment(account=name, role=role, area=city.code, department=department))


def fill(database: Database, city: City, clock: Clock, incidents: int) -> None:
    """Bring the database to so many open cases with four running clocks each, none of them due soon.

    They opened over ten days, as the open cases of a city have: not one flood.
    """
    devices = city.register.list_devices("manhole_cover")[:TEMPLATES]
    opened_at = clock.now() - SPREAD
    for number, device in enumerate(devices):
        opened_at += SPREAD / len(devices)
        take_in(database, city, ManualClock(opened_at), [make_alarm(device, number, opened_at)])
    with database.write() as session:
        _postpone(session, clock.now())
        _Copies(session, Random(1)).make(incidents)


def _postpone(session: Session, now: datetime) -> None:
    """Leave each template four clocks, and let nothing fall due by itself while we measure."""
    session.execute(delete(Timer))
    for clock in session.scalars(select(ClockRow)):
        clock.limit_s, clock.due_at, clock.calendar = int(FAR.total_seconds()), now + FAR, "continuous"
    session.flush()


class _Copies:
    """Copies of the cases in the database, written many rows at a time."""

    def __init__(self, session: Session, random: Random) -> None:
        self.session, self.random = session, random
        self.head = session.scalars(select(JournalHead)).one()
        self.rows: dict[type[Base], list[dict[str, Any]]] = {}

    def make(self, wanted: int) -> None:
        templates = [self._read(number) for number in self.session.scalars(select(Incident.number)).all()]
        made = len(templates)
        while made < wanted:
            self._copy(templates[made % len(templates)])
            made += 1
            if made % ROWS_AT_ONCE == 0:
                self._write()
        self._write()

    def _read(self, number: int) -> tuple[dict[str, Any], list[Any], list[Any], list[Any]]:
        incident = _values(self.session.get_one(Incident, number))
        parts = [
            [_values(row) for row in self.session.scalars(select(table).where(table.incident == number))]
            for table in (IncidentAudience, Order, ClockRow)
        ]
        return incident, parts[0], parts[1], (parts[2] * CLOCKS_EACH)[:CLOCKS_EACH]

    def _copy(self, template: tuple[dict[str, Any], list[Any], list[Any], list[Any]]) -> None:
        incident, audience, orders, clocks = template
        self.head.incident_number += 1
        number = self.head.incident_number
        self._add(Incident, {**incident, "number": number})
        for row in audience:
            self._add(IncidentAudience, {**row, "incident": number})
        new_orders: dict[int | None, int | None] = {None: None}
        for row in orders:
            self.head.order_number += 1
            new_orders[row["id"]] = self.head.order_number
            self._add(Order, {**row, "id": self.head.order_number, "incident": number})
        copied = []
        for row in clocks:
            self.head.clock_number += 1
            id, order = self.head.clock_number, new_orders[row["order"]]
            copied.append({**row, "id": id, "incident": number, "order": order})
            self._add(ClockRow, copied[-1])
        self._promise(copied)

    def _promise(self, clocks: Sequence[dict[str, Any]]) -> None:
        for row in clocks:
            due_at = row["due_at"] - timedelta(seconds=self.random.uniform(0, FAR.total_seconds() / 2))
            data = {"step": 0, "ratio": 0.5}
            told = {"kind": "clock", "incident": row["incident"], "order": row["order"], "clock": row["id"]}
            self._add(Timer, {**told, "due_at": due_at, "data": data, "fired_at": None})

    def _add(self, table: type[Base], values: dict[str, Any]) -> None:
        self.rows.setdefault(table, []).append(values)

    def _write(self) -> None:
        self.session.flush()
        for table in (Incident, IncidentAudience, Order, ClockRow, Timer):
            rows = self.rows.pop(table, [])
            for start in range(0, len(rows), ROWS_AT_ONCE):
                self.session.execute(insert(table), rows[start : start + ROWS_AT_ONCE])


def _values(row: Base) -> dict[str, Any]:
    return {attribute.key: getattr(row, attribute.key) for attribute in inspect(type(row)).column_attrs}


def make_due(database: Database, moments: Sequence[datetime]) -> None:
    """Let as many promises fall due, each at its moment."""
    with database.write() as session:
        timers = session.scalars(select(Timer).where(Timer.fired_at.is_(None)).limit(len(moments) * 3)).all()
        chosen = list(timers)[:: max(1, len(timers) // max(1, len(moments)))][: len(moments)]
        for timer, moment in zip(chosen, moments, strict=True):
            timer.due_at, timer.data = moment, {**timer.data, "bench": new_id()[:8]}
