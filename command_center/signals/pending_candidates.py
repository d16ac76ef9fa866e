"""Candidates that wait for further sources: what is open near enough and late enough to be the same happening.

``take_signal.py`` asks for categories that open only when several different sources have seen it. What this
transaction keeps itself is among the answers.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from command_center.journal.ledger import Ledger
from command_center.signals.correlate import OpenCase, OpenCases, Sought
from command_center.signals.locate import Located
from command_center.signals.phases import effective_at
from command_center.signals.signal_tables import Candidate
from command_center.signals.ways_in import MIN_SOURCES
from grid.catalogue import Category
from grid.coordinates import LonLat
from ingest.observation import Observation

OPEN = "open"


def source_of(of: Observation | Candidate) -> tuple[str, str]:
    """Return what counts as one source: a device of a producer, or a producer that names none."""
    return (of.source, of.device or "")


class PendingCandidates:
    """The candidates that wait for others, read where a batch asks and kept as it makes more."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._made: list[Candidate] = []

    def add(self, candidate: Candidate) -> None:
        """Take in one that this transaction has made; it is in no query yet."""
        self._made.append(candidate)

    def list_near(self, observation: Observation, category: Category, located: Located) -> list[Candidate]:
        """Return those that may be the same happening: compatible, near, within the window; oldest first."""
        at, window = effective_at(observation), timedelta(seconds=category.window_s)
        if located.lonlat is None:
            return []
        stored = select(Candidate).where(
            Candidate.rule == MIN_SOURCES,
            Candidate.state == OPEN,
            Candidate.at.between(at - window, at + window),
        )
        found = {c.id: c for c in (*self._ledger.session.scalars(stored), *self._made) if c.state == OPEN}
        sought = Sought(
            category=category,
            lonlat=located.lonlat,
            at=at,
            cell=located.place.cell,
            kind=str(observation.kind),
            replay=observation.replay,
            drill=observation.drill,
        )
        near = [c for c in found.values() if _is_waiting(c) and self._is_near(c, sought)]
        return sorted(near, key=lambda candidate: (candidate.at, candidate.id))

    def _is_near(self, candidate: Candidate, sought: Sought) -> bool:
        """Judge as correlation does: the candidate stands in for an open incident."""
        category = self._ledger.city.catalogue.find_category(candidate.category)
        if category is None or candidate.lon is None or candidate.lat is None:
            return False
        place = LonLat(candidate.lon, candidate.lat)
        here = self._ledger.city.map.locate(place)
        marks = {name: bool(candidate.observation.get(name)) for name in ("replay", "drill")}
        cases = OpenCases(self._ledger.city.map.neighbours)
        cell = here.cell if here is not None else None
        cases.add(OpenCase(0, category.family, place, candidate.at, category=category.code, cell=cell, **marks))
        return cases.find(sought) is not None


def _is_waiting(candidate: Candidate) -> bool:
    return candidate.rule == MIN_SOURCES
