"""What a sentence about an emergency response says, by the kind of the entry. Pure data for ``sentences.py``."""

from __future__ import annotations

GRADES = {n: (f"{roman}级", f"level {roman}") for n, roman in ((1, "Ⅰ"), (2, "Ⅱ"), (3, "Ⅲ"), (4, "Ⅳ"))}
RESPONSE_KINDS = {
    "response_opened": ("{who}启动值守：{title}", "{who} opened the response {title}"),
    "response_warned": ("{who}发布预警：{title}", "{who} raised a warning: {title}"),
    "response_proposed": (
        "{who}提请启动或调整响应，待第二人确认：{title}",
        "{who} proposed it, a second person must confirm: {title}",
    ),
    "response_declined": ("{who}不予确认：{title}", "{who} declined it: {title}"),
    "response_activated": ("{who}启动{grade}应急响应：{title}", "{who} activated {grade}: {title}"),
    "response_adjusted": ("{who}将响应调整为{grade}：{title}", "{who} adjusted the response to {grade}: {title}"),
    "response_terminated": ("{who}终止响应，转入恢复：{title}", "{who} terminated it, recovery begins: {title}"),
    "response_ended": ("{who}结束：{title}", "{who} ended it: {title}"),
    "response_bound": ("{who}纳入应急响应：{title}", "{who} bound it to the response {title}"),
    "response_evaluated": ("{who}完成应急评估：{title}", "{who} evaluated the response {title}"),
    "cases_frozen": (
        "{who}冻结普通案件{members}件：{title}",
        "{who} halted {members} ordinary cases for the response {title}",
    ),
    "cases_thawed": ("{who}解除冻结{members}件：{title}", "{who} let {members} halted cases go on: {title}"),
    "frozen": (
        "战时状态，案件冻结，时限暂停：{title}",
        "Halted for the emergency response, its limits stand still: {title}",
    ),
    "thawed": ("案件解除冻结，时限继续", "No longer halted, its limits go on"),
    "info_released": ("{who}发布信息：{title}", "{who} released information: {title}"),
    "instruction_issued": ("{who}向{holder}下达指令：{title}", "{who} issued an order to {holder}: {title}"),
    "instruction_received": ("{holder}已接令：{title}", "{holder} received the order: {title}"),
    "instruction_begun": ("{holder}开始执行指令：{title}", "{holder} began to carry the order out: {title}"),
    "instruction_ended": ("{holder}已反馈指令结果：{title}", "{holder} reported how the order ended: {title}"),
}
