"""The table of moves: which action leads from which state, who may do it, and with which form.

``list_allowed`` offers from it, the door ``actions.py`` obeys it. A further action is one more row here and
its step in the door's table; where an action leads is written in that step.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.cases.audience_rows import read_audiences
from command_center.cases.incident_tables import Incident, Reporter
from command_center.moves import move_forms as forms
from command_center.moves.authority import ACCEPTORS, LEADERS, OPERATORS
from command_center.moves.case_forms import dispatch_form, file_form, list_masked, unmask_form
from command_center.moves.move import (
    Move,
    above,
    all_of,
    any_of,
    at_level,
    is_own_report,
    lead_holder,
    may_close,
    may_close_small,
    may_return,
    may_unmask,
    not_the_handler,
    on_phone,
    own_order,
    own_order_of,
)
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.people.roles import Role
from command_center.people.scope import Scope
from foundation.clock import SystemClock
from grid.city import City


def _states(*names: str) -> frozenset[str]:
    return frozenset(names)


UNFILED = _states("reported", "verifying")
WORKING = _states("filed", "dispatched", "handling")
OPEN = UNFILED | WORKING | _states("suspended", "disposed", "checking")
EVER = OPEN | _states("closed", "archived", "rejected", "void", "merged")
UNSIGNED = _states("issued", "received", "read")
UNENDED = UNSIGNED | _states("signed", "arrived")
ANY_KIND = _states(*forms.ORDER_KINDS)
acceptor = at_level(*ACCEPTORS)
operator = at_level(*OPERATORS)
leader_above = above(*LEADERS)


_ROWS = (
    Move(
        action="accept", zh="受理", en="accept", states=_states("reported"), may=acceptor,
        when=lambda s, _: s.incident.accepted_at is None, form=forms.NOTED,
    ),
    Move(
        action="send_verify", zh="下发核实", en="send to verify", states=_states("reported"), may=acceptor,
        form=forms.SEND_TO_WORKER,
    ),
    Move(
        action="verify", zh="核实", en="verify", states=_states("verifying"), may=own_order,
        order_kinds=_states("verify"), order_states=UNENDED, form=forms.VERIFY,
    ),
    Move(action="file", zh="立案", en="file", states=UNFILED, may=acceptor, form=file_form),
    Move(
        action="reject", zh="不予受理", en="reject", states=UNFILED, may=acceptor, form=forms.WITH_REASON,
        is_irreversible=True,
    ),
    Move(
        action="answer", zh="直接答复", en="answer", states=_states("reported"), may=acceptor, form=forms.REPLY,
        is_irreversible=True,
    ),
    Move(
        action="self_close", zh="自行处置", en="settle on the spot", states=UNFILED | _states("filed"),
        may=any_of(at_level(Role.COMMUNITY_OPERATOR), all_of(is_own_report, at_level(Role.GRID_WORKER))),
        when=may_close_small, form=forms.SELF_CLOSE, is_irreversible=True,
    ),
    Move(
        action="merge", zh="并案", en="merge", states=UNFILED | _states("filed"), may=acceptor, form=forms.MERGE,
        is_irreversible=True,
    ),
    Move(
        action="dispatch", zh="派遣", en="dispatch", states=_states("filed"), may=acceptor,
        when=lambda s, _: not s.incident.needs_arbitration, form=dispatch_form,
    ),
    Move(
        action="arbitrate", zh="裁定主办", en="arbitrate", states=WORKING, may=above(Role.DUTY_LEADER),
        when=lambda s, _: s.incident.needs_arbitration, form=forms.ARBITRATE,
    ),
    Move(
        action="escalate", zh="升级上报", en="escalate", states=UNFILED | _states("filed"), may=acceptor,
        when=lambda s, _: s.incident.level != "district", form=forms.WITH_REASON,
    ),
    Move(
        action="send_down", zh="下派", en="send down", states=UNFILED | _states("filed"), may=operator,
        when=lambda s, _: s.incident.level in ("district", "town"), form=forms.SEND_DOWN,
    ),
    Move(
        action="receive", zh="收到", en="received", states=EVER, may=on_phone, order_kinds=ANY_KIND,
        order_states=_states("issued"), bumps=False,
    ),
    Move(
        action="read", zh="已读", en="read", states=EVER, may=on_phone, order_kinds=ANY_KIND,
        order_states=_states("issued", "received"), bumps=False,
    ),
    Move(
        action="sign", zh="签收", en="sign", states=OPEN, may=own_order, order_kinds=ANY_KIND,
        order_states=UNSIGNED,
    ),
    Move(
        action="assign", zh="指派", en="assign", states=OPEN, form=forms.ASSIGN,
        may=own_order_of({Role.LIAISON, Role.TOWN_OPERATOR, Role.COMMUNITY_OPERATOR}),
        order_kinds=ANY_KIND, order_states=UNENDED,
    ),
    Move(
        action="arrive", zh="到场", en="arrive", states=OPEN, may=own_order, order_kinds=ANY_KIND,
        order_states=_states("signed"), form=forms.ARRIVE,
    ),
    Move(
        action="return", zh="退回", en="return", states=_states("dispatched", "handling"), may=own_order,
        when=may_return, order_kinds=_states("dispose", "attend"), order_states=UNENDED, form=forms.WITH_REASON,
    ),
    Move(
        action="cannot_handle", zh="无法处置", en="cannot handle", states=OPEN, may=own_order,
        order_kinds=ANY_KIND, order_states=UNENDED, form=forms.WITH_REASON,
    ),
    Move(
        action="dispose", zh="处置完成", en="done", states=OPEN, may=own_order,
        order_kinds=_states("dispose", "attend", "patrol"), order_states=_states("signed", "arrived"),
        form=forms.DISPOSE,
    ),
    Move(
        action="send_check", zh="下发核查", en="send to check", states=_states("disposed"), may=acceptor,
        when=lambda s, _: not s.incident.checked_passed, form=forms.SEND_TO_WORKER,
    ),
    Move(
        action="check", zh="核查", en="check", states=_states("checking"), may=all_of(own_order, not_the_handler),
        order_kinds=_states("check"), order_states=UNENDED, form=forms.CHECK,
    ),
    Move(
        action="close", zh="结案", en="close", states=_states("disposed"), may=acceptor, when=may_close,
        form=forms.NOTED, is_irreversible=True,
    ),
    Move(
        action="reply", zh="答复", en="reply", states=OPEN | _states("closed"), may=acceptor,
        when=lambda s, _: s.owes_reply(), form=forms.REPLY,
    ),
    Move(
        action="revisit", zh="回访", en="call back", states=_states("closed"), may=acceptor, form=forms.REVISIT,
        when=lambda s, _: any(reporter.revisited_at is None for reporter in s.reporters),
    ),
    Move(action="reopen", zh="重启", en="reopen", states=_states("closed"), may=acceptor, form=forms.WITH_REASON),
    Move(
        action="assist", zh="协办", en="ask to assist", states=WORKING, may=any_of(acceptor, lead_holder),
        form=forms.ASSIST,
    ),
    Move(action="urge", zh="催办", en="urge", states=OPEN, may=acceptor, form=forms.NOTED, bumps=False),
    Move(
        action="supervise", zh="督办", en="supervise", states=OPEN, form=forms.SUPERVISE,
        may=any_of(leader_above, at_level(Role.LEAD_SUPERVISOR)), when=lambda s, _: not s.incident.supervised_by,
    ),
    Move(
        action="take_over", zh="接管", en="take over", states=_states("dispatched"), may=above(*OPERATORS),
        when=lambda s, _: s.incident.urgency == "emergency" and s.incident.level != "district",
        form=forms.WITH_REASON,
    ),
    Move(
        action="set_severity", zh="定级", en="set severity", states=OPEN, may=at_level(Role.DUTY_LEADER),
        form=forms.SET_SEVERITY,
    ),
    Move(
        action="unmask", zh="查看隐藏信息", en="show a masked field", states=EVER, form=unmask_form, bumps=False,
        may=may_unmask, when=lambda s, _: bool(list_masked(s)),
    ),
)  # fmt: skip

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
    orders = session.scalars(select(Order).where(Order.incident == incident.number).order_by(Order.id))
    reporters = session.scalars(select(Reporter).where(Reporter.incident == incident.number).order_by(Reporter.id))
    situation = Situation(
        incident=incident,
        orders=tuple(orders),
        reporters=tuple(reporters),
        audience=read_audiences(session, [incident], city)[incident.number],
        scope=scope,
        city=city,
        now=now or SystemClock().now(),
    )
    return [describe(move, order, situation) for move, order in list_offers(situation)]


def describe(move: Move, order: Order | None, situation: Situation) -> dict[str, Any]:
    """Return an offer as the screens read it."""
    return {
        "action": move.action,
        "order": order.id if order is not None else None,
        "label": {"zh": move.zh, "en": move.en},
        "irreversible": move.is_irreversible,
        "schema": move.schema(situation),
    }
