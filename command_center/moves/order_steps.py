"""Steps on one order: received, read, signed, assigned, arrived, returned, cannot be handled, done.

What happens to the lead order moves the incident; what happens to any other stays with the order.
"""

from __future__ import annotations

from command_center.clocks.clocks import stop_clocks
from command_center.moves.act import Act, invalid
from command_center.moves.feedback_steps import finish, give_feedback, needs_confirmation
from command_center.moves.return_steps import back_to_desk
from command_center.moves.standards import check_closing, check_evidence
from command_center.orders import dispatching
from command_center.orders.assign import may_drill
from command_center.orders.orders import end_order, order_facts, reassign
from command_center.orders.sub_tasks import settle_disposal
from command_center.orders.workforce import ROLE_OF_POST
from command_center.tasks.patrol_cases import give_up_patrol


def receive(act: Act) -> None:
    """The phone has it: the desk need not call."""
    act.order.state, act.order.received_at = "received", act.done_at
    act.record("order_delivered", **order_facts(act.case, act.order))


def read(act: Act) -> None:
    order = act.order
    order.received_at = order.received_at or act.done_at
    order.state, order.read_at = "read", act.done_at
    act.record("order_read", **order_facts(act.case, order))


def sign(act: Act) -> None:
    """Take the order on; the lead order's signature sets the case to work."""
    case, order = act.case, act.order
    order.state, order.signed_at, order.signed_by = "signed", act.done_at, act.account.id
    if order.worker is None and act.scope.worker is not None:
        order.worker = act.scope.worker
        act.workforce.take_on(act.scope.worker)
    stop_clocks(case, "sign", order=order, at=act.done_at)
    if order.is_lead and case.incident.state == "dispatched":
        case.incident.state = "handling"
    act.record("signed", **order_facts(case, order))


def assign(act: Act) -> None:
    """Hand the order to one of the post's own people."""
    city, order = act.ledger.city, act.order
    worker = city.workers.find_worker(act.words("worker"))
    post = city.posts.find_post(order.holder_code)
    area = post.area if post is not None else order.area
    own = worker is not None and post is not None and worker.post == post.code
    is_of_area = post is None or post.kind not in ("department", "team")  # these have crews of their own
    near = worker is not None and area is not None and is_of_area and city.tree.is_within(worker.area, area)
    if worker is None or not (own or (near and worker.role in ROLE_OF_POST.values())):
        raise invalid(worker="is nobody of this post")
    if act.case.incident.drill and not may_drill(worker):
        raise invalid(worker="is not enrolled for drills: a drill reaches only enrolled phones")
    reassign(act.case, order, worker.id, actor=act.actor, workforce=act.workforce)
    order.assigned_by = act.account.id


def revoke(act: Act) -> None:
    """Take the order back from whoever it was given to: the post has it again."""
    facts = order_facts(act.case, act.order)
    unassign(act)
    act.record("revoked", reason=act.words("reason"), **facts)


def unassign(act: Act) -> None:
    order = act.order
    if order.worker is not None:
        act.workforce.take_on(order.worker, -1)
    order.worker = order.assigned_by = order.arrived_at = None
    order.state = "signed" if order.signed_at is not None else "issued"


def arrive(act: Act) -> None:
    order = act.order
    order.state, order.arrived_at = "arrived", act.done_at
    photos = act.bind_photos(list(act.data.get("photos") or ()), "photos")
    order.result = {**order.result, **_where(act), **({"arrival_photos": photos} if photos else {})}
    stop_clocks(act.case, "arrive", order=order, at=act.done_at)
    act.record("arrived", **order_facts(act.case, order))


def cannot_handle(act: Act) -> None:
    """Give the order back to who gave it, with the reason: to the post's clerk, or to the desk that issued it."""
    case, order = act.case, act.order
    photos = act.bind_photos(list(dict.fromkeys(act.data.get("photos") or ())), "photos")
    shown = {"photos": photos} if photos else {}
    order.result = {**order.result, **_where(act), **shown, "reason": act.words("reason")}
    if order.assigned_by not in (None, act.account.id) and order.worker == act.scope.worker:
        facts = order_facts(case, order)
        unassign(act)
        act.record("cannot_handle", reason=act.words("reason"), is_back=True, **facts)
        return
    end_order(case, order, "cannot_handle", at=act.done_at)
    if case.incident.patrol:
        give_up_patrol(case)
    elif order.kind == "verify" and case.incident.state == "verifying":
        case.incident.state = "reported"
        dispatching.start_accept_clock(case)
    elif order.kind == "check" and case.incident.state == "checking":
        case.incident.state = "disposed"
    elif order.is_lead and case.incident.state in ("dispatched", "handling"):
        back_to_desk(case)
    settle_disposal(case, act.done_at)
    act.record("cannot_handle", reason=act.words("reason"), **order_facts(case, order))


def dispose(act: Act) -> None:
    """The order is done, with evidence; the case is disposed when its lead and the assistants are done."""
    order = act.order
    if order.is_lead:
        check_closing(act)
        check_evidence(act)
    photos = act.take_photos()
    order.result = {
        **order.result,
        **_where(act),
        "result": act.words("result"),
        "photos": photos,
        "no_photo_reason": act.words("no_photo_reason"),
        "by": act.account.id,
    }
    if needs_confirmation(act, order):
        give_feedback(act, len(photos))
    else:
        finish(act, photos=len(photos))


def _where(act: Act) -> dict[str, object]:
    return {name: act.data[name] for name in ("lon", "lat", "accuracy_m") if act.data.get(name) is not None}
