"""The statements that read incidents with everything that is shown of them, as plain rows.

Asked by ``incident_rows.py``; the columns have the names of the tables' attributes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, bindparam, func, inspect, literal_column, or_, select, union

from command_center.cases.approval_tables import Approval, LostTime
from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.consultations.consultation_tables import Consultation, ConsultationMember
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.account_tables import Attachment
from foundation.database import Base
from foundation.plain_query import PlainQuery

SOURCES_FIRST, SOURCES_LAST = 10, 40
MERGED = ("number", "title", "category", "upstream", "merged_into")
NOT_SHOWN = frozenset({"point"})  # the geometry stands for GIS tools; lon and lat say the same


@cache
def incident_questions() -> dict[str, PlainQuery]:
    """Return the statements by what they ask for, made once: making them costs more than the answers."""
    numbers: Any = bindparam("numbers", expanding=True)
    sources = {"sources": _select_sources(numbers), "flood": _select_flood(bindparam("number"))}
    statements = _list_statements(numbers) | sources
    return {name: PlainQuery(statement) for name, statement in statements.items()}


def _list_statements(numbers: Any) -> dict[str, Select[Any] | CompoundSelect[Any]]:
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
        "parts": union(
            select(literal_column("'reporters'").label("part"), reporter.incident).where(
                reporter.incident.in_(numbers)
            ),
            select(literal_column("'attachments'"), photo.incident).where(photo.incident.in_(numbers)),
            select(literal_column("'merged'"), incident.merged_into).where(incident.merged_into.in_(numbers)),
            select(literal_column("'consultations'"), consultation.incident).where(
                consultation.incident.in_(numbers)
            ),
        ),
        "merged": select(*(incident[name] for name in MERGED))
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
