"""One rule over one quantity of one device: beyond a threshold for a while, and back beyond another.

Comes in: a value with its time, or the passing of time alone. Goes out: the next ``Episode`` and, where the
alarm begins or ends, its phase. Pure: the state is handed in and handed back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ingest.observation import Phase
from ingest.rules.schedule import Times


class Stage(StrEnum):
    """Idle, beyond but not long enough, told, back but not long enough."""

    IDLE = "idle"
    RISING = "rising"
    ACTIVE = "active"
    FALLING = "falling"


class ThresholdRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it binds one device. ``sign`` +1: above is beyond; -1: below is beyond."""

    id: str
    quantity: str
    beyond: float
    back: float
    sign: int
    hold_s: float
    clear_hold_s: float
    category: str
    confidence: float | None
    severity: int | None
    zh: str
    en: str
    times: Times | None = None
    shadow: bool = False

    def is_beyond(self, value: float) -> bool:
        return (value - self.beyond) * self.sign > 0

    def is_back(self, value: float) -> bool:
        return (value - self.back) * self.sign <= 0


class Episode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one device stands under one rule.

    ``since`` is when the present stage began; ``began_at`` when the value went beyond: it names the alarm.
    ``value`` and ``at`` are of the last reading.
    """

    stage: Stage = Stage.IDLE
    since: datetime | None = None
    began_at: datetime | None = None
    value: float = 0.0
    at: datetime | None = None


IDLE = Episode()


def judge_threshold(
    rule: ThresholdRule, episode: Episode, value: float, at: datetime
) -> tuple[Episode, Phase | None]:
    """Return the episode after a reading, and BEGIN or END when it is to be told.

    A reading older than the last one changes nothing: redelivered messages follow newer ones.
    """
    if episode.at is not None and at < episode.at:
        return episode, None
    moved = _move(rule, episode, value, at)
    return judge_time(rule, moved, at)


def judge_time(rule: ThresholdRule, episode: Episode, now: datetime) -> tuple[Episode, Phase | None]:
    """Return the episode when nothing but time has passed: the last value is taken to hold."""
    if episode.since is None or now < hold_ends_at(rule, episode):
        return episode, None
    if episode.stage is Stage.RISING:
        return msgspec.structs.replace(episode, stage=Stage.ACTIVE, since=None), Phase.BEGIN
    return msgspec.structs.replace(episode, stage=Stage.IDLE, since=None), Phase.END


def hold_ends_at(rule: ThresholdRule, episode: Episode) -> datetime:
    """Return when the present stage has lasted long enough; only for RISING and FALLING."""
    if episode.since is None:
        raise ValueError(f"stage {episode.stage} does not wait")
    return episode.since + timedelta(seconds=rule.hold_s if episode.stage is Stage.RISING else rule.clear_hold_s)


def _move(rule: ThresholdRule, episode: Episode, value: float, at: datetime) -> Episode:
    stage, since, began_at = episode.stage, episode.since, episode.began_at
    if stage is Stage.IDLE and rule.is_beyond(value):
        stage, since, began_at = Stage.RISING, at, at
    elif stage is Stage.RISING and not rule.is_beyond(value):
        stage, since, began_at = Stage.IDLE, None, None
    elif stage is Stage.ACTIVE and rule.is_back(value):
        stage, since = Stage.FALLING, at
    elif stage is Stage.FALLING and not rule.is_back(value):
        stage, since = Stage.ACTIVE, None
    return Episode(stage=stage, since=since, began_at=began_at, value=value, at=at)
