"""Steps about what rings at a seat: who acknowledged it, who shelved it, why and until when.

Nothing happens when a shelf's time is over: whoever shows alarms compares the moment with the clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from command_center.cases.incident_tables import Incident
from command_center.moves.act import Act
from command_center.people.masking import mask_name


def shelved_until(incident: Incident, now: datetime) -> datetime | None:
    """Return until when the alarm is shelved; None where it is not, or not any more."""
    said = (incident.alarm or {}).get("shelved_until")
    until = datetime.fromisoformat(said) if said else None
    return until if until is not None and until > now else None


def acknowledge(act: Act) -> None:
    _note(act, acknowledged_at=act.ledger.now.isoformat(), acknowledged_by=mask_name(act.account.name))
    act.record("acknowledged")


def shelve(act: Act) -> None:
    until = (act.ledger.now + timedelta(minutes=int(act.data["minutes"]))).isoformat()
    _note(act, shelved_until=until, shelved_by=mask_name(act.account.name), shelved_why=act.words("reason"))
    act.record("shelved", until=until, reason=act.words("reason"))


def unshelve(act: Act) -> None:
    _note(act, shelved_until=None, shelved_by=None, shelved_why=None)
    act.record("unshelved")


def _note(act: Act, **said: Any) -> None:
    incident = act.case.incident
    kept = {**(incident.alarm or {}), **said}
    incident.alarm = {name: value for name, value in kept.items() if value is not None}
