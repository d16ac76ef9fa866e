"""Watches a batch for storms: which flood an observation belongs to, and which cards a flood takes in.

Comes in: the fresh observations of a batch, located. Goes out: for each the ``Storm`` that it is a member of,
or None. What is known between batches stands in the incidents themselves, so that two brains see the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, or_, select

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident
from command_center.journal.ledger import Ledger
from command_center.signals.locate import Located
from command_center.signals.phases import effective_at
from command_center.signals.storms import Heard, StormKey, StormRule, has_surged, list_storm_rules
from grid.catalogue import Category
from ingest.observation import Observation, Phase, SourceKind

COUNTED = frozenset({SourceKind.DEVICE, SourceKind.CAMERA})
SPARED = "emergency"
"""A card of this urgency is never taken off a screen by a storm: somebody may be on the way already."""


@dataclass(slots=True)
class Storm:
    """One flood under way. ``number`` is its incident, None until the first member opens it."""

    key: StormKey
    rule: StormRule
    number: int | None = None
    last_at: datetime | None = None
    absorbs: list[int] = field(default_factory=list)


class Fresh(NamedTuple):
    """An observation that would open or join something, with its category and place."""

    observation: Observation
    category: Category
    located: Located


class _Card(NamedTuple):
    number: int
    family: str
    category: str
    urgency: str
    area: str
    last_signal_at: datetime
    replay: bool
    drill: bool
    version: int


class StormWatch:
    """The storms that a batch meets: those under way, and those that begin within it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rules = list_storm_rules(ledger.city)
        self._storms: dict[StormKey, Storm] = {}

    def foresee(self, fresh: list[Fresh]) -> None:
        """Look at the whole batch before any of it takes effect: what floods is known from the first member on."""
        counted = [one for one in fresh if one.observation.kind in COUNTED and one.observation.phase != Phase.END]
        if not counted or not self._rules:
            return
        earliest = min(effective_at(one.observation) for one in counted)
        cards = self._read(earliest)
        groups = self._group(counted)
        if groups:
            self._begin_storms(groups, cards)

    def find(self, one: Fresh) -> Storm | None:
        """Return the storm that this observation is a member of."""
        observation, category, _ = one
        if observation.kind not in COUNTED or observation.phase is Phase.END:
            return None
        for rule in self._rules:
            key = self._key(rule, one)
            if key is None:
                continue
            storm = self._storms.get(key)
            if storm is not None and not _is_quiet(storm, effective_at(observation)):
                return self._apart(storm, category) if rule.is_apart(category) else storm
        return None

    def _apart(self, storm: Storm, category: Category) -> Storm:
        """Return the case of its own that a family keeps within a flood of many kinds."""
        key = storm.key._replace(family=category.family)
        return self._storms.setdefault(key, Storm(key, storm.rule))

    def _key(self, rule: StormRule, one: Fresh) -> StormKey | None:
        area = getattr(one.located.place, rule.within)
        if area is None or not rule.fits(one.category):
            return None
        family = None if rule.together else one.category.family
        return StormKey(rule.id, area, family, one.observation.replay, one.observation.drill)

    def _group(self, counted: list[Fresh]) -> dict[StormKey, list[Fresh]]:
        groups: dict[StormKey, list[Fresh]] = defaultdict(list)
        for one in counted:
            for rule in self._rules:
                key = self._key(rule, one)
                storm = self._storms.get(key) if key is not None else None
                if key is not None and (storm is None or _is_quiet(storm, effective_at(one.observation))):
                    groups[key].append(one)
        return groups

    def _begin_storms(self, groups: dict[StormKey, list[Fresh]], cards: list[_Card]) -> None:
        rules = {rule.id: rule for rule in self._rules}
        for key, members in groups.items():
            rule = rules[key.rule]
            before = [card for card in cards if self._is_of(card, key, rule)]
            heard = [Heard(effective_at(o), o.device or o.source, c.family) for o, c, _ in members]
            heard += [Heard(card.last_signal_at, f"incident {card.number}", card.family) for card in before]
            if has_surged(rule, heard):
                untouched = [card.number for card in before if card.version == 1 and card.urgency != SPARED]
                self._storms[key] = Storm(key, rule, absorbs=untouched)

    def _is_of(self, card: _Card, key: StormKey, rule: StormRule) -> bool:
        category = self._ledger.city.catalogue.find_category(card.category)
        return (
            category is not None
            and rule.fits(category)
            and key.family in (None, card.family)
            and (card.replay, card.drill) == (key.replay, key.drill)
            and self._ledger.city.tree.is_within(card.area, key.area)
        )

    def _read(self, earliest: datetime) -> list[_Card]:
        """Take in the storms under way; return what opened alone in the longest window.

        It counts too, and a storm may take it in.
        """
        quiet = timedelta(seconds=max(rule.quiet_s for rule in self._rules))
        window = timedelta(seconds=max(rule.window_s for rule in self._rules))
        since = {"storms": earliest - quiet, "cards": earliest - window}
        rules = {rule.id: rule for rule in self._rules}
        rows = self._ledger.session.execute(
            _select_lately_heard(), {**since, "heard": earliest - max(quiet, window)}
        )
        cards = []
        for rule, area, storm_family, *card in sorted(rows, key=lambda row: int(row[3])):
            one = _Card(*card)
            if rule is None:
                cards.append(one)
            elif rule in rules and area is not None:
                key = StormKey(rule, area, storm_family, one.replay, one.drill)
                self._storms[key] = Storm(key, rules[rule], one.number, one.last_signal_at)
        return cards


@cache
def _select_lately_heard() -> Select[Any]:
    """Return the statement for the open storms and cards: one way through the index of last signals for both."""
    incident, names = Incident.__table__.c, ("storms", "cards", "heard")
    storms, cards, heard = (bindparam(name, type_=incident.last_signal_at.type) for name in names)
    is_storm = and_(incident.storm_rule.is_not(None), incident.last_signal_at >= storms)
    is_card = and_(
        incident.storm_rule.is_(None), incident.last_signal_at >= cards, incident.channel.in_(sorted(COUNTED))
    )
    return select(
        incident.storm_rule,
        incident.storm_area,
        incident.storm_family,
        *(incident[name] for name in _Card._fields),
    ).where(incident.last_signal_at >= heard, incident.state.not_in(sorted(ENDED_STATES)), or_(is_storm, is_card))


def _is_quiet(storm: Storm, at: datetime) -> bool:
    """Return whether so long nothing came that what comes now is another happening."""
    return storm.last_at is not None and at - storm.last_at > timedelta(seconds=storm.rule.quiet_s)
