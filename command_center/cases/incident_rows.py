"""Reads incidents with everything that is shown of them: orders, clocks, sources, reporters, photos.

Four queries (more where there are reporters, photos, merged cases, requests …) however many incidents; the live
feed, lists and single reads all come through here. Rows are plain, not mapped objects: at a hundred alarms a
second the difference is half of the web's work. Next: ``incident_view.py`` turns one file into JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from command_center.cases.approval_tables import Approval, LostTime
from command_center.cases.audience_rows import read_audiences
from command_center.cases.case_policy import working_time_of
from command_center.cases.incident_questions import SOURCES_FIRST, SOURCES_LAST, incident_questions
from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.clocks.working_time import WorkingTime
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.audience import Audience
from grid.city import City

CHUNK = 400  # SQLite takes a bounded number of parameters a statement


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
        incidents += incident_questions()["incidents"].ask(session, numbers=wanted[start : start + CHUNK])
    return {file.incident.number: file for file in read_files(session, incidents, city, audiences)}


def _fill(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    fill_orders(session, files, numbers)
    fill_rest(session, files, numbers)


def fill_orders(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    """Read orders and running clocks of these incidents."""
    for name in ("orders", "clocks"):
        for row in incident_questions()[name].ask(session, numbers=numbers):
            getattr(files[row.incident], name).append(row)


def fill_rest(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    """Read what belongs to these incidents beside orders and clocks; ``numbers`` are at most ``CHUNK``."""
    waiting = [number for number in numbers if files[number].incident.approvals_pending]
    lost = [number for number in numbers if files[number].incident.lost_s]
    for name, wanted in (("approvals", waiting), ("lost_times", lost)):
        for row in incident_questions()[name].ask(session, numbers=wanted) if wanted else ():
            getattr(files[row.incident], name).append(row)
    there = find_parts(session, numbers)
    for name in ("reporters", "attachments"):
        for row in incident_questions()[name].ask(session, numbers=there[name]) if name in there else ():
            getattr(files[row.incident], name).append(row)
    for row in incident_questions()["merged"].ask(session, numbers=there["merged"]) if "merged" in there else ():
        files[row.merged_into].merged.append(row)
    if "consultations" in there:
        _fill_consultations(session, files, there["consultations"])
    _fill_sources(session, files, numbers)


def _fill_sources(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    floods = [number for number in numbers if files[number].incident.members > SOURCES_FIRST + SOURCES_LAST]
    for number in floods:
        _add_sources(files, incident_questions()["flood"].ask(session, number=number))
    if len(floods) < len(numbers):
        asked = sorted(set(numbers) - set(floods))
        _add_sources(files, incident_questions()["sources"].ask(session, numbers=asked))


def _add_sources(files: Mapping[int, IncidentFile], rows: Iterable[Any]) -> None:
    for row in rows:
        files[row.incident].sources.append(row)
        files[row.incident].source_count = row.source_count


def find_parts(session: Session, numbers: list[int]) -> dict[str, list[int]]:
    """Return which of these incidents have any of what most have none of: one query saves four."""
    there: dict[str, list[int]] = {}
    for part, number in incident_questions()["parts"].ask(session, numbers=numbers):
        there.setdefault(part, []).append(number)
    return there


def _fill_consultations(session: Session, files: Mapping[int, IncidentFile], numbers: list[int]) -> None:
    """Read the consultations; their members are asked for only where there are any, which is seldom."""
    held = {row.id: row for row in incident_questions()["consultations"].ask(session, numbers=numbers)}
    if not held:
        return
    members: dict[int, list[Any]] = {id: [] for id in held}
    for member in incident_questions()["members"].ask(session, numbers=sorted(held)):
        members[member.consultation].append(member)
    for id, row in held.items():
        files[row.incident].consultations.append((row, members[id]))


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
