"""Writes changes of the register: one entry a thing, a version of its own, and one line in the journal.

Comes in from the steps of people and from the command ``citybrain register import``, within their transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from command_center.cases.actors import Actor
from command_center.journal.ledger import Ledger
from grid.register_import.plan_import import ImportPlan
from grid.register_store import register_revision
from grid.register_tables import RegisterEntry

BATCH = 500


def find_entry(ledger: Ledger, id: str) -> RegisterEntry | None:
    """Return what people changed of a thing."""
    return ledger.session.get(RegisterEntry, id)


def save_thing(ledger: Ledger, id: str, fields: Mapping[str, Any], *, is_camera: bool) -> int:
    """Keep the fields over what stood there, and return the thing's new version."""
    revision = register_revision(ledger.session) + 1
    row = find_entry(ledger, id)
    if row is None:
        row = RegisterEntry(id=id, is_camera=is_camera, fields={}, version=0)
        ledger.session.add(row)
    row.fields = {**row.fields, **fields}
    row.version, row.revision, row.changed_at = row.version + 1, revision, ledger.now
    ledger.session.flush()
    return row.version


def carry_out(ledger: Ledger, plan: ImportPlan, actor: Actor) -> None:
    """Carry out a faultless import.

    Raises:
        ValueError: The plan has faults.
    """
    if plan.faults:
        raise ValueError("an import with faults is not carried out")
    wanted = {**plan.created, **plan.changed}
    if not wanted:
        return
    revision, ids = register_revision(ledger.session) + 1, list(wanted)
    rows: dict[str, RegisterEntry] = {}
    for start in range(0, len(ids), BATCH):
        found = select(RegisterEntry).where(RegisterEntry.id.in_(ids[start : start + BATCH]))
        rows |= {row.id: row for row in ledger.session.scalars(found)}
    for id, fields in wanted.items():
        row = rows.get(id)
        if row is None:
            row = RegisterEntry(id=id, is_camera=plan.is_camera, fields={}, version=0)
            ledger.session.add(row)
        row.fields = {**row.fields, **fields}
        row.version, row.revision, row.changed_at = row.version + 1, revision, ledger.now
    ledger.session.flush()
    data = {"is_camera": plan.is_camera, "created": len(plan.created), "changed": len(plan.changed)}
    ledger.append("register_imported", actor, data=data)


def record_thing(ledger: Ledger, kind: str, actor: Actor, **data: Any) -> None:
    """Append an entry about one thing."""
    ledger.append(kind, actor, data=data)
