"""The forms of what is done about special tasks. Pure data; lists and objects are read by ``task_targets.py``."""

from __future__ import annotations

from command_center.moves.move_forms import code, form, number, one_of, text, whole

DOMAIN = one_of(
    "领域",
    "domain",
    {
        "emergency": {"zh": "大应急", "en": "emergency"},
        "public_order": {"zh": "大综治", "en": "public order"},
        "urban_management": {"zh": "大城管", "en": "urban management"},
        "transport": {"zh": "大交通", "en": "transport"},
    },
)
ID = whole("任务", "task", least=1, most=2**53)
DUE = code("期限", "due")
TASK = form(
    ("title", "domain", "due_at"),
    title=text("任务名称", "title", most=200),
    text=text("任务要求", "what to do"),
    domain=DOMAIN,
    department=code("牵头部门", "lead department", "department"),
    area=code("区域", "area", "area"),
    due_at=DUE,
    each=one_of(
        "按级逐一检查",
        "one item for each",
        {
            "town": {"zh": "镇街", "en": "town"},
            "community": {"zh": "村（社区）", "en": "community"},
            "grid": {"zh": "网格", "en": "grid"},
        },
    ),
    radius_m=number("有效半径（米）", "radius (m)", least=10, most=5000),
)
ITEM = whole("项", "item", least=1, most=2**53)
ITEM_LIST = {"type": "array", "title": "检查项", "x-en": "items", "maxItems": 500, "items": ITEM}
ASSIGN = form(
    ("id",),
    id=ID,
    items={
        "type": "array",
        "title": "检查项",
        "x-en": "items",
        "maxItems": 500,
        "items": whole("项", "item", least=1, most=2**53),
    },
    grid=code("网格", "grid", "area"),
    post=code("岗位", "post"),
    worker=code("人员", "worker", "worker"),
)
ITEMS = {k: v for k, v in ASSIGN["properties"].items() if k in ("id", "items")}
WITHDRAW = form(("id", "reason"), **ITEMS, reason=text("理由", "reason"))
EXTEND = form(("id", "due_at", "reason"), id=ID, due_at=DUE, reason=text("理由", "reason"))
CLOSE = form(("id",), id=ID, note=text("备注", "note"))
ADVISE = form(("id", "text"), id=ID, text=text("督查意见", "advice"))
