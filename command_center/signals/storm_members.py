"""Lets observations take effect as members of a storm: one parent incident, counted children, few entries.

``take_signal.py`` asks it for each member and once at the end of a batch, when one entry says for each parent
how much it has grown. A member is a source like any other: its phases and its end find it by its alarm.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlalchemy import select

from command_center.cases.actors import Actor, by_device, by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.incident_tables import IncidentSource
from command_center.cases.incidents import Sighting, add_member, open_incident
from command_center.clocks.clocks import stop_clocks
from command_center.journal.ledger import Ledger
from command_center.levels.apply_levels import apply_standing
from command_center.orders.dispatching import advance_by_rule
from command_center.orders.orders import cancel_orders
from command_center.orders.workforce import Workforce
from command_center.signals.known_signals import KnownSignals
from command_center.signals.locate import Located
from command_center.signals.storm_watch import Storm
from command_center.signals.ways_in import DIRECT, WayIn

UNDERTAKEN = frozenset({"signed", "arrived", "done", "cannot_handle"})
RULE = "storm"


class StormMembers:
    """The storms that this transaction touches, and how much each has grown."""

    def __init__(self, ledger: Ledger, known: KnownSignals, workforce: Workforce) -> None:
        self._ledger, self._known, self._workforce = ledger, known, workforce
        self._added: Counter[int] = Counter()
        self._ended: Counter[int] = Counter()

    def take_in(self, storm: Storm, sighting: Sighting, way: WayIn) -> int:
        """Join the sighting to its storm and return the incident's number; the first member opens it."""
        if storm.number is None:
            case = self._open(storm, sighting, way)
        else:
            case = self._known.get_case(storm.number)
            add_member(case, sighting)
            self._added[case.number] += 1
        storm.last_at = case.incident.last_signal_at
        return case.number

    def note_end(self, number: int) -> None:
        """Note that a member has recovered."""
        self._ended[number] += 1

    def close(self) -> None:
        """Write one entry for each parent that has grown or shrunk in this batch."""
        for number in sorted({*self._added, *self._ended}):
            case = self._known.get_case(number)
            facts = {"added": self._added[number], "ended": self._ended[number], "members": case.incident.members}
            case.record("storm_grown", self._actor(case), **facts)

    def _actor(self, case: CaseFile) -> Actor:
        return by_rule(f"{RULE}.{case.incident.storm_rule}", self._ledger.city.policy_version("correlation"))

    def _open(self, storm: Storm, sighting: Sighting, way: WayIn) -> CaseFile:
        rule, city = storm.rule, self._ledger.city
        is_apart = rule.together and storm.key.family is not None
        parent, path = sighting, way
        if not is_apart:
            category = city.catalogue.find_category(rule.category) if rule.category else sighting.category
            place = city.map.place_of_area(storm.key.area)
            located = Located(place, sighting.located.lonlat, None, "town")
            parent = replace(sighting, category=category, located=located, text=rule.zh)
            version = city.policy_version("correlation")
            path = WayIn(DIRECT, f"{RULE}.{rule.id}", version, {"zh": rule.zh, "en": rule.en})
        case, chosen = open_incident(self._ledger, parent, path, by_device(sighting.device or sighting.source))
        case.sources[0].category = sighting.category.code if sighting.category is not None else None
        incident = case.incident
        incident.storm_rule, incident.storm_area, incident.storm_family = rule.id, storm.key.area, storm.key.family
        incident.members = 1
        advance_by_rule(case, path, chosen, self._workforce)
        apply_standing(case)
        self._known.remember_case(case)
        storm.number = case.number
        for number in storm.absorbs:
            self._absorb(case, number)
        return case

    def _absorb(self, parent: CaseFile, number: int) -> None:
        """Take in a card that the flood opened before it was known for one, unless somebody is at it already."""
        case = self._known.get_whole_case(number)
        if any(order.state in UNDERTAKEN for order in case.orders):
            return
        cancel_orders(case)
        stop_clocks(case)
        sources = self._ledger.session.scalars(select(IncidentSource).where(IncidentSource.incident == number))
        for source in sources:
            source.incident = parent.number
            parent.incident.members += 1
        incident = case.incident
        incident.state, incident.merged_into, incident.closed_at = "merged", parent.number, self._ledger.now
        actor = self._actor(parent)
        case.record("merged", actor, into=parent.number, reason=actor.data.get("rule", ""))
        self._known.open_cases.drop(number)
        self._added[parent.number] += 0
