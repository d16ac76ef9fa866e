"""Steps of a consultation: open it, give an opinion, decide; the decision gives orders and may set a new limit."""

from __future__ import annotations

from sqlalchemy import select

from command_center.clocks.clocks import reset_clock
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS
from command_center.consultations.consultation_tables import Consultation, ConsultationMember
from command_center.consultations.guests import (
    Guest,
    NoGuest,
    guest_of_account,
    guest_of_post,
    invite,
    list_own_members,
)
from command_center.moves.act import Act, invalid
from command_center.moves.case_states import WORKING
from command_center.orders import dispatching
from command_center.orders.order_tables import ClockRow
from command_center.orders.orders import end_order
from command_center.orders.route import PlannedOrder
from command_center.orders.sub_tasks import give_sub_task, has_open_part
from command_center.people.masking import mask_name
from grid.posts import Post


def consult(act: Act) -> None:
    """Invite departments, towns, posts and persons: they see the case as long as the consultation lasts."""
    guests = _read_guests(act)
    case, session = act.case, act.ledger.session
    act.ledger.flush()
    row = Consultation(
        incident=case.number,
        state="open",
        topic=act.words("topic"),
        opened_by=act.account.id,
        opener=_whom(act),
        opened_at=act.ledger.now,
        decision="",
    )
    session.add(row)
    session.flush()
    rows = [
        ConsultationMember(consultation=row.id, code=guest.code, account=guest.account, name=dict(guest.name))
        for guest in guests
    ]
    session.add_all(rows)
    session.flush()
    invite(case.incident, row.id, row.topic, zip((member.id for member in rows), guests, strict=True))
    names = [dict(guest.name) for guest in guests]
    act.record("consultation_opened", consultation=row.id, topic=act.words("topic"), guests=names)
    act.result = {"consultation": row.id}


def _whom(act: Act) -> dict[str, str]:
    role = act.situation.authority.role_name() if act.situation is not None else ""
    return {"name": mask_name(act.account.name), "role": role}


def _read_guests(act: Act) -> list[Guest]:
    guests = [
        guest_of_post(act.read_post(code, "members")) for code in dict.fromkeys(act.data.get("members") or ())
    ]
    for username in dict.fromkeys(act.data.get("persons") or ()):
        try:
            guests.append(guest_of_account(act.ledger.session, act.ledger.city, username))
        except NoGuest as wrong:
            raise invalid(persons=str(wrong)) from wrong
    if not guests:
        raise invalid(members="invite at least one post or person", persons="invite at least one post or person")
    return list({(guest.code, guest.account): guest for guest in guests}.values())


def give_opinion(act: Act) -> None:
    """Say what one thinks; until it is decided, a second one takes the place of the first."""
    members = _read_own_members(act)
    member = next((one for one in members if one.opinion_at is None), members[0])
    is_changed = member.opinion_at is not None
    member.opinion, member.opinion_at = act.words("opinion"), act.ledger.now
    member.opinion_by = mask_name(act.account.name)
    act.record(
        "opinion_given",
        consultation=member.consultation,
        member=member.id,
        member_name=member.name,
        opinion=act.words("opinion"),
        is_changed=is_changed,
    )


def _read_own_members(act: Act) -> list[ConsultationMember]:
    assert act.situation is not None
    own = list_own_members(act.case.incident, act.situation.authority)
    found = select(ConsultationMember).where(ConsultationMember.id.in_(own)).order_by(ConsultationMember.id)
    return list(act.ledger.session.scalars(found))


def decide(act: Act) -> None:
    """Record what was decided and carry it out: the guests go, whoever got a part of the work stays."""
    case, incident = act.case, act.case.incident
    row = act.ledger.session.get(Consultation, int((incident.guests or {})["consultation"]))
    assert row is not None
    lead, helpers = _read_hands(act)
    row.state, row.decision = "decided", act.words("decision")
    row.decided_at, row.decider = act.ledger.now, _whom(act)
    incident.guests = None
    before = {order.id for order in case.orders}
    act.record("consultation_decided", consultation=row.id, decision=act.words("decision"))
    if lead is not None:
        _set_lead(act, lead, helpers)
    else:
        _give_parts(act, helpers)
    limit_s = _set_limit(act)
    row.outcome = {
        "lead": lead.code if lead is not None else None,
        "assistants": [post.code for post in helpers],
        "orders": [order.id for order in case.orders if order.id not in before],
        "limit_s": limit_s,
    }


def _read_hands(act: Act) -> tuple[Post | None, list[Post]]:
    lead = act.find_post("lead") if act.words("lead") else None
    named = [act.read_post(code, "assistants") for code in dict.fromkeys(act.data.get("assistants") or ())]
    if (lead or named) and act.case.incident.state not in WORKING:
        why = f"orders cannot be given while the case is {act.case.incident.state}: file it first"
        raise invalid(**{"lead" if lead else "assistants": why})
    if act.data.get("limit_hours") is not None and lead is None and not _lead_clocks(act):
        raise invalid(limit_hours="no disposal clock runs: name the lead as well")
    return lead, [post for post in named if post != lead]


def _set_lead(act: Act, lead: Post, helpers: list[Post]) -> None:
    """Name one lead: who has it already keeps it, another one's order ends."""
    case = act.case
    current = case.lead_order()
    if current is not None and current in case.open_orders() and current.holder_code == lead.code:
        _give_parts(act, helpers)
        return
    for order in case.open_orders("dispose"):
        if order.is_lead or order.holder_code == lead.code:
            end_order(case, order, "cancelled")
    case.incident.needs_arbitration = False
    hands = [lead, *(post for post in helpers if not has_open_part(case, post))]
    planned = tuple(PlannedOrder("dispose", post) for post in hands)
    dispatching.dispatch(case, act.actor, planned, act.workforce, task=act.words("task"))


def _give_parts(act: Act, helpers: list[Post]) -> None:
    for post in helpers:
        if not has_open_part(act.case, post):
            give_sub_task(act.case, post, act.actor, act.workforce, task=act.words("task"))


def _lead_clocks(act: Act) -> list[ClockRow]:
    lead = act.case.lead_order()
    return [clock for clock in act.case.running_clocks("dispose") if lead is not None and clock.order == lead.id]


def _set_limit(act: Act) -> int | None:
    """Set the disposal clock of the lead anew, counted from now."""
    if act.data.get("limit_hours") is None:
        return None
    limit = StageLimit(max(1, round(float(act.data["limit_hours"]) * 3600)), CONTINUOUS)
    for clock in _lead_clocks(act):
        reset_clock(act.case, clock, limit, why="consultation")
    return limit.limit_s
