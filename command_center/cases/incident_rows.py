"""Reads incidents with everything that is shown of them: orders, clocks, sources, reporters, photos.

Four queries (more where there are reporters, photos, merged cases, requests …) however many incidents; the live
feed, lists and single reads all come through here. Rows are plain, not mapped objects: at a hundred alarms a
second the difference is half of the web's work. Next: ``incident_view.py`` turns one file into JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, bindparam, func, inspect, literal_column, or_, select, union
from sqlalchemy.orm import Session

from command_center.cases.approval_tables import Approval, LostTime
from command_center.cases.audience_rows import read_audiences
from command_center.cases.case_policy import working_time_of
from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.clocks.working_time import WorkingTime
from command_center.consultations.consultation_tables import Consultation, ConsultationMember
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.account_tables import Attachment
from command_center.people.audience import Audience
from foundation.database import Base
from grid.city import City

SOURCES_FIRST, SOURCES_LAST = 10, 40
CHUNK = 400  # SQLite takes a bounded number of parameters a statement
NOT_SHOWN = frozenset({"point"})  # the geometry stands for GIS tools; lon and lat say the same


@dataclass(slots=True)
class IncidentFile:
    """One incident as it stands, ready to be shown to whoever may see it. Rows have the tables' attributes.

    ``working`` is the working time by which its clocks run.
    """

    incident: Incident
    audience: Audience
    working: WorkingTime
    orders: list[Order] = field(default_factory=list)
    clocks: list[ClockRow] = field(default_factory=list)
    sources: list[IncidentSource] = field(default_factory=list)
    source_count: int = 0
    reporters: list[Reporter] = field(default_factory=list)
    attachments: list[Any] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    lost_times: list[LostTime] = field(default_factory=list)
    merged: list[Any] = field(default_factory=list)
    """The cases that were merged into it."""
    consultations: list[tuple[Any, list[Any]]] = field(default_factory=list)
    """Each with its members."""


def read_files(
    session: Session, incidents: Sequence[Incident], city: City, known: Mapping[int, Audience] | None = None
) -> list[IncidentFile]:
    """Return the files of these incidents, in the same order; of clocks only those that run.

    ``known`` are their audiences where the caller has them of the same moment.
    """
    files: dict[int, IncidentFile] = {}
    for start in range(0, len(incidents), CHUNK):
        chunk = incidents[start : start + CHUNK]
        audiences = known if known is not None else read_audiences(session, chunk, city)
        for incident in chunk:
            working = working_time_of(session, city, incident.policy_version)
            files[incident.number] = IncidentFile(incident, audiences[incident.number], working)
        _fill(session, files, [incident.number for incident in chunk])
    return [files[incident.number] for incident in incidents]


def read_files_by_number(
    session: Session, audiences: Mapping[int, Audience], city: City
) -> dict[int, IncidentFile]:
    """Return the files of the incidents whose audiences are given, by number; what is not there is left out."""
    wanted = sorted(audiences)
    incidents: list[Any] = []
    for start in range(0, len(wanted), CHUNK):
        incidents += session.execute(_questions()["incidents"], {"numbers": wanted[start : start + CHUNK]}).all()
    return {file.incident.number: file for file in read_files(session, incidents, city, audiences)}


def _fill(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    fill_orders(session, files, numbers)
    fill_rest(session, files, numbers)


def fill_orders(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    """Read orders and running clocks of these incidents."""
    for name in ("orders", "clocks"):
        for row in session.execute(_questions()[name], {"numbers": numbers}):
            getattr(files[row.incident], name).append(row)


def fill_rest(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    """Read what belongs to these incidents beside orders and clocks; ``numbers`` are at most ``CHUNK``."""
    waiting = [number for number in numbers if files[number].incident.approvals_pending]
    lost = [number for number in numbers if files[number].incident.lost_s]
    for name, wanted in (("approvals", waiting), ("lost_times", lost)):
        for row in session.execute(_questions()[name], {"numbers": wanted}) if wanted else ():
            getattr(files[row.incident], name).append(row)
    there = find_parts(session, numbers)
    for name in ("reporters", "attachments"):
        for row in session.execute(_questions()[name], {"numbers": there[name]}) if name in there else ():
            getattr(files[row.incident], name).append(row)
    for row in session.execute(_questions()["merged"], {"numbers": there["merged"]}) if "merged" in there else ():
        files[row.merged_into].merged.append(row)
    if "consultations" in there:
        _fill_consultations(session, files, there["consultations"])
    _fill_sources(session, files, numbers)


def _fill_sources(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    floods = [number for number in numbers if files[number].incident.members > SOURCES_FIRST + SOURCES_LAST]
    for number in floods:
        _add_sources(files, session.execute(_questions()["flood"], {"number": number}))
    if len(floods) < len(numbers):
        asked = sorted(set(numbers) - set(floods))
        _add_sources(files, session.execute(_questions()["sources"], {"numbers": asked}))


def _add_sources(files: Mapping[int, IncidentFile], rows: Iterable[Any]) -> None:
    for row in rows:
        files[row.incident].sources.append(row)
        files[row.incident].source_count = row.source_count


def find_parts(session: Session, numbers: list[int]) -> dict[str, list[int]]:
    """Return which of these incidents have any of what most have none of: one query saves four."""
    there: dict[str, list[int]] = {}
    for part, number in session.execute(_questions()["parts"], {"numbers": numbers}):
        there.setdefault(part, []).append(number)
    return there


def _fill_consultations(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    """Read the consultations; their members are asked for only where there are any, which is seldom."""
    held = {row.id: row for row in session.execute(_questions()["consultations"], {"numbers": numbers})}
    if not held:
        return
    members: dict[int, list[Any]] = {id: [] for id in held}
    for member in session.execute(_questions()["members"], {"numbers": sorted(held)}):
        members[member.consultation].append(member)
    for id, row in held.items():
        files[row.incident].consultations.append((row, members[id]))


@cache
def _questions() -> dict[str, Select[Any] | CompoundSelect[Any]]:
    """Return the statements, made once: making them anew each time costs more than the answers."""
    numbers: Any = bindparam("numbers", expanding=True)
    incident, order, clock = Incident.__table__.c, Order.__table__.c, ClockRow.__table__.c
    request, lost = Approval.__table__.c, LostTime.__table__.c
    reporter, photo = Reporter.__table__.c, Attachment.__table__.c
    consultation, member = Consultation.__table__.c, ConsultationMember.__table__.c
    return {
        "incidents": select(*_columns(Incident)).where(incident.number.in_(numbers)),
        "orders": select(*_columns(Order)).where(order.incident.in_(numbers)).order_by(order.id),
        "clocks": select(*_columns(ClockRow))
        .where(clock.incident.in_(numbers), clock.stopped_at.is_(None))
        .order_by(clock.id),
        "reporters": select(*_columns(Reporter)).where(reporter.incident.in_(numbers)).order_by(reporter.id),
        "attachments": select(photo.incident, photo.id, photo.content_type, photo.name)
        .where(photo.incident.in_(numbers), photo.completed_at.is_not(None))
        .order_by(photo.at),
        "approvals": select(*_columns(Approval))
        .where(request.incident.in_(numbers), request.state == "pending")
        .order_by(request.id),
        "lost_times": select(*_columns(LostTime)).where(lost.incident.in_(numbers)).order_by(lost.id),
        "sources": _select_sources(numbers),
        "flood": _select_flood(bindparam("number")),
        "parts": union(
            select(literal_column("'reporters'"), reporter.incident).where(reporter.incident.in_(numbers)),
            select(literal_column("'attachments'"), photo.incident).where(photo.incident.in_(numbers)),
            select(literal_column("'merged'"), incident.merged_into).where(incident.merged_into.in_(numbers)),
            select(literal_column("'consultations'"), consultation.incident).where(
                consultation.incident.in_(numbers)
            ),
        ),
        "merged": select(incident.number, incident.title, incident.upstream, incident.merged_into)
        .where(incident.merged_into.in_(numbers))
        .order_by(incident.number),
        "consultations": select(*_columns(Consultation))
        .where(consultation.incident.in_(numbers))
        .order_by(consultation.id),
        "members": select(*_columns(ConsultationMember))
        .where(member.consultation.in_(numbers))
        .order_by(member.id),
    }


def select_incidents() -> Select[Any]:
    """Return the statement of incidents as plain rows, to be narrowed."""
    return select(*_columns(Incident))


def _columns(table: type[Base]) -> list[Any]:
    """Return the columns of a table under the names of its attributes."""
    attributes = [attribute for attribute in inspect(table).column_attrs if attribute.key not in NOT_SHOWN]
    return [attribute.columns[0].label(attribute.key) for attribute in attributes]


def _select_sources(numbers: Any) -> Select[Any]:
    """Return the first and the latest sources of each incident, of which each has few."""
    source = IncidentSource.__table__.c
    ranked = (
        select(
            source.id,
            func.row_number().over(partition_by=source.incident, order_by=source.id).label("rank"),
            func.count().over(partition_by=source.incident).label("source_count"),
        )
        .where(source.incident.in_(numbers))
        .subquery()
    )
    return (
        select(*_columns(IncidentSource), ranked.c.source_count)
        .join(ranked, ranked.c.id == source.id)
        .where(or_(ranked.c.rank <= SOURCES_FIRST, ranked.c.rank > ranked.c.source_count - SOURCES_LAST))
        .order_by(source.id)
    )


def _select_flood(number: Any) -> Select[Any]:
    """Return the first and the latest sources of one storm: of its thousands the others are only counted."""
    source = IncidentSource.__table__.c
    of_it = select(source.id).where(source.incident == number)
    first = of_it.order_by(source.id).limit(SOURCES_FIRST).subquery()
    last = of_it.order_by(source.id.desc()).limit(SOURCES_LAST).subquery()
    counted = select(func.count()).select_from(source.id.table).where(source.incident == number)
    return (
        select(*_columns(IncidentSource), counted.scalar_subquery().label("source_count"))
        .where(source.id.in_(union(select(first.c.id), select(last.c.id))))
        .order_by(source.id)
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
