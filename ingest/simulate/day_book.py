"""The book of one day: which thing happens when and where, and who tells of it.

Comes in: the stage, a seed, a rate. Goes out: ``Happening`` after ``Happening``, pure data, written hour by
hour, so that it does not matter when one starts to read. ``playback.py`` plays it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from grid.coordinates import LonLat
from ingest.simulate.casting import Cast, Part, cast_play
from ingest.simulate.plays import CALL, MEASURE, REPORT, SEE, Play
from ingest.simulate.rhythm import busyness, list_showers
from ingest.simulate.stage import Stage

ALARM = "alarm"
HOUR_S = 3600
OPENING_S = 18.0

# urban management has the most to do, but every domain works in every fifteen
_DOMAINS = ["urban_management"] * 5 + ["public_order"] * 4 + ["emergency"] * 3 + ["transport"] * 3


@dataclass(frozen=True, slots=True)
class Signal:
    """One voice at one moment: ``after_s`` from the beginning of the happening, scaled by ``--speed``."""

    after_s: float
    voice: str
    phase: str
    speaker: str = ""
    text: str = ""
    lonlat: LonLat | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that goes on in the city. ``at_s``: seconds of the local day."""

    id: str
    play: Play
    town: str
    place: str
    lonlat: LonLat
    at_s: float
    lasts_s: float
    signals: tuple[Signal, ...]


def write_hour(stage: Stage, seed: int, day: int, hour: int, *, rate: float) -> list[Happening]:
    """Return what happens in one local hour, in order. ``rate``: happenings a minute, on the day's average."""
    draw = Random(f"{seed}/{day}/{hour}")
    cast = Cast(stage, draw)
    showers = list_showers(seed, day)
    bags = _draw_bags(stage, draw)
    happenings: list[Happening] = []
    second = hour * HOUR_S + _gap_s(draw, rate, hour * HOUR_S)
    while second < (hour + 1) * HOUR_S:
        town, domain = next(bags)
        raining = any(shower.covers(second) for shower in showers)
        happening = _stage(
            cast, f"{day}-{hour:02d}-{len(happenings):04d}", (town, domain), second, raining=raining
        )
        if happening is not None:
            happenings.append(happening)
        second += _gap_s(draw, rate, second)
    return happenings


def write_opening(stage: Stage, seed: int, count: int, at_s: float) -> list[Happening]:
    """Return the first happenings, crowded into the first seconds, so that no wall stays empty.

    Where and what does not depend on ``at_s``, the second of the day at which they begin.
    """
    draw = Random(f"{seed}/opening")
    cast = Cast(stage, draw, is_quick=True)
    bags = _draw_bags(stage, draw)
    found: list[Happening] = []
    for attempt in range(count * 3):
        if len(found) == count:
            break
        staged = _stage(cast, f"opening-{attempt:03d}", next(bags), 10 * HOUR_S, raining=False)
        if staged is not None:
            found.append(staged)
    step_s = OPENING_S / max(1, len(found))
    return [replace(happening, at_s=at_s + index * step_s) for index, happening in enumerate(found)]


def _gap_s(draw: Random, rate: float, second: float) -> float:
    return -math.log(1.0 - draw.random()) * 60.0 / max(rate * busyness(second), 1e-6)


def _draw_bags(stage: Stage, draw: Random) -> Iterator[tuple[str, str]]:
    """Yield town and domain for ever: each town once and every domain in each round of towns."""
    while True:
        towns = list(stage.towns)
        domains = [_DOMAINS[index % len(_DOMAINS)] for index in range(len(towns))]
        draw.shuffle(towns)
        draw.shuffle(domains)
        yield from zip(towns, domains, strict=True)


def _stage(cast: Cast, id: str, where: tuple[str, str], second: float, *, raining: bool) -> Happening | None:
    town, domain = where
    part = cast_play(cast, town, domain, second=second, raining=raining)
    if part is None:
        return None
    signals = _list_signals(cast, part)
    return Happening(
        id, part.play, town, part.place, part.lonlat, at_s=second, lasts_s=part.lasts_s, signals=signals
    )


def _list_signals(cast: Cast, part: Part) -> tuple[Signal, ...]:
    play, draw = part.play, cast.draw
    first = ALARM if play.voice == MEASURE and cast.speaks_alarm(part.speaker) else play.voice
    signals = _phases(first, part.speaker, part.lasts_s, text=part.text, lonlat=part.lonlat)
    for voice, chance in play.also:
        if draw.random() < chance:
            delay_s = draw.uniform(10, 90)
            other = cast.find_witness(part.lonlat) if voice == SEE else ""
            if voice == CALL or other:
                near = cast.nearby(part.lonlat)
                signals += _phases(voice, other, part.lasts_s - delay_s, delay_s, text=part.text, lonlat=near)
    return tuple(sorted(signals, key=lambda signal: signal.after_s))


def _phases(
    voice: str, speaker: str, lasts_s: float, delay_s: float = 0.0, *, text: str, lonlat: LonLat
) -> tuple[Signal, ...]:
    def at(after_s: float, phase: str) -> Signal:
        return Signal(delay_s + after_s, voice, phase, speaker, text, lonlat)

    if voice in (CALL, REPORT):
        return (at(0.0, "begin"),)
    if voice == MEASURE:
        return at(0.0, "begin"), at(lasts_s, "end")
    return at(0.0, "begin"), at(lasts_s * 0.3, "update"), at(lasts_s, "end")
