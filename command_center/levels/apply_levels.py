"""Applies the city's level rules to a case: when it opens, after every act, and when a limit is used up so far.

The doors call it: ``intake.py`` and ``actions.py`` once the steps are done, ``timers.py`` with a warning. Each
rule fires once an occasion, and its mark on the incident says so; by the policy under which the case was opened.
"""

from __future__ import annotations

from typing import Any

from command_center.cases.case_file import ENDED_STATES, CaseFile
from command_center.cases.supervision import lift_when_ended
from command_center.clocks.clocks import used_ratio
from command_center.levels.leaders import address, leader_of
from command_center.levels.level_effects import MOVABLE, Firing, carry_out
from command_center.levels.level_facts import find_repeats, read_facts
from command_center.levels.level_rules import (
    Warning,
    find_standing,
    find_warned,
    occasion_of,
    read_rules,
)
from command_center.orders.order_tables import ClockRow
from grid.city_folder.level_documents import LevelRuleDoc

POLICY = "level_rules"


def apply_standing(case: CaseFile) -> None:
    """Fire the rules that fit what the case has become."""
    incident = case.incident
    if incident.state in ENDED_STATES:
        lift_when_ended(case)
        return
    if incident.replay or incident.patrol or not case.is_whole:
        return
    facts = read_facts(case)
    rules = read_rules(case.policy(POLICY))
    # repeats are counted when a case opens; a drill repeats nothing
    count = (lambda wanted: len(find_repeats(case, wanted))) if case.is_new and not incident.drill else None
    for rule in find_standing(rules, facts, count):
        occasion = occasion_of(rule, facts) + (":filed" if _comes_again(case, rule) else "")
        if _is_marked(case, occasion) or not _does_something(rule):
            continue
        _mark(case, rule, occasion)
        carry_out(Firing(case, rule, case.policy_version(POLICY)))


def _comes_again(case: CaseFile, rule: LevelRuleDoc) -> bool:
    """Return whether filing, which finds the holder anew, would take the case from the town again."""
    return rule.then.town_responsible and case.incident.state in MOVABLE and case.incident.filed_at is not None


def _does_something(rule: LevelRuleDoc) -> bool:
    then = rule.then
    said = (then.copy_to, then.tell, then.offer, then.supervise, then.escalate, then.town_responsible)
    return any(said) or then.long_term or then.report_up is not None


def _is_marked(case: CaseFile, occasion: str) -> bool:
    return any(mark["occasion"] == occasion for mark in case.incident.level_marks)


def _mark(case: CaseFile, rule: LevelRuleDoc, occasion: str) -> None:
    mark = {"rule": rule.id, "of": rule.of, "occasion": occasion, "version": case.policy_version(POLICY)}
    told = {"at": case.ledger.now.isoformat(), "zh": rule.zh, "en": rule.en}
    case.incident.level_marks = [*case.incident.level_marks, {**mark, **told}]


def apply_warning(case: CaseFile, clock: ClockRow, ratio: float, **facts: Any) -> None:
    """Fire the rules of a stage clock of which this part is used: urge first, then whatever else they say."""
    rules = find_warned(read_rules(case.policy(POLICY)), read_facts(case), Warning(clock.stage, ratio))
    why = {"stage": clock.stage, "ratio": ratio, **_held(case, clock), **facts}
    urging = next((rule for rule in rules if rule.then.urge), None)
    version = case.policy_version(POLICY)
    if urging is not None:
        Firing(case, urging, version, why).record("urged", **_urged(case, clock, urging))
    for rule in rules:
        occasion = f"{rule.id}:{clock.id}"
        if _does_something(rule) and not _is_marked(case, occasion):
            _mark(case, rule, occasion)
            carry_out(Firing(case, rule, version, why))


def _held(case: CaseFile, clock: ClockRow) -> dict[str, Any]:
    """Return who held it and for how long, in the clock's own time."""
    used_s = round(used_ratio(clock, case.ledger.now, case.working_time()) * clock.limit_s)
    post = case.ledger.city.posts.find_post(clock.holder_code)
    name = {"zh": post.name, "en": post.name_en} if post is not None else {}
    held = {"holder": clock.holder_code, "holder_name": name}
    return {
        **held,
        "clock": clock.id,
        "limit_s": clock.limit_s,
        "held_s": used_s,
        "due_at": clock.due_at.isoformat(),
    }


def _urged(case: CaseFile, clock: ClockRow, rule: LevelRuleDoc) -> dict[str, Any]:
    city = case.ledger.city
    post = city.posts.find_post(clock.holder_code)
    if post is None:
        return {}
    people = {"holder": address(post), "leader": leader_of(city, post)}
    told = [people[who] for who in rule.then.urge]
    leader = {"leader": people["leader"].code, "leader_name": people["leader"].name()}
    return {"to": [one.code for one in told], **(leader if "leader" in rule.then.urge else {})}
