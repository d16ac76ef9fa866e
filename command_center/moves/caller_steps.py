"""Steps towards whoever reported: reply, answer the platform above, call back, try again, reopen."""

from __future__ import annotations

from typing import Any

from command_center.cases.callbacks import (
    drop_callbacks,
    list_reporters,
    moment_after,
    promise_urging,
    read_callback_policy,
)
from command_center.cases.case_file import find_case
from command_center.cases.incident_tables import Incident, Reporter
from command_center.cases.merged_cases import list_merged
from command_center.cases.upstream import UPSTREAM, waits_upstream
from command_center.clocks.clocks import start_clock, stop_clocks
from command_center.moves.act import Act, invalid
from command_center.orders import dispatching

DISSATISFIED = "dissatisfied"
BY_CALL = {"zh": "回访不满意", "en": "dissatisfied at the call-back"}


def reply(act: Act) -> None:
    """Answer the callers, and with the same words the platform above, by hand."""
    give_reply(act, act.words("reply"))
    act.record("answered", is_reply=True)


def give_reply(act: Act, text: str) -> None:
    """Keep the reply, and note of everybody who waited for one that they have it."""
    act.case.incident.reply = text
    for reporter in list_reporters(act.case):
        reporter.replied_at = reporter.replied_at or act.ledger.now
    _answer_platform(act, text)


def reply_upstream(act: Act) -> None:
    """Answer the platform above, each of its cases under its own number; the callers are not told by this."""
    _answer_platform(act, act.words("reply"))


def _answer_platform(act: Act, text: str) -> None:
    case = act.case
    if waits_upstream(case.incident):
        told = _mark_answered(case.incident, text, act)
        stop_clocks(case, UPSTREAM)
        act.record("upstream_answered", **told)
    for incident in list_merged(act.ledger.session, case.number):
        other = find_case(act.ledger, incident.number) if waits_upstream(incident) else None
        if other is not None:
            told = _mark_answered(other.incident, text, act)
            stop_clocks(other, UPSTREAM)
            other.record("upstream_answered", act.actor, **told, merged_into=case.number)


def _mark_answered(incident: Incident, text: str, act: Act) -> dict[str, Any]:
    """Write the answer beside the platform's number; return what the entry says."""
    known, at = incident.upstream or {}, act.ledger.now.isoformat()
    incident.upstream = {**known, "reply_state": "replied", "reply": text, "replied_at": at}
    incident.upstream_state = "replied"
    return {"upstream_system": known.get("system", ""), "upstream_number": known.get("number", "")}


def revisit(act: Act) -> None:
    """Write down what one reporter says; who is dissatisfied has the case opened again."""
    reporter, answer = _read_reporter(act), act.words("satisfaction")
    reporter.revisited_at, reporter.satisfaction = act.ledger.now, answer
    reporter.callback_due_at = None
    reporter.callback_attempts += 1
    asked = {name: act.data[name] for name in ("responded", "resolved") if act.data.get(name) is not None}
    act.record("revisited", satisfaction=answer, reporter=reporter.id, round=act.case.incident.round, **asked)
    if answer == DISSATISFIED:
        reopen_case(act, act.words("note") or BY_CALL)


def unreachable(act: Act) -> None:
    """Count a call that nobody took, and put it back into the queue; after the last one it is given up."""
    case, reporter = act.case, _read_reporter(act)
    policy = read_callback_policy(case)
    reporter.callback_attempts += 1
    reporter.callback_tried_at = act.ledger.now
    is_last = reporter.callback_attempts >= int(policy["attempts_max"])
    reporter.callback_due_at = None if is_last else moment_after(case, act.ledger.now, policy["retry"])
    promise_urging(case, reporter)
    facts = {"reporter": reporter.id, "attempts": reporter.callback_attempts, "is_last": is_last}
    act.record("caller_unreachable", **facts, note=act.words("note"))


def _read_reporter(act: Act) -> Reporter:
    owed = [reporter for reporter in list_reporters(act.case) if reporter.callback_due_at is not None]
    wanted = act.data.get("reporter")
    found = next((reporter for reporter in owed if wanted in (None, reporter.id)), None)
    if found is None:
        raise invalid(reporter="waits for no call")
    return found


def reopen(act: Act) -> None:
    reopen_case(act, act.words("reason"))


def reopen_case(act: Act, reason: str | dict[str, str]) -> None:
    """Begin a further round of the same case: new clocks, the handling before it kept to be looked at."""
    case, incident = act.case, act.case.incident
    incident.rounds = [
        *(incident.rounds or ()),
        {**_tell_round(incident), "reopened_at": act.ledger.now.isoformat()},
    ]
    incident.round += 1
    incident.state, incident.closed_at, incident.disposed_at = "filed", None, None
    incident.checked_passed, incident.exempt_from_check, incident.reply = False, False, ""
    drop_callbacks(case)
    for reporter in list_reporters(case):
        reporter.replied_at = None
    dispatching.hold(case, dispatching.desk_of(case))
    holder = (incident.holder_kind, incident.holder_code)
    start_clock(case, "total", holder=holder, why="reopen")
    start_clock(case, "dispatch", holder=holder, why="reopen")
    act.record("reopened", reason=reason, round=incident.round, reopened_from=incident.round - 1)


def _tell_round(incident: Incident) -> dict[str, Any]:
    moments = ("filed_at", "dispatched_at", "disposed_at", "closed_at")
    told = {name: at.isoformat() if (at := getattr(incident, name)) is not None else None for name in moments}
    return {"round": incident.round, **told, "reply": incident.reply, "holder": incident.holder_code}
