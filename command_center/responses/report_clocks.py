"""The clocks of reports upward: by telephone, in writing, then every so often until the last one.

A level rule asks for them (``levels/level_effects.py``); the action ``report_up`` stops and starts them. They are
stage clocks like the others, so that whoever is late is urged; the desk that reports holds them.
"""

from __future__ import annotations

from typing import Any

from command_center.cases.case_file import CaseFile
from command_center.clocks.clocks import start_clock, stop_clocks
from command_center.clocks.limits import to_stage_limit
from command_center.orders.dispatching import desk_of
from grid.catalogue import Limit
from grid.city_folder.level_documents import ReportUpDoc
from grid.posts import Post

PHONE, WRITTEN, NEXT = "report_phone", "report_first", "report_next"
STAGES = (PHONE, WRITTEN, NEXT)
REPORTING_LEVEL = {"district": "town", "city": "district"}
"""Who reports to whom."""


def ask_reports(case: CaseFile, wanted: ReportUpDoc) -> dict[str, Any]:
    """Start the clocks of the first reports to that level, once; return what the entry says."""
    duties = dict(case.incident.reports_up)
    post = desk_of(case, REPORTING_LEVEL[wanted.to])
    if wanted.to in duties or post.level != REPORTING_LEVEL[wanted.to]:
        return {}
    duties[wanted.to] = {"from": post.code, "follow_up": list(wanted.follow_up), "next": 0}
    case.incident.reports_up = duties
    phone = start_report_clock(case, post, PHONE, wanted.phone)
    written = start_report_clock(case, post, WRITTEN, wanted.written)
    name = {"zh": post.name, "en": post.name_en}
    return {"report_to": wanted.to, "to": [post.code], "to_name": name, "phone_by": phone, "written_by": written}


def start_report_clock(case: CaseFile, post: Post, stage: str, limit: tuple[float, str]) -> str:
    """Start one of the clocks for the desk that reports; return when it is due."""
    chosen = to_stage_limit(Limit(*limit))
    return start_clock(
        case, stage, holder=(post.kind, post.code), limit=chosen, why="report_up"
    ).due_at.isoformat()


def stop_report_clocks(case: CaseFile, holder: str, *stages: str) -> None:
    """Stop the clocks of one reporting desk."""
    if any(clock.stage in stages and clock.holder_code == holder for clock in case.running_clocks()):
        stop_clocks(case, *stages, holder=holder, why="report_up")
