"""Masked fields of many cases at once: asked by one, agreed to by another, read by the asker, all journalled.

Steps about no single incident. Source: process.md, guards: two persons to unmask in bulk.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from command_center.cases.approval_tables import Approval
from command_center.cases.case_file import CaseFile, find_case
from command_center.cases.entry_words import take_words
from command_center.cases.incident_tables import Reporter
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.field_check import check_fields
from command_center.moves.leader_steps import FIELD_OF
from command_center.moves.move import may_unmask
from command_center.moves.situate import situate_case
from command_center.people.masking import mask_name, mask_numbers
from grid.lifecycle import read_lifecycle

ACTION, STAGE = "unmask_many", "second"
MOST = 200
READABLE = timedelta(hours=1)
"""How long the asker may read what was agreed to."""

REQUEST = forms.whole("申请", "request", least=1, most=2**53)
NUMBERS: forms.Schema = {
    "type": "array",
    "maxItems": MOST,
    "items": forms.whole("案件", "case", least=1, most=2**53),
}
ASK = forms.form(
    ("incidents", "field", "reason"),
    incidents=NUMBERS,
    field=forms.one_of("查看字段", "field", forms.MASKED),
    reason=forms.REASON,
)
DECIDE = forms.form(
    ("id", "agrees"),
    id=REQUEST,
    agrees=forms.yes_no("同意", "agree"),
    reason=forms.NOTE,
)
READ = forms.form(("id",), id=REQUEST)


def ask_many(act: Act) -> None:
    """Keep the request, if this person might see the field of each case alone."""
    _check(ASK, act)
    numbers = sorted({int(number) for number in act.data["incidents"]})
    if not numbers:
        raise invalid(incidents="name at least one case")
    _list_cases(act, numbers)
    expires_at = act.ledger.now + timedelta(hours=read_lifecycle(act.ledger.city.policies).approval.expires_hours)
    request = Approval(
        incident=None,
        order=None,
        action=ACTION,
        state="pending",
        stages=[STAGE],
        asked_by=act.account.id,
        asked_name=mask_name(act.account.name),
        asked_at=act.ledger.now,
        expires_at=expires_at,
        data={"incidents": numbers, "field": act.words("field"), "reason": mask_numbers(act.words("reason"))},
        decisions=[],
    )
    act.ledger.session.add(request)
    act.ledger.session.flush()
    _write(act, "unmask_asked", request, reason=act.words("reason"))
    act.result = {"id": request.id, "state": request.state, "expires_at": expires_at.isoformat()}


def decide_many(act: Act) -> None:
    """Agree or decline; another person than the asker, who might see each of the fields as well."""
    _check(DECIDE, act)
    request = _find(act)
    if request.state != "pending" or request.expires_at <= act.ledger.now:
        facts = {"state": request.state, "wanted": "decide", "allowed": []}
        raise refuse("move_not_allowed", "the request waits no longer", facts=facts)
    if act.account.id == request.asked_by:
        raise refuse("forbidden", "somebody else must agree: two persons unmask in bulk")
    _list_cases(act, request.data["incidents"])
    agrees = bool(act.data["agrees"])
    said = {"stage": STAGE, "account": act.account.id, "name": mask_name(act.account.name), "agrees": agrees}
    request.decisions = [{**said, "at": act.ledger.now.isoformat(), "reason": mask_numbers(act.words("reason"))}]
    request.state, request.ended_at = ("approved" if agrees else "declined"), act.ledger.now
    _write(act, "unmask_decided", request, agrees=agrees, reason=act.words("reason"))
    act.result = {"id": request.id, "state": request.state}


def read_many(act: Act) -> None:
    """Show the asker what was agreed to, for an hour; each case's record says so."""
    _check(READ, act)
    request = _find(act)
    if act.account.id != request.asked_by:
        raise refuse("forbidden", "only who asked may read it")
    ended_at = request.ended_at
    if request.state != "approved" or ended_at is None or act.ledger.now > ended_at + READABLE:
        facts = {"state": request.state, "wanted": "read", "allowed": []}
        raise refuse("move_not_allowed", "nobody has agreed to it, or it was too long ago", facts=facts)
    field = str(request.data["field"])
    found = []
    for case in _list_cases(act, request.data["incidents"]):
        typed = take_words(act.ledger, {"field": field, "reason": request.data["reason"], "approval": request.id})
        case.record("unmasked", act.actor, **typed)
        found.append({"incident": case.number, "values": _read_values(act, case, FIELD_OF[field])})
    act.result = {"id": request.id, "field": field, "items": found}


def _read_values(act: Act, case: CaseFile, column: str) -> list[str]:
    rows = act.ledger.session.scalars(
        select(Reporter).where(Reporter.incident == case.number).order_by(Reporter.id)
    ).all()
    return [getattr(row, column) for row in rows if getattr(row, column)]


def _check(form: forms.Schema, act: Act) -> None:
    faults = check_fields(form, act.data)
    if faults:
        raise invalid(**faults)


def _find(act: Act) -> Approval:
    request = act.ledger.session.get(Approval, int(act.data["id"]))
    if request is None or request.action != ACTION:
        raise refuse("not_found", "there is no such request")
    return request


def _list_cases(act: Act, numbers: Iterable[int]) -> list[CaseFile]:
    """Return the files of these cases; whoever may not unmask one of them gets none."""
    cases = []
    for number in numbers:
        case = find_case(act.ledger, number)
        if case is None or not act.scope.sees(case.audience):
            raise refuse("not_found", "there is no such request, or not all of its cases are yours to see")
        if not may_unmask(situate_case(case, act.scope), None):
            raise refuse("forbidden", f"the masked fields of case {number} are not for this person")
        cases.append(case)
    return cases


def _write(act: Act, kind: str, request: Approval, **more: object) -> None:
    told = {"request": ACTION, "approval": request.id, "field": request.data["field"]}
    data = {**told, "incidents": request.data["incidents"], **more}
    act.ledger.append(kind, act.actor, data=take_words(act.ledger, data))
