"""One observation takes effect: continue its alarm, join an open incident, open one, or wait for a person.

``intake.py`` calls ``take`` for every observation of a batch, within one transaction. The effect happens
once: the key of the signal says whether it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from command_center.cases.actors import Actor, by_device, by_rule
from command_center.cases.incidents import Sighting, join_incident, open_incident
from command_center.cases.joined_case import advance_joined, is_confirmed_by
from command_center.journal.ledger import Ledger
from command_center.orders.dispatching import advance_by_rule
from command_center.orders.workforce import Workforce
from command_center.signals.candidates import is_promoted, keep_candidate
from command_center.signals.correlate import RULE as JOIN_RULE
from command_center.signals.correlate import OpenCase
from command_center.signals.known_signals import KnownSignals, alarm_key
from command_center.signals.locate import Located, locate
from command_center.signals.phases import continue_source, effective_at, flags_of, is_clock_suspect
from command_center.signals.signal_tables import Signal
from command_center.signals.take_report import take_report
from command_center.signals.ways_in import CANDIDATE, WayIn, asked, choose_way_in, no_place, too_late
from grid.catalogue import Category
from ingest.observation import Observation, Phase

RECORDED, DUPLICATE, QUARANTINED, PARKED = "recorded", "duplicate", "quarantined", "parked"
ASKS_A_PERSON = "candidate"
"""A flag of the senses: the camera rule wants a person to look first."""

LATE = timedelta(hours=24)
"""An alarm that is told a day late is history: a person decides what it still needs. Ours."""


class UnknownCategory(ValueError):
    """Refused: the observation names a category that the city does not have."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of one observation; ``candidate`` where a person must judge it."""

    outcome: str
    incident: int | None = None
    candidate: str | None = None


