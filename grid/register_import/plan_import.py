"""What an import of a register file would do: which things are new, which change, and what is wrong in which row.

Comes in: bytes, kind and datum. Goes out: an ``ImportPlan``; with a single fault nothing of it is carried out.
The command and the brain's step use the same plan, a dry run shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from grid.city import City
from grid.datums import read_datum
from grid.register_import.judge_things import (
    Judged,
    judge_clashes,
    judge_thing,
    known_fields,
    no_such_field,
)
from grid.register_import.read_things import RawThing, RowFault, Unreadable, read_things
from grid.register_store import CATALOGUE, PLAIN, VIEW
from grid.registers import Camera, Device

KINDS = {"devices": False, "cameras": True}
MOST_FAULTS = 200


class ImportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``created`` and ``changed``: id → the fields to keep; ``unchanged``: how many stand there already."""

    is_camera: bool
    created: dict[str, dict[str, Any]] = {}
    changed: dict[str, dict[str, Any]] = {}
    unchanged: int = 0
    faults: list[RowFault] = []

    def summary(self) -> dict[str, Any]:
        """Return the plan in numbers, with its faults."""
        return {
            "created": len(self.created),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "faults": [msgspec.to_builtins(fault) for fault in self.faults[:MOST_FAULTS]],
            "fault_count": len(self.faults),
        }


def plan_import(content: bytes, city: City, *, kind: str, datum: str) -> ImportPlan:
    """Return what importing the file would do."""
    is_camera = KINDS[kind]
    try:
        default = read_datum(datum)
        rows = read_things(content)
    except Unreadable as error:
        return ImportPlan(is_camera=is_camera, faults=[error.fault])
    except ValueError as error:
        return ImportPlan(is_camera=is_camera, faults=[RowFault(0, "datum", str(error))])
    rows, unreadable = _set_aside(rows, is_camera=is_camera)
    judged = [
        (
            row.row,
            judge_thing(row.fields, city, is_camera=is_camera, datum=default, is_new=_is_new(row.fields, city)),
        )
        for row in rows
    ]
    faults = sorted([*unreadable, *_faults(judged, city, is_camera=is_camera)], key=lambda fault: fault.row)
    plan = ImportPlan(is_camera=is_camera, faults=faults)
    unchanged = 0
    for _, thing in judged:
        known = city.register.find_thing(thing.id)
        if known is None:
            plan.created[thing.id] = thing.fields
            continue
        changes = list_changes(known, thing.fields)
        if changes:
            plan.changed[thing.id] = changes
        else:
            unchanged += 1
    return msgspec.structs.replace(plan, unchanged=unchanged)


def _set_aside(rows: list[RawThing], *, is_camera: bool) -> tuple[list[RawThing], list[RowFault]]:
    """Return what can be judged, and the faults of the rest; an unknown field is told where it stands first."""
    faults = [RowFault(row.row, "", row.fault) for row in rows if row.fault]
    kept, unknown = [], set[str]()
    for row in rows:
        strange = row.fields.keys() - known_fields(is_camera=is_camera)
        faults += [
            RowFault(row.row, name, no_such_field(is_camera=is_camera)) for name in sorted(strange - unknown)
        ]
        unknown |= strange
        if not row.fault:
            kept.append(RawThing(row.row, {k: v for k, v in row.fields.items() if k not in strange}))
    return kept, faults


def _is_new(fields: Mapping[str, str], city: City) -> bool:
    return city.register.find_thing(fields.get("id", "")) is None


def _faults(judged: list[tuple[int, Judged]], city: City, *, is_camera: bool) -> list[RowFault]:
    found: list[RowFault] = []
    seen: dict[tuple[str, ...], int] = {}
    for row, thing in judged:
        faults = {**judge_clashes(thing.id, thing.fields, city), **thing.faults}
        known = city.register.find_thing(thing.id)
        if known is not None and isinstance(known, Camera) is not is_camera:
            faults["id"] = f"{thing.id} is {'a camera' if isinstance(known, Camera) else 'a device'} already"
        for name, key in _names_of(thing):
            first = seen.setdefault(key, row)
            if first != row:
                faults[name] = f"{':'.join(key[1:])} stands in row {first} already"
        found += [RowFault(row, name, fault) for name, fault in faults.items()]
    return found


def _names_of(thing: Judged) -> list[tuple[str, tuple[str, ...]]]:
    """Return what must be nobody else's in the file."""
    names: list[tuple[str, tuple[str, ...]]] = [("id", ("id", thing.id))]
    source, source_id, code = (thing.fields.get(name) for name in ("source", "source_id", "object_code"))
    if source and source_id:
        names.append(("source_id", ("name", source, source_id)))
    names += [("known_ids", ("name", s, i)) for s, i in thing.fields.get("known_ids", ())]
    return [*names, ("object_code", ("code", code))] if code else names


def list_changes(known: Device | Camera, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields whose value would be another."""
    return {name: value for name, value in wanted.items() if current_value(known, name) != value}


def current_value(known: Device | Camera, name: str) -> Any:
    """Return a field as the register's documents write it."""
    if name in ("lon", "lat"):
        return getattr(known.lonlat, name)
    value = getattr(known, name, None)
    if name == "known_ids":
        return [list(pair) for pair in known.known_ids]
    if name == "zones" and value is not None:
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def document_of(known: Device | Camera) -> dict[str, Any]:
    """Return everything the register knows of a thing, as a document."""
    names = [*PLAIN, "lon", "lat", *CATALOGUE, "known_ids", *(VIEW if isinstance(known, Camera) else ())]
    return {name: current_value(known, name) for name in names}
