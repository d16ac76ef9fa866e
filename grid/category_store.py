"""Reads the catalogue of one day from the database and joins it with the correlation policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.catalogue import Catalogue, Category, Limit, Limits
from grid.editions import in_force
from grid.policy_tables import CategoryRow


def read_catalogue(session: Session, on: date, correlation: Mapping[str, Any]) -> Catalogue:
    """Return the categories in force on a local date, with radius and window of their family."""
    rows = session.scalars(select(CategoryRow).where(in_force(CategoryRow, on)))
    return Catalogue(_category(row, correlation) for row in rows)


def _category(row: CategoryRow, correlation: Mapping[str, Any]) -> Category:
    fields = dict(row.document)
    reach = {
        **correlation["default"],
        **correlation["domains"].get(row.domain, {}),
        **correlation["families"].get(fields["family"], {}),
        **correlation["categories"].get(row.code, {}),
    }
    limits = fields.pop("limits")
    return Category(
        **{
            **fields,
            "code": row.code,
            "domain": row.domain,
            "zh": row.zh,
            "en": row.en,
            "aliases": tuple(fields["aliases"]),
            "assist_departments": tuple(fields["assist_departments"]),
            "limits": Limits(*(Limit(*limits[name]) for name in Limits._fields)),
            "radius_m": float(reach["radius_m"]),
            "window_s": float(reach["window_s"]),
            "cells": str(reach.get("cells", "none")),
            "joined_by": tuple(reach.get("joined_by", ())),
            "min_sources": int(reach.get("min_sources", 1)),
            "kin": _kin(row.code, fields["family"], correlation.get("compatible", ())),
        }
    )


def _kin(code: str, family: str, groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return the families and codes that stand in one group with this category."""
    found = {name for group in groups if {code, family} & set(group) for name in group}
    return tuple(sorted(found - {family}))
