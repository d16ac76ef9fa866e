"""Places to find by name: what a caller says ("by the school in Xindian") becomes a point.

A piece of a name comes in, named places go out, the best match first. The desk's call form and the
brain's locating step call it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from grid.area_tables import NamedPlaceRow
from grid.coordinates import LonLat
from grid.editions import in_force
from grid.policies import city_today

LIMIT_MAX = 200


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place that people name. ``area`` is the cell it lies in."""

    code: str
    name: str
    name_en: str
    kind: str
    town: str
    area: str
    lonlat: LonLat


def find_places(
    session: Session, q: str, town: str | None = None, limit: int = 20, *, on: date | None = None
) -> list[NamedPlace]:
    """Return the places whose name, English name or alias holds ``q``, of one town or of all.

    Whole names come first, then names that begin with it, then shorter before longer.
    """
    wanted = q.strip()
    if not wanted:
        return []
    pattern = f"%{wanted.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
    statement = select(NamedPlaceRow).where(
        in_force(NamedPlaceRow, on or city_today(session)),
        or_(
            NamedPlaceRow.name.ilike(pattern, escape="\\"),
            NamedPlaceRow.name_en.ilike(pattern, escape="\\"),
            NamedPlaceRow.other_names.ilike(pattern, escape="\\"),
        ),
    )
    if town is not None:
        statement = statement.where(NamedPlaceRow.town == town)
    rows = sorted(session.scalars(statement), key=lambda row: _rank(row, wanted))
    return [
        NamedPlace(r.code, r.name, r.name_en, r.kind, r.town, r.area, LonLat(r.lon, r.lat))
        for r in rows[: min(limit, LIMIT_MAX)]
    ]


def _rank(row: NamedPlaceRow, wanted: str) -> tuple[bool, bool, int, str]:
    return (row.name != wanted, not row.name.startswith(wanted), len(row.name), row.code)
