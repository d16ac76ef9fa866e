"""Carries out what a level rule says: copy, tell, offer, supervise, hand up, list for treatment, report upward.

``apply_levels.py`` finds the rules. Every entry names rule and version and says why; nothing here is moved by
time alone, which the check of the city's folder has proved before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from command_center.cases.actors import Actor, by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.supervision import desk_above, supervise
from command_center.clocks.limits import to_stage_limit
from command_center.levels.leaders import Addressee, address, duty_leader_of, leader_of
from command_center.levels.long_term import list_for_treatment
from command_center.orders import dispatching
from command_center.orders.route import find_target
from command_center.responses.report_clocks import ask_reports
from grid.catalogue import Limit
from grid.city_folder.level_documents import LevelRuleDoc
from grid.posts import Post

MOVABLE = frozenset({"reported", "verifying", "filed"})


@dataclass
class Firing:
    """One rule that fires on one case; ``why`` is what its entries say of stage, holder and time."""

    case: CaseFile
    rule: LevelRuleDoc
    version: str
    why: dict[str, Any] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return by_rule(self.rule.id, self.version)

    def record(self, kind: str, **data: Any) -> None:
        reason = {"zh": self.rule.zh, "en": self.rule.en}
        self.case.record(kind, self.actor, **{"of": self.rule.of, "reason": reason, **self.why, **data})


def carry_out(firing: Firing) -> None:
    """Do everything that the rule says, in the order of ``EFFECTS``."""
    for effect in EFFECTS:
        effect(firing)


def _copy(firing: Firing) -> None:
    case, new = firing.case, []
    for target in firing.rule.then.copy_to:
        post = _find_copied(case, target)
        if target == "district" and not case.incident.copied_to_district:
            case.incident.copied_to_district = True
        elif target == "district" or post is None or post.code in case.incident.copied_to:
            continue
        else:
            case.incident.copied_to = [*case.incident.copied_to, post.code]
        new += [address(post)] if post is not None else []
    if new:
        firing.record("copied", **_to(new))


def _find_copied(case: CaseFile, target: str) -> Post | None:
    city, place = case.ledger.city, dispatching.place_of(case)
    if target == "district":
        return city.posts.find_desk(city.code)
    if target == "town":
        return city.posts.find_desk(place.town) if place.town else None
    category = city.catalogue.find_category(case.incident.category)
    return find_target(city, category, place, target)


def _tell(firing: Firing) -> None:
    told = [_find_told(firing.case, who) for who in firing.rule.then.tell]
    if told:
        firing.record("told", **_to(told))


def _find_told(case: CaseFile, who: str) -> Addressee:
    city = case.ledger.city
    holder = city.posts.find_post(case.incident.holder_code) or desk_above(case)
    if who == "holder":
        return address(holder)
    if who == "leader":
        return leader_of(city, holder)
    return duty_leader_of(city, city.code) if who == "duty_leader" else address(desk_above(case))


def _to(told: list[Addressee]) -> dict[str, Any]:
    names = {"zh": "、".join(one.zh for one in told), "en": ", ".join(one.en for one in told)}
    return {"to": [one.code for one in told], "to_name": names}


def _offer(firing: Firing) -> None:
    for action in firing.rule.then.offer:
        firing.record("offered", offer=action, **_to([address(desk_above(firing.case))]))


def _supervise(firing: Firing) -> None:
    limit = firing.rule.then.supervise
    if limit is not None and firing.case.incident.supervised_by is None:
        facts = supervise(firing.case, to_stage_limit(Limit(*limit)), rule=(firing.rule.id, firing.version))
        firing.record("supervised", **facts)


def _escalate(firing: Firing) -> None:
    """Hand up what nobody works on yet; what is dispatched stays, and its copies and tellings do."""
    case = firing.case
    if firing.rule.then.escalate and case.incident.level != "district" and case.incident.state in MOVABLE:
        dispatching.hand_over(case, desk_above(case))
        firing.record("escalated")


def _answer_as_town(firing: Firing) -> None:
    """Nobody is responsible: the town where it lies answers for it, the district coordinates."""
    case, city = firing.case, firing.case.ledger.city
    place = dispatching.place_of(case)
    town = city.posts.find_desk(place.town) if place.town else None
    if not firing.rule.then.town_responsible or town is None:
        return
    case.incident.unowned = True
    if case.incident.state in MOVABLE and case.incident.holder_code != town.code:
        dispatching.hand_over(case, town)
    district = city.posts.find_desk(city.code)
    coordinator = {"coordinator": district.code} if district is not None else {}
    firing.record("town_responsible", **_to([address(town)]), **coordinator)


def _list_long_term(firing: Firing) -> None:
    repeats = firing.rule.when.repeats
    if firing.rule.then.long_term and repeats is not None:
        place, numbers = list_for_treatment(firing.case, repeats, (firing.rule.id, firing.version))
        firing.record("listed_long_term", long_term=place, count=len(numbers), days=repeats.days, cases=numbers)


def _report_up(firing: Firing) -> None:
    wanted = firing.rule.then.report_up
    if wanted is not None:
        facts = ask_reports(firing.case, wanted)
        if facts:
            firing.record("report_due", **facts)


EFFECTS: tuple[Callable[[Firing], None], ...] = (
    _copy,
    _escalate,
    _answer_as_town,
    _tell,
    _offer,
    _supervise,
    _list_long_term,
    _report_up,
)
