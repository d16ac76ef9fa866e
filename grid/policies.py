"""The policies of a city: documents with a version, by which the brain decides.

``city_load`` writes them from the folder's TOML and CSV files; readers get one by name. The shape of each
document is in ``deploy/cities/README.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.clock import SystemClock
from grid.policy_tables import CityPolicy

POLICY_NAMES = (
    "city",
    "levels",
    "level_rules",
    "labels",
    "routing",
    "ways_in",
    "limits",
    "correlation",
    "rules",
    "calendar",
    "category_limits",
    "conditions",
    "orientation",
    "lifecycle",
    "duty_list",
    "patrol",
    "assessment",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One document as it is in force. ``version`` is what a decision cites."""

    name: str
    version: str
    effective_on: date
    document: Mapping[str, Any]


class Policies:
    """The documents in force on one day, by name."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = dict(policies)

    def get_policy(self, name: str) -> Policy:
        """Return a document with its version; raises ``KeyError``."""
        return self._policies[name]

    def list_policies(self) -> list[Policy]:
        """Return every document, by name."""
        return [self._policies[name] for name in sorted(self._policies)]


def read_policies(session: Session, on: date) -> Policies:
    """Return the newest version of every policy that is in force on a local date."""
    rows = session.scalars(
        select(CityPolicy).where(CityPolicy.effective_on <= on).order_by(CityPolicy.effective_on, CityPolicy.id)
    )
    return Policies({row.name: Policy(row.name, row.version, row.effective_on, row.document) for row in rows})


def city_today(session: Session) -> date:
    """Return today's date where the loaded city lies (UTC when none is loaded)."""
    statement = select(CityPolicy.document).where(CityPolicy.name == "city").order_by(CityPolicy.id.desc())
    document = session.scalars(statement.limit(1)).first() or {}
    return SystemClock().now().astimezone(ZoneInfo(document.get("timezone", "UTC"))).date()
