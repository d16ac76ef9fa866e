"""Turns an observation into what opens or joins an incident. Pure.

``take_signal.py`` and the step that confirms a candidate ask it.
"""

from __future__ import annotations

from datetime import timedelta

from command_center.cases.actors import Actor, by_device
from command_center.cases.incidents import Sighting
from command_center.signals.locate import Located
from command_center.signals.phases import effective_at, flags_of, is_clock_suspect
from grid.catalogue import Category
from ingest.observation import Observation, Phase

LATE = timedelta(hours=24)
"""An alarm that is told a day late is history: a person decides what it still needs. Ours."""


def sighting_of(observation: Observation, category: Category | None, located: Located) -> Sighting:
    """Return the observation as what opens or joins an incident; a person's report may name no category yet."""
    at = effective_at(observation)
    return Sighting(
        kind=str(observation.kind),
        source=observation.source,
        device=observation.device,
        alarm_id=observation.id,
        category=category,
        located=located,
        at=at,
        text=observation.text,
        severity=observation.severity,
        confidence=observation.confidence,
        evidence=observation.evidence,
        rule=observation.rule,
        seq=observation.seq,
        ended_at=at if observation.phase is Phase.END else None,
        drill=observation.drill,
        replay=observation.replay,
        clock_suspect=is_clock_suspect(observation),
        flags=tuple(flags_of(observation)),
    )


def actor_of(observation: Observation) -> Actor:
    return by_device(observation.device or observation.source)


def is_late(observation: Observation) -> bool:
    return not observation.replay and observation.received_at - effective_at(observation) > LATE
