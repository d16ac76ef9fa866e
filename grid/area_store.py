"""Reads the areas of one day from the database: first the tree, then the outlines.

Between ``area_tables``, which ``city_load`` fills, and ``area_tree`` and ``city_map``, which hold them.
"""

from __future__ import annotations

from datetime import date

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.area_tables import AreaRow
from grid.area_tree import DEFAULT_LEVELS, Area, AreaTree
from grid.editions import in_force
from grid.policies import city_today, read_policies


def read_areas(session: Session, on: date | None = None) -> AreaTree:
    """Return the tree as it stands on a local date (None: today)."""
    day = on or city_today(session)
    statement = select(
        AreaRow.code,
        AreaRow.name,
        AreaRow.name_en,
        AreaRow.level,
        AreaRow.parent,
        AreaRow.kind,
        AreaRow.area_class,
        AreaRow.synthetic,
        AreaRow.aliases,
    ).where(in_force(AreaRow, day))
    areas = [
        Area(r.code, r.name, r.name_en, r.level, r.parent, r.kind, r.area_class, r.synthetic, tuple(r.aliases))
        for r in session.execute(statement)
    ]
    return AreaTree(areas, read_levels(session, day))


def read_levels(session: Session, on: date) -> tuple[str, ...]:
    """Return the codes of the city's levels, topmost first."""
    policies = {p.name: p for p in read_policies(session, on).list_policies()}
    if "levels" not in policies:
        return DEFAULT_LEVELS
    return tuple(level["code"] for level in policies["levels"].document["levels"])


def read_shapes(session: Session, on: date | None = None) -> dict[str, BaseGeometry]:
    """Return the outlines, by area code, as they stand on a local date (None: today)."""
    day = on or city_today(session)
    statement = select(AreaRow.code, AreaRow.shape).where(in_force(AreaRow, day), AreaRow.shape.is_not(None))
    return {code: shape for code, shape in session.execute(statement) if shape is not None}
