"""The checks that all actions share: is it there for this person, may they, who was quicker, does it fit.

``actions.py`` calls them in that order; each raises the refusal that the person gets.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.cases.case_file import CaseFile, find_case
from command_center.journal.journal_tables import JournalEntry
from command_center.moves.act import Act, ActRefused, invalid, refuse
from command_center.moves.authority import Authority
from command_center.moves.move import Condition, Move
from command_center.moves.requests import ActionRequest
from command_center.moves.situation import Situation
from command_center.moves.table import MOVES, list_offers
from command_center.orders.order_tables import Order
from command_center.people.account_tables import DoneRequest
from foundation.clock import to_rfc3339

NUMBER_MAX = 2**53


def find_target(doing: Act) -> tuple[CaseFile, Order | None]:
    """Return the case, and the order where one is named.

    Raises:
        ActRefused: ``not_found``: not there, or outside this person's scope, which is the same to them.
    """
    request = doing.request
    case = _find_case(doing, request.incident)
    if request.order is not None and (case is None or case.find_order(request.order) is None):
        named = doing.ledger.session.get(Order, request.order) if 0 < request.order < NUMBER_MAX else None
        case = _find_case(doing, named.incident if named is not None else None)
    if case is None or not doing.scope.sees(case.audience):
        raise refuse("not_found", "there is no such incident")
    order = case.find_order(request.order) if request.order is not None else None
    if order is not None and not _may_know(doing, case, order):
        raise refuse("not_found", "there is no such order")
    return case, order


def _find_case(doing: Act, number: int | None) -> CaseFile | None:
    return find_case(doing.ledger, number) if number is not None and 0 < number < NUMBER_MAX else None


def _may_know(doing: Act, case: CaseFile, order: Order) -> bool:
    """Return whether the order is this person's own, or the whole case is; a neighbour's order is not there."""
    if doing.scope.sees_whole(case.audience):
        return True
    return Authority(doing.scope, case.incident, case.audience, doing.ledger.city).acts_for(order)


def judge_move(doing: Act, situation: Situation, order: Order | None) -> tuple[Move, Order | None]:
    """Return the move and its order, if this person may make it now.

    Raises:
        ActRefused: ``forbidden``, ``version_conflict`` or ``move_not_allowed``.
    """
    move = MOVES[doing.request.action]
    if move.order_kinds and order is None:
        order = _choose_order(move, situation)
    if not move.order_kinds:
        order = None
    is_theirs = move.may(situation, order)
    if not is_theirs and (_is_possible(move, situation, order) or not doing.scope.has_role(move.may.roles)):
        facts = _state_of(situation, order) | {"wanted": move.action, "allowed": _allowed(situation)}
        raise refuse("forbidden", f"{move.action} is not for this person here", facts=facts)
    if move.bumps:
        _check_version(doing.ledger.session, doing.request, situation, order)
    if not is_theirs or not move.fits(situation, order):
        raise _not_allowed(move, situation, order)
    return move, order


def _not_allowed(move: Move, situation: Situation, order: Order | None) -> ActRefused:
    """Return the refusal of what the table forbids now: the state, what was wanted, what is allowed, the rule."""
    facts = _state_of(situation, order) | {"wanted": move.action, "allowed": _allowed(situation)}
    broken = _find_broken(move, situation, order)
    if broken is not None:
        facts |= {"rule": broken.rule, "rule_text": {"zh": broken.zh, "en": broken.en}}
        return refuse("move_not_allowed", f"{move.action} is refused: {broken.en}", facts=facts)
    place = f"while the incident is {situation.incident.state}"
    if order is not None:
        place += f" and the order {order.state}"
    return refuse("move_not_allowed", f"{move.action} is not possible {place}", facts=facts)


def _find_broken(move: Move, situation: Situation, order: Order | None) -> Condition | None:
    """Return the rule that forbids it; where no order of theirs is meant, the one that bars them from each."""
    meant = situation.orders if order is None and move.order_kinds else (order,)
    standing = [each for each in meant if move.stands(situation, each)]
    return next((found for each in standing if (found := move.find_broken(situation, each)) is not None), None)


def _is_possible(move: Move, situation: Situation, order: Order | None) -> bool:
    """Return whether somebody could make the move now: then it is the person who may not, not the time."""
    if order is not None or not move.order_kinds:
        return move.fits(situation, order)
    return any(move.fits(situation, each) for each in situation.orders)


def _choose_order(move: Move, situation: Situation) -> Order | None:
    """Return which order is meant where only the incident was named: theirs that fits, else theirs, the newest."""
    own = [order for order in situation.orders if order.kind in move.order_kinds and move.may(situation, order)]
    fitting = [order for order in own if move.fits(situation, order)]
    return next(reversed(fitting or own), None)


def _allowed(situation: Situation) -> list[str]:
    return sorted({move.action for move, _ in list_offers(situation)})


def _state_of(situation: Situation, order: Order | None) -> dict[str, Any]:
    state: dict[str, Any] = {"state": situation.incident.state, "version": situation.incident.version}
    if order is not None:
        state |= {"order": order.id, "order_state": order.state}
    return state


def _check_version(session: Session, request: ActionRequest, situation: Situation, order: Order | None) -> None:
    """Return if nobody changed in between what the person saw.

    An act on an order loses only against an act on that order, or one that moved the case: a phone that was
    offline must not lose because somebody else's order went on meanwhile (decision 11).
    """
    incident = situation.incident
    seen = request.version if request.after is None else _version_after(session, request)
    if seen is None and request.after is None:
        raise invalid(version="is needed: the version seen, or after")
    changed = order.changed_version if order is not None else incident.version
    if seen is not None and changed <= seen <= incident.version:
        return
    wanted = {"wanted": request.action, "allowed": _allowed(situation)}
    of_order = order.id if order is not None and not situation.scope.sees_whole(situation.audience) else None
    winner = _find_winner(session, incident.number, of_order)
    facts = _state_of(situation, order) | wanted | {"winner": winner}
    raise refuse("version_conflict", "somebody else changed it in between", facts=facts)


def _version_after(session: Session, request: ActionRequest) -> int | None:
    """Return the version that the followed action left behind; None when it never took effect."""
    done = session.get(DoneRequest, (request.account, request.after))
    return done.version_after if done is not None else None


def _find_winner(session: Session, number: int, order: int | None) -> dict[str, Any] | None:
    """Return who changed the incident last: {actor, action, at}; of one order only, to who sees no more of it."""
    entries = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.incident == number, JournalEntry.actor_kind == "person")
        .order_by(JournalEntry.number.desc())
        .limit(20)
    )
    for entry in entries:
        action = str(entry.data.get("action", entry.kind))
        if action in MOVES and not MOVES[action].bumps:
            continue
        if order is not None and entry.data.get("order") != order:
            continue
        actor = {"kind": "person", "name": entry.data.get("actor_name", ""), "role": entry.data.get("actor_role")}
        return {"actor": actor, "action": action, "at": to_rfc3339(entry.at)}
    return None
