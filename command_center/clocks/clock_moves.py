"""What the lines of the ledger of clocks say: the time left of a clock at any instant, from them alone. Pure.

``clocks.py`` writes a line with every change; reports, appeals and the property test read them here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from command_center.clocks.working_time import WorkingTime, time_between_s

RUNNING, PAUSED, STOPPED = "running", "paused", "stopped"
NEXT_STATE = {
    "start": RUNNING,
    "pause": PAUSED,
    "resume": RUNNING,
    "reset": RUNNING,
    "restore": RUNNING,
    "stop": STOPPED,
}
"""After a line of this kind; the others (extend, miss) leave the clock as it is."""

KINDS = frozenset(NEXT_STATE) | {"extend", "miss"}


class MoveLine(Protocol):
    """What the reckoning needs of a line; ``order_tables.ClockMove`` has it."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def amount_s(self) -> int: ...
    @property
    def calendar(self) -> str: ...


def remaining_from_moves(moves: Iterable[MoveLine], at: datetime, working: WorkingTime) -> float:
    """Return the seconds left at an instant, in the clock's own calendar; negative past its end.

    ``moves`` are one clock's, in the order of their ids. A line that was written later but is dated before
    others (a stop that a phone without a network tells late) takes its place by date: what came between, while
    the clock had in truth stopped, counts for nothing.
    """
    lines = sorted(moves, key=lambda line: line.at)  # stable: lines of one moment keep their order
    state, left_s, since, calendar = STOPPED, 0.0, at, ""
    for line in lines:
        if line.at > at:
            break
        if state == STOPPED and line.kind not in ("start", "restore"):
            continue
        if state == RUNNING:
            left_s -= time_between_s(since, line.at, calendar, working)
        since, calendar = line.at, line.calendar
        if line.kind in ("start", "reset"):
            left_s = float(line.amount_s)
        elif line.kind == "extend":
            left_s += line.amount_s
        state = NEXT_STATE.get(line.kind, state)
    if state == RUNNING:
        left_s -= time_between_s(since, at, calendar, working)
    return left_s


def used_between_s(moves: Iterable[MoveLine], begin: datetime, end: datetime, working: WorkingTime) -> float:
    """Return how much of the clock's own calendar it ran between two moments; what it was paused for is not in."""
    state, since, calendar, spans = STOPPED, begin, "", []
    for line in sorted(moves, key=lambda line: line.at):
        if state == RUNNING:
            spans.append((max(since, begin), min(line.at, end), calendar))
        since, calendar = line.at, line.calendar
        state = NEXT_STATE.get(line.kind, state)
    if state == RUNNING:
        spans.append((max(since, begin), end, calendar))
    return sum(time_between_s(*span, working) for span in spans if span[0] < span[1])
