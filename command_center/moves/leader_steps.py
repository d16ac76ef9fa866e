"""Steps of leaders, and small ones that change no state: urge, supervise, set the severity, unmask."""

from __future__ import annotations

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
    """Show one masked field of the callers, with the reason in the journal; the value itself is never stored."""
    column = FIELD_OF[act.words("field")]
    act.record("unmasked", field=act.words("field"), reason=act.words("reason"))
    act.result = {"field": act.words("field"), **read_masked(act, column)}


def read_masked(act: Act, column: str) -> dict[str, object]:
    """Return the field's value of the first caller who has one, and of all of them."""
    reporters = act.ledger.session.scalars(
        select(Reporter).where(Reporter.incident == act.case.number).order_by(Reporter.id)
    ).all()
    values = [getattr(reporter, column) for reporter in reporters if getattr(reporter, column)]
    if not values:
        raise invalid(field="nobody left it")
    return {"value": values[0], "values": values}
