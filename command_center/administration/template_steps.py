"""Steps of reply templates: a department's own people keep, change and remove its sentences.

``actions.py`` calls them as actions about no incident; an entry names the template, not its words.
"""

from __future__ import annotations

from sqlalchemy import func, select

from command_center.administration.template_tables import ReplyTemplate
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.field_check import check_fields
from command_center.moves.move_forms import code, form, one_of, text, whole

MOST = 100
USES = {
    "": {"zh": "通用", "en": "any"},
    "dispose": {"zh": "处置结果", "en": "result"},
    "return": {"zh": "退回", "en": "return"},
    "extend": {"zh": "申请延期", "en": "extension"},
    "suspend": {"zh": "申请挂账", "en": "suspension"},
    "answer_supervision": {"zh": "督办答复", "en": "answer to a supervision"},
}
ID = whole("模板编号", "template", least=1, most=2**53)
SAVE = form(
    ("name", "text"),
    id=ID,
    department=code("部门", "department"),
    use=one_of("用途", "use", USES),
    name=text("名称", "name", most=80, widget=None),
    text=text("内容", "text", most=1000),
)
REMOVE = form(("id",), id=ID)


def save_template(act: Act) -> None:
    """Keep a sentence under a name: a new one, or in place of the one whose id is given."""
    faults = check_fields(SAVE, act.data)
    if faults:
        raise invalid(**faults)
    department = _department(act)
    row = _find(act) if act.data.get("id") else _add(act, department)
    row.use, row.name, row.text = act.words("use"), act.words("name"), act.words("text")
    row.changed_by, row.changed_at = act.account.id, act.ledger.now
    act.ledger.session.flush()
    act.ledger.append("template_saved", act.actor, data={"template": row.id, "department": row.department})
    act.result = {"id": row.id}


def remove_template(act: Act) -> None:
    """Remove a sentence."""
    faults = check_fields(REMOVE, act.data)
    if faults:
        raise invalid(**faults)
    row = _find(act)
    act.ledger.session.delete(row)
    act.ledger.append("template_removed", act.actor, data={"template": row.id, "department": row.department})
    act.result = {"id": row.id}


def _department(act: Act) -> str:
    own = [grant.department for grant in act.scope.grants if grant.department]
    wanted = act.words("department") or (own[0] if own else "")
    if not wanted or wanted not in own:
        raise refuse("forbidden", "a department's templates are kept by its own people")
    return wanted


def _find(act: Act) -> ReplyTemplate:
    row = act.ledger.session.get(ReplyTemplate, int(act.data["id"]))
    if row is None or not act.scope.holds(row.department):
        raise refuse("not_found", "there is no such template")
    return row


def _add(act: Act, department: str) -> ReplyTemplate:
    session = act.ledger.session
    held = select(func.count()).select_from(ReplyTemplate).where(ReplyTemplate.department == department)
    if int(session.scalar(held) or 0) >= MOST:
        raise refuse("invalid", f"a department keeps at most {MOST} templates: remove one first")
    row = ReplyTemplate(department=department)
    session.add(row)
    return row
