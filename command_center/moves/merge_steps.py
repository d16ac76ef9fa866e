"""Steps that put a case into another one, and take it out again as it stood, with its callers and its clocks."""

from __future__ import annotations

from sqlalchemy import update

from command_center.cases.case_file import ENDED_STATES, CaseFile, find_case
from command_center.cases.merged_cases import list_merged
from command_center.cases.merging import MOVED, bring_in_step, merge_into
from command_center.clocks.clocks import restore_clocks
from command_center.moves.act import Act, invalid, refuse


def merge(act: Act) -> None:
    """Put the case into another one: its sources and its callers go along, each caller keeps their own reply.

    Its clocks stand still, its orders rest; the main case alone is counted and handled.
    """
    case, target = act.case, _find_main(act, int(act.data["into"]))

    def tell_merged() -> None:
        act.record("merged", into=target.number, reason=act.words("reason"))

    merge_into(case, target, act.actor, tell_merged)


def _find_main(act: Act, number: int) -> CaseFile:
    target = find_case(act.ledger, number) if number != act.case.number else None
    if target is None or not act.scope.sees(target.audience) or target.incident.state in ENDED_STATES:
        raise invalid(into="is no open case that you see")
    here, there = act.case.incident, target.incident
    if (here.drill, here.replay) != (there.drill, there.replay):
        raise invalid(into="a drill or a replay is not merged with a real case")
    return target


def unmerge(act: Act) -> None:
    """Take the case out of the main one: state, holder, orders and clocks as they stood, its callers with it."""
    case = act.case
    main = find_case(act.ledger, case.incident.merged_into or 0)
    if main is None or not act.scope.sees(main.audience):
        raise refuse("forbidden", "the main case is outside your scope")
    own = [case.number, *(incident.number for incident in list_merged(act.ledger.session, case.number))]
    for table in MOVED:
        act.ledger.session.execute(
            update(table).where(table.incident == main.number, table.home.in_(own)).values(incident=case.number)
        )
    _restore(act, case)
    bring_in_step(main)
    bring_in_step(case)
    facts = {"main": main.number, "reason": act.words("reason")}
    act.record("unmerged", **facts)
    main.record("unmerged", act.actor, parted=case.number)


def _restore(act: Act, case: CaseFile) -> None:
    incident, before = case.incident, case.incident.before_merge or {}
    incident.state, incident.closed_at, incident.merged_into = before["state"], None, None
    incident.holder_kind, incident.holder_code = before["holder"]
    incident.supervised_by, incident.before_merge = before["supervised_by"], None
    for order in case.orders:
        if str(order.id) in before["orders"]:
            order.state, order.ended_at = before["orders"][str(order.id)], None
    stopped = [clock for clock in case.clocks if clock.id in before["clocks"]]
    restore_clocks(case, stopped, why="unmerge")
