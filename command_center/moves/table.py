"""The table of moves: which action leads from which state, who may do it, with which form, by which step.

``list_allowed`` offers from it, the door ``actions.py`` obeys it. A further action is one more row in the
``*_moves.py`` of its subject and its step beside it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident
from command_center.moves import (
    acceptance_moves,
    alarm_moves,
    assistance_moves,
    caller_moves,
    closing_moves,
    consultation_moves,
    ending_moves,
    extra_time_moves,
    holding_moves,
    leader_moves,
    level_moves,
    merge_moves,
    order_moves,
    patrol_moves,
    return_moves,
)
from command_center.moves.move import Move
from command_center.moves.situate import situate_offer
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.people.scope import Scope
from foundation.clock import SystemClock
from grid.city import City

_ROWS = (
    *acceptance_moves.ROWS,
    *merge_moves.ROWS,
    *holding_moves.ROWS,
    *assistance_moves.ROWS,
    *consultation_moves.ROWS,
    *order_moves.ROWS,
    *return_moves.ROWS,
    *closing_moves.ROWS,
    *extra_time_moves.ROWS,
    *ending_moves.ROWS,
    *caller_moves.ROWS,
    *leader_moves.ROWS,
    *alarm_moves.ROWS,
    *level_moves.ROWS,
    *patrol_moves.ROWS,
)

MOVES: dict[str, Move] = {move.action: move for move in _ROWS}


def list_offers(situation: Situation) -> list[tuple[Move, Order | None]]:
    """Return every move that this person may make now, with its order where it is of one."""
    found: list[tuple[Move, Order | None]] = []
    for move in MOVES.values():
        targets: list[Order | None] = list(situation.orders) if move.order_kinds else [None]
        found += [(move, order) for order in targets if move.fits(situation, order) and move.may(situation, order)]
    return found


def list_allowed(
    session: Session, incident: Incident, scope: Scope, city: City, *, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Return what this person may do with the incident now: action, order, label, form."""
    situation = situate_offer(session, incident, scope, city=city, now=now or SystemClock().now())
    return [describe(move, order, situation) for move, order in list_offers(situation)]


def describe(move: Move, order: Order | None, situation: Situation) -> dict[str, Any]:
    """Return an offer as the screens read it."""
    return {
        "action": move.action,
        "order": order.id if order is not None else None,
        "label": {"zh": move.zh, "en": move.en},
        "irreversible": move.is_irreversible,
        "schema": move.schema(situation, order),
    }
