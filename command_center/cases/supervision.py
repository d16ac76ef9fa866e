"""Supervision (督办) by the level above: the holder keeps the case and answers for it, somebody watches.

Called by the timers when a clock is missed, by the steps after two returns or two reworks, and by the action
``supervise``. Time alone never moves a case.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from command_center.cases.actors import by_rule
from command_center.cases.case_file import CaseFile
from command_center.orders.dispatching import desk_of
from command_center.orders.order_tables import Timer

VERSION = "1"
ANSWER_HOURS = 24.0
REASONS = {
    "overdue": {"zh": "超过时限", "en": "past its limit"},
    "returned_twice": {"zh": "两次退回", "en": "returned twice"},
    "reworked_twice": {"zh": "两次返工", "en": "reworked twice"},
}


def level_above(case: CaseFile) -> str:
    """Return the level that supervises: the next above the case's, the topmost itself at the top."""
    levels = case.ledger.city.tree.levels
    level = case.incident.level
    return levels[max(0, levels.index(level) - 1)] if level in levels else levels[0]


def supervise_by_rule(case: CaseFile, why: str, **data: Any) -> None:
    """Put the case under supervision for one of the rules' reasons, once."""
    if case.incident.supervised_by is None:
        facts = supervise(case)
        case.record("supervised", by_rule(f"supervise.{why}", VERSION), reason=REASONS[why], **facts, **data)


def supervise(case: CaseFile, *, hours: float = ANSWER_HOURS) -> dict[str, Any]:
    """Put the case under supervision of the level above, to be answered in time; return what the entry says."""
    level = level_above(case)
    post = desk_of(case, "town" if level == "town" else level)
    case.incident.supervised_by = post.code
    due_at = case.ledger.now + timedelta(hours=hours)
    case.ledger.write(Timer, due_at=due_at, kind="answer", incident=case.number, data={"hours": hours})
    supervisor = {"zh": post.name, "en": post.name_en}
    return {"supervised_by": post.code, "supervisor_name": supervisor}
