"""A case that a platform above has given us (上级平台): its number there, by when it waits, the answer.

Read from a report, kept on the incident; a clock of its own runs to the moment that the platform named.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from command_center.cases.case_file import CaseFile
from command_center.cases.incident_tables import Incident
from command_center.clocks.clocks import start_clock
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS

UPSTREAM = "upstream"
"""The stage of the clock."""
WAITING, REPLIED = "waiting", "replied"
FARTHEST = timedelta(days=3653)


def read_upstream(said: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what is kept of a platform's case.

    Raises:
        ValueError: System or number is missing, or ``due_at`` is no time with offset or lies years ahead; the text
            names the field.
    """
    named = {name: _plain(said.get(name)) for name in ("system", "number")}
    for name, words in named.items():
        if not words:
            raise ValueError(f"{name} is needed")
    due_at = said.get("due_at")
    if due_at is not None and _read_moment(due_at) > now + FARTHEST:
        raise ValueError("due_at lies more than ten years ahead")
    state = str(said.get("reply_state") or WAITING)
    return {**named, "due_at": due_at, "reply_state": state}


def _plain(words: Any) -> str:
    """Return a number or name as everybody types it: ＳＱ－７ is SQ-7."""
    return " ".join(unicodedata.normalize("NFKC", str(words or "")).split())


def is_same_number(said: Mapping[str, Any], kept: Mapping[str, Any] | None) -> bool:
    """Return whether both are one number of one platform."""
    if kept is None:
        return False
    return all(_plain(said.get(name)).lower() == _plain(kept.get(name)).lower() for name in ("system", "number"))


def find_numbered(session: Session, said: Mapping[str, Any]) -> Incident | None:
    """Return the case that answers this number of this platform already; one that was voided answers nothing."""
    number, kept = _plain(said.get("number")).lower(), Incident.upstream["number"].as_string()
    chosen = select(Incident).where(
        Incident.upstream_state.is_not(None), Incident.state != "void", func.lower(kept) == number
    )
    found = session.scalars(chosen.order_by(Incident.number.desc()))
    return next((one for one in found if is_same_number(said, one.upstream)), None)


def _read_moment(text: Any) -> datetime:
    wrong = "due_at is an RFC 3339 time with offset"
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise ValueError(wrong) from error
    if moment.tzinfo is None:
        raise ValueError(wrong)
    return moment


def keep_told_upstream(case: CaseFile, said: Mapping[str, Any]) -> None:
    """Tie the case to the platform's as a machine told of it: a moment that cannot be read is left out."""
    try:
        upstream = read_upstream(said, case.ledger.now)
    except ValueError:
        upstream = {"reply_state": WAITING, **said, "due_at": None}
    keep_upstream(case, upstream)


def waits_upstream(incident: Incident) -> bool:
    """Return whether the platform above has not been answered yet."""
    return incident.upstream_state == WAITING


def keep_upstream(case: CaseFile, upstream: dict[str, Any]) -> None:
    """Tie the case to the platform's, and start the clock to its answer."""
    case.incident.upstream = upstream
    case.incident.upstream_state = REPLIED if upstream["reply_state"] == REPLIED else WAITING
    start_upstream_clock(case, case.incident)


def start_upstream_clock(case: CaseFile, waiting: Incident) -> None:
    """Start the clock to the answer that the case, or one merged into it, owes, where a moment was named."""
    due_at = (waiting.upstream or {}).get("due_at")
    if waiting.upstream_state != WAITING or not due_at:
        return
    left_s = (datetime.fromisoformat(due_at) - case.ledger.now).total_seconds()
    limit = StageLimit(max(1, round(left_s)), CONTINUOUS)
    holder = (case.incident.holder_kind, case.incident.holder_code)
    start_clock(case, UPSTREAM, holder=holder, limit=limit)
