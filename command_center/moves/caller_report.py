"""Who and what a report by hand comes from: the caller, kept apart from the case, and a platform above.

``report_step.py`` calls it once the case is open, or joined.
"""

from __future__ import annotations

from typing import Any

from command_center.cases.case_file import ENDED_STATES, find_case
from command_center.cases.incident_tables import Reporter
from command_center.cases.upstream import find_numbered, keep_upstream, read_upstream
from command_center.moves.act import Act, invalid, refuse


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


def check_number(act: Act) -> None:
    """A number of a platform above is one case: said again, it joins that case, or is refused with its number.

    Raises:
        ActRefused: It is a case already, and the report does not join that one.
    """
    upstream = read_platform(act)
    known = find_numbered(act.ledger.session, upstream) if upstream is not None else None
    if known is None or act.data.get("join") in (known.number, known.merged_into or known.number):
        return
    case = find_case(act.ledger, known.merged_into or known.number)
    facts: dict[str, Any] = {"rule": "upstream_known", "wanted": "report", "allowed": []}
    if case is None or not act.scope.sees(case.audience):
        zh, en = (
            "该上级编号已登记为本人辖区外的案件",
            "this number is a case outside your scope already",
        )
        raise refuse("move_not_allowed", en, facts=facts | {"rule_text": {"zh": zh, "en": en}})
    number, state = case.number, case.incident.state
    is_open = state not in ENDED_STATES
    zh = f"该上级编号已是案件 {number}，" + ("请并入该案" if is_open else "该案已办结，需要时重启该案")
    en = f"this number of the platform above is case {number} already: " + (
        "join it" if is_open else "it has ended; reopen it where needed"
    )
    allowed = ["join"] if is_open else ["reopen"] if state == "closed" else []
    facts |= {"rule_text": {"zh": zh, "en": en}, "number": number, "state": state, "allowed": allowed}
    raise refuse("move_not_allowed", en, facts=facts)


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
