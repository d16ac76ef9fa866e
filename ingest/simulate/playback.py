"""Plays the day book: each happening at its moment, each of its voices when it is its turn.

Comes in: the stage, the seed, the rate. Goes out: calls of ``Voices.speak``. First the opening, so that the
wall fills within seconds, then the hours of the day, day after day.
"""

from __future__ import annotations

import asyncio

from foundation.logs import get_logger
from ingest.simulate.day_book import HOUR_S, Happening, Signal, write_hour, write_opening
from ingest.simulate.http_session import Refused
from ingest.simulate.stage import Stage
from ingest.simulate.tempo import DAY_S, Tempo
from ingest.simulate.voices import Voices

OPENING_COUNT = 36
BACKLOG_MAX = 4000

log = get_logger("simulate")


class Playback:
    """One run through the book. ``begun`` counts happenings, ``refused`` reports that the product refused."""

    def __init__(self, stage: Stage, voices: Voices, tempo: Tempo, *, seed: int, rate: float) -> None:
        self._stage = stage
        self._voices = voices
        self._tempo = tempo
        self._seed = seed
        self._rate = rate
        self._running: set[asyncio.Task[None]] = set()
        self.begun = 0
        self.refused = 0

    async def run(self, already_open: int = 0) -> None:
        """Play for ever; a city that has open cases already needs less of an opening."""
        tempo = self._tempo
        opening_s = tempo.moment().second
        opening = write_opening(self._stage, self._seed, OPENING_COUNT, opening_s)
        for happening in opening[: max(0, OPENING_COUNT - already_open)]:
            await asyncio.sleep(max(0.0, happening.at_s - opening_s - tempo.elapsed_s))
            self._begin(happening)
        hour = int(tempo.moment().total_s // HOUR_S)
        while True:
            await self._play_hour(hour)
            hour += 1

    async def _play_hour(self, hour: int) -> None:
        day, hour_of_day = divmod(hour, 24)
        book = write_hour(self._stage, self._seed, day, hour_of_day, rate=self._rate)
        for happening in book:
            at_s = day * DAY_S + happening.at_s
            if at_s < self._tempo.moment().total_s - 30 * self._tempo.speed:
                continue
            await self._tempo.wait_until(at_s)
            self._begin(happening)

    def _begin(self, happening: Happening) -> None:
        if len(self._running) > BACKLOG_MAX:
            return
        self.begun += 1
        for signal in happening.signals:
            task = asyncio.create_task(self._speak(happening, signal))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _speak(self, happening: Happening, signal: Signal) -> None:
        await self._tempo.pause(signal.after_s)
        try:
            await self._voices.speak(happening, signal)
        except Refused as refused:
            self.refused += 1
            log.warning("a report was refused", play=happening.play.name, why=str(refused))
        except Exception as error:  # noqa: BLE001 - one voice that fails must not end the city
            log.warning("a voice failed", play=happening.play.name, why=repr(error))
