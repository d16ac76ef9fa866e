"""The forms of what more than one person decides: more time, suspension, appeal, ending; and of the decisions.

``extra_time_moves.py`` and ``ending_moves.py`` name them. Pure.
"""

from __future__ import annotations

from command_center.cases.approval_tables import Approval
from command_center.moves import move_forms as forms
from command_center.moves.approvals import list_decidable
from command_center.moves.situation import Situation

UNTIL: forms.Schema = {
    "type": "string",
    "title": "挂账至",
    "x-en": "suspended until",
    "format": "date",
    "x-widget": "date",
    "minLength": 10,
    "maxLength": 40,
}
SUSPEND = forms.form(("reason", "until"), until=UNTIL, reason=forms.REASON)
REQUESTS = {
    "extend": {"zh": "延期", "en": "extension"},
    "suspend": {"zh": "挂账", "en": "suspension"},
    "appeal": {"zh": "超时申诉", "en": "appeal against a missed limit"},
    "void": {"zh": "作废", "en": "void"},
    "force_close": {"zh": "强制结案", "en": "closing by force"},
}


def approve_form(situation: Situation) -> forms.Schema:
    return forms.form(_required(situation), approval=_choose(situation), reason=forms.NOTE)


def decline_form(situation: Situation) -> forms.Schema:
    return forms.form((*_required(situation), "reason"), approval=_choose(situation), reason=forms.REASON)


def _required(situation: Situation) -> tuple[str, ...]:
    return ("approval",) if len(list_decidable(situation)) > 1 else ()


def _choose(situation: Situation) -> forms.Schema:
    """Return the choice among the requests that this person may decide; a single one need not be named."""
    found = list_decidable(situation)
    choices = {request.id: _tell(request) for request in found}
    field = forms.one_number("申请", "request", choices)
    return field | ({"default": found[0].id} if len(found) == 1 else {})


def _tell(request: Approval) -> dict[str, str]:
    name = REQUESTS.get(request.action, {"zh": request.action, "en": request.action})
    reason = str(request.data.get("reason") or "")
    until = str(request.data.get("until") or "")
    return {
        language: " · ".join(filter(None, (name[language], until, request.asked_name, reason)))
        for language in name
    }
