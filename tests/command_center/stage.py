"""A cast of people before the demo city, and a desk at which they act."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.actions import act
from command_center.cases.incident_tables import Incident
from command_center.intake import Outcome, take_in
from command_center.journal.journal_tables import JournalEntry
from command_center.moves.requests import ActionAnswer, ActionRequest
from command_center.moves.table import list_allowed
from command_center.orders.order_tables import Order, WorkerState
from command_center.people.account_tables import Account, Assignment
from command_center.people.accounts import load_scope
from command_center.people.roles import Role
from foundation.clock import ManualClock
from foundation.database import Database
from foundation.ids import canonical_json, sha256_hex
from grid.city import City
from grid.filing_conditions import list_conditions
from ingest.observation import Observation, Phase, SourceKind

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""A Monday, 12:00 in the city: the offices have just closed for lunch."""

TOWN, OTHER_TOWN = "321311001", "321311002"


@dataclass
class Stage:
    """One database, one city, one clock that moves when told to, and a cast by name."""

    database: Database
    city: City
    clock: ManualClock
    cast: dict[str, str] = field(default_factory=dict)
    _keys: Any = field(default_factory=lambda: itertools.count(1))

    def hire(
        self, name: str, role: Role, area: str, *, department: str | None = None, worker: str | None = None
    ) -> None:
        with self.database.write() as session:
            session.add(
                Account(
                    id=name, username=name, name=f"{name}某", password_hash="-", worker=worker, created_at=NOON
                )
            )
            session.flush()
            session.add(Assignment(account=name, role=role, area=area, department=department))
        self.cast[name] = name

    def on_shift(self, *workers: str) -> None:
        with self.database.write() as session:
            for worker in workers:
                session.merge(WorkerState(worker=worker, on_shift=True, shift_at=NOON))

    def alarm(self, id: str = "a-1", *, device: str | None = None, **changes: object) -> Observation:
        found = self.city.register.find_device(device) if device else self.manhole()
        assert found is not None
        said: dict[str, object] = {
            "source": found.source, "kind": SourceKind.DEVICE, "device": found.id, "id": id, "phase": Phase.BEGIN,
            "category": "UM-01003", "at": self.clock.now(), "received_at": self.clock.now(), "seq": 1,
            "trace_id": f"t-{id}", "confidence": 0.95, "lon": found.lonlat.lon, "lat": found.lonlat.lat,
            "place_how": "register",
        }  # fmt: skip
        return Observation(**{**said, **changes})  # type: ignore[arg-type]

    def manhole(self) -> Any:
        """Return the first manhole sensor of the town."""
        return next(
            d for d in self.city.register.list_devices("manhole_cover") if self.city.tree.is_within(d.area, TOWN)
        )

    def grid(self) -> str:
        found = self.city.tree.find_ancestor(self.manhole().area, "grid")
        assert found is not None
        return found.code

    def take_in(self, *records: Observation) -> list[Outcome]:
        return take_in(self.database, self.city, self.clock, list(records))

    def do(
        self,
        who: str,
        action: str,
        incident: int | None = None,
        *,
        order: int | None = None,
        version: int | None = -1,
        after: str | None = None,
        key: str | None = None,
        at: datetime | None = None,
        **data: Any,
    ) -> ActionAnswer:
        """Act at the version that stands there now, unless another is named."""
        if version == -1:
            version = None if after or (incident is None and order is None) else self.version(incident, order)
        self._fill_in(action, incident, order, data)
        said = canonical_json([action, incident, order, version, after, data])
        request = ActionRequest(
            account=who, action=action, key=key or f"k-{next(self._keys)}", body_digest=sha256_hex(said),
            trace_id=f"t-{action}", incident=incident, order=order, version=version, after=after, at=at, data=data,
        )  # fmt: skip
        return act(self.database, self.city, self.clock, request)

    def _fill_in(self, action: str, incident: int | None, order: int | None, data: dict[str, Any]) -> None:
        """Give what anybody at a desk would: a standard, the closing condition, why there is no photo."""
        if action == "file" and incident is not None:
            category = data.get("category") or self.incident(incident).category
            conditions = list_conditions(self.city.policy("conditions"), category)
            if conditions:
                data.setdefault("filing_condition", conditions[-1].id)
        if action in ("dispose", "close"):
            data.setdefault("closing_met", True)
        if action == "self_close" and "photos" not in data:
            data.setdefault("no_photo_reason", "现场无需拍照")
        if action == "dispose" and "photos" not in data and self._is_lead(incident, order):
            data.setdefault("no_photo_reason", "现场无需拍照")

    def _is_lead(self, incident: int | None, order: int | None) -> bool:
        if order is None:
            return incident is not None and any(o.is_lead for o in self.orders(incident))
        with self.database.read() as session:
            found = session.get(Order, order)
            return found is not None and found.is_lead

    def must(self, who: str, action: str, incident: int | None = None, **more: Any) -> ActionAnswer:
        answer = self.do(who, action, incident, **more)
        assert answer.refusal is None, answer.refusal
        return answer

    def refused(self, who: str, action: str, incident: int | None = None, **more: Any) -> str:
        answer = self.do(who, action, incident, **more)
        assert answer.refusal is not None, f"{action} was done"
        return answer.refusal.type

    def version(self, incident: int | None, order: int | None = None) -> int:
        with self.database.read() as session:
            if incident is None and order is not None:
                found = session.get(Order, order)
                incident = found.incident if found is not None else None
            row = session.get(Incident, incident) if incident is not None else None
            return row.version if row is not None else 1

    def incident(self, number: int) -> Incident:
        with self.database.read() as session:
            row = session.get(Incident, number)
            assert row is not None
            return row

    def orders(self, number: int, kind: str | None = None) -> list[Order]:
        with self.database.read() as session:
            rows = session.scalars(select(Order).where(Order.incident == number).order_by(Order.id)).all()
        return [row for row in rows if kind in (None, row.kind)]

    def kinds(self, number: int | None = None) -> list[str]:
        with self.database.read() as session:
            chosen = select(JournalEntry.kind).order_by(JournalEntry.number)
            return list(session.scalars(chosen.where(JournalEntry.incident == number) if number else chosen))

    def entries(self, kind: str) -> list[JournalEntry]:
        with self.database.read() as session:
            chosen = select(JournalEntry).where(JournalEntry.kind == kind).order_by(JournalEntry.number)
            return list(session.scalars(chosen))

    def allowed(self, who: str, number: int) -> set[str]:
        with self.database.read() as session:
            incident = session.get(Incident, number)
            assert incident is not None
            scope = load_scope(session, who)
            return {
                offer["action"]
                for offer in list_allowed(session, incident, scope, self.city, now=self.clock.now())
            }

    def reading(self, work: Callable[[Session], Any]) -> Any:
        with self.database.read() as session:
            return work(session)
