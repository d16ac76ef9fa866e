"""Which lane to the brain a record takes: what is urgent does not wait behind what is not.

``storing.py`` asks for every record. A category that floods loses the quick lane for as long as it does, so
that an alarm of another kind never queues behind a storm, however urgent the storm calls itself.
"""

from __future__ import annotations

from foundation.bus import subjects
from grid.city import City
from ingest.observation import Observation, Quarantined

URGENT = "emergency"
GRAVE = 3  # a proposed severity from here to 1 is urgent whatever its category
RATE_PER_S, BURST = 20.0, 40.0
"""What one category may send by the quick lane: far more than a desk can take in, far less than a flood. Ours."""


class Lanes:
    """The quick lane's doorkeeper: one bucket of tokens a category."""

    def __init__(self, city: City) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}
        self.replace_city(city)

    def replace_city(self, city: City) -> None:
        """Go on with another edition of the city."""
        self._urgent = frozenset(c.code for c in city.catalogue.list_categories() if c.urgency == URGENT)

    def choose(self, record: Observation | Quarantined, now_s: float) -> str:
        """Return the subject of the bus by which the record climbs."""
        if isinstance(record, Quarantined):
            return subjects.QUARANTINE_SUBJECT
        is_grave = record.severity is not None and record.severity <= GRAVE
        is_urgent = not record.replay and (is_grave or record.category in self._urgent)
        if is_urgent and self._has_room(record.category, now_s):
            return subjects.URGENT_SUBJECT
        return subjects.OBSERVATION_SUBJECT

    def _has_room(self, category: str, now_s: float) -> bool:
        left, at_s = self._buckets.get(category, (BURST, now_s))
        left = min(BURST, left + (now_s - at_s) * RATE_PER_S)
        has_room = left >= 1
        self._buckets[category] = (left - 1 if has_room else left, now_s)
        return has_room
