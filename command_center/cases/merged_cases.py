"""Cases that were merged into another: which they are, and into which."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident


def list_merged(session: Session, number: int) -> tuple[Incident, ...]:
    """Return the cases that were merged into this one, and those that had been merged into them before."""
    found: list[Incident] = []
    level = [number]
    while level:
        rows = session.scalars(select(Incident).where(Incident.merged_into.in_(level)).order_by(Incident.number))
        fresh = [row for row in rows if row not in found]
        found += fresh
        level = [row.number for row in fresh]
    return tuple(found)


def find_main(session: Session, incident: Incident) -> Incident | None:
    """Return the case that this one is merged into."""
    return session.get(Incident, incident.merged_into) if incident.merged_into is not None else None
