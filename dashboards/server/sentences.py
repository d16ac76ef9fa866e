"""A journal entry as one sentence in Chinese and English, for the timeline. Pure.

The live pages have sentences of their own; these are for whoever reads the record through the interface.
"""

from __future__ import annotations

from typing import Any

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
}
ORDERS = {
    "verify": ("核实", "verify"),
    "attend": ("到场", "attend"),
    "dispose": ("处置", "dispose"),
    "check": ("核查", "check"),
    "patrol": ("巡查", "patrol"),
}
KINDS = {
    "incident_opened": ("{who}上报{what}", "{who} reported: {what}"),
    "signal_joined": ("{what}并入新的信号", "A further signal joined: {what}"),
    "signal_ended": ("{what}的信号已恢复", "The signal ended: {what}"),
    "accepted": ("{who}已受理", "{who} accepted it"),
    "verify_sent": ("下发核实", "Sent to be verified"),
    "verified": ("{who}已核实", "{who} verified it"),
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
    "checked": ("{who}已核查", "{who} checked it"),
    "closed": ("{who}已结案", "{who} closed it"),
    "rejected": ("{who}不予受理：{reason}", "{who} rejected it: {reason}"),
    "returned": ("{who}退回：{reason}", "{who} returned it: {reason}"),
    "escalated": ("{who}升级上报至{holder}", "{who} escalated it to {holder}"),
    "answered": ("{who}直接答复", "{who} answered it directly"),
    "assisted": ("请{holder}协办", "{holder} was asked to assist"),
    "arbitrated": ("{who}裁定由{holder}主办", "{who} named {holder} as lead"),
    "reworked": ("{who}要求返工：{reason}", "{who} asked for rework: {reason}"),
    "revisited": ("{who}已回访", "{who} called the reporter back"),
    "reopened": ("{who}重启", "{who} reopened it"),
    "urged": ("{stage}时限已用{percent}，催办{holder}", "{percent} of the limit to {stage} used: {holder} urged"),
    "supervised": ("{who}督办：{reason}", "{who} put it under supervision: {reason}"),
    "taken_over": ("{who}接管", "{who} took it over"),
    "category_changed": ("{who}更改类别为{what}", "{who} changed the category to {what}"),
    "unmasked": ("{who}查看了隐藏信息", "{who} looked at a masked field"),
}
OTHER = ("{who}更新", "{who} changed it")


def tell(entry: dict[str, Any]) -> dict[str, str]:
    """Return the entry (as ``entry_view.show_entry`` makes it) in both languages."""
    zh, en = KINDS.get(entry["kind"], OTHER)
    return {"zh": zh.format_map(_words(entry, 0)), "en": en.format_map(_words(entry, 1))}


def _words(entry: dict[str, Any], language: int) -> dict[str, str]:
    data, actor = entry["data"], entry["actor"]
    who = ROLES.get(actor["role"] or "", WHO.get(actor["kind"], WHO["person"]))[language]
    if actor["kind"] == "person" and actor["name"]:
        who = f"{who} {actor['name']}"
    ratio = data.get("ratio")
    return {
        "who": who,
        "what": _in(data.get("category_name"), language),
        "holder": _in(data.get("holder_name"), language),
        "worker": str(data.get("worker_name") or ""),
        "order": ORDERS.get(str(data.get("order_kind")), ("", ""))[language],
        "stage": str(data.get("stage") or ""),
        "percent": f"{round(ratio * 100)}%" if isinstance(ratio, (int, float)) else "",
        "reason": _in(data.get("reason"), language),
    }


def _in(text: Any, language: int) -> str:
    if isinstance(text, dict):
        return str(text.get(("zh", "en")[language]) or text.get("zh") or "")
    return str(text or "")
