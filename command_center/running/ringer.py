"""Tells the windows that new entries stand in the journal: ``{"epoch", "from", "to"}`` after each commit.

A lost ring costs a second and never an entry, since readers also look at the counter by themselves.
"""

from __future__ import annotations

import asyncio

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from command_center.journal.journal_tables import JournalHead
from command_center.running.brain_figures import BrainFigures
from foundation.bus import subjects
from foundation.bus.connection import Bus
from foundation.database import Database


def read_head(database: Database) -> tuple[str, int]:
    """Return the epoch and the number of the newest entry; ("", 0) before the first."""
    with database.read() as session:
        row = session.execute(select(JournalHead.epoch, JournalHead.number)).one_or_none()
    return (row[0], row[1]) if row is not None else ("", 0)


class Ringer:
    """Rings once for everything that was committed since the last ring."""

    def __init__(self, database: Database, bus: Bus, figures: BrainFigures) -> None:
        self._database = database
        self._bus = bus
        self._figures = figures
        self._rung = 0

    async def start(self) -> None:
        """Begin with what stands there already: nobody is rung for the past."""
        _, self._rung = await asyncio.to_thread(read_head, self._database)

    async def ring(self) -> None:
        """Ring if the head has moved."""
        try:
            epoch, number = await asyncio.to_thread(read_head, self._database)
        except OperationalError:
            return  # the readers' own look will find it
        if number <= self._rung:
            return
        first, self._rung = self._rung + 1, number
        self._figures.set("citybrain_brain_journal_number", number)
        await self._bus.ring(subjects.RING, msgspec.json.encode({"epoch": epoch, "from": first, "to": number}))
