"""The indicators as a workbook (.xlsx): what ``GET /kpi`` answers, on sheets to be printed and filed.

Comes in: the answer and words for the indicators. Goes out: the file's bytes. In the demonstration every sheet
says 演示数据.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import xlsxwriter

from foundation.clock import to_rfc3339

DEMO = "演示数据 / demonstration data"
HEAD = ("指标 / indicator", "分子 / numerator", "分母 / denominator", "值 / value")
RATIOS = ("_rate", "_accuracy", "_share")
WORDS: Mapping[str, str] = {
    "reported": "上报数", "filed": "立案数", "dispatched": "派遣数", "disposed": "处置数", "closed": "结案数",
    "overdue_open": "超期未处置数", "suspended": "缓办数", "exempt": "免责超期数", "voided": "作废数",
    "valid_report_rate": "有效上报率", "filing_rate": "立案率", "on_time_acceptance_rate": "按期受理率",
    "accurate_acceptance_rate": "准确受理率", "on_time_filing_rate": "按时立案率",
    "accurate_filing_rate": "准确立案率",
    "on_time_dispatch_rate": "按期派遣率", "dispatch_accuracy": "准确派遣率", "return_rate": "退回率",
    "disposal_rate": "处置率", "on_time_disposal_rate": "按期处置率", "overdue_disposal_rate": "超期处置率",
    "overdue_pending_rate": "超期待处置率", "extension_rate": "延期率", "closing_rate": "结案率",
    "on_time_closing_rate": "按期结案率", "overdue_closing_rate": "超期结案率",
    "urgent_closing_rate": "紧急问题结案率",
    "component_closing_rate": "部件结案率", "event_closing_rate": "事件结案率", "rework_rate": "返工率",
    "reopen_rate": "重启率", "unclosed_rate": "未结案率", "on_time_verification_rate": "按期核实率",
    "on_time_check_rate": "按期核查率", "supervision_on_time_rate": "督办按时完成率",
    "whistle_response_rate": "吹哨响应率", "satisfaction_rate": "满意率", "response_rate": "响应率",
    "resolution_rate": "解决率", "top_category_share": "高发占比", "self_disposal_rate": "自行处置率",
    "repeat_rate": "重复率", "mean_accept_s": "平均受理时长（秒）", "mean_dispatch_s": "平均派遣时长（秒）",
    "mean_dispose_s": "平均处置时长（秒）", "mean_close_s": "平均结案时长（秒）",
    "mean_upstream_delay_s": "上游平均延迟（秒）", "mean_system_delay_s": "系统平均延迟（秒）",
    "mean_human_delay_s": "人为平均延误（秒）",
}  # fmt: skip


def write_workbook(kpi: Mapping[str, Any]) -> bytes:
    """Return the workbook."""
    buffer = BytesIO()
    # text is text: a name that begins with = is no formula, an address no link
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        formats = {"bold": book.add_format({"bold": True}), "percent": book.add_format({"num_format": "0.00%"})}
        _write_totals(book, kpi, formats)
        if kpi["items"]:
            _write_groups(book, kpi, formats)
    return buffer.getvalue()


def _begin(book: Any, name: str, kpi: Mapping[str, Any], formats: Mapping[str, Any]) -> tuple[Any, int]:
    """Return a sheet and the first free row below its heading."""
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 60, 16)
    sheet.write(0, 0, f"{to_rfc3339(kpi['from'])} – {to_rfc3339(kpi['to'])}", formats["bold"])
    if kpi["demo"]:
        sheet.write(1, 0, DEMO, formats["bold"])
        sheet.set_header(f"&C{DEMO}")
        return sheet, 3
    return sheet, 2


def _write_totals(book: Any, kpi: Mapping[str, Any], formats: Mapping[str, Any]) -> None:
    sheet, row = _begin(book, "指标", kpi, formats)
    for column, word in enumerate(HEAD):
        sheet.write(row, column, word, formats["bold"])
    for name, figure in kpi["indicators"].items():
        row += 1
        sheet.write(row, 0, f"{WORDS.get(name, name)} {name}")
        sheet.write(row, 1, figure.get("numerator"))
        sheet.write(row, 2, figure.get("denominator"))
        sheet.write(row, 3, figure["value"], formats["percent"] if name.endswith(RATIOS) else None)
    for score in kpi["scores"]:
        row += 1
        sheet.write(row, 0, f"{score['zh']} {score['en']}")
        sheet.write(row, 3, score["value"])


def _write_groups(book: Any, kpi: Mapping[str, Any], formats: Mapping[str, Any]) -> None:
    sheet, row = _begin(book, f"按{kpi['by']}", kpi, formats)
    names = [name for name in kpi["indicators"] if name in kpi["items"][0]["indicators"]]
    for column, name in enumerate(["", *(WORDS.get(one, one) for one in names)]):
        sheet.write(row, column, name, formats["bold"])
    for item in kpi["items"]:
        row += 1
        sheet.write(row, 0, f"{item['name']['zh']} {item['key']}")
        for column, name in enumerate(names, start=1):
            is_ratio = name.endswith(RATIOS)
            sheet.write(row, column, item["indicators"][name]["value"], formats["percent"] if is_ratio else None)
