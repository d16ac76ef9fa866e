"""Reads incidents with everything that is shown of them: orders, clocks, sources, reporters, photos.

Six queries however many incidents; the live feed, lists and single reads all come through here. Next:
``incident_view.py`` turns one file into JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from command_center.audience_rows import read_audiences
from command_center.incident_tables import Incident, IncidentSource, Reporter
from command_center.order_tables import ClockRow, Order
from command_center.people.account_tables import Attachment
from command_center.people.audience import Audience
from grid.city import City

SOURCES_FIRST, SOURCES_LAST = 10, 40
CHUNK = 400  # SQLite takes a bounded number of parameters a statement
Row = TypeVar("Row")


@dataclass(slots=True)
class IncidentFile:
    """One incident as it stands, ready to be shown to whoever may see it."""

    incident: Incident
    audience: Audience
    orders: list[Order] = field(default_factory=list)
    clocks: list[ClockRow] = field(default_factory=list)
    sources: list[IncidentSource] = field(default_factory=list)
    source_count: int = 0
    reporters: list[Reporter] = field(default_factory=list)
    attachments: list[Any] = field(default_factory=list)


def read_files(session: Session, incidents: Sequence[Incident], city: City) -> list[IncidentFile]:
    """Return the files of these incidents, in the same order."""
    files: dict[int, IncidentFile] = {}
    for start in range(0, len(incidents), CHUNK):
        chunk = incidents[start : start + CHUNK]
        audiences = read_audiences(session, chunk, city)
        for incident in chunk:
            files[incident.number] = IncidentFile(incident, audiences[incident.number])
        _fill(session, files, [incident.number for incident in chunk])
    return [files[incident.number] for incident in incidents]


def read_files_by_number(session: Session, numbers: Iterable[int], city: City) -> dict[int, IncidentFile]:
    """Return the files by number; a number without an incident is left out."""
    wanted = sorted(set(numbers))
    incidents: list[Incident] = []
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        incidents += session.scalars(select(Incident).where(Incident.number.in_(chunk))).all()
    return {file.incident.number: file for file in read_files(session, incidents, city)}


def _fill(session: Session, files: dict[int, IncidentFile], numbers: list[int]) -> None:
    for order in session.scalars(select(Order).where(Order.incident.in_(numbers)).order_by(Order.id)):
        files[order.incident].orders.append(order)
    for clock in session.scalars(select(ClockRow).where(ClockRow.incident.in_(numbers)).order_by(ClockRow.id)):
        files[clock.incident].clocks.append(clock)
    for source, count in session.execute(_select_sources(numbers)):
        files[source.incident].sources.append(source)
        files[source.incident].source_count = count
    for reporter in session.scalars(select(Reporter).where(Reporter.incident.in_(numbers)).order_by(Reporter.id)):
        files[reporter.incident].reporters.append(reporter)
    photos = (
        select(Attachment.incident, Attachment.id, Attachment.content_type, Attachment.name, Attachment.account)
        .where(Attachment.incident.in_(numbers), Attachment.completed_at.is_not(None))
        .order_by(Attachment.at)
    )
    for photo in session.execute(photos):
        files[photo.incident].attachments.append(photo)


def _select_sources(numbers: list[int]) -> Select[IncidentSource, int]:
    """Return the first and the latest sources of each incident: a storm may bring thousands to one."""
    ranked = (
        select(
            IncidentSource.id,
            func.row_number().over(partition_by=IncidentSource.incident, order_by=IncidentSource.id).label("rank"),
            func.count().over(partition_by=IncidentSource.incident).label("count"),
        )
        .where(IncidentSource.incident.in_(numbers))
        .subquery()
    )
    return (
        select(IncidentSource, ranked.c.count)
        .join(ranked, ranked.c.id == IncidentSource.id)
        .where(or_(ranked.c.rank <= SOURCES_FIRST, ranked.c.rank > ranked.c.count - SOURCES_LAST))
        .order_by(IncidentSource.id)
    )


def hidden_photos(file: IncidentFile, own: frozenset[int] | None) -> set[str]:
    """Return the ids of photos that belong to orders which this person may not see."""
    if own is None:
        return set()
    return {text for order in file.orders if order.id not in own for text in _texts(order.result)}


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for part in parts for text in _texts(part)}
