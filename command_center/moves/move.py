"""One row of the table of moves, and the guards that its rows are made of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from command_center.cases.case_file import OPEN_ORDER_STATES
from command_center.moves.authority import ACCEPTORS, CARRIERS
from command_center.moves.move_forms import EMPTY, WITNESSED, Schema
from command_center.moves.situation import Situation
from command_center.moves.standard_forms import with_standard
from command_center.orders.order_tables import Order
from command_center.people.roles import Role

PRIVATE = 2
FIELD_ROLES = frozenset({Role.GRID_WORKER, Role.HANDLER})
"""Whose word needs a photo, or the reason why there is none."""

PATROL_MOVES = frozenset({"receive", "read", "sign", "assign", "arrive", "cannot_handle", "visit", "urge"})
"""What can be done with a patrol, which is no incident."""

EVERYBODY = frozenset(Role)
SAME = "same"
"""In ``Move.to``: the state may stay what it is."""

Judge = Callable[[Situation, Order | None], bool]
Chain = Callable[[Situation, Order | None], tuple[str, ...]]
Form = Schema | Callable[[Situation], Schema]


@dataclass(frozen=True)
class Condition:
    """One rule about the case that must hold; whoever breaks it is told ``rule`` and its words."""

    rule: str
    zh: str
    en: str
    holds: Judge

    def __call__(self, situation: Situation, order: Order | None) -> bool:
        return self.holds(situation, order)


@dataclass(frozen=True)
class Rules:
    """Several conditions, all of which must hold."""

    conditions: tuple[Condition, ...]

    def __call__(self, situation: Situation, order: Order | None) -> bool:
        return self.find_broken(situation, order) is None

    def find_broken(self, situation: Situation, order: Order | None) -> Condition | None:
        return next((one for one in self.conditions if not one(situation, order)), None)


def rules(*conditions: Condition) -> Rules:
    return Rules(conditions)


@dataclass(frozen=True)
class Guard:
    """Who may make a move: ``roles`` may at all, ``judge`` says whether this person may here."""

    judge: Judge
    roles: frozenset[Role] = EVERYBODY

    def __call__(self, situation: Situation, order: Order | None) -> bool:
        return self.judge(situation, order)


@dataclass(frozen=True, kw_only=True)
class Move:
    """One row. ``may`` is about the person, ``when`` about the case; both must say yes.

    ``step`` carries it out, given the ``Act``. ``states`` are the incident's; ``order_kinds`` and
    ``order_states`` the order's (none: not of an order).
    ``bumps`` says that it changes state, holder or facts, so that it needs the version seen.
    ``to`` are the states that it may lead to; ``starts``, ``stops``, ``pauses``, ``resumes`` the stages of the
    clocks that it may move. ``chain`` names who must agree, one after the other, before ``step`` is carried out
    (``approvals.py``); empty: it is done at once. ``before_asking`` is done when the request is made,
    and may return by when it must be decided.
    """

    action: str
    zh: str
    en: str
    step: Callable[[Any], None]
    states: frozenset[str]
    may: Guard
    when: Judge | None = None
    order_kinds: frozenset[str] = frozenset()
    order_states: frozenset[str] = frozenset()
    form: Form = field(default_factory=lambda: EMPTY)
    bumps: bool = True
    is_irreversible: bool = False
    to: frozenset[str] = frozenset({SAME})
    starts: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    pauses: frozenset[str] = frozenset()
    resumes: frozenset[str] = frozenset()
    chain: Chain | None = None
    before_asking: Callable[[Any], datetime | None] | None = None

    def schema(self, situation: Situation, order: Order | None = None) -> Schema:
        """Return the form as it stands for this case, this order and this person."""
        form = self.form if isinstance(self.form, dict) else self.form(situation)
        form = with_standard(form, situation.incident, order)
        needs_photo = "no_photo_reason" in form["properties"] and situation.scope.has_role(FIELD_ROLES)
        return form | WITNESSED if needs_photo else form

    def fits(self, situation: Situation, order: Order | None) -> bool:
        """Return whether the case (and the order) stand where this move begins, and its conditions hold."""
        return self.stands(situation, order) and (self.when is None or self.when(situation, order))

    def stands(self, situation: Situation, order: Order | None) -> bool:
        """Return whether the case and the order are in a state from which this move leads."""
        if situation.incident.state not in self.states:
            return False
        if situation.incident.patrol and self.action not in PATROL_MOVES:
            return False
        if not self.order_kinds:
            return True
        return order is not None and order.kind in self.order_kinds and order.state in self.order_states

    def find_broken(self, situation: Situation, order: Order | None) -> Condition | None:
        """Return the condition that forbids the move now, where it has a name."""
        if isinstance(self.when, Rules):
            return self.when.find_broken(situation, order)
        if isinstance(self.when, Condition) and not self.when(situation, order):
            return self.when
        return None


def at_level(*roles: Role) -> Guard:
    """Who acts at the level that holds the case, or above it."""
    return Guard(lambda situation, _: situation.authority.acts_at_level(roles), frozenset(roles))


def above(*roles: Role) -> Guard:
    """Who acts at a level above the one that holds the case."""
    return Guard(lambda situation, _: situation.authority.acts_above(roles), frozenset(roles))


def any_of(*guards: Guard) -> Guard:
    roles = frozenset[Role]().union(*(guard.roles for guard in guards))
    return Guard(lambda situation, order: any(guard(situation, order) for guard in guards), roles)


def all_of(*guards: Guard) -> Guard:
    roles = EVERYBODY.intersection(*(guard.roles for guard in guards))
    return Guard(lambda situation, order: all(guard(situation, order) for guard in guards), roles)


def _carries(situation: Situation, order: Order | None) -> bool:
    return order is not None and situation.authority.acts_for(order)


own_order = Guard(_carries, CARRIERS)
"""Who carries the order: its worker, its department or team, the desk that keeps its post."""


def own_order_of(roles: Iterable[Role]) -> Guard:
    """Who carries the order and has one of these roles."""
    wanted = frozenset(roles)
    return Guard(lambda situation, order: own_order(situation, order) and situation.scope.has_role(wanted), wanted)


def _has_on_phone(situation: Situation, order: Order | None) -> bool:
    return order is not None and situation.scope.worker is not None and order.worker == situation.scope.worker


on_phone = Guard(_has_on_phone, frozenset({Role.GRID_WORKER, Role.HANDLER, Role.COMMUNITY_OPERATOR}))
"""The worker on whose phone the order lies."""


def _carries_lead(situation: Situation, _: Order | None) -> bool:
    return any(
        order.is_lead and order.state not in ("cancelled", "returned") and situation.authority.acts_for(order)
        for order in situation.orders
    )


lead_holder = Guard(_carries_lead, CARRIERS)
"""Who carries the lead order of the case."""


def _reported_it(situation: Situation, _: Order | None) -> bool:
    return situation.scope.worker is not None and situation.incident.level in ("community", "grid")


is_own_report = Guard(_reported_it, frozenset({Role.GRID_WORKER}))
"""A worker before a case that no more than their own community holds."""


def _may_unmask(situation: Situation, _: Order | None) -> bool:
    if situation.incident.privacy_class >= PRIVATE:
        return situation.authority.acts_at_top(ACCEPTORS)
    own = [order for order in situation.orders if situation.authority.acts_for(order)]
    return situation.authority.acts_at_level(ACCEPTORS) or any(o.state in OPEN_ORDER_STATES for o in own)


may_unmask = Guard(_may_unmask, ACCEPTORS | CARRIERS)
"""Who answers for the case, and who carries an order while it is open; of a private matter the top alone.

Source: process.md, last section: a whistle-blower is hidden from the handled party and from towns.
"""
