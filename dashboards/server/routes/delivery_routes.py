"""Orders that no phone has received in time: whom the desk must call, and under which number."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import select
from starlette.responses import Response

from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import Order, Timer
from dashboards.server.answers import answer
from dashboards.server.incidents.names import holder, name_title
from dashboards.server.incidents.paging import page
from dashboards.server.sessions.admission import OPERATORS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from grid.city import City

SHOWN_MAX = 100
KEPT = timedelta(days=3)
Desk = Annotated[Caller, Depends(admit(OPERATORS))]

router = APIRouter(prefix="/api/v1", tags=["orders"])


@router.get("/orders/undelivered")
def list_undelivered(web: Tools, caller: Desk) -> Response:
    """List orders that were told to nobody's phone within a minute (特急) or five, the longest wait first."""
    city, now = web.city.get(), web.clock.now()
    statement = (
        select(Order, Incident, Timer)
        .join(Incident, Incident.number == Order.incident)
        .join(Timer, Timer.order == Order.id)
        .where(Timer.kind == "delivery", Timer.fired_at.is_not(None), Timer.due_at > now - KEPT)
        .where(Order.state == "issued", Order.worker.is_not(None), Order.received_at.is_(None))
        .where(Incident.patrol.is_(False), caller.scope.clause())
        .order_by(Timer.due_at)
        .limit(SHOWN_MAX)
    )
    with web.database.read() as session:
        rows = session.execute(statement).all()
    latest = {order.id: (order, incident, timer) for order, incident, timer in rows}
    return answer(page([_show(city, *row) for row in latest.values()]))


def _show(city: City, order: Order, incident: Incident, timer: Timer) -> dict[str, Any]:
    worker = city.workers.find_worker(order.worker) if order.worker else None
    post = city.posts.find_post(order.holder_code)
    wait_s = int(timer.data.get("wait_s", 0))
    return {
        "order": order.id,
        "kind": order.kind,
        "incident": incident.number,
        **name_title(city, incident),
        "urgency": incident.urgency,
        "holder": holder(city, order.holder_kind, order.holder_code),
        "worker": {"id": order.worker, "name": worker.name if worker else None},
        "phone": (worker.phone if worker else "") or (post.phone if post else "") or None,
        "sent_at": timer.due_at - timedelta(seconds=wait_s),
        "wait_s": wait_s,
    }
