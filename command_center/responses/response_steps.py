"""Steps of an emergency response: monitor, warning, response at a level, recovery, ended; reports and words.

Level Ⅳ is a duty leader's; Ⅲ and above is proposed by a duty leader or a leader and takes effect when a second
person confirms it, one of the two being a leader. Source: domain.md 3.4.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from command_center.cases.case_file import ENDED_STATES, CaseFile, find_case
from command_center.cases.freezing import thaw
from command_center.cases.incident_tables import Incident
from command_center.clocks.clocks import remaining_s, reset_clock
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS, WORKING
from command_center.moves.act import Act, invalid, refuse
from command_center.orders.order_tables import Timer
from command_center.people.masking import mask_numbers
from command_center.people.roles import Role
from command_center.responses.freeze_steps import thaw_all
from command_center.responses.report_tables import UpwardReport
from command_center.responses.response_file import (
    COMMANDERS,
    STAFF,
    ResponseFile,
    check_form,
    has_role_at,
    open_file,
)
from command_center.responses.response_tables import EmergencyResponse

ALONE_LEVEL = 4
"""The level that a duty leader activates without a second person."""
FIRST_REPORT_S, NEXT_REPORT_S = 3600, 3600
"""Source: domain.md 3.3: district to city in writing within the hour, then hourly."""
LEADERS = frozenset({Role.LEADER})


def open_response(act: Act) -> None:
    """Begin to watch (值守), or to warn."""
    check_form(act)
    city = act.ledger.city
    area = act.words("area") or city.code
    if city.tree.find_area(area) is None:
        raise invalid(area="is no area of the city")
    if not has_role_at(act.scope, STAFF, area, city):
        raise refuse("forbidden", "a response is opened by the desks and leaders of its area")
    row = EmergencyResponse(
        title=("【演练】" if act.data.get("drill") else "") + mask_numbers(act.words("title")),
        area=area,
        domain=act.words("domain") or "emergency",
        state=act.words("state") or "monitor",
        level=None,
        drill=bool(act.data.get("drill")),
        opened_by=act.account.id,
        opened_at=act.ledger.now,
        reports={},
        evaluation="",
        frozen=[],
        version=0,
    )
    act.ledger.session.add(row)
    act.ledger.session.flush()
    file = ResponseFile(act, row)
    file.record("response_opened")
    file.result()


def raise_warning(act: Act) -> None:
    """Warn (预警) in one of the four colours: blue is level 4, red level 1."""
    file = open_file(act)
    file.must_be("monitor", "warning")
    file.must_have(STAFF)
    file.response.state, file.response.level = "warning", int(act.data["level"])
    file.record("response_warned", reason=act.words("reason"))
    file.result()


def activate_response(act: Act) -> None:
    file = open_file(act)
    file.must_be("monitor", "warning")
    _decide(file, "activate", int(act.data["level"]))


def adjust_level(act: Act) -> None:
    file = open_file(act)
    file.must_be("response")
    if file.response.level == int(act.data["level"]):
        raise invalid(level="is the level already")
    _decide(file, "adjust", int(act.data["level"]))


def terminate_response(act: Act) -> None:
    """From response to recovery, from anything else to its end; what takes two to begin takes two to end."""
    file = open_file(act)
    file.must_be("monitor", "warning", "response", "recovery")
    level = file.response.level if file.response.state == "response" else None
    _decide(file, "terminate", level or ALONE_LEVEL)


def _decide(file: ResponseFile, action: str, level: int) -> None:
    """Do it, or propose it where a second person must confirm."""
    act, row = file.act, file.response
    file.must_have(COMMANDERS)
    if row.proposal is not None:
        raise refuse(
            "move_not_allowed", "a proposal waits for its second person", facts={"proposal": row.proposal}
        )
    is_leader = has_role_at(act.scope, LEADERS, row.area, act.ledger.city)
    weight = min(level, row.level or ALONE_LEVEL) if action == "adjust" else level
    if weight >= ALONE_LEVEL:
        _carry_out(file, action, level, reason=act.words("reason"))
        return
    moment = act.ledger.now.isoformat()
    row.proposal = {"action": action, "level": level, "by": act.account.id, "at": moment, "leader": is_leader}
    file.record("response_proposed", proposal=action, wanted_level=level, reason=act.words("reason"))
    file.result()
    act.result |= {"proposal": {"action": action, "level": level}}


def confirm_response(act: Act) -> None:
    """The second person: never the first, and one of the two is a leader."""
    file = open_file(act)
    proposal = file.response.proposal
    file.must_have(COMMANDERS)
    if proposal is None:
        raise refuse("move_not_allowed", "nothing waits for a second person", facts={"state": file.response.state})
    if proposal["by"] == act.account.id:
        raise refuse("forbidden", "the second person must be another one than who proposed it")
    if not (proposal["leader"] or has_role_at(act.scope, LEADERS, file.response.area, act.ledger.city)):
        raise refuse("forbidden", "level Ⅲ and above needs a leader among the two")
    file.response.proposal = None
    _carry_out(file, proposal["action"], int(proposal["level"]), proposed_by=proposal["by"])


def decline_response(act: Act) -> None:
    file = open_file(act)
    file.must_have(COMMANDERS)
    if file.response.proposal is None:
        raise refuse("move_not_allowed", "nothing waits for a second person", facts={"state": file.response.state})
    file.response.proposal = None
    file.record("response_declined", reason=act.words("reason"))
    file.result()


def _carry_out(file: ResponseFile, action: str, level: int, **data: Any) -> None:
    row, now = file.response, file.act.ledger.now
    if action == "terminate":
        is_over = row.state != "response"
        row.state, row.terminated_at = ("ended" if is_over else "recovery"), now
        row.ended_at = now if is_over else None
        release_cases(file)
        thaw_all(file)
        file.record("response_ended" if is_over else "response_terminated", **data)
    else:
        before, row.state, row.level = row.level, "response", level
        row.activated_at = row.activated_at or now
        file.record("response_activated" if action == "activate" else "response_adjusted", before=before, **data)
        if action == "activate":
            arm_report(file, FIRST_REPORT_S)
    file.result()


def bind_incident(act: Act) -> None:
    """Take a case into the response: from now on its clocks run without pause."""
    file = open_file(act)
    file.must_be("warning", "response")
    file.must_have(STAFF)
    case = find_case(act.ledger, int(act.data["case"]))
    if case is None or not act.scope.sees(case.audience) or case.incident.state in ENDED_STATES:
        raise invalid(case="is no open case that you see")
    if case.incident.drill != file.response.drill:
        raise invalid(case="a drill and a real case are never one response")
    if case.incident.response is not None:
        raise invalid(case=f"belongs to response {case.incident.response} already")
    if case.incident.frozen_by is not None:
        thaw(case, act.actor)
    case.incident.response, case.incident.version = file.response.id, case.incident.version + 1
    _run_on(case)
    case.record("response_bound", act.actor, response=file.response.id, title=file.response.title)
    file.record("response_bound", case=case.number)
    file.result()


def _run_on(case: CaseFile) -> None:
    """Let what is left of the clocks in working time run on without pause."""
    working, now = case.working_time(), case.ledger.now
    for clock in case.running_clocks():
        if clock.calendar == WORKING and clock.paused_at is None:
            left_s = max(1, round(remaining_s(clock, now, working)))
            reset_clock(case, clock, StageLimit(left_s, CONTINUOUS), why="response")


def release_cases(file: ResponseFile) -> None:
    """Let the cases of a response go: their next clocks are the ordinary ones again."""
    chosen = select(Incident).where(Incident.response == file.response.id)
    for incident in file.act.ledger.session.scalars(chosen):
        incident.response = None


def arm_report(file: ResponseFile, within_s: int) -> None:
    """Promise to notice a report that does not come."""
    row, ledger = file.response, file.act.ledger
    due_at = ledger.now + timedelta(seconds=within_s)
    row.reports = {**row.reports, "due_at": due_at.isoformat()}
    data = {"response": row.id, "due_at": due_at.isoformat()}
    ledger.write(Timer, due_at=due_at, kind="response_report", incident=None, data=data)


def report_response(act: Act) -> None:
    """Report the response to the city: first, what is new, the last one."""
    file = open_file(act)
    file.must_be("response", "recovery")
    file.must_have(STAFF)
    kind, row = act.words("kind"), file.response
    faults: dict[str, str] = {}
    if kind == "first" and row.reports.get("first_at"):
        faults["kind"] = "the first report has been made"
    elif kind != "first" and not row.reports.get("first_at"):
        faults["kind"] = "the first report comes before"
    elif row.reports.get("final_at"):
        faults["kind"] = "the final report has been made"
    if faults:
        raise invalid(**faults)
    number = int(row.reports.get("next", 0)) + 1 if kind == "follow_up" else 0
    row.reports = {**row.reports, **({"next": number} if number else {f"{kind}_at": act.ledger.now.isoformat()})}
    words = {k: mask_numbers(str(v)) for k, v in act.data.items() if k not in ("id", "kind")}
    act.ledger.session.add(
        UpwardReport(
            incident=None, response=row.id, to="city", kind=kind, no=number, drill=row.drill,
            at=act.ledger.now, account=act.account.id, words=words,
        )
    )  # fmt: skip
    if kind == "final":
        row.reports = {**row.reports, "due_at": None}
    else:
        arm_report(file, NEXT_REPORT_S)
    file.record("reported_up", report_to="city", report_kind=kind, no=number)
    file.result()
