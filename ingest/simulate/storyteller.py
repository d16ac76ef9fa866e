"""Tells a story to its clock and looks whether it came true: every beat is printed with what was seen.

Comes in: moments, deeds and looks from the stories. Goes out: lines on the terminal, and ``came_true``. What
is looked at is what the product answers over its API, never what the story itself did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from foundation.clock import monotonic_s
from ingest.simulate.http_session import Refused

LOOK_EVERY_S = 0.4
Seen = TypeVar("Seen")


class Storyteller:
    """The clock of one story; starts when made."""

    def __init__(self) -> None:
        self._began_s = monotonic_s()
        self.missed: list[str] = []
        self.beats = 0

    @property
    def came_true(self) -> bool:
        return not self.missed

    @property
    def at_s(self) -> float:
        return monotonic_s() - self._began_s

    async def wait_until(self, at_s: float) -> None:
        """Sleep until that second of the story."""
        await asyncio.sleep(max(0.0, at_s - self.at_s))

    def say(self, text: str) -> None:
        """Print a line with the story's time."""
        typer.echo(f"{int(self.at_s) // 60}:{int(self.at_s) % 60:02d}  {text}")

    async def expect(
        self,
        what: str,
        look: Callable[[], Awaitable[Seen | None]],
        *,
        within_s: float,
        show: Callable[[Seen], str] = str,
    ) -> Seen | None:
        """Look until there is something to see; print it, or that it did not come true."""
        self.beats += 1
        until_s = monotonic_s() + within_s
        while True:
            seen = await self._look(look)
            if seen:
                self.say(f"✓ {what}: {show(seen)}")
                return seen
            if monotonic_s() >= until_s:
                self.say(f"✗ {what}: not seen within {within_s:.0f} s")
                self.missed.append(what)
                return None
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, look: Callable[[], Awaitable[Seen | None]]) -> Seen | None:
        try:
            return await look()
        except Refused as refused:
            self.say(f"  ({refused})")
            return None

    def conclude(self) -> bool:
        """Print how it ended; return whether every beat came true."""
        if self.came_true:
            self.say(f"all {self.beats} beats came true")
        else:
            self.say(f"{len(self.missed)} of {self.beats} beats did not come true: {'; '.join(self.missed)}")
        return self.came_true
