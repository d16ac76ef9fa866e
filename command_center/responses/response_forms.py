"""The forms of an emergency response's actions. Pure data."""

from __future__ import annotations

from command_center.moves.level_forms import FIRST_REPORT, needed_by_kind
from command_center.moves.move_forms import Schema, code, codes, form, one_of, text, whole, yes_no

ID = whole("响应编号", "response", least=1, most=2**53)
LEVEL = whole("响应级别（4 最低，1 最高）", "level (4 lowest, 1 highest)", least=1, most=4)
REASON = text("理由", "reason")
INSTRUCTION = whole("指令编号", "instruction", least=1, most=2**53)
INCIDENT = whole("案件编号", "incident", least=1, most=2**53)
DOMAINS = {
    "emergency": {"zh": "大应急", "en": "emergency"},
    "public_order": {"zh": "大综治", "en": "public order"},
    "urban_management": {"zh": "大城管", "en": "urban management"},
    "transport": {"zh": "大交通", "en": "transport"},
}
STARTS = {"monitor": {"zh": "值守", "en": "monitor"}, "warning": {"zh": "预警", "en": "warning"}}
KINDS = {
    "first": {"zh": "初报", "en": "first report"},
    "follow_up": {"zh": "续报", "en": "follow-up"},
    "final": {"zh": "终报", "en": "final report"},
}

FORMS: dict[str, Schema] = {
    "open_response": form(
        ("title",),
        title=text("名称", "title", most=200, widget=None),
        area=code("区域", "area", "area"),
        domain=one_of("领域", "domain", DOMAINS),
        state=one_of("状态", "state", STARTS),
        drill=yes_no("演练", "a drill"),
    ),
    "raise_warning": form(("id", "level"), id=ID, level=LEVEL, reason=REASON),
    "activate_response": form(("id", "level", "reason"), id=ID, level=LEVEL, reason=REASON),
    "adjust_level": form(("id", "level", "reason"), id=ID, level=LEVEL, reason=REASON),
    "confirm_response": form(("id",), id=ID, note=text("备注", "note")),
    "decline_response": form(("id", "reason"), id=ID, reason=REASON),
    "terminate_response": form(("id", "reason"), id=ID, reason=REASON),
    "bind_incident": form(("id", "case"), id=ID, case=INCIDENT),
    "freeze_cases": form(
        ("id", "classes", "reason"),
        id=ID,
        classes=codes("事项类别（大类、小类）", "classes of categories", "category"),
        reason=REASON,
    ),
    "thaw_cases": form(("id", "reason"), id=ID, reason=REASON),
    "issue_order": form(
        ("id", "to", "text"), id=ID, to=code("受令单位", "to", "department"), text=text("指令", "order")
    ),
    "receive_order": form(("id", "instruction"), id=ID, instruction=INSTRUCTION),
    "begin_order": form(("id", "instruction"), id=ID, instruction=INSTRUCTION),
    "finish_order": form(
        ("id", "instruction", "result"),
        id=ID,
        instruction=INSTRUCTION,
        result=text("执行结果", "result"),
        failed=yes_no("未能完成", "it failed"),
    ),
    "report_response": form(
        ("id", "kind"),
        id=ID,
        kind=one_of("报送类别", "kind", KINDS),
        **FIRST_REPORT,
        progress=text("最新进展", "what is new", most=2000),
        outcome=text("处置结果与影响", "outcome", most=2000),
    )
    | {"allOf": needed_by_kind(KINDS)},
    "release_info": form(
        ("id", "text", "channel"),
        id=ID,
        text=text("发布内容", "text", most=2000),
        channel=text("发布渠道", "channel", most=80, widget=None),
    ),
    "evaluate": form(("id", "text"), id=ID, text=text("评估意见", "evaluation", most=4000)),
}
LABELS = {
    "open_response": {"zh": "启动值守", "en": "open"},
    "raise_warning": {"zh": "发布预警", "en": "raise a warning"},
    "activate_response": {"zh": "启动响应", "en": "activate the response"},
    "adjust_level": {"zh": "调整级别", "en": "adjust the level"},
    "confirm_response": {"zh": "第二人确认", "en": "confirm as second person"},
    "decline_response": {"zh": "不予确认", "en": "decline"},
    "terminate_response": {"zh": "终止响应", "en": "terminate"},
    "bind_incident": {"zh": "纳入案件", "en": "bind an incident"},
    "freeze_cases": {"zh": "冻结普通案件", "en": "halt ordinary cases"},
    "thaw_cases": {"zh": "解除冻结", "en": "let them go on"},
    "issue_order": {"zh": "下达指令", "en": "issue an order"},
    "receive_order": {"zh": "接令", "en": "receive the order"},
    "begin_order": {"zh": "开始执行", "en": "begin"},
    "finish_order": {"zh": "执行反馈", "en": "report the end"},
    "report_response": {"zh": "信息报送", "en": "report upward"},
    "release_info": {"zh": "信息发布", "en": "release information"},
    "evaluate": {"zh": "应急评估", "en": "evaluate"},
}
