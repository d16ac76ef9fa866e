"""Steps when a crew reports its work done: the department's clerk confirms it, or sends it back to work.

The clock to dispose goes on until the department confirms. Where the department has no clerk, or the clerk
reports it, there is nobody to ask.
"""

from __future__ import annotations

from sqlalchemy import select

from command_center.moves.act import Act
from command_center.orders.order_tables import Order
from command_center.orders.orders import end_order, order_facts
from command_center.orders.sub_tasks import settle_disposal
from command_center.people.account_tables import Account, Assignment
from command_center.people.roles import Role

FEEDBACK = "feedback"


def needs_confirmation(act: Act, order: Order) -> bool:
    """Return whether the department's clerk must confirm what this person reports."""
    post = act.ledger.city.posts.find_post(order.holder_code)
    if order.kind != "dispose" or post is None or post.kind != "department":
        return False
    if act.get_situation().authority.heads(order):
        return False
    clerks = (
        select(Assignment.account)
        .join(Account, Account.id == Assignment.account)
        .where(
            Assignment.role == Role.LIAISON,
            Assignment.department.in_([post.department, post.code]),
            Account.is_disabled.is_(False),
        )
    )
    return act.ledger.session.scalars(clerks.limit(1)).first() is not None


def give_feedback(act: Act, photos: int) -> None:
    """The crew is done; the clerk has the word."""
    act.order.state = FEEDBACK
    act.record("feedback_given", photos=photos, **order_facts(act.case, act.order))


def finish(act: Act, **told: object) -> None:
    """End a disposal; the case is disposed when its lead and the assistants are done."""
    case, order = act.case, act.order
    end_order(case, order, "done", at=act.done_at)
    settle_disposal(case, act.done_at)
    act.record("disposed", **told, **order_facts(case, order))


def confirm(act: Act) -> None:
    """The department stands by what its crew reported: the case is disposed of."""
    act.order.result = {**act.order.result, "confirmed_by": act.account.id}
    finish(act, is_confirmed=True, photos=len(act.order.result.get("photos") or ()))


def refuse_feedback(act: Act) -> None:
    """What the crew reported is not enough: it goes on."""
    order = act.order
    order.state = "arrived" if order.arrived_at is not None else "signed"
    act.record("feedback_refused", reason=act.words("reason"), **order_facts(act.case, order))
