"""The phases of one alarm, in whatever order they arrive. Pure.

Redelivered messages follow newer ones (measured), so the latest by (seq, time, phase) decides, not the last
to arrive: the outcome is the same for every order of arrival.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from command_center.cases.incident_tables import IncidentSource
from ingest.observation import Observation, Phase

RANK = {Phase.BEGIN: 0, Phase.UPDATE: 1, Phase.END: 2}
SUSPECT = "clock_suspect"
FAST = timedelta(minutes=5)
SLOW = timedelta(days=7)
"""A device whose clock is farther off than this, ahead or behind, has no clock. Ours."""


def effective_at(observation: Observation) -> datetime:
    """Return the moment that counts: the device's, unless its clock cannot be trusted."""
    return observation.received_at if is_clock_suspect(observation) else observation.at


def is_clock_suspect(observation: Observation) -> bool:
    """Return whether the device's clock is wrong: flagged by the senses, ahead of us, or days behind."""
    if observation.replay:
        return SUSPECT in observation.flags
    off = observation.at - observation.received_at
    return SUSPECT in observation.flags or off > FAST or -off > SLOW


def flags_of(observation: Observation) -> list[str]:
    """Return what is doubtful about it, in order: what the senses flagged, and a clock that we do not believe."""
    return sorted({*observation.flags, *([SUSPECT] if is_clock_suspect(observation) else [])})


def is_newer(observation: Observation, source: IncidentSource) -> bool:
    """Return whether the observation is later in the alarm's life than what the source last said."""
    at = effective_at(observation)
    if observation.seq is not None and source.last_seq is not None and observation.seq != source.last_seq:
        return observation.seq > source.last_seq
    if at != source.last_at:
        return at > source.last_at
    return observation.phase is Phase.END and source.ended_at is None


def continue_source(source: IncidentSource, observation: Observation) -> str | None:
    """Write one more phase into the source; return the kind of entry that tells it.

    ``signal_ended``, or ``signal_updated`` where something that screens show has changed; None where only
    the count and the time of the last signal moved on, which no screen shows.
    """
    was_ended, before = source.ended_at is not None, _shown(source)
    _write_phase(source, observation)
    if source.ended_at is not None and not was_ended:
        return "signal_ended"
    return "signal_updated" if _shown(source) != before else None


def _shown(source: IncidentSource) -> tuple[object, ...]:
    facts = (source.ended_at, source.confidence, source.text)
    return (*facts, tuple(source.evidence), tuple(source.flags or ()))


def _write_phase(source: IncidentSource, observation: Observation) -> None:
    source.signals += 1
    if observation.flags:
        source.flags = sorted({*source.flags, *flags_of(observation)})
    if not is_newer(observation, source):
        return
    source.last_at = effective_at(observation)
    source.last_seq = observation.seq if observation.seq is not None else source.last_seq
    source.ended_at = source.last_at if observation.phase is Phase.END else None
    source.confidence = observation.confidence if observation.confidence is not None else source.confidence
    source.text = observation.text or source.text
    if observation.evidence:
        source.evidence = list(observation.evidence)
