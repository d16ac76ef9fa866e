"""A later message of an alarm that is known: an update or its end. ``take_signal.py`` calls it."""

from __future__ import annotations

from command_center.cases.incidents import propose_again
from command_center.signals.known_signals import KnownSignals, alarm_key
from command_center.signals.phases import continue_source, effective_at
from command_center.signals.sightings import actor_of
from command_center.signals.storm_members import StormMembers
from ingest.observation import Observation


def continue_alarm(known: KnownSignals, members: StormMembers, observation: Observation) -> int:
    """Let the source of the alarm go on, tell what is new about it, and return its incident."""
    source = known.sources[alarm_key(observation)]
    case = known.get_case(source.incident)
    told = continue_source(source, observation)
    propose_again(case, observation, told)
    incident, at = case.incident, effective_at(observation)
    incident.last_signal_at = max(incident.last_signal_at or at, at)
    if incident.storm_rule is not None:
        if told == "signal_ended":
            members.note_end(case.number)
    elif told is not None:
        case.record(told, actor_of(observation), source=source.source, device=source.device)
    return case.number
