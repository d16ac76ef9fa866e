"""Who plays: for a town and a domain, which happening, at which place, noticed by which device or camera.

Comes in: the stage and a source of chance. Goes out: a ``Part`` for ``day_book.py``. A device plays at most
one happening at a time within an hour; what the city lacks is never drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from grid.coordinates import LonLat
from ingest.simulate.plays import MEASURE, REPORT, SEE, Play, list_plays
from ingest.simulate.rhythm import Busy
from ingest.simulate.stage import Instrument, Spot, Stage

METRES_PER_DEGREE = 111_320.0
WITNESS_RADIUS_M = 95.0  # nearer than what the city takes for one happening
LOUD_FACTOR = 0.15  # 特急 and severity 1–4 are rare: a wall that always shouts is not looked at
QUICK_HOLD_S = 12.0
REST_S = 240.0
MANNED_RATIO = 0.6

Placed = TypeVar("Placed", Instrument, Spot)
NIGHT_ROUNDS = Busy(22, 6, 0.15)


@dataclass(frozen=True, slots=True)
class Part:
    """A play with its speaker (empty for a person), its place, and what people say about it."""

    play: Play
    speaker: str
    place: str
    lonlat: LonLat
    text: str
    lasts_s: float


@dataclass(slots=True)
class Cast:
    """The stage, the chance, and which instruments are taken. ``is_quick``: only what shows at once."""

    stage: Stage
    draw: Random
    is_quick: bool = False
    taken: dict[str, float] = field(default_factory=dict)
    known: dict[str, Instrument] = field(default_factory=dict)

    def list_free(self, play: Play, town: str, second: float) -> list[Instrument]:
        """Return the instruments of the town that could notice this now."""
        group = self.stage.devices if play.voice == MEASURE else self.stage.cameras
        return [
            one
            for one in group.get((town, play.of), ())
            if self.taken.get(one.id, -1.0) < second and self._fits(play, one)
        ]

    def _fits(self, play: Play, one: Instrument) -> bool:
        if play.voice == SEE:
            return set(play.zones) <= set(one.zones)
        if one.rule is None:
            return False
        return not self.is_quick or one.source == "native" or one.rule.hold_s <= QUICK_HOLD_S

    def choose_manned(self, choices: list[Placed]) -> Placed:
        """Return one of them; mostly where somebody with a phone is on duty, if there is such a place."""
        manned = [one for one in choices if one.grid in self.stage.manned]
        return self.draw.choice(manned if manned and self.draw.random() < MANNED_RATIO else choices)

    def take(self, one: Instrument, until_s: float) -> None:
        self.taken[one.id] = until_s
        self.known[one.id] = one

    def speaks_alarm(self, speaker: str) -> bool:
        """Tell whether this device raises the alarm itself instead of leaving it to the city's rule."""
        one = self.known[speaker]
        if one.source != "native" or one.rule is None:
            return False
        return self.draw.random() < 0.4 or (self.is_quick and one.rule.hold_s > QUICK_HOLD_S)

    def find_witness(self, lonlat: LonLat) -> str:
        """Return the camera that sees the place too, or nothing."""
        camera = self.stage.find_camera_near(lonlat, WITNESS_RADIUS_M)
        return camera.id if camera is not None else ""

    def nearby(self, lonlat: LonLat, within_m: float = 25.0) -> LonLat:
        """Return a point a few steps away."""
        angle, length_m = self.draw.uniform(0, 2 * math.pi), self.draw.uniform(3, within_m)
        lat = lonlat.lat + length_m * math.sin(angle) / METRES_PER_DEGREE
        scale = METRES_PER_DEGREE * math.cos(math.radians(lonlat.lat))
        return LonLat(round(lonlat.lon + length_m * math.cos(angle) / scale, 7), round(lat, 7))


def cast_play(cast: Cast, town: str, domain: str, *, second: float, raining: bool) -> Part | None:
    """Return what happens in that town now; None when the city has nothing for it."""
    choices = [
        (play, weight)
        for play in list_plays()
        if play.domain == domain and (weight := _weigh(cast, play, town, second=second, raining=raining)) > 0
    ]
    if not choices:
        return None
    play = cast.draw.choices([p for p, _ in choices], [w for _, w in choices])[0]
    return _fill(cast, play, town, second)


def _weigh(cast: Cast, play: Play, town: str, *, second: float, raining: bool) -> float:
    stage = cast.stage
    if not stage.has_category(play.category):
        return 0.0
    found = cast.list_free(play, town, second) if play.voice in (MEASURE, SEE) else stage.spots.get(town)
    if not found:
        return 0.0
    weight = play.weight * math.prod(busy.factor(second) for busy in play.busy)
    if raining:
        weight *= play.rain
    if play.voice == REPORT:
        weight *= NIGHT_ROUNDS.factor(second)
    is_loud = stage.severities[play.category] < 5 or stage.urgencies[play.category] == "emergency"
    return weight * (LOUD_FACTOR if is_loud else 1.0)


def _fill(cast: Cast, play: Play, town: str, second: float) -> Part:
    draw, stage = cast.draw, cast.stage
    lasts_s = draw.uniform(*play.minutes) * 60
    if play.voice in (MEASURE, SEE):
        one = cast.choose_manned(cast.list_free(play, town, second))
        cast.take(one, second + lasts_s + REST_S)
        place = stage.name_near(one.lonlat, town)
        return Part(play, one.id, place, one.lonlat, _say(draw, play.texts, place), lasts_s)
    spot = cast.choose_manned(list(stage.spots[town]))
    return Part(play, "", spot.name, cast.nearby(spot.lonlat, 60.0), _say(draw, play.texts, spot.name), lasts_s)


def _say(draw: Random, texts: tuple[str, ...], place: str) -> str:
    return draw.choice(texts).format(place=place) if texts else ""
