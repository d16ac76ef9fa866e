"""Rules over one device beside the threshold: how fast it changes, that it speaks, that it skips and flaps not.

Comes in: a value, a number, a moment, with what is remembered of the device (``Memo``). Goes out: what the rule
makes of it; ``watch_judge.py`` tells it. Pure but for the memo, which is the caller's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import itemgetter
from statistics import median_low
from typing import Any

import msgspec

from ingest.rules.schedule import Times

MOST_POINTS = 256
_value_of = itemgetter(1)
MOST_CHANGES = 1000
MOST_MISSING = 10_000
"""A jump of the numbering beyond this is another numbering, not so many lost messages. Ours."""


class WatchRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of one of these kinds as it binds one device; ``mark`` changes with the rule, and memory with it."""

    id: str
    mark: str
    kind: str
    category: str
    confidence: float | None
    severity: int | None
    zh: str
    en: str
    times: Times | None = None
    shadow: bool = False
    quantity: str = ""
    direction: int = 0
    by: float = 0.0
    clear_by: float = 0.0
    count: int = 0
    within_s: float = 0.0
    quiet_s: float = 0.0
    median_of: int = 1


class Memo(msgspec.Struct, omit_defaults=True):
    """What is remembered of one device. ``points`` and ``gaps`` by the rule's mark: (seconds, value or count).

    ``raw``: the last values of a rule that looks at the median of several.
    """

    heard_at: datetime | None = None
    seq: int | None = None
    points: dict[str, list[tuple[float, float]]] = {}
    gaps: dict[str, list[tuple[float, int]]] = {}
    changes: list[float] = []
    raw: dict[str, list[float]] = {}


class Active(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alarm under way: its rule, by which source, since when; ``last_at`` what it was last about."""

    rule: str
    mark: str
    device: str
    source: str
    began_at: datetime
    last_at: datetime
    value: float = 0.0
    told: bool = True


def judge_rate(rule: WatchRule, memo: Memo, value: float, at: datetime) -> tuple[float, bool, bool]:
    """Return how far the value has moved within the window, whether that is too much, and whether it is over."""
    now_s = at.timestamp()
    points = memo.points.setdefault(rule.mark, [])
    if points and now_s < points[-1][0]:
        return 0.0, False, False  # redelivered messages follow newer ones
    value = value if rule.median_of <= 1 else _smooth(rule, memo, value)
    points.append((now_s, value))
    while points[0][0] < now_s - rule.within_s:
        del points[0]
    if len(points) > MOST_POINTS:
        points[:-1] = _thin(points[:-1])
    values = [point[1] for point in points]
    rise, fall = value - min(values), max(values) - value
    moved = rise if rule.direction > 0 else fall if rule.direction < 0 else max(rise, fall)
    return moved, moved >= rule.by, moved <= rule.clear_by


def _thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return half of the points: of each four the lowest and the highest, so that no move is lost."""
    fours = (points[at : at + 4] for at in range(0, len(points), 4))
    return [kept for four in fours for kept in sorted({min(four, key=_value_of), max(four, key=_value_of)})]


def _smooth(rule: WatchRule, memo: Memo, value: float) -> float:
    """Return the median of the last values: one that leaps alone, up or down, moves nothing."""
    raw = memo.raw.setdefault(rule.mark, [])
    raw.append(value)
    del raw[: -rule.median_of]
    return median_low(raw)


def count_missing(memo: Memo, seq: int) -> int:
    """Return how many numbers were skipped before this one; a step back is a repeat or a restart."""
    last, memo.seq = memo.seq, seq
    missing = seq - last - 1 if last is not None else 0
    return missing if 0 < missing <= MOST_MISSING else 0


def judge_gap(rule: WatchRule, memo: Memo, missing: int, at: datetime) -> int:
    """Return how many messages are missing within the rule's window."""
    now_s = at.timestamp()
    gaps = memo.gaps.setdefault(rule.mark, [])
    if missing:
        gaps.append((now_s, missing))
    while gaps and (len(gaps) > MOST_POINTS or gaps[0][0] < now_s - rule.within_s):
        del gaps[0]
    return sum(count for _, count in gaps)


def judge_flapping(rule: WatchRule, memo: Memo, at: datetime) -> int:
    """Note a beginning or an end; return how many there were within the rule's window."""
    now_s = at.timestamp()
    memo.changes.append(now_s)
    while len(memo.changes) > MOST_CHANGES or memo.changes[0] < now_s - rule.within_s:
        del memo.changes[0]
    return len(memo.changes)


def is_calm(rule: WatchRule, memo: Memo, now: datetime) -> bool:
    """Return whether a flapping device has been quiet long enough."""
    return not memo.changes or now.timestamp() - memo.changes[-1] >= rule.quiet_s


def is_silent(rule: WatchRule, heard_at: datetime, now: datetime) -> bool:
    """Return whether a device has not spoken for too long."""
    return now - heard_at >= timedelta(seconds=rule.quiet_s)


def bind_watch(rule: Any, mark: str, times: Times | None, numbers: dict[str, float]) -> WatchRule:
    """Return a rule of the document as it binds one device; ``numbers``: its settings, parameters resolved."""
    direction = 1 if "rises_by" in numbers else -1 if "falls_by" in numbers else 0
    moved = next((numbers[by] for by in ("rises_by", "falls_by", "changes_by") if by in numbers), 0.0)
    return WatchRule(
        id=rule["id"],
        mark=mark,
        kind=rule["kind"],
        category=rule["category"],
        confidence=rule.get("confidence"),
        severity=rule.get("severity"),
        zh=rule["zh"],
        en=rule["en"],
        times=times,
        shadow=rule.get("shadow", False),
        quantity=rule.get("quantity", ""),
        direction=direction,
        by=moved,
        clear_by=numbers.get("clear_by", 0.0),
        count=int(numbers.get("missing", numbers.get("changes", 0))),
        within_s=numbers.get("within_s", 0.0),
        median_of=rule.get("median_of", 1),
        quiet_s=numbers.get("silent_s", numbers.get("clear_s", numbers.get("quiet_s", 0.0))),
    )
