"""Supervision (督办) by the level above: the holder keeps the case and answers for it, somebody watches.

Put on by a level rule (a missed limit, two returns, two reworks) or by the action ``supervise``; answered by the
holder, told to the duty leader when it is not, lifted by a person or with the end of the case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from command_center.cases.actors import Actor, by_rule
from command_center.cases.case_file import CaseFile
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS, add_time
from command_center.orders.dispatching import desk_of
from command_center.orders.order_tables import Timer
from grid.posts import Post

ANSWER_HOURS = 24.0


def level_above(case: CaseFile) -> str:
    """Return the level that supervises: the next above the case's, the topmost itself at the top."""
    levels = case.ledger.city.tree.levels
    level = case.incident.level
    above = levels[max(0, levels.index(level) - 1)] if level in levels else levels[0]
    return "community" if above == "grid" else above


def desk_above(case: CaseFile) -> Post:
    """Return the post at the level above."""
    return desk_of(case, level_above(case))


def supervise(case: CaseFile, limit: StageLimit, *, rule: tuple[str, str] = ("", "")) -> dict[str, Any]:
    """Put the case under supervision of the level above, to be answered in time; return what the entry says."""
    post, ledger = desk_above(case), case.ledger
    due_at = add_time(ledger.now, limit.limit_s, limit.calendar, case.working_time())
    case.incident.supervised_by = post.code
    case.incident.supervision = {
        "by": post.code,
        "rule": rule[0],
        "version": rule[1],
        "holder": case.incident.holder_code,
        "asked_at": ledger.now.isoformat(),
        "due_at": due_at.isoformat(),
    }
    hours = round(limit.limit_s / 3600, 2)
    data = {"hours": hours, "asked_at": ledger.now.isoformat()}
    ledger.write(Timer, due_at=due_at, kind="answer", incident=case.number, data=data)
    supervisor = {"zh": post.name, "en": post.name_en}
    facts = {"supervised_by": post.code, "supervisor_name": supervisor, "answer_by": due_at.isoformat()}
    return {**facts, "answer_hours": hours}


def hours_limit(hours: float) -> StageLimit:
    return StageLimit(max(1, round(hours * 3600)), CONTINUOUS)


def note(case: CaseFile, **facts: Any) -> None:
    """Write something down beside the supervision."""
    moments = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
    case.incident.supervision = {**(case.incident.supervision or {}), **moments}


def is_asked(case: CaseFile, asked_at: str) -> bool:
    """Return whether the supervision that was put on then still waits for its answer."""
    said = case.incident.supervision or {}
    return (
        case.incident.supervised_by is not None
        and said.get("asked_at") == asked_at
        and not said.get("answered_at")
    )


def lift(case: CaseFile, actor: Actor, **data: Any) -> None:
    """End the supervision: what was asked is done."""
    case.incident.supervised_by = None
    note(case, lifted_at=case.ledger.now)
    case.record("supervision_lifted", actor, **data)


def lift_when_ended(case: CaseFile) -> None:
    """Lift the supervision of a case that has come to its end."""
    said = case.incident.supervision
    if said and case.incident.supervised_by is None and not said.get("lifted_at"):
        lift(case, by_rule("supervision.ended", said.get("version") or "1"))
