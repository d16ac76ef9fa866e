"""Steps about levels: answer and lift a supervision, report upward, hand to the city platform, find no owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from command_center.cases import supervision
from command_center.clocks.clocks import start_clock, stop_clocks
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS
from command_center.moves.act import Act, invalid
from command_center.moves.level_forms import next_kinds
from command_center.orders import dispatching
from command_center.orders.orders import OrderPlan, cancel_orders, issue_order
from command_center.people.masking import mask_numbers
from command_center.responses.report_clocks import NEXT, PHONE, WRITTEN, start_report_clock, stop_report_clocks
from command_center.responses.report_tables import UpwardReport


def answer_supervision(act: Act) -> None:
    """The holder says what was done and what comes next; the supervisor decides whether that is enough."""
    supervision.note(act.case, answered_at=act.ledger.now)
    act.record("supervision_answered", text=act.words("text"), supervised_by=act.case.incident.supervised_by)


def lift_supervision(act: Act) -> None:
    act.case.incident.supervised_by = None
    supervision.note(act.case, lifted_at=act.ledger.now)
    act.record("supervision_lifted", note=act.words("note"))


def report_up(act: Act) -> None:
    """Report to the level above: by telephone, in writing, what is new, the last one; each stops its clock."""
    duties = dict(act.case.incident.reports_up)
    to, kind = _choose_duty(act, duties), act.words("kind")
    duty = dict(duties[to])
    _check_report(duty, kind)
    post = act.ledger.city.posts.get_post(duty["from"])
    stop_report_clocks(act.case, post.code, *((PHONE,) if kind == "phone" else (PHONE, WRITTEN, NEXT)))
    if kind in ("first", "follow_up"):
        start_report_clock(act.case, post, NEXT, (duty["follow_up"][0], duty["follow_up"][1]))
    number = duty["next"] + 1 if kind == "follow_up" else 0
    duty |= {"next": number} if number else {f"{kind}_at": act.ledger.now.isoformat()}
    act.case.incident.reports_up = {**duties, to: duty}
    words = {name: mask_numbers(str(value)) for name, value in act.data.items() if name not in ("kind", "to")}
    report = UpwardReport(
        incident=act.case.number,
        response=None,
        to=to,
        kind=kind,
        no=number,
        drill=act.case.incident.drill,
        at=act.ledger.now,
        account=act.account.id,
        words=words,
    )
    act.ledger.session.add(report)
    act.ledger.session.flush()
    act.result = {"report": report.id, "to": to, "kind": kind, "no": number}
    act.record("reported_up", report=report.id, report_to=to, report_kind=kind, no=number)


def _choose_duty(act: Act, duties: dict[str, Any]) -> str:
    authority = act.situation.authority if act.situation is not None else None
    own = [
        to
        for to, duty in duties.items()
        if not duty.get("final_at") and authority is not None and authority.keeps(duty["from"])
    ]
    wanted = act.words("to") or (own[0] if own else "")
    if wanted not in own:
        raise invalid(to="is no addressee to whom you report")
    return wanted


def _check_report(duty: dict[str, Any], kind: str) -> None:
    """Say which report comes next, where the form could not know it: the addressee was not named in it."""
    if kind in next_kinds(duty):
        return
    if duty.get("first_at"):
        raise invalid(kind="the first report has been made: a follow_up or the final one comes next")
    if kind == "phone":
        raise invalid(kind="it was reported by telephone already: the first report in writing comes next")
    raise invalid(kind="the first report in writing comes before")


def hand_up(act: Act) -> None:
    """Hand it to the city platform: its number there is kept, the district's desk follows it to the end."""
    case, city, now = act.case, act.ledger.city, act.ledger.now
    due_at = _read_due(act)
    cancel_orders(case)
    stop_clocks(case, "accept", "dispatch", "verify")
    incident, desk = case.incident, dispatching.desk_of(case, "district")
    incident.state, incident.filed_at = "handling", incident.filed_at or now
    incident.dispatched_at, incident.accepted_at = incident.dispatched_at or now, incident.accepted_at or now
    incident.needs_arbitration = False
    dispatching.hold(case, desk, level=True)
    if not case.running_clocks("total"):
        start_clock(case, "total", holder=(desk.kind, desk.code))
    incident.handed_up = {
        "system": act.words("system"),
        "number": act.words("number"),
        "due_at": due_at.isoformat() if due_at else None,
        "at": now.isoformat(),
    }
    above = {"system": act.words("system"), "upstream_number": act.words("number")}
    act.record("handed_up", reason=act.words("reason"), **above)
    limit = StageLimit(max(1, round((due_at - now).total_seconds())), CONTINUOUS) if due_at else None
    plan = OrderPlan("dispose", city.posts.get_post(desk.code), is_lead=True, limit=limit)
    order = issue_order(case, plan, act.actor, act.workforce)
    order.state, order.signed_at, order.signed_by = "signed", now, act.account.id
    stop_clocks(case, "sign", order=order)


def _read_due(act: Act) -> datetime | None:
    said = act.words("due_at")
    if not said:
        return None
    try:
        due_at = datetime.fromisoformat(said)
    except ValueError as error:
        raise invalid(due_at="is no RFC 3339 time") from error
    if due_at.tzinfo is None or due_at <= act.ledger.now:
        raise invalid(due_at="must be a time to come, with its offset")
    return due_at


def no_owner(act: Act) -> None:
    """Nobody is responsible: by the city's rule (U10) the town answers for it and the district coordinates."""
    act.case.incident.unowned = True
    act.record("unowned", reason=act.words("reason"))
