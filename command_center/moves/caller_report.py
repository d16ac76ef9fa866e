"""Who and what a report by hand comes from: the caller, kept apart from the case, and a platform above.

``report_step.py`` calls it once the case is open, or joined.
"""

from __future__ import annotations

from typing import Any

from command_center.cases.incident_tables import Reporter
from command_center.cases.upstream import keep_upstream, read_upstream
from command_center.moves.act import Act, invalid


def read_nested(act: Act, name: str) -> dict[str, Any] | None:
    """Return a field that has fields of its own."""
    value = act.request.data.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid(**{name: "must be an object"})
    return value


def read_platform(act: Act) -> dict[str, Any] | None:
    """Return the platform's case that the report comes from, if it does."""
    said = read_nested(act, "upstream")
    try:
        return read_upstream(said, act.ledger.now) if said is not None else None
    except ValueError as wrong:
        raise invalid(upstream=str(wrong)) from wrong


def keep_platform(act: Act) -> None:
    """Tie a case that the report joined to the platform's; one that it opened is tied already."""
    upstream = read_platform(act)
    if upstream is not None and act.case.incident.upstream_state is None:
        keep_upstream(act.case, upstream)


def keep_reporter(act: Act) -> None:
    """Keep who called apart from the case; an anonymous caller leaves nothing but the wish for an answer."""
    said = read_nested(act, "reporter")
    if said is None:
        return
    anonymous = bool(said.get("anonymous"))
    act.ledger.write(
        Reporter,
        incident=act.case.number,
        name="" if anonymous else str(said.get("name") or "")[:80],
        phone="" if anonymous else str(said.get("phone") or "")[:40],
        is_anonymous=anonymous,
        wants_reply=bool(said.get("wants_reply")),
        reported_at=act.ledger.now,
    )
