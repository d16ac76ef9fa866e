"""When a rule watches: its weekly windows in the city's own time, less the blackouts that bind it. Pure.

Comes in: a moment. Goes out: why the rule begins nothing then, or None. What has begun still ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from grid.registers import Camera, Device

DAY_MIN = 24 * 60
OUTSIDE, BLACKOUT = "outside_its_hours", "blackout"


class Window(NamedTuple):
    """One stretch of the week; ``days`` 1 is Monday; an end before the begin is the next day's."""

    days: frozenset[int]
    begins_min: int
    ends_min: int

    def covers(self, local: datetime) -> bool:
        minute, day = local.hour * 60 + local.minute, local.isoweekday()
        if self.begins_min < self.ends_min:
            return day in self.days and self.begins_min <= minute < self.ends_min
        before = 7 if day == 1 else day - 1
        return (day in self.days and minute >= self.begins_min) or (before in self.days and minute < self.ends_min)


class Times(NamedTuple):
    """The windows of a rule (none: always) and the blackouts of one device under it."""

    timezone: ZoneInfo
    windows: tuple[Window, ...]
    blackouts: tuple[tuple[datetime, datetime], ...]

    def find_closed(self, at: datetime) -> str | None:
        """Return why nothing begins at this moment, or None."""
        if any(begins <= at < ends for begins, ends in self.blackouts):
            return BLACKOUT
        if self.windows and not any(w.covers(at.astimezone(self.timezone)) for w in self.windows):
            return OUTSIDE
        return None


def bind_times(
    rule: Mapping[str, Any],
    thing: Device | Camera,
    blackouts: Iterable[Mapping[str, Any]],
    timezone: ZoneInfo,
) -> Times | None:
    """Return when the rule watches this device, or None where it always does."""
    windows = tuple(
        Window(frozenset(window["days"]), _minutes(window["begins"]), _minutes(window["ends"]))
        for window in rule.get("during", ())
    )
    bound = tuple(
        (datetime.fromisoformat(blackout["begins_at"]), datetime.fromisoformat(blackout["ends_at"]))
        for blackout in blackouts
        if (not blackout["rules"] or rule["id"] in blackout["rules"]) and fits(blackout["match"], thing)
    )
    return Times(timezone, windows, bound) if windows or bound else None


def fits(match: Mapping[str, Any], thing: Device | Camera) -> bool:
    """Return whether every key of a match fits the device."""
    return all(getattr(thing, key) == wanted for key, wanted in match.items())


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
