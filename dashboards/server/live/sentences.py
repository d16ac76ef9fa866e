"""A journal entry as one sentence in Chinese and English, for the timeline. Pure.

The live pages have sentences of their own; these are for whoever reads the record through the interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.server.live.course_sentences import COURSE, REQUESTS
from dashboards.server.live.level_words import ABOVE, OFFERS, REPORTS
from dashboards.server.live.office_sentences import OFFICE_KINDS, OFFICE_ROLES, name_thing
from dashboards.server.live.party_words import PARTY_KINDS, say_in, words_of_parties
from dashboards.server.live.response_sentences import GRADES, RESPONSE_KINDS

WHO = {"system": ("系统", "The system"), "device": ("设备", "A device"), "person": ("人员", "Somebody")}
ROLES = {
    "district_operator": ("区指挥中心", "The district desk"),
    "town_operator": ("镇街坐席", "The town desk"),
    "community_operator": ("村（社区）", "The community"),
    "shift_leader": ("值班长", "The shift leader"),
    "duty_leader": ("带班领导", "The duty leader"),
    "grid_worker": ("网格员", "The grid worker"),
    "liaison": ("部门联络员", "The department's liaison"),
    "handler": ("处置队伍", "The crew"),
    "lead_supervisor": ("牵头部门", "The lead department"),
    **OFFICE_ROLES,
}
ORDERS = {
    "verify": ("核实", "verify"),
    "attend": ("到场", "attend"),
    "dispose": ("处置", "dispose"),
    "check": ("核查", "check"),
    "patrol": ("巡查", "patrol"),
}
STAGES = {
    **ORDERS,
    "accept": ("受理", "accept"),
    "dispatch": ("派遣", "dispatch"),
    "sign": ("签收", "sign"),
    "arrive": ("到场", "arrive"),
    "answer": ("督办答复", "answer the supervision"),
    "report_phone": ("电话快报", "report by telephone"),
    "report_first": ("书面初报", "report in writing"),
    "report_next": ("续报", "report what is new"),
    "respond": ("报到", "respond"),
    "upstream": ("答复上级平台", "answer the platform above"),
    "callback": ("回访", "call the reporter back"),
    "total": ("全流程", "settle it all"),
}
SATISFACTION = {
    "very_satisfied": ("非常满意", "very satisfied"),
    "satisfied": ("满意", "satisfied"),
    "fairly_satisfied": ("基本满意", "fairly satisfied"),
    "dissatisfied": ("不满意", "dissatisfied"),
}
SEVERITIES = {
    1: ("Ⅰ级（特别重大）", "grade Ⅰ"),
    2: ("Ⅱ级（重大）", "grade Ⅱ"),
    3: ("Ⅲ级（较大）", "grade Ⅲ"),
    4: ("Ⅳ级（一般）", "grade Ⅳ"),
    5: ("日常事项", "a daily matter"),
}
KINDS = {
    **PARTY_KINDS,
    **RESPONSE_KINDS,
    **OFFICE_KINDS,
    "incident_opened": ("{who}上报{what}", "{who} reported: {what}"),
    "signal_joined": ("{what}并入新的信号", "A further signal joined: {what}"),
    "signal_joined.merged": ("{who}将案件{merged}并入", "{who} merged case {merged} into this one"),
    "signal_updated": ("{what}的信号有更新", "The signal was updated: {what}"),
    "storm_grown": (
        "{what}新增{added}个信号、恢复{ended}个，共{members}个",
        "{what}: {added} more signals, {ended} over, {members} in all",
    ),
    "signal_ended": ("{what}的信号已恢复", "The signal ended: {what}"),
    "accepted": ("{who}已受理", "{who} accepted it"),
    "verify_sent": ("下发核实", "Sent to be verified"),
    "verified": ("{who}已核实：情况属实", "{who} verified it: it is true"),
    "verified.not": ("{who}已核实：情况不属实", "{who} verified it: it is not true"),
    "filed": ("{who}已立案", "{who} filed it"),
    "dispatched": ("{who}已派遣至{holder}", "{who} dispatched it to {holder}"),
    "order_issued": ("下达{order}任务至{holder}", "Order to {order} issued to {holder}"),
    "order_assigned": ("{order}任务指派给{worker}", "Order to {order} assigned to {worker}"),
    "order_delivered": ("{worker}的终端已送达", "Delivered to {worker}'s phone"),
    "order_read": ("{worker}已读", "Read by {worker}"),
    "order_undelivered": ("{worker}的终端未送达", "Not delivered to {worker}'s phone"),
    "signed": ("{who}已签收{order}任务", "{who} signed the order to {order}"),
    "arrived": ("{who}已到场", "{who} arrived"),
    "cannot_handle": ("{who}无法处置：{reason}", "{who} cannot handle it: {reason}"),
    "disposed": ("{who}已处置", "{who} disposed of it"),
    "check_sent": ("下发核查", "Sent to be checked"),
    "checked": ("{who}已核查：通过", "{who} checked it: passed"),
    "checked.not": ("{who}已核查：未通过", "{who} checked it: not passed"),
    "closed": ("{who}已结案", "{who} closed it"),
    "closed.self": ("{who}自行处置并结案", "{who} settled it on the spot"),
    "merged": ("{who}并入案件{into}", "{who} merged it into case {into}"),
    "severity_set": ("{who}定级为{severity}", "{who} set the severity: {severity}"),
    "rejected": ("{who}不予受理：{reason}", "{who} rejected it: {reason}"),
    "returned": ("{who}退回：{reason}", "{who} returned it: {reason}"),
    "escalated": ("{who}升级上报至{holder}", "{who} escalated it to {holder}"),
    "escalated.down": ("{who}下派至{holder}", "{who} sent it down to {holder}"),
    "answered.reply": ("{who}已答复", "{who} gave the reply"),
    "answered": ("{who}直接答复", "{who} answered it directly"),
    "assisted": ("请{holder}协办", "{holder} was asked to assist"),
    "arbitrated": ("{who}裁定由{holder}主办", "{who} named {holder} as lead"),
    "reworked": ("{who}要求返工：{reason}", "{who} asked for rework: {reason}"),
    "revisited": ("{who}已回访：{satisfaction}", "{who} called the reporter back: {satisfaction}"),
    "reopened": ("{who}重启：{reason}", "{who} reopened it: {reason}"),
    "urged": ("{stage}时限已用{percent}，催办{holder}", "{percent} of the limit to {stage} used: {holder} urged"),
    "urged.overdue": ("{stage}已超期{days}天，催办{holder}", "{stage} is {days} days overdue: {holder} urged"),
    "urged.by_hand": ("{who}催办{holder}：{reason}", "{who} urged {holder}: {reason}"),
    "urged.answer": (
        "督办未按时答复，再次催办{holder}",
        "The supervision was not answered in time: {holder} urged again",
    ),
    "supervised": ("{who}督办：{reason}", "{who} put it under supervision: {reason}"),
    "supervision_answered": ("{who}答复督办：{text}", "{who} answered the supervision: {text}"),
    "supervision_lifted": ("{who}解除督办", "{who} lifted the supervision"),
    "copied": ("抄送{to}：{reason}", "Copied to {to}: {reason}"),
    "told": ("提请{to}关注：{reason}", "{to} told: {reason}"),
    "offered": ("{to}可{offer}：{reason}", "{to} may {offer}: {reason}"),
    "town_responsible": (
        "由{to}属地负责，区级协调：{reason}",
        "{to} answers for it, the district coordinates: {reason}",
    ),
    "unowned": ("{who}认定无责任主体：{reason}", "{who} found nobody responsible: {reason}"),
    "listed_long_term": ("列入长效治理清单：{reason}", "Listed to be treated for good: {reason}"),
    "long_term_settled": ("{who}将一处移出长效治理清单", "{who} settled a place of long-term treatment"),
    "report_due": ("{to}须按时限报{above}：{reason}", "{to} must report to {above} in time: {reason}"),
    "reported_up": ("{who}向{above}报送{report}", "{who} reported to {above}: {report}"),
    "handed_up": ("{who}移交上级平台，编号{number}", "{who} handed it to the platform above as {number}"),
    "taken_over": ("{who}接管：{reason}", "{who} took it over: {reason}"),
    "category_changed": ("{who}更改类别为{what}", "{who} changed the category to {what}"),
    "seat_taken": ("{who}上席", "{who} took a seat"),
    "seat_left": ("{who}离席", "{who} left a seat"),
    "roster_changed": ("{who}调整了值班表", "{who} changed the roster"),
    "handover_made": ("{who}生成了交接单", "{who} made a handover sheet"),
    "handover_noted": ("{who}填写了交接说明", "{who} wrote the notes of a handover"),
    "handover_given": ("{who}签字交班", "{who} signed the handover out"),
    "handover_signed": ("{who}签字接班", "{who} signed the handover in"),
    "order_unassigned": ("{order}任务退回{holder}待派", "The order to {order} waits at {holder}"),
    "patrol_opened": ("生成巡查任务：{title}", "A patrol is due: {title}"),
    "patrol_missed": ("巡查未完成：{title}", "The patrol was missed: {title}"),
    "patrol_withdrawn": ("{who}撤回了巡查：{title}", "{who} withdrew the patrol: {title}"),
    "visited": ("{who}已巡查打卡：{title}", "{who} visited: {title}"),
    "advised": ("{who}提出督查意见：{text}", "{who} advised: {text}"),
    "kpi_frozen": ("{who}冻结了{month}考核结果", "{who} froze the assessment of {month}"),
    "kpi_appealed": ("{who}对{month}考核结果提出申诉", "{who} appealed against the assessment of {month}"),
    "kpi_published": ("{who}发布了{month}考核结果", "{who} published the assessment of {month}"),
    "task_opened": ("{who}发起专项任务：{title}", "{who} began a special task: {title}"),
    "task_assigned": ("{who}分派专项任务：{title}", "{who} assigned a special task: {title}"),
    "task_extended": ("{who}延长专项任务：{title}", "{who} extended a special task: {title}"),
    "task_withdrawn": ("{who}撤回专项任务：{title}", "{who} withdrew a special task: {title}"),
    "task_closed": ("{who}办结专项任务：{title}", "{who} closed a special task: {title}"),
    "task_advised": ("{who}对专项任务提出意见：{text}", "{who} advised on a special task: {text}"),
    "device_registered": ("{who}登记了{thing}", "{who} registered {thing}"),
    "device_changed": ("{who}修改了{thing}的登记信息", "{who} changed the register's entry of {thing}"),
    "register_imported": ("{who}导入了设备目录", "{who} imported a file into the register"),
    "device_accepted": ("{who}接纳了未登记设备{thing}", "{who} accepted the unknown device {thing}"),
    "device_dismissed": (
        "{who}忽略了未登记设备{thing}：{reason}",
        "{who} dismissed the unknown device {thing}: {reason}",
    ),
    "message_sent": ("{who}向{to}下发通知", "{who} wrote to the field: {to}"),
    "unmasked": ("{who}查看了隐藏信息", "{who} looked at a masked field"),
    **COURSE,
}
UNNAMED = ("一件待归类的事", "a matter not yet named")
MARKS = {"drill": ("【演练】", "[Drill] "), "replay": ("【回放】", "[Replay] ")}
OTHER = ("{who}更新", "{who} changed it")


def tell(entry: dict[str, Any]) -> dict[str, str]:
    """Return the entry (as ``entry_view.show_entry`` makes it) in both languages."""
    kind = str(entry["kind"])
    zh, en = KINDS.get(_variant(kind, entry["data"])) or KINDS.get(kind, OTHER)
    mark = next((words for name, words in MARKS.items() if entry["data"].get(name)), ("", ""))
    told = (_tidy(zh.format_map(_words(entry, 0))), _tidy(en.format_map(_words(entry, 1))))
    return {"zh": mark[0] + told[0], "en": mark[1] + told[1]}


def _variant(kind: str, data: dict[str, Any]) -> str:
    """Return the sentence that fits what the entry says: one kind may tell of two things."""
    marks = {
        "verified": ("not", data.get("is_true") is False),
        "checked": ("not", data.get("passed") is False),
        "closed": ("forced", True) if data.get("is_forced") else ("self", data.get("is_self_closed")),
        "unmask_decided": ("not", data.get("agrees") is False),
        "audited": ("not", data.get("passed") is False),
        "cannot_handle": ("back", data.get("is_back")),
        "escalated": ("down", data.get("is_down")),
        "answered": ("reply", data.get("is_reply")),
        "signal_joined": ("merged", data.get("merged")),
        "urged": _how_urged(data),
    }
    name, holds = marks.get(kind, ("", False))
    return f"{kind}.{name}" if holds else kind


def _how_urged(data: dict[str, Any]) -> tuple[str, bool]:
    holding = {"by_hand": data.get("by_hand"), "overdue": data.get("overdue_days")}
    return next(
        ((name, True) for name, holds in holding.items() if holds), ("answer", data.get("stage") == "answer")
    )


def _tidy(sentence: str) -> str:
    """Return the sentence without a colon that introduces nothing."""
    return " ".join(sentence.split()).rstrip("：: ")


def _words(entry: dict[str, Any], language: int) -> dict[str, str]:
    data = entry["data"]
    ratio = data.get("ratio")
    return {
        "who": _who(entry["actor"], language),
        "what": say_in(data.get("category_name"), language) or UNNAMED[language],
        "holder": say_in(data.get("holder_name"), language),
        "worker": str(data.get("worker_name") or ("工作人员", "the worker")[language]),
        "order": _word(ORDERS, data.get("order_kind"), language),
        "request": _word(REQUESTS, data.get("request"), language),
        "stage": _word(STAGES, data.get("stage"), language),
        "percent": f"{round(ratio * 100)}%" if isinstance(ratio, (int, float)) else "",
        "days": str(data.get("overdue_days") or ""),
        "reason": say_in(data.get("reason"), language),
        "satisfaction": _word(SATISFACTION, data.get("satisfaction"), language),
        "severity": _word(SEVERITIES, data.get("severity"), language),
        "to": say_in(data.get("to_name"), language),
        "text": say_in(data.get("text"), language),
        "grade": _word(GRADES, data.get("response_level"), language),
        "offer": _word(OFFERS, data.get("offer"), language),
        "above": _word(ABOVE, data.get("report_to"), language) or ("上级", "the level above")[language],
        "report": _word(REPORTS, data.get("report_kind"), language),
        "number": str(data.get("upstream_number") or ""),
        "into": str(data.get("into") or ""),
        "title": say_in(data.get("title"), language),
        "month": str(data.get("month") or ""),
        "merged": str(data.get("merged") or ""),
        "thing": name_thing(data),
        **{name: str(data.get(name) or 0) for name in ("added", "ended", "members")},
        **words_of_parties(data, language),
    }


def _who(actor: dict[str, Any], language: int) -> str:
    who = ROLES.get(actor["role"] or "", WHO.get(actor["kind"], WHO["person"]))[language]
    return f"{who} {actor['name']}" if actor["kind"] == "person" and actor["name"] else who


def _word(words: Mapping[Any, tuple[str, str]], code: Any, language: int) -> str:
    """Return the word for a code; what has none is left out, for a code is no word."""
    return words[code][language] if code in words else ""
