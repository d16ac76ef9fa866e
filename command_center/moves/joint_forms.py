"""The forms of what several parties do on one case: assist, whistle, consult, merge, answer the caller. Pure data.

Like ``move_forms.py``, from whose parts they are made; some depend on the case before the person.
"""

from __future__ import annotations

from command_center.cases.incident_tables import Reporter
from command_center.moves import move_forms as forms
from command_center.moves.situation import Situation
from command_center.people.masking import mask_name, mask_phone

DOMAINS = {
    "emergency": {"zh": "大应急", "en": "emergency"},
    "public_order": {"zh": "大综治", "en": "public order"},
    "urban_management": {"zh": "大城管", "en": "urban management"},
    "transport": {"zh": "大交通", "en": "transport"},
}
REASON_TYPES = {
    "1": {
        "zh": "居民反映突出、本级难以解决的问题",
        "en": "a pressing problem of residents that the town cannot solve",
    },
    "2": {"zh": "需要联合执法", "en": "joint enforcement where the town has no power"},
    "3": {"zh": "突发情况需要专业队伍", "en": "an emergency that needs a special team"},
}
"""Source: domain.md 5.1, the three types of whistle."""

DEPARTMENTS = ["department"]
ASSIST: forms.Schema = {"oneOf": [{"required": ["area"]}, {"required": ["department"]}]} | forms.form(
    ("task",),
    area=forms.desks(forms.code("协办乡镇街道", "assisting town", "area"), levels=["town"]),
    department=forms.desks(forms.code("协办单位", "assisting department", "department"), posts=DEPARTMENTS),
    task=forms.text("协办任务", "task", most=400),
)
SHARE_DOMAINS = forms.form(
    ("domains",), domains=forms.some_of("可见领域", "domains that see it", DOMAINS), reason=forms.REASON
)
WHISTLE = forms.form(
    ("reason_type", "departments", "task"),
    reason_type=forms.one_of("吹哨类型", "type of whistle", REASON_TYPES),
    departments={
        **forms.desks(forms.codes("呼叫部门", "departments called", "department"), posts=DEPARTMENTS),
        "minItems": 1,
    },
    task=forms.text("需部门到场解决的事项", "what they are called for", most=400),
)
RESPOND = forms.form((), note=forms.NOTE, photos=forms.PHOTOS, **forms.POSITION)
CONSULT: forms.Schema = {"anyOf": [{"required": ["members"]}, {"required": ["persons"]}]} | forms.form(
    ("topic",),
    topic=forms.text("会商议题", "what is to be decided", most=400),
    members=forms.codes("参加单位", "departments, towns and posts", "department"),
    persons=forms.codes("参加人员", "persons", "persons"),
)
DECIDE = forms.form(
    ("decision",),
    decision=forms.text("会商结论", "what was decided", most=2000),
    lead=forms.code("主办单位", "lead holder", "department"),
    assistants=forms.codes("协办单位", "assistants", "department"),
    task=forms.text("任务说明", "task", most=400),
    limit_hours=forms.number(
        "新的处置时限（小时，连续计算）", "new limit (hours, running on)", least=0.1, most=8760
    ),
)
MERGE = forms.form(
    ("into",),
    into=forms.whole("并入案件", "merge into", least=1, most=2**53) | {"x-widget": "incident"},
    reason=forms.REASON,
)
UNMERGE = forms.WITH_REASON

SATISFACTION = {
    "satisfied": {"zh": "满意", "en": "satisfied"},
    "fairly_satisfied": {"zh": "基本满意", "en": "fairly satisfied"},
    "dissatisfied": {"zh": "不满意", "en": "dissatisfied"},
}
OLDER_ANSWERS = ("very_satisfied",)
"""Still taken, no longer asked for."""


def opinion_form(situation: Situation) -> forms.Schema:
    """Ask what the member thinks of the topic, which stands beside the field."""
    topic = str((situation.incident.guests or {}).get("topic", ""))
    opinion = forms.text("会商意见", "opinion", most=2000)
    return forms.form(("opinion",), opinion=opinion | ({"description": topic} if topic else {}))


def revisit_form(situation: Situation) -> forms.Schema:
    """Ask what the caller said; whom was called, where more than one waits."""
    answer = forms.one_of("满意度", "satisfaction", SATISFACTION) | {"x-also": list(OLDER_ANSWERS)}
    required, reporter = _reporter_field(situation)
    asked = {
        "responded": forms.yes_no("是否及时响应", "were you answered in time"),
        "resolved": forms.yes_no("问题是否解决", "was it solved"),
    }
    return forms.form((*required, "satisfaction"), **reporter, satisfaction=answer, **asked, note=forms.NOTE)


def unreachable_form(situation: Situation) -> forms.Schema:
    required, reporter = _reporter_field(situation)
    return forms.form(required, **reporter, note=forms.NOTE)


def _reporter_field(situation: Situation) -> tuple[tuple[str, ...], dict[str, forms.Schema]]:
    owed = [reporter for reporter in situation.reporters if reporter.callback_due_at is not None]
    field = forms.whole("回访对象", "reporter", least=1, most=2**53)
    if owed:
        field = forms.one_number("回访对象", "reporter", {one.id: tell_caller(one) for one in owed})
    return (("reporter",) if len(owed) > 1 else ()), {"reporter": field}


def tell_caller(reporter: Reporter) -> dict[str, str]:
    """Return a caller as a choice shows them: masked."""
    masked = f"{mask_name(reporter.name)} {mask_phone(reporter.phone)}".strip()
    return {"zh": masked or "匿名", "en": masked or "anonymous"}
