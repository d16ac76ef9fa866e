"""The forms of the actions as JSON Schema: which fields each needs, with their words. Pure data.

``moves.py`` offers them, ``field_check.py`` holds a person's fields against them, the screens draw them
(``title`` is Chinese, ``x-en`` English, ``x-widget`` how to ask).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]


def text(zh: str, en: str, *, most: int = 1000, widget: str | None = "text") -> Schema:
    """Return a field of words; required ones must not be blank."""
    field: Schema = {"type": "string", "title": zh, "x-en": en, "minLength": 1, "maxLength": most}
    return field | ({"x-widget": widget} if widget else {})


def code(zh: str, en: str, widget: str | None = None) -> Schema:
    field: Schema = {"type": "string", "title": zh, "x-en": en, "minLength": 1, "maxLength": 80}
    return field | ({"x-widget": widget} if widget else {})


def codes(zh: str, en: str, widget: str | None = None) -> Schema:
    return {"type": "array", "title": zh, "x-en": en, "maxItems": 20, "items": code(zh, en, widget)}


def desks(field: Schema, **narrowed: list[str]) -> Schema:
    """Narrow what a field of areas or posts offers: ``levels`` of areas, kinds of ``posts``."""
    return field | {f"x-{name}": values for name, values in narrowed.items()}


def yes_no(zh: str, en: str) -> Schema:
    return {"type": "boolean", "title": zh, "x-en": en}


def whole(zh: str, en: str, *, least: int, most: int) -> Schema:
    return {"type": "integer", "title": zh, "x-en": en, "minimum": least, "maximum": most}


def number(zh: str, en: str, *, least: float, most: float) -> Schema:
    return {"type": "number", "title": zh, "x-en": en, "minimum": least, "maximum": most}


def one_of(zh: str, en: str, choices: dict[str, dict[str, str]]) -> Schema:
    return {"type": "string", "title": zh, "x-en": en, "enum": list(choices), "x-enum-titles": choices}


def one_number(zh: str, en: str, choices: dict[int, dict[str, str]]) -> Schema:
    """Return a choice among things that have numbers."""
    numbers = list(choices)
    titles = {str(number): words for number, words in choices.items()}
    field = whole(zh, en, least=min(numbers, default=0), most=max(numbers, default=0))
    return field | {"enum": numbers, "x-enum-titles": titles}


def some_of(zh: str, en: str, choices: dict[str, dict[str, str]]) -> Schema:
    """Return a field of several of the choices."""
    one = {"type": "string", "enum": list(choices), "x-enum-titles": choices}
    return {"type": "array", "title": zh, "x-en": en, "maxItems": 20, "items": one}


def form(required: tuple[str, ...] = (), **fields: Schema) -> Schema:
    """Return the form; what is not among the fields is refused."""
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def where(name: str, value: str, **then: Any) -> Schema:
    """Return a rule of ``allOf``: with this choice, ``then`` holds too (``required``, or fewer choices)."""
    return {"if": {"properties": {name: {"const": value}}, "required": [name]}, "then": then}


REASON = text("理由", "reason")
NOTE = text("备注", "note")
PHOTOS: Schema = {
    "type": "array",
    "title": "现场照片",
    "x-en": "photos",
    "x-widget": "photos",
    "maxItems": 20,
    "items": {"type": "string", "maxLength": 32},
}
VOICE: Schema = PHOTOS | {"title": "语音说明", "x-en": "voice notes", "x-widget": "voice", "maxItems": 5}
"""Ids of attachments that are sounds; kept with the order beside its photos."""
NO_PHOTO = text("无照片的理由", "why there is no photo", most=200)
POSITION = {
    "lon": number("经度", "longitude", least=-180, most=180),
    "lat": number("纬度", "latitude", least=-90, most=90),
    "accuracy_m": number("精度（米）", "accuracy (m)", least=0, most=100_000),
}
URGENCY = one_of(
    "紧急程度",
    "urgency",
    {
        "emergency": {"zh": "特急", "en": "emergency"},
        "urgent": {"zh": "紧急", "en": "urgent"},
        "normal": {"zh": "一般", "en": "normal"},
    },
)
SEVERITY = one_number(
    "等级",
    "severity",
    {
        1: {"zh": "Ⅰ级 特别重大", "en": "Ⅰ most grave"},
        2: {"zh": "Ⅱ级 重大", "en": "Ⅱ grave"},
        3: {"zh": "Ⅲ级 较大", "en": "Ⅲ fairly grave"},
        4: {"zh": "Ⅳ级 一般", "en": "Ⅳ ordinary"},
        5: {"zh": "日常事项", "en": "daily matter"},
    },
)
WORKER = code("人员", "worker", "worker")
EVIDENCE = {"photos": PHOTOS, "no_photo_reason": NO_PHOTO, "voice": VOICE, **POSITION}

ORDER_KINDS = ("verify", "attend", "dispose", "check", "patrol")
EMPTY = form()
ARRIVE = form((), photos=PHOTOS, voice=VOICE, **POSITION)
NOTED = form(note=NOTE)
NOTED_REASON = form(reason=REASON)
WITH_REASON = form(("reason",), reason=REASON)
CANNOT_HANDLE = form(("reason",), reason=REASON, photos=PHOTOS, voice=VOICE, **POSITION)
VERIFY = form(("is_true",), is_true=yes_no("情况属实", "it is true"), note=NOTE, **EVIDENCE)
FILE = form(
    (),
    category=code("事项类别", "category", "category"),
    urgency=URGENCY,
    place_text=text("地点", "place", most=200, widget="place"),
    area=code("所在区域", "area", "area"),
    note=NOTE,
    lon=POSITION["lon"],
    lat=POSITION["lat"],
)
CLOSING_MET = yes_no("结案条件已满足", "the closing condition is met")
DISPOSE = form(("result",), result=text("处置结果", "result"), closing_met=CLOSING_MET, **EVIDENCE)
CLOSE = form((), closing_met=CLOSING_MET, note=NOTE)
CHECK = form(("passed",), passed=yes_no("核查通过", "passed"), note=NOTE, **EVIDENCE)
AUDIT = form(("passed",), passed=yes_no("抽查合格", "it holds"), note=NOTE)
ARBITRATE = form(
    ("lead", "reason"),
    lead=code("主办单位", "lead holder", "department"),
    assistants=codes("协办单位", "assistants", "department"),
    reason=REASON,
)
SEND_DOWN = form(("to",), to=desks(code("下派到", "to", "area"), levels=["town", "community"]), reason=REASON)
REPLY = form(("reply",), reply=text("答复内容", "reply", most=2000))
SUPERVISE = form(
    ("reason",), reason=REASON, answer_hours=number("答复时限（小时）", "answer within hours", least=0.1, most=720)
)
SET_SEVERITY = form(("severity",), severity=SEVERITY, reason=REASON)
ASSIGN = form(("worker",), worker=WORKER)
SEND_TO_WORKER = form((), worker=WORKER, note=NOTE)
MASKED = {
    "reporter_name": {"zh": "上报人姓名", "en": "caller's name"},
    "reporter_phone": {"zh": "上报人电话", "en": "caller's telephone"},
}
WITNESSED = {"anyOf": [{"required": ["photos"]}, {"required": ["no_photo_reason"]}]}
"""What field roles must give with their evidence."""
SELF_CLOSE = form(("result",), result=text("办理情况", "what was done"), **EVIDENCE) | WITNESSED


def unmask_form(left: Iterable[str], callers: dict[int, dict[str, str]]) -> Schema:
    """Return the form to show a masked field that a caller left: whose (else the first's)."""
    fields = {name: MASKED[name] for name in left}
    whose = {"reporter": one_number("上报人", "caller", callers)} if callers else {}
    return form(("field", "reason"), field=one_of("查看字段", "field", fields), **whose, reason=REASON)


def file_form(*, is_named: bool, standard: Schema, needs_standard: bool) -> Schema:
    """Return the form to file: the category where nobody has named it yet, the standard where it is named."""
    required = ([] if is_named else ["category"]) + (["filing_condition"] if needs_standard else [])
    return {**FILE, "properties": {**FILE["properties"], "filing_condition": standard}, "required": required}


def dispatch_form(*, suggested: str | None, is_needed: bool = True) -> Schema:
    """Return the form to dispatch; a case that the table gives nobody needs its holder named."""
    holder = code("主办单位", "lead holder", "department") | ({"default": suggested} if suggested else {})
    return form(
        ("holder",) if suggested and is_needed else (),
        holder=holder,
        assistants=codes("协办单位", "assistants", "department"),
        task=text("任务说明", "task", most=400),
    )
