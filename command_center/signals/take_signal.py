"""One observation takes effect: continue its alarm, join an open incident, open one, or wait for a person.

``intake.py`` calls ``take`` for every observation of a batch, within one transaction. The effect happens
once: the key of the signal says whether it has.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from command_center.cases.actors import by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.incidents import join_incident, open_incident
from command_center.cases.joined_case import advance_joined, is_confirmed_by
from command_center.journal.ledger import Ledger
from command_center.levels.apply_levels import apply_standing
from command_center.orders.dispatching import advance_by_rule
from command_center.orders.workforce import Workforce
from command_center.signals.candidates import is_promoted, keep_candidate, record_candidate
from command_center.signals.continue_alarm import continue_alarm
from command_center.signals.correlate import RULE as JOIN_RULE
from command_center.signals.correlate import OpenCase
from command_center.signals.effects import DUPLICATE, RECORDED, SHADOWED, Effect, UnknownCategory
from command_center.signals.group_rules import GroupRules
from command_center.signals.help_calls import find_caller
from command_center.signals.joining import is_shared, may_join
from command_center.signals.known_signals import KnownSignals, alarm_key
from command_center.signals.locate import Located
from command_center.signals.pending_candidates import PendingCandidates, source_of
from command_center.signals.phases import effective_at
from command_center.signals.placing import Placing
from command_center.signals.shadow import Shadows
from command_center.signals.sightings import actor_of, is_late, sighting_of
from command_center.signals.signal_tables import Candidate
from command_center.signals.storm_members import StormMembers
from command_center.signals.storm_watch import Fresh, StormWatch
from command_center.signals.take_call import take_call
from command_center.signals.take_report import take_report
from command_center.signals.trust import Trusts
from command_center.signals.ways_in import (
    CANDIDATE,
    MIN_SOURCES,
    WayIn,
    choose_way_in,
    no_place,
    too_few,
    why_to_wait,
)
from grid.catalogue import Category
from grid.posts import Worker
from ingest.observation import SHADOW, Observation, Phase


class SignalTaker:
    """The desk at which one batch is taken in."""

    def __init__(self, ledger: Ledger, known: KnownSignals, shadows: Shadows) -> None:
        self._ledger = ledger
        self._known = known
        self._workforce = Workforce(ledger.session, ledger.city)
        self._placing = Placing(ledger, known)
        self._trusts = Trusts(ledger)
        self._groups = GroupRules(ledger, self._trusts)
        self.told_together: list[Observation] = []
        self._storms = StormWatch(ledger)
        self._members = StormMembers(ledger, known, self._workforce)
        self._pending = PendingCandidates(ledger)
        self._shadows = shadows

    def foresee(self, observations: Sequence[Observation]) -> None:
        """Read at once every incident that the batch will probably touch: one query in place of hundreds."""
        self._known.load_cases(self._placing.list_touched(observations))
        self._storms.foresee(self._placing.list_fresh(o for o in observations if SHADOW not in o.flags))

    def take(self, observation: Observation) -> Effect:
        """Let the observation take effect, once.

        Raises:
            UnknownCategory: It cannot take effect in this city.
        """
        key = observation.source_key()
        if key in self._known.keys:
            return Effect(DUPLICATE, self._known.keys[key])
        self._ledger.trace_id = observation.trace_id
        if SHADOW in observation.flags:
            return self._shadow(observation)
        early = self._list_early_ends(observation)
        effect = self._apply(observation)
        self._known.keys[key] = effect.incident
        self._known.keep_signal(key, observation, effect)
        for one in (observation, *early):
            self._count_together(one)
        return effect

    def _list_early_ends(self, observation: Observation) -> list[Observation]:
        """Return the ends that came before this, their begin: rules over several devices hear them after it."""
        kept = self._known.kept_ends.get(alarm_key(observation), [])
        ends = [msgspec.convert(one.observation, Observation) for one in kept]
        return [end for end in ends if effective_at(end) >= effective_at(observation)]

    def _count_together(self, observation: Observation) -> None:
        """Take in what rules over several devices make of it."""
        for fresh in self._placing.list_fresh([observation], known_too=True):
            for found in self._groups.hear(fresh):
                told = self._known.as_begun(found) if found.phase is Phase.END else found
                self.take(told)
                self.told_together.append(told)

    def _shadow(self, observation: Observation) -> Effect:
        """Note what a rule in shadow would have done."""
        category = self._ledger.city.catalogue.find_category(observation.category)
        located = self._placing.locate(observation)
        way = self._choose_way(observation, category) if category and located else None
        is_new = self._shadows.note(observation, located, way, self._placing.find_open(observation))
        return Effect(SHADOWED if is_new else DUPLICATE)

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

    def _find_nearby(self, observation: Observation) -> CaseFile | None:
        matter = self._ledger.city.catalogue.find_category(observation.category)
        found = self._placing.find_open(observation) if is_shared(matter) else None
        nearby = self._known.get_whole_case(found[0].number) if found is not None else None
        return nearby if nearby is not None and may_join(matter, nearby.incident) else None

    def _continue(self, observation: Observation) -> Effect:
        return Effect(RECORDED, continue_alarm(self._known, self._members, observation))

    def _begin(self, observation: Observation) -> Effect:
        if observation.said is not None:
            nearby = self._known.find_numbered(observation.said) or self._find_nearby(observation)
            case = take_report(self._ledger, observation, self._workforce, nearby)
            if case is not nearby:
                self._known.remember_case(case)
            return self._settle(observation, case.number)
        ledger = self._ledger
        category = ledger.city.catalogue.find_category(observation.category)
        if category is None:
            raise UnknownCategory(f"the catalogue has no category {observation.category!r}")
        caller = find_caller(ledger.city, category, observation.device)
        if caller is not None:
            return self._hear_call(observation, category, caller)
        located = self._placing.locate(observation)
        if located is None:
            return self._wait(observation, category, None, no_place(ledger.city.version))
        return self._join_or_open(observation, category, located)

    def _hear_call(self, observation: Observation, category: Category, caller: Worker) -> Effect:
        told = (observation, category, self._placing.locate(observation))
        whose = (caller, self._choose_way(observation, category))
        case = take_call(self._ledger, self._known, told, whose=whose, workforce=self._workforce)
        if case is None:
            return self._wait(observation, category, None, no_place(self._ledger.city.version))
        return self._settle(observation, case.number)

    def _join_or_open(self, observation: Observation, category: Category, located: Located) -> Effect:
        """Join what is open near, else the storm that it is part of; else open, or wait for a person."""
        way = self._choose_way(observation, category)
        found = self._placing.find_open(observation)
        if found is None or found[0].is_storm:
            storm = self._storms.find(Fresh(observation, category, located)) if not is_late(observation) else None
            if storm is not None:
                number = self._members.take_in(storm, sighting_of(observation, category, located), way)
                return self._settle(observation, number)
        if found is not None:
            return self._join(observation, (category, located), way, found)
        if way.path == CANDIDATE:
            return self._wait(observation, category, located, way)
        if category.min_sources > 1:
            return self._open_when_enough(observation, category, located, way)
        return self._open(observation, category, located, way)

    def close(self) -> None:
        """Write down what the batch as a whole has done, at its end."""
        self._members.close()

    def _choose_way(self, observation: Observation, category: Category) -> WayIn:
        city = self._ledger.city
        trust = self._trusts.find(observation.source)
        way = choose_way_in(city, category, observation.kind, observation.confidence, trust=trust)
        return why_to_wait(observation, city.version, is_late=is_late(observation), path=way.path) or way

    def _join(
        self,
        observation: Observation,
        what: tuple[Category, Located],
        way: WayIn,
        found: tuple[OpenCase, float],
    ) -> Effect:
        category, located = what
        case = self._known.get_case(found[0].number)
        rule = by_rule(JOIN_RULE, self._ledger.city.policy_version("correlation"))
        reason = {**rule.data, "distance_m": round(found[1])}
        join_incident(case, sighting_of(observation, category, located), actor_of(observation), reason)
        if is_confirmed_by(case, way):
            advance_joined(self._known.get_whole_case(case.number), way, self._workforce)
        self._known.open_cases.touch(found[0], effective_at(observation))
        return self._settle(observation, case.number)

    def _open(self, observation: Observation, category: Category, located: Located, way: WayIn) -> Effect:
        sighting = sighting_of(observation, category, located)
        case, chosen = open_incident(self._ledger, sighting, way, actor_of(observation))
        advance_by_rule(case, way, chosen, self._workforce)
        apply_standing(case)
        self._known.remember_case(case)
        return self._settle(observation, case.number)

    def _open_when_enough(
        self, observation: Observation, category: Category, located: Located, way: WayIn
    ) -> Effect:
        """Open when enough different sources have seen it; the candidates that waited for that join."""
        waiting = self._pending.list_near(observation, category, located)
        seen = len({source_of(observation), *(source_of(candidate) for candidate in waiting)})
        if seen < category.min_sources:
            version = self._ledger.city.policy_version("correlation")
            return self._wait(observation, category, located, too_few(seen, category.min_sources, version))
        effect = self._open(observation, category, located, way)
        for candidate in waiting:
            self._join_candidate(candidate, effect.incident or 0)
        return effect

    def _join_candidate(self, candidate: Candidate, number: int) -> None:
        observation = msgspec.convert(candidate.observation, Observation)
        category = self._ledger.city.catalogue.find_category(candidate.category)
        located = self._placing.locate(observation)
        if category is None or located is None:
            return
        rule = by_rule(MIN_SOURCES, self._ledger.city.policy_version("correlation"))
        case = self._known.get_case(number)
        join_incident(case, sighting_of(observation, category, located), actor_of(observation), rule.data)
        self._known.candidates[alarm_key(candidate)] = candidate
        self._settle(observation, number)
        record_candidate(self._ledger, candidate, "candidate_confirmed", rule, confirmed_as=number)

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
        self._pending.add(candidate)
        for kept in self._known.kept_ends.pop(alarm_key(observation), []):
            kept.candidate = candidate.id
            candidate.signals += 1
        return Effect(RECORDED, None, candidate.id)
