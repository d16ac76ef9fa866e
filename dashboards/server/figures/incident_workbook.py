"""A list of incidents as a workbook (.xlsx) as one person sees them: cells hold texts, figures and dates only.

Comes in: incidents as ``incident_view.py`` shows them to this person, so scope and masks are already in force.
Goes out: the file's bytes, in one language; in the demonstration every page of it says 演示数据.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

DEMO = "演示数据 / demonstration data"
MARKS = {"zh": ("【演练】", "【回放】"), "en": ("[Drill] ", "[Replay] ")}
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for a formula. Source: OWASP, CSV Injection."""
HEADS: Mapping[str, tuple[str, ...]] = {
    "zh": ("编号", "事项", "类别", "领域", "紧急程度", "状态", "所属区域", "地点", "承办", "阶段", "到期时间",
           "剩余（分钟）", "上报时间", "结案时间", "内容"),
    "en": ("Number", "Matter",
           "Category", "Domain", "Urgency", "State", "Area", "Place", "Held by", "Stage", "Due",
           "Left (minutes)", "Reported", "Closed", "Text"),
}  # fmt: skip
WIDTHS = (9, 30, 22, 12, 10, 10, 26, 26, 24, 10, 17, 12, 17, 17, 50)
WORDS: Mapping[str, tuple[str, str]] = {
    "emergency": ("大应急", "Emergency"), "public_order": ("大综治", "Public order"),
    "urban_management": ("大城管", "Urban management"), "transport": ("大交通", "Transport"),
    "reported": ("待受理", "Reported"), "verifying": ("核实中", "Being verified"), "filed": ("已立案", "Filed"),
    "dispatched": ("待签收", "Dispatched"), "handling": ("处置中", "Handling"), "suspended": ("挂账", "Suspended"),
    "disposed": ("已处置", "Disposed"), "checking": ("核查中", "Checking"), "closed": ("已结案", "Closed"),
    "archived": ("已归档", "Archived"), "rejected": ("不予受理", "Rejected"), "void": ("作废", "Void"),
    "merged": ("已并案", "Merged"), "accept": ("受理", "accept"), "verify": ("核实", "verify"),
    "dispatch": ("派遣", "dispatch"), "sign": ("签收", "sign"), "arrive": ("到场", "arrive"),
    "dispose": ("处置", "dispose"), "check": ("核查", "check"), "respond": ("报到", "respond"),
    "total": ("总时限", "total"), "upstream": ("答复上级", "answer upstream"),
}  # fmt: skip
URGENCIES = {"emergency": ("特急", "Immediate"), "urgent": ("紧急", "Urgent"), "normal": ("一般", "Normal")}


@dataclass(frozen=True)
class Sheet:
    """What the workbook says of itself."""

    language: str
    zone: ZoneInfo
    made_at: datetime
    made_by: str
    is_demo: bool
    is_cut: bool


def write_incidents(items: Sequence[Mapping[str, Any]], sheet: Sheet) -> bytes:
    """Return the workbook."""
    buffer = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    import xlsxwriter  # here: few processes ever write a workbook, and all would hold the library

    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True})
        # the apostrophe that a person would type: a text stays text, also when the cell is edited
        quoted = book.add_format({"quote_prefix": True})
        page = book.add_worksheet("事项" if sheet.language == "zh" else "Incidents")
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        first = _write_top(page, sheet, bold)
        for row, item in enumerate(items, start=first):
            for column, value in enumerate(_cells(item, sheet)):
                if isinstance(value, str):
                    page.write_string(row, column, value, quoted if value.startswith(RISKY) else None)
                elif isinstance(value, datetime):
                    page.write_datetime(row, column, value, moment)
                elif value is not None:
                    page.write_number(row, column, value)
        page.freeze_panes(first, 2)
        page.autofilter(first - 1, 0, max(first, first + len(items) - 1), len(WIDTHS) - 1)
    return buffer.getvalue()


def _write_top(page: Any, sheet: Sheet, bold: Any) -> int:
    """Write what stands above the list and return the first free row."""
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    for column, width in enumerate(WIDTHS):
        page.set_column(column, column, width)
    made = f"{_in_zone(sheet.made_at, sheet):%Y-%m-%d %H:%M}  {sheet.made_by}"
    row = 0
    if sheet.is_demo:
        page.write_string(row, 0, DEMO, bold)
        page.set_header(f"&C{DEMO}")
        row += 1
    page.write_string(row, 0, made)
    if sheet.is_cut:
        row += 1
        page.write_string(row, 0, "仅列出前 5000 项，请缩小范围 / only the first 5,000: narrow the list", bold)
    for column, head in enumerate(HEADS[sheet.language]):
        page.write_string(row + 1, column, head, bold)
    page.repeat_rows(row + 1)
    return row + 2


def _mark(item: Mapping[str, Any], title: str, sheet: Sheet) -> str:
    """Return the title with the mark of a drill or a replay, once."""
    marks = MARKS[sheet.language]
    mark = marks[0] if item.get("drill") else marks[1] if item.get("replay") else ""
    return title if title.startswith(mark) else mark + title


def _cells(item: Mapping[str, Any], sheet: Sheet) -> list[str | float | datetime | None]:
    due = _next_clock(item)
    left = due.get("remaining_s") if due else None
    title = item["title_en"] if sheet.language == "en" and item.get("title_en") else item["title"]
    area = item.get("area") or {}
    return [
        item["number"],
        _mark(item, _standing(str(title)), sheet),
        _named(item.get("category_name"), sheet) or str(item.get("category") or ""),
        _word(WORDS, item.get("domain"), sheet),
        _word(URGENCIES, item.get("urgency"), sheet),
        _word(WORDS, item.get("state"), sheet),
        " › ".join(area.get("names_en" if sheet.language == "en" else "names") or ()),
        str(item.get("place_text") or ""),
        _holder(item, sheet),
        _word(WORDS, due["stage"], sheet) if due else "",
        _in_zone(due["due_at"] if due else None, sheet),
        round(left / 60) if left is not None else None,
        _in_zone(item.get("opened_at"), sheet),
        _in_zone(item.get("closed_at"), sheet),
        str((sheet.language == "en" and item.get("text_en")) or item.get("text") or ""),
    ]


def _next_clock(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    running = [clock for clock in item.get("clocks") or () if not clock["paused"]]
    return min(running, key=lambda clock: clock["due_at"], default=None)


def _holder(item: Mapping[str, Any], sheet: Sheet) -> str:
    held = item.get("holder") or {}
    return str((held.get("name_en") if sheet.language == "en" else "") or held.get("name") or "")


def _named(words: Any, sheet: Sheet) -> str:
    return _standing(str(words.get(sheet.language) or "")) if isinstance(words, Mapping) else ""


def _standing(words: str) -> str:
    """Return a name of the catalogue as it stands alone: the English ones are lower case there."""
    return words[:1].upper() + words[1:]


def _word(words: Mapping[str, tuple[str, str]], code: Any, sheet: Sheet) -> str:
    return words[code][sheet.language == "en"] if code in words else str(code or "")


def _in_zone(at: datetime | None, sheet: Sheet) -> datetime | None:
    """Return the moment as the city's clocks show it, which is what a spreadsheet keeps: it knows no zones."""
    return at.astimezone(sheet.zone).replace(tzinfo=None) if at is not None else None
