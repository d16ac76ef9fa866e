"""Applies a checked city folder to the database: new editions from a date on, the old ones kept.

``check_folder`` comes before it, ``load_city`` reads what it wrote. A row that is unchanged keeps its
edition, a changed or vanished one ends the day before the new one begins. Loading twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, insert, inspect, select, update
from sqlalchemy.orm import Session

from foundation.clock import SystemClock
from foundation.ids import canonical_json, sha256_hex
from grid.city_folder.check_folder import CheckedFolder
from grid.city_folder.table_rows import TableRows, policy_documents, table_rows
from grid.editions import BEGINNING, Editioned
from grid.kept_policies import digest_of, keep_policies
from grid.policies import city_today
from grid.policy_tables import CityLoad, CityPolicy

BATCH = 500  # SQLite takes 32,766 values a statement


class LaterEdition(ValueError):
    """The database already holds an edition that begins later than the wanted date."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did. ``changed`` is how many rows and documents have a new edition."""

    version: str
    effective_on: date
    changed: int
    ended: int


def load_folder(session: Session, checked: CheckedFolder, effective_on: date | None = None) -> LoadReport:
    """Apply the folder from a local date on (None: since ever for the first load, else today).

    The caller commits.

    Raises:
        ValueError: The folder has faults.
        LaterEdition: A load that begins after that date is in the database.
    """
    if checked.faults:
        raise ValueError(f"the folder has {len(checked.faults)} faults")
    rows, documents = table_rows(checked), policy_documents(checked)
    digest = _digest(rows, documents)
    last = session.scalars(select(CityLoad).order_by(CityLoad.id.desc()).limit(1)).first()
    day = effective_on or (city_today(session) if last else BEGINNING)
    if last is not None and last.digest == digest:
        keep_policies(session, last.version, documents)
        return LoadReport(last.version, last.effective_on, 0, 0)
    if last is not None and day < last.effective_on:
        raise LaterEdition(f"the city of {last.effective_on} is loaded; name that date or a later one")
    changed = ended = 0
    for table, wanted in rows.items():
        counts = _apply(session, table, wanted, day)
        changed, ended = changed + counts[0], ended + counts[1]
    changed += _apply_policies(session, documents, day)
    version = f"{day.isoformat()}.{digest[:12]}"
    now = SystemClock().now()
    keep_policies(session, version, documents)
    session.add(CityLoad(version=version, digest=digest, effective_on=day, loaded_at=now))
    return LoadReport(version, day, changed, ended)


def _digest(rows: TableRows, documents: dict[str, dict[str, Any]]) -> str:
    parts = [canonical_json(documents)]
    for table, wanted in sorted(rows.items(), key=lambda item: item[0].__name__):
        plain = [{k: v.wkb if isinstance(v, BaseGeometry) else v for k, v in row.items()} for row in wanted]
        parts.append(canonical_json([table.__name__, plain]))
    return sha256_hex(*parts)


def _apply(session: Session, table: type[Any], wanted: list[dict[str, Any]], day: date) -> tuple[int, int]:
    """Bring one table to the wanted rows from a day on; return how many began and how many ended."""
    columns = [c.key for c in inspect(table).columns if c.key not in ("edition", "valid_from", "valid_to")]
    statement = select(table.edition, table.valid_from, *(getattr(table, c) for c in columns))
    current = {
        _key(table, row): row for row in session.execute(statement.where(table.valid_to.is_(None))).mappings()
    }
    new_rows, kept = [], set()
    for row in wanted:
        key = _key(table, row)
        if key in current and all(_is_same(current[key][c], row[c]) for c in columns):
            kept.add(key)
        else:
            new_rows.append({**row, "valid_from": day, "valid_to": None})
    over = [row for key, row in current.items() if key not in kept]
    _end(session, table, [row["edition"] for row in over if row["valid_from"] < day], day)
    _drop(session, table, [row["edition"] for row in over if row["valid_from"] >= day])
    for start in range(0, len(new_rows), BATCH):
        session.execute(insert(table), new_rows[start : start + BATCH])
    wanted_keys = {_key(table, row) for row in wanted}
    return len(new_rows), sum(key not in wanted_keys for key in current)


def _key(table: type[Editioned], row: Any) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.natural_key)


def _is_same(stored: Any, wanted: Any) -> bool:
    if isinstance(wanted, BaseGeometry) and isinstance(stored, BaseGeometry):
        return bool(shapely.equals_exact(stored, wanted, 1e-9))
    return bool(stored == wanted)


def _end(session: Session, table: type[Any], editions: list[int], day: date) -> None:
    for start in range(0, len(editions), BATCH):
        chosen = table.edition.in_(editions[start : start + BATCH])
        session.execute(update(table).where(chosen).values(valid_to=day))


def _drop(session: Session, table: type[Any], editions: list[int]) -> None:
    for start in range(0, len(editions), BATCH):
        session.execute(delete(table).where(table.edition.in_(editions[start : start + BATCH])))


def _apply_policies(session: Session, documents: dict[str, dict[str, Any]], day: date) -> int:
    """Write a new version of every document that differs from its newest one."""
    changed = 0
    for name, document in documents.items():
        newest = select(CityPolicy).where(CityPolicy.name == name)
        found = session.scalars(newest.order_by(CityPolicy.effective_on.desc(), CityPolicy.id.desc())).first()
        if found is not None and found.document == document:
            continue
        version = f"{day.isoformat()}.{digest_of(document)[:12]}"
        same_day = (CityPolicy.name == name) & (CityPolicy.effective_on == day)
        session.execute(delete(CityPolicy).where(same_day))
        session.add(CityPolicy(name=name, version=version, effective_on=day, document=document))
        changed += 1
    session.flush()
    return changed
