"""Where the observations of a batch lie, and which open incident each would join: found once, asked often.

``take_signal.py`` makes it for a batch; the answers follow what the batch itself opens.
"""

from __future__ import annotations

from collections.abc import Iterable

from command_center.journal.ledger import Ledger
from command_center.signals.correlate import OpenCase, Sought
from command_center.signals.known_signals import KnownSignals, alarm_key
from command_center.signals.locate import Located, locate
from command_center.signals.phases import effective_at
from command_center.signals.sightings import is_late
from command_center.signals.storm_watch import Fresh
from ingest.observation import GROUP, Observation


class Placing:
    """The places of one batch."""

    def __init__(self, ledger: Ledger, known: KnownSignals) -> None:
        self._ledger, self._known = ledger, known
        self._located: dict[int, Located | None] = {}

    def locate(self, observation: Observation) -> Located | None:
        """Return where it is, or None without a place in the city."""
        key = id(observation)
        if key not in self._located:
            self._located[key] = locate(observation, self._ledger.city)
        return self._located[key]

    def find_open(self, observation: Observation) -> tuple[OpenCase, float] | None:
        """Return the open incident that it belongs to, and its distance in metres."""
        category = self._ledger.city.catalogue.find_category(observation.category)
        located = self.locate(observation)
        if category is None or located is None or located.lonlat is None:
            return None
        found = self._known.open_cases.find(
            Sought(
                category=category,
                lonlat=located.lonlat,
                at=effective_at(observation),
                cell=located.place.cell,
                kind=str(observation.kind),
                replay=observation.replay,
                drill=observation.drill,
            )
        )
        is_other = found is not None and found[0].category != category.code
        return None if is_other and GROUP in observation.flags else found

    def list_touched(self, observations: Iterable[Observation]) -> set[int]:
        """Return the incidents that the batch will probably touch."""
        numbers: set[int] = set()
        for observation in observations:
            source = self._known.sources.get(alarm_key(observation))
            if source is not None:
                numbers.add(source.incident)
            elif observation.source_key() not in self._known.keys:
                found = self.find_open(observation)
                numbers |= {found[0].number} if found is not None else set()
        return numbers

    def list_fresh(self, observations: Iterable[Observation], *, known_too: bool = False) -> list[Fresh]:
        """Return those of now that would open or join something (or have just done so), as ``Fresh``."""
        fresh = []
        for observation in observations:
            category = self._ledger.city.catalogue.find_category(observation.category)
            located = self.locate(observation)
            is_known = alarm_key(observation) in self._known.sources and not known_too
            if category is not None and located is not None and not is_known and not is_late(observation):
                fresh.append(Fresh(observation, category, located))
        return fresh
