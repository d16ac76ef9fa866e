"""Steps of a response that halt ordinary cases by class and let them go again."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from command_center.cases.case_file import ENDED_STATES, CaseFile, find_cases
from command_center.cases.freezing import belongs_to, freeze, is_of_class, thaw
from command_center.cases.incident_tables import Incident
from command_center.moves.act import Act, invalid, refuse
from command_center.responses.response_file import COMMANDERS, ResponseFile, open_file

PAGE = 500


def freeze_cases(act: Act) -> None:
    """Halt the clocks of ordinary cases of these classes in the response's area, those to come as well."""
    file = open_file(act)
    file.must_be("response")
    file.must_have(COMMANDERS)
    row, catalogue = file.response, act.ledger.city.catalogue.list_categories()
    named = [str(code).strip() for code in act.data["classes"]]
    unknown = [code for code in named if not any(is_of_class(one, [code]) for one in catalogue) or code == "*"]
    if unknown or not named:
        raise invalid(classes=f"no category begins so: {', '.join(unknown)}" if unknown else "name at least one")
    row.frozen = sorted({*row.frozen, *named})
    halted = [case for case in _cases_of(act, None) if belongs_to(case.incident, row, act.ledger.city)]
    for case in halted:
        case.incident.version += 1
        freeze(case, row, act.actor)
    _tell(file, "cases_frozen", len(halted))


def thaw_cases(act: Act) -> None:
    """Let all cases go that the response halted."""
    file = open_file(act)
    file.must_have(COMMANDERS)
    if not file.response.frozen:
        facts = {"state": file.response.state, "wanted": "thaw_cases"}
        raise refuse("move_not_allowed", "the response halts no cases", facts=facts)
    thaw_all(file)


def thaw_all(file: ResponseFile) -> None:
    """Let go what is halted, if anything is."""
    if not file.response.frozen:
        return
    halted = list(_cases_of(file.act, file.response.id))
    file.response.frozen = []
    for case in halted:
        case.incident.version += 1
        thaw(case, file.act.actor)
    _tell(file, "cases_thawed", len(halted))


def _cases_of(act: Act, frozen_by: int | None) -> Iterable[CaseFile]:
    """Yield the open cases that this response halted, or (None) all that nobody halted."""
    is_halted = Incident.frozen_by == frozen_by if frozen_by is not None else Incident.frozen_by.is_(None)
    chosen = select(Incident.number).where(Incident.state.not_in(sorted(ENDED_STATES)), is_halted)
    numbers = act.ledger.session.scalars(chosen.order_by(Incident.number)).all()
    for start in range(0, len(numbers), PAGE):
        yield from find_cases(act.ledger, numbers[start : start + PAGE]).values()


def _tell(file: ResponseFile, kind: str, count: int) -> None:
    reason = file.act.words("reason")
    file.record(kind, classes=list(file.response.frozen), members=count, **({"reason": reason} if reason else {}))
    file.result()
    file.act.result |= {"classes": list(file.response.frozen), "cases": count}
