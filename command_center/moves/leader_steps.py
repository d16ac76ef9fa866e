"""Steps of leaders, and small ones that change no state: urge, supervise, set the severity, unmask."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from command_center.cases.incident_tables import Reporter
from command_center.cases.supervision import ANSWER_HOURS, hours_limit, supervise
from command_center.moves.act import Act, invalid

FIELD_OF = {"reporter_name": "name", "reporter_phone": "phone"}


def urge(act: Act) -> None:
    act.record("urged", by_hand=True, reason=act.words("note"))


def supervise_by_hand(act: Act) -> None:
    hours = float(act.data.get("answer_hours") or ANSWER_HOURS)
    act.record("supervised", reason=act.words("reason"), **supervise(act.case, hours_limit(hours)))


def set_severity(act: Act) -> None:
    """Confirm or change the grade; what was proposed is then settled."""
    incident = act.case.incident
    before, incident.severity = incident.severity, int(act.data["severity"])
    incident.severity_proposed = None
    if incident.severity < before:
        incident.alarm = None  # graver than what was acknowledged: it rings again
    act.record("severity_set", before=before, severity=incident.severity, reason=act.words("reason"))


def unmask(act: Act) -> None:
    """Show one masked field of one caller, with the reason in the journal; the value itself is never stored."""
    act.result = read_masked(act)
    told = {"field": act.words("field"), "reporter": act.result["reporter"]}
    act.record("unmasked", reason=act.words("reason"), **told)


def read_masked(act: Act) -> dict[str, Any]:
    """Return what is asked for; for the same key again nothing was kept of it, so that it is read anew."""
    column = FIELD_OF[act.words("field")]
    reporter = _choose_reporter(act, column)
    return {"field": act.words("field"), "reporter": reporter.id, "value": getattr(reporter, column)}


def _choose_reporter(act: Act, column: str) -> Reporter:
    """Return the caller who is asked for, else the first who left the field."""
    rows = act.ledger.session.scalars(
        select(Reporter).where(Reporter.incident == act.case.number).order_by(Reporter.id)
    )
    wanted = act.data.get("reporter")
    left = [row for row in rows if getattr(row, column)]
    if not left:
        raise invalid(field="nobody left it")
    found = next((row for row in left if wanted in (None, row.id)), None)
    if found is None:
        raise invalid(reporter="did not leave it, or did not report this case")
    return found
