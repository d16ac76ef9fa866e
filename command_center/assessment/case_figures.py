"""One case as its row of figures: worked out from the case, its orders and clocks, and what its entries say.

``figures_in_step.py`` asks for it in the transaction of each change; ``rebuild_figures`` makes every row anew
from tables and journal, and must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from command_center.assessment.figure_tables import CaseFigure
from command_center.assessment.outcomes import Outcome
from command_center.cases.case_file import CaseFile, find_case
from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.clocks.clocks import remaining_s
from command_center.journal.journal_tables import JournalEntry
from command_center.journal.ledger import Ledger
from command_center.orders.order_tables import ClockRow
from foundation.clock import from_rfc3339

PAGE = 500
SATISFIED = frozenset({"very_satisfied", "satisfied", "fairly_satisfied"})
SAID = (
    Outcome.EXTENDED
    | Outcome.REVISITED
    | Outcome.SATISFIED
    | Outcome.SELF_CLOSED
    | Outcome.MISFILED
    | Outcome.REOPENED
)
"""Outcomes that the entries tell and nothing else."""

Entry = tuple[str, Mapping[str, Any]]


def rebuild_figures(ledger: Ledger) -> int:
    """Make every row anew from tables and journal; return how many there are."""
    session = ledger.session
    session.execute(delete(CaseFigure))
    count, after = 0, 0
    while True:
        numbers = session.scalars(
            select(Incident.number)
            .where(Incident.number > after, Incident.patrol.is_(False), Incident.replay.is_(False))
            .where(Incident.drill.is_(False))
            .order_by(Incident.number)
            .limit(PAGE)
        ).all()
        if not numbers:
            return count
        rows = [row for number in numbers if (row := _rebuild_one(ledger, number)) is not None]
        session.execute(insert(CaseFigure), rows)
        ledger.cases.clear()  # they were only read
        count, after = count + len(rows), numbers[-1]


def _rebuild_one(ledger: Ledger, number: int) -> dict[str, Any] | None:
    case = find_case(ledger, number)
    if case is None:
        return None
    first = select(IncidentSource).where(IncidentSource.incident == number).order_by(IncidentSource.id).limit(1)
    delay_s = upstream_delay_s(case, ledger.session.scalars(first).all())
    return {**reckon(case, _read_entries(ledger.session, number), 0), "upstream_delay_s": delay_s}


def upstream_delay_s(case: CaseFile, sources: Sequence[IncidentSource]) -> int:
    """Return how long after it happened the first word of it reached us."""
    return max(0, round((case.incident.opened_at - sources[0].at).total_seconds())) if sources else 0


def _read_entries(session: Session, number: int) -> list[Entry]:
    chosen = select(JournalEntry.kind, JournalEntry.data).where(JournalEntry.incident == number)
    return [(kind, data) for kind, data in session.execute(chosen.order_by(JournalEntry.number))]


def reckon(case: CaseFile, entries: Iterable[Entry], known: int) -> dict[str, Any]:
    """Return the row; ``known`` are the outcomes that earlier entries told."""
    incident = case.incident
    place = case.ledger.city.map.place_of_area(incident.grid or incident.area) if _is_known(case) else None
    lead = case.lead_order()
    post = case.ledger.city.posts.find_post(lead.holder_code if lead else incident.holder_code)
    return {
        "incident": case.number,
        "bits": _outcomes(case) | _said(entries, known & SAID),
        "domain": incident.domain,
        "category": incident.category,
        "town": (place.town if place else None) or "",
        "community": (place.community if place else None) or "",
        "grid": (place.grid if place else None) or "",
        "department": (post.department or post.code) if post else "",
        "worker": (lead.worker if lead else None) or "",
        **_moments(case),
        **_delays(case),
    }


def keep_of(entries: Iterable[Entry]) -> int:
    """Return which outcomes, of those that earlier entries told, still hold after these."""
    return int(_said(entries, int(SAID)))


def _is_known(case: CaseFile) -> bool:
    return case.ledger.city.tree.find_area(case.incident.grid or case.incident.area) is not None


def _said(entries: Iterable[Entry], known: int) -> int:
    """Return what the entries tell, on top of what earlier ones told."""
    bits = known
    for kind, data in entries:
        if kind == "extended":
            bits |= Outcome.EXTENDED
        elif kind == "category_changed":
            bits |= Outcome.MISFILED
        elif kind == "reopened":
            bits |= Outcome.REOPENED
        elif kind == "closed" and data.get("is_self_closed"):
            bits |= Outcome.SELF_CLOSED
        elif kind == "revisited":
            bits = (bits | Outcome.REVISITED) & ~Outcome.SATISFIED
            bits |= Outcome.SATISFIED if data.get("satisfaction") in SATISFIED else 0
    return bits


def _outcomes(case: CaseFile) -> int:
    """Return what the tables tell."""
    incident = case.incident
    holds = {
        Outcome.FILED: incident.filed_at is not None,
        Outcome.DISPATCHED: incident.dispatched_at is not None,
        Outcome.DISPOSED: incident.disposed_at is not None,
        Outcome.CLOSED: incident.closed_at is not None,
        Outcome.OUT: incident.state in ("void", "merged") or incident.drill,
        Outcome.MERGED: incident.state == "merged",
        Outcome.INVALID: incident.state in ("rejected", "void"),
        Outcome.SUSPENDED: incident.state == "suspended",
        Outcome.EXEMPT: incident.timeout_exempt,
        Outcome.URGENT: incident.urgency == "emergency",
        Outcome.ACCEPTED: incident.accepted_at is not None or incident.filed_at is not None,
        Outcome.RETURNED: incident.returns > 0,
        Outcome.REWORKED: incident.reworks > 0,
        Outcome.SUPERVISED: incident.supervision is not None or incident.supervised_by is not None,
        Outcome.SUPERVISION_ON_TIME: _is_answered(incident.supervision),
        Outcome.COMPONENT: incident.category.startswith(("UM-01", "UM-02", "UM-03", "UM-04", "UM-05")),
    }
    return sum(bit for bit, is_so in holds.items() if is_so) | _stages(case)


def _is_answered(supervision: Mapping[str, Any] | None) -> bool:
    said = supervision or {}
    if not said.get("answered_at") or not said.get("due_at"):
        return False
    return from_rfc3339(str(said["answered_at"])) <= from_rfc3339(str(said["due_at"]))


MISSED = {
    "accept": Outcome.ACCEPT_MISSED | Outcome.FILE_MISSED,
    "verify": Outcome.VERIFY_MISSED | Outcome.FILE_MISSED,
    "dispatch": Outcome.DISPATCH_MISSED,
    "dispose": Outcome.DISPOSE_MISSED | Outcome.CLOSE_MISSED,
    "total": Outcome.CLOSE_MISSED,
    "check": Outcome.CHECK_MISSED,
    "respond": Outcome.WHISTLE_MISSED,
}
ASKED = {"verify": Outcome.VERIFY_ASKED, "check": Outcome.CHECK_ASKED, "respond": Outcome.WHISTLED}


def _stages(case: CaseFile) -> int:
    """Return which stages were asked for and which were missed; of a stage that came again, the last counts."""
    bits = 0
    for stage in {clock.stage for clock in case.clocks}:
        clock = _last(case, stage)
        if clock is None:
            continue
        bits |= ASKED.get(stage, 0)
        is_late = clock.missed or (clock.stopped_at is not None and clock.stopped_at > clock.due_at)
        bits |= MISSED.get(stage, 0) if is_late else 0
    return bits


def _moments(case: CaseFile) -> dict[str, int | None]:
    incident = case.incident
    dispose, total = _last(case, "dispose"), _last(case, "total")
    due = _seconds(dispose.due_at) if dispose else None
    return {
        "opened_s": int(incident.opened_at.timestamp()),
        "filed_s": _seconds(incident.filed_at),
        "dispatched_s": _seconds(incident.dispatched_at),
        "due_s": due,
        "disposed_s": _seconds(incident.disposed_at),
        "close_due_s": _seconds(total.due_at) if total else due,
        "closed_s": _seconds(incident.closed_at),
        "accept_used_s": _used_s(case, _last(case, "accept")),
        "dispose_used_s": _used_s(case, dispose),
    }


def _seconds(moment: Any) -> int | None:
    return int(moment.timestamp()) if moment is not None else None


def _last(case: CaseFile, stage: str) -> ClockRow | None:
    """Return the last clock of a stage: of the lead order's where it has one."""
    of_stage = [clock for clock in case.clocks if clock.stage == stage]
    leads = {order.id for order in case.orders if order.is_lead}
    own = [clock for clock in of_stage if clock.order in leads] or of_stage
    return max(own, key=lambda clock: clock.id, default=None)


def _used_s(case: CaseFile, clock: ClockRow | None) -> int | None:
    """Return how much of its own calendar a stopped clock has used."""
    if clock is None or clock.stopped_at is None:
        return None
    return max(0, round(clock.limit_s - remaining_s(clock, clock.stopped_at, case.working_time())))


def _delays(case: CaseFile) -> dict[str, int]:
    """Return who let time pass: the system before its first order, people past their limits."""
    incident = case.incident
    first = min((order.issued_at for order in case.orders), default=None)
    is_ours = incident.way_in == "direct" and first is not None
    system_s = (first - incident.opened_at).total_seconds() if is_ours and first is not None else 0.0
    late = sum(
        (clock.stopped_at - clock.due_at).total_seconds()
        for clock in case.clocks
        if clock.stopped_at is not None and clock.stopped_at > clock.due_at
    )
    return {
        "system_delay_s": max(0, round(system_s)),
        "human_delay_s": round(late) + incident.lost_s,
    }