class SignalTaker:
    """The desk at which one batch is taken in."""

    def __init__(self, ledger: Ledger, known: KnownSignals) -> None:
        self._ledger = ledger
        self._known = known
        self._workforce = Workforce(ledger.session, ledger.city)
        self._located: dict[int, Located | None] = {}

    def foresee(self, observations: Iterable[Observation]) -> None:
        """Read at once every incident that the batch will probably touch: one query in place of hundreds."""
        numbers: set[int] = set()
        for observation in observations:
            source = self._known.sources.get(alarm_key(observation))
            if source is not None:
                numbers.add(source.incident)
            elif observation.source_key() not in self._known.keys:
                found = self._find_open(observation)
                numbers |= {found[0].number} if found is not None else set()
        self._known.load_cases(numbers)

    def _find_open(self, observation: Observation) -> tuple[OpenCase, float] | None:
        category = self._ledger.city.catalogue.find_category(observation.category)
        located = self._locate(observation)
        if category is None or located is None or located.lonlat is None:
            return None
        return self._known.open_cases.find(
            category,
            located.lonlat,
            effective_at(observation),
            replay=observation.replay,
            drill=observation.drill,
        )

    def _locate(self, observation: Observation) -> Located | None:
        key = id(observation)
        if key not in self._located:
            self._located[key] = locate(observation, self._ledger.city)
        return self._located[key]

    def take(self, observation: Observation) -> Effect:
        """Let the observation take effect, once.

        Raises:
            UnknownCategory: It cannot take effect in this city.
        """
        key = observation.source_key()
        if key in self._known.keys:
            return Effect(DUPLICATE, self._known.keys[key])
        self._ledger.trace_id = observation.trace_id
        effect = self._apply(observation)
        self._known.keys[key] = effect.incident
        self._store(key, observation, effect)
        return effect

    def _apply(self, observation: Observation) -> Effect:
        alarm = alarm_key(observation)
        if alarm in self._known.sources:
            return self._continue(observation)
        candidate = self._known.candidates.get(alarm)
        if candidate is not None and not is_promoted(candidate, observation, self._ledger.city):
            candidate.signals += 1
            return Effect(RECORDED, candidate.incident, candidate.id)
        if observation.phase is Phase.END:
            return Effect(RECORDED)  # kept until its begin comes
        return self._begin(observation)

    def _continue(self, observation: Observation) -> Effect:
        source = self._known.sources[alarm_key(observation)]
        case = self._known.get_case(source.incident)
        told = continue_source(source, observation)
        case.incident.last_signal_at = max(
            case.incident.last_signal_at or effective_at(observation), effective_at(observation)
        )
        if told is not None:
            case.record(told, _actor(observation), source=source.source, device=source.device)
        return Effect(RECORDED, case.number)

    def _begin(self, observation: Observation) -> Effect:
        if observation.said is not None:
            case = take_report(self._ledger, observation, self._workforce)
            self._known.remember_case(case)
            return self._settle(observation, case.number)
        ledger = self._ledger
        category = ledger.city.catalogue.find_category(observation.category)
        if category is None:
            raise UnknownCategory(f"the catalogue has no category {observation.category!r}")
        located = self._locate(observation)
        if located is None:
            return self._wait(observation, category, None, no_place(ledger.city.version))
        way = self._choose_way(observation, category)
        joined = self._join(observation, category, located, way)
        if joined is not None:
            return joined
        if way.path == CANDIDATE:
            return self._wait(observation, category, located, way)
        return self._open(observation, category, located, way)

    def _choose_way(self, observation: Observation, category: Category) -> WayIn:
        city = self._ledger.city
        way = choose_way_in(city, category, observation.kind, observation.confidence)
        if _is_late(observation):
            return too_late(city.version)
        if ASKS_A_PERSON in observation.flags and way.path != CANDIDATE:
            return asked(observation.rule, city.version)
        return way

    def _join(self, observation: Observation, category: Category, located: Located, way: WayIn) -> Effect | None:
        found = self._find_open(observation)
        if found is None:
            return None
        case = self._known.get_case(found[0].number)
        rule = by_rule(JOIN_RULE, self._ledger.city.policy_version("correlation"))
        reason = {**rule.data, "distance_m": round(found[1])}
        join_incident(case, sighting_of(observation, category, located), _actor(observation), reason)
        if is_confirmed_by(case, way):
            advance_joined(self._known.get_whole_case(case.number), way, self._workforce)
        self._known.open_cases.touch(found[0], effective_at(observation))
        return self._settle(observation, case.number)

    def _open(self, observation: Observation, category: Category, located: Located, way: WayIn) -> Effect:
        sighting = sighting_of(observation, category, located)
        case, chosen = open_incident(self._ledger, sighting, way, _actor(observation))
        advance_by_rule(case, way, chosen, self._workforce)
        self._known.remember_case(case)
        return self._settle(observation, case.number)

    def _settle(self, observation: Observation, number: int) -> Effect:
        """Register the alarm's new source, and let an end that came too early take effect now."""
        case = self._known.get_case(number)
        alarm = alarm_key(observation)
        self._known.sources[alarm] = case.sources[-1]
        candidate = self._known.candidates.get(alarm)
        if candidate is not None:
            candidate.state, candidate.incident = "confirmed", number
            candidate.decided_at, candidate.decided_by = self._ledger.now, "system"
        for kept in self._known.kept_ends.pop(alarm, []):
            kept.incident = number
            self._continue(msgspec.convert(kept.observation, Observation))
        return Effect(RECORDED, number)

    def _wait(self, observation: Observation, category: Category, located: Located | None, way: WayIn) -> Effect:
        candidate = keep_candidate(self._ledger, observation, (category, located), way)
        self._known.candidates[alarm_key(observation)] = candidate
        for kept in self._known.kept_ends.pop(alarm_key(observation), []):
            kept.candidate = candidate.id
            candidate.signals += 1
        return Effect(RECORDED, None, candidate.id)

    def _store(self, key: str, observation: Observation, effect: Effect) -> None:
        signal = self._ledger.make(
            Signal,
            key=key,
            source=observation.source,
            device=observation.device,
            alarm_id=observation.id,
            phase=str(observation.phase),
            seq=observation.seq,
            at=effective_at(observation),
            received_at=observation.received_at,
            outcome=effect.outcome,
            incident=effect.incident,
            candidate=effect.candidate,
            observation=msgspec.to_builtins(observation.without_caller()),
        )
        if effect == Effect(RECORDED):
            self._known.kept_ends[alarm_key(observation)].append(signal)


def sighting_of(observation: Observation, category: Category, located: Located) -> Sighting:
    """Return the observation as what opens or joins an incident."""
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


def _actor(observation: Observation) -> Actor:
    return by_device(observation.device or observation.source)


def _is_late(observation: Observation) -> bool:
    return not observation.replay and observation.received_at - effective_at(observation) > LATE
