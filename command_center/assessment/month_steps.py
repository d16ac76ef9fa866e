"""Steps of a month of assessment: frozen as it stands, appealed against, published; never reckoned anew.

``actions.py`` calls them as actions about no incident.
"""

from __future__ import annotations

import re
from datetime import datetime

from command_center.assessment.count_cases import Question, reckon_all, reckon_groups
from command_center.assessment.figure_tables import KpiMonth
from command_center.assessment.scores import reckon_scores
from command_center.cases.entry_words import take_words
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.authority import ACCEPTORS
from command_center.moves.field_check import check_fields
from command_center.moves.move_forms import Schema, code, form, text, whole
from command_center.people.audience import Audience
from command_center.people.masking import mask_name, mask_numbers
from command_center.people.roles import Role
from foundation.clock import to_rfc3339

MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")
GROUPS = ("town", "department", "domain")
NAME = code("月份", "month")
FREEZE = form(("month",), month=NAME)
APPEAL = form(
    ("month", "text"),
    month=NAME,
    text=text("申诉内容", "appeal"),
    indicator=code("指标", "indicator"),
    incident=whole("案件", "case", least=1, most=2**53),
)
APPELLANTS = ACCEPTORS | {Role.LIAISON, Role.LEAD_SUPERVISOR}


def freeze_month(act: Act) -> None:
    """Reckon a past month once and keep it."""
    month = _read_month(act, FREEZE, frozenset({Role.DUTY_LEADER}))
    begin, end = month_span(act, month)
    if end > act.ledger.now:
        raise refuse(
            "move_not_allowed", "a month is frozen when it is over", facts={"month": month, "allowed": []}
        )
    row = act.ledger.session.get(KpiMonth, month)
    if row is not None:
        facts = {"month": month, "state": row.state, "allowed": ["publish"] if row.state == "frozen" else []}
        raise refuse(
            "move_not_allowed", f"the month is {row.state} already and is not reckoned again", facts=facts
        )
    ledger = act.ledger
    question = Question(begin=begin, end=end, now=end)
    indicators = reckon_all(ledger.session, question)
    groups = {by: reckon_groups(ledger.session, question, by) for by in GROUPS}
    figures = {"indicators": indicators, "scores": reckon_scores(ledger.city, indicators), "groups": groups}
    ledger.session.add(
        KpiMonth(
            month=month, state="frozen", figures=figures, appeals=[], number=ledger.head.number,
            frozen_at=ledger.now, frozen_by=mask_name(act.account.name),
        )
    )  # fmt: skip
    _record(act, "kpi_frozen", month)


def appeal_month(act: Act) -> None:
    """Put an objection beside a frozen month; the figures stay as they were frozen."""
    month = _read_month(act, APPEAL, APPELLANTS)
    row = _find(act, month, "appeal")
    said = {"at": to_rfc3339(act.ledger.now), "by": mask_name(act.account.name), "area": _own_area(act)}
    more = {name: act.data[name] for name in ("indicator", "incident") if act.data.get(name) is not None}
    row.appeals = [*row.appeals, {**said, "text": mask_numbers(act.words("text")), **more}]
    _record(act, "kpi_appealed", month, text=act.words("text"), **more)


def publish_month(act: Act) -> None:
    """Publish a frozen month with the objections that were raised."""
    month = _read_month(act, FREEZE, frozenset({Role.DUTY_LEADER}))
    row = _find(act, month, "publish")
    row.state, row.published_at, row.published_by = "published", act.ledger.now, mask_name(act.account.name)
    _record(act, "kpi_published", month, appeals=len(row.appeals))


def _read_month(act: Act, wanted: Schema, roles: frozenset[Role]) -> str:
    if not act.scope.has_role(roles):
        raise refuse("forbidden", "months are frozen and published by the duty leader, appealed against by desks")
    faults = check_fields(wanted, act.data)
    if faults:
        raise invalid(**faults)
    if not MONTH.fullmatch(act.words("month")):
        raise invalid(month="is no month: YYYY-MM")
    at_top = any(g.role in roles and g.area == act.ledger.city.code for g in act.scope.grants)
    if roles == {Role.DUTY_LEADER} and not at_top:
        raise refuse("forbidden", "the city's own duty leader freezes and publishes")
    return act.words("month")


def _find(act: Act, month: str, wanted: str) -> KpiMonth:
    row = act.ledger.session.get(KpiMonth, month)
    if row is None:
        raise refuse("not_found", "this month is not frozen")
    if row.state != "frozen":
        facts = {"month": month, "state": row.state, "wanted": wanted, "allowed": []}
        raise refuse("move_not_allowed", f"the month is {row.state}", facts=facts)
    return row


def month_span(act: Act, month: str) -> tuple[datetime, datetime]:
    """Return the first moment of a month in the city's time, and the first after it."""
    year, number = int(month[:4]), int(month[5:])
    zone = act.ledger.city.timezone
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=zone), datetime(*after, 1, tzinfo=zone)


def _own_area(act: Act) -> str:
    return act.scope.grants[0].area


def _record(act: Act, kind: str, month: str, **data: object) -> None:
    city = act.ledger.city
    audience = Audience(domain="", areas=(city.code,))
    told = {"month": month, "area": city.code, "area_name": {"zh": city.name, "en": city.name_en}, **data}
    act.ledger.append(kind, act.actor, data=take_words(act.ledger, told), audience=(audience, audience))
    act.result = {"month": month}
