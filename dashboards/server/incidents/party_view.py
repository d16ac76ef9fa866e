"""What concerns several parties of an incident as JSON: boards, rounds, reporters, merged cases, consultations.

Called by ``incident_view.py``. Who was only asked to assist learns none of it but the boards: their neighbours'
opinions, callers and delays are not theirs.
"""

from __future__ import annotations

from typing import Any

from command_center.cases.incident_rows import IncidentFile
from command_center.cases.incident_tables import Incident, Reporter
from command_center.orders.order_tables import ClockRow
from command_center.people.masking import mask_name, mask_phone
from dashboards.server.incidents.names import name_holder, name_title
from grid.city import City


def show_parties(file: IncidentFile, city: City, *, is_whole: bool) -> dict[str, Any]:
    """Return the parts of an incident that many share."""
    incident = file.incident
    return {
        "domains": list_domains(incident),
        "round": incident.round,
        "rounds": incident.rounds if is_whole else [],
        "merged_into": incident.merged_into if is_whole else None,
        "merged": [show_merged(row, city) for row in file.merged] if is_whole else [],
        "reporters": [show_reporter(row) for row in file.reporters] if is_whole else [],
        "consultations": [show_consultation(row, city) for row in file.consultations] if is_whole else [],
    }


def list_domains(incident: Incident) -> list[str]:
    """Return the incident's own domain, then those that see it besides."""
    return [incident.domain, *(domain for domain in incident.also_domains if domain != incident.domain)]


def marks_of_part(clocks: list[ClockRow]) -> dict[str, Any]:
    """Return the marks of somebody who sees a part: lateness of their own clocks, nothing of the neighbours'."""
    return {
        "is_overdue": any(clock.missed for clock in clocks),
        "is_due_soon": False,
        "returns": 0,
        "reworks": 0,
        "supervised_by": None,
        "supervised_by_name": None,
    }


def show_merged(row: Any, city: City) -> dict[str, Any]:
    """Return a case that was merged into this one, with its number at a platform above."""
    return {"number": row.number, **name_title(city, row), "upstream": row.upstream}


def show_reporter(reporter: Reporter) -> dict[str, Any]:
    """Return one of those who reported, masked, with what they are owed."""
    return {
        "id": reporter.id,
        "name": "" if reporter.is_anonymous else mask_name(reporter.name),
        "phone": "" if reporter.is_anonymous else mask_phone(reporter.phone),
        "anonymous": reporter.is_anonymous,
        "wants_reply": reporter.wants_reply,
        "reported_at": reporter.reported_at,
        "replied_at": reporter.replied_at,
        "callback_due_at": reporter.callback_due_at,
        "callback_attempts": reporter.callback_attempts,
        "revisited_at": reporter.revisited_at,
        "satisfaction": reporter.satisfaction,
    }


def show_consultation(row: Any, city: City) -> dict[str, Any]:
    """Return a consultation with its members; ``row`` is a consultation and its ``members``."""
    consultation, members = row
    return {
        "id": consultation.id,
        "incident": consultation.incident,
        "state": consultation.state,
        "topic": consultation.topic,
        "opened_by": consultation.opener,
        "opened_at": consultation.opened_at,
        "members": [_show_member(member, city) for member in members],
        "decision": consultation.decision,
        "decided_by": consultation.decider,
        "decided_at": consultation.decided_at,
        "outcome": consultation.outcome,
    }


def _show_member(member: Any, city: City) -> dict[str, Any]:
    zh, en = name_holder(city, member.code)
    return {
        "id": member.id,
        "code": member.code,
        "post_name": {"zh": zh, "en": en},
        "kind": "person" if member.account else "post",
        "name": member.name,
        "opinion": member.opinion,
        "opinion_at": member.opinion_at,
        "opinion_by": member.opinion_by,
    }
