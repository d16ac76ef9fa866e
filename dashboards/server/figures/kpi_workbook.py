"""The indicators as a workbook (.xlsx): what ``GET /kpi`` answers, on sheets to be printed and filed.

Comes in: the answer, a language and the city's zone. Goes out: the file's bytes. In the demonstration every sheet
says 演示数据.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

DEMO = "演示数据 / demonstration data"
HEADS = {"zh": ("指标", "分子", "分母", "值"), "en": ("Indicator", "Numerator", "Denominator", "Value")}
GROUPS: Mapping[str, tuple[str, str]] = {
    "area": ("按区域", "By area"), "domain": ("按领域", "By domain"), "department": ("按部门", "By department"),
    "category": ("按类别", "By category"), "worker": ("按人员", "By worker"),
}  # fmt: skip
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


def write_workbook(kpi: Mapping[str, Any], *, language: str, zone: ZoneInfo) -> bytes:
    """Return the workbook, its period in the city's zone."""
    buffer = BytesIO()
    # text is text: a name that begins with = is no formula, an address no link
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # here: few processes ever write a workbook, and all would hold the library

    with xlsxwriter.Workbook(buffer, options) as book:
        style = {
            "bold": book.add_format({"bold": True}),
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            "percent": book.add_format({"num_format": "0.00%"}),
            "language": language,
            "zone": zone,
        }
        _write_totals(book, kpi, style)
        if kpi["items"]:
            _write_groups(book, kpi, style)
    return buffer.getvalue()


def _begin(book: Any, name: str, kpi: Mapping[str, Any], style: Mapping[str, Any]) -> tuple[Any, int]:
    """Return a sheet for A4 and the first free row below its heading."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 60, 16)
    first, last = (kpi[end].astimezone(style["zone"]).strftime("%Y-%m-%d %H:%M") for end in ("from", "to"))
    sheet.write_string(0, 0, f"{first} – {last}", style["bold"])
    if kpi["demo"]:
        sheet.write_string(1, 0, DEMO, style["bold"])
        sheet.set_header(f"&C{DEMO}")
        return sheet, 3
    return sheet, 2


def _keep_head(sheet: Any, row: int) -> None:
    """Let the row of heads and the names stand still on the screen, and on every sheet of paper."""
    sheet.freeze_panes(row + 1, 1)
    sheet.repeat_rows(row)


def _say(name: str, style: Mapping[str, Any]) -> str:
    """Return the words for an indicator."""
    if style["language"] == "zh":
        return WORDS.get(name, name)
    words = name.removesuffix("_s").replace("_", " ")
    return words.capitalize() + (" (s)" if name.endswith("_s") else "")


def _write_totals(book: Any, kpi: Mapping[str, Any], style: Mapping[str, Any]) -> None:
    language = style["language"]
    sheet, row = _begin(book, "指标" if language == "zh" else "Indicators", kpi, style)
    _keep_head(sheet, row)
    for column, word in enumerate(HEADS[language]):
        sheet.write_string(row, column, word, style["bold"])
    for name, figure in kpi["indicators"].items():
        row += 1
        sheet.write_string(row, 0, _say(name, style))
        sheet.write(row, 1, figure.get("numerator"))
        sheet.write(row, 2, figure.get("denominator"))
        sheet.write(row, 3, figure["value"], style["percent"] if name.endswith(RATIOS) else None)
    for score in kpi["scores"]:
        row += 1
        sheet.write_string(row, 0, score[language])
        sheet.write(row, 3, score["value"])


def _write_groups(book: Any, kpi: Mapping[str, Any], style: Mapping[str, Any]) -> None:
    language = style["language"]
    title = GROUPS[kpi["by"]][language == "en"]
    sheet, row = _begin(book, title, kpi, style)
    sheet.set_landscape()
    sheet.set_print_scale(80)  # half a hundred columns: on several sheets, each with the names, that can be read
    sheet.repeat_columns(0)
    sheet.set_column(1, 60, 12)
    _keep_head(sheet, row)
    sheet.write_string(row, 0, title, style["head"])
    names = [name for name in kpi["indicators"] if name in kpi["items"][0]["indicators"]]
    for column, name in enumerate(names, start=1):
        sheet.write_string(row, column, _say(name, style), style["head"])
    for item in kpi["items"]:
        row += 1
        sheet.write_string(row, 0, str(item["name"].get(language) or item["key"]))
        for column, name in enumerate(names, start=1):
            is_ratio = name.endswith(RATIOS)
            sheet.write(row, column, item["indicators"][name]["value"], style["percent"] if is_ratio else None)
