"""What a rule in shadow would have done: written down and counted, and never done.

``take_signal.py`` hands over every observation that carries the flag; nothing opens, joins or is shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from command_center.journal.ledger import Ledger
from command_center.signals.correlate import OpenCase
from command_center.signals.locate import Located, holding_area
from command_center.signals.phases import effective_at
from command_center.signals.rule_tables import ShadowTelling
from command_center.signals.trust import rule_id
from command_center.signals.ways_in import CANDIDATE, WayIn
from ingest.observation import SHADOW, Observation, Phase


class Shadows:
    """The tellings of one batch; each once, however often it is delivered."""

    def __init__(self, ledger: Ledger, observations: Iterable[Observation]) -> None:
        self._ledger = ledger
        keys = [o.source_key() for o in observations if SHADOW in o.flags]
        chosen = select(ShadowTelling.key).where(ShadowTelling.key.in_(keys))
        self._known = set(ledger.session.scalars(chosen)) if keys else set()

    def note(
        self,
        observation: Observation,
        located: Located | None,
        way: WayIn | None,
        found: tuple[OpenCase, float] | None,
    ) -> bool:
        """Write down what would have come of it; return False for what is written down already."""
        key = observation.source_key()
        if key in self._known:
            return False
        self._known.add(key)
        self._ledger.write(
            ShadowTelling,
            key=key,
            rule=rule_id(observation.rule) or "",
            rule_version=(observation.rule or "").rpartition("/")[2],
            at=effective_at(observation),
            device=observation.device,
            phase=str(observation.phase),
            category=observation.category,
            area=holding_area(located.place, self._ledger.city.code) if located is not None else None,
            would=_judge(observation, located, way, found),
            incident=found[0].number if found is not None else None,
        )
        return True


def _judge(
    observation: Observation,
    located: Located | None,
    way: WayIn | None,
    found: tuple[OpenCase, float] | None,
) -> str:
    if observation.phase is not Phase.BEGIN:
        return "continue"
    if found is not None:
        return "join"
    if way is None and located is not None:
        return "refuse"
    return "candidate" if way is None or way.path == CANDIDATE else "open"
