"""Sentences about a case's course: what several persons decide, returns, endings out of course. Pure data.

``sentences.py`` tells them with the others.
"""

from __future__ import annotations

COURSE = {
    "acknowledged": ("{who}已确认告警", "{who} acknowledged the alarm"),
    "shelved": ("{who}搁置告警：{reason}", "{who} shelved the alarm: {reason}"),
    "unshelved": ("{who}取消搁置告警", "{who} took the alarm off the shelf"),
    "approval_asked": ("{who}提出{request}申请：{reason}", "{who} asked for {request}: {reason}"),
    "approval_given": ("{who}同意{request}申请", "{who} agreed to {request}"),
    "approval_declined": ("{who}不同意{request}申请：{reason}", "{who} declined {request}: {reason}"),
    "approval_expired": (
        "{request}申请逾期未批，已失效",
        "Nobody decided about {request} in time: the request ended",
    ),
    "approval_lapsed": ("案件已变化，{request}申请失效", "The case moved on: the request for {request} ended"),
    "extended": ("同意{holder}延期", "{holder} was given more time"),
    "suspended": ("案件挂账", "The case was suspended"),
    "resumed": ("{who}恢复办理", "{who} resumed the case"),
    "appeal_granted": ("超时申诉成立，不计超时", "The appeal was granted: the missed limit does not count"),
    "voided": ("{who}作废：{reason}", "{who} voided it: {reason}"),
    "closed.forced": ("{who}强制结案：{reason}", "{who} closed it by force: {reason}"),
    "archived": ("案件已归档", "The case was filed away"),
    "audited": ("{who}抽查：合格", "{who} audited it: it holds"),
    "audited.not": ("{who}抽查：不合格", "{who} audited it: it does not hold"),
    "corrected": ("{who}更正案件信息", "{who} corrected the facts"),
    "handed_back": ("{who}退回受理：{reason}", "{who} handed it back to be accepted anew: {reason}"),
    "arbitration_asked": ("{who}申请裁定主办：{reason}", "{who} asked for arbitration: {reason}"),
    "revoked": ("{who}撤销对{worker}的指派", "{who} took the order back from {worker}"),
    "feedback_given": ("{who}已反馈处置结果，待部门确认", "{who} reported it done: the department must confirm"),
    "feedback_refused": ("{who}未确认处置结果：{reason}", "{who} did not confirm the result: {reason}"),
    "cannot_handle.back": (
        "{who}无法处置，退回{holder}：{reason}",
        "{who} cannot handle it, back to {holder}: {reason}",
    ),
    "rule_corrected": ("{who}更正派遣规则：{reason}", "{who} corrected the routing rule: {reason}"),
    "unmask_decided": ("{who}同意批量查看隐藏信息", "{who} agreed that masked fields of many cases be seen"),
    "unmask_decided.not": (
        "{who}不同意批量查看隐藏信息",
        "{who} declined that masked fields of many cases be seen",
    ),
    "unmask_asked": (
        "{who}申请批量查看隐藏信息：{reason}",
        "{who} asked to see masked fields of many cases: {reason}",
    ),
}
REQUESTS = {
    "extend": ("延期", "an extension"),
    "suspend": ("挂账", "a suspension"),
    "appeal": ("超时申诉", "an appeal against a missed limit"),
    "void": ("作废", "voiding the case"),
    "force_close": ("强制结案", "closing by force"),
    "unmask_many": ("批量查看", "seeing masked fields of many cases"),
}
