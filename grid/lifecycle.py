"""The life cycle's rules of a city as data: who may extend how often, when a case is filed away, why one returns.

``lifecycle.toml`` of a city folder is read into ``LifecycleDoc``; what a city leaves out is as written here.
``read_lifecycle`` gives the brain the document in force; ``find_leads`` the duty list (权责清单).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from grid.catalogue import Category
from grid.policies import Policies
from grid.routing_rules import category_fit

Count = Annotated[int, Meta(ge=1, le=100)]
Days = Annotated[int, Meta(ge=1, le=3660)]
Hours = Annotated[float, Meta(gt=0, le=8760)]
Share = Annotated[float, Meta(ge=0, le=1)]
Code = Annotated[str, Meta(pattern=r"^[a-z_]{1,24}$")]
Words = Annotated[str, Meta(min_length=1, max_length=200)]


class Rule(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A table in which every key must be known."""


class ApprovalDoc(Rule, frozen=True):
    """How long a request waits for those who must agree."""

    expires_hours: Hours = 24.0


class ExtensionDoc(Rule, frozen=True):
    """``times`` granted at most; of them a town may grant the first ``town_times`` of its own cases.

    Source: domain.md 3.2 (one original limit each, two at most) and 5.3 (a town the first).
    """

    times: Count = 2
    town_times: Annotated[int, Meta(ge=0, le=100)] = 1


class SuspensionDoc(Rule, frozen=True):
    """Source: domain.md 3.2: once, a year at most."""

    times: Count = 1
    max_days: Annotated[int, Meta(ge=1, le=366)] = 365


class AppealDoc(Rule, frozen=True):
    """How long after its closing a case's missed limit may be appealed against."""

    days: Days = 7


class ReworkDoc(Rule, frozen=True):
    """How long work that did not pass may take: ``limit_share`` of the limit it had at first, from then on.

    Source: domain.md 3.2: rework has a new limit; where a city says nothing it is the whole one.
    """

    limit_share: Annotated[float, Meta(gt=0, le=2)] = 1.0


class ArchiveDoc(Rule, frozen=True):
    """How long after its closing a case is filed away; past the window to appeal and to call back."""

    days: Days = 15


class SelfCloseDoc(Rule, frozen=True):
    """Which part of what communities settle on the spot is looked at again, and what they never settle."""

    audit_ratio: Share = 0.1
    enforcement_teams: tuple[str, ...] = ("enforcement", "police")


class ReturnReasonDoc(Rule, frozen=True):
    """One reason to give a case back; with ``arbitrate`` it goes to a duty leader at once."""

    code: Code
    zh: Words
    en: Words
    arbitrate: bool = False


RETURN_REASONS = (
    ReturnReasonDoc(code="not_ours", zh="不属于本单位职责", en="not our duty", arbitrate=True),
    ReturnReasonDoc(code="wrong_place", zh="地点有误", en="the place is wrong"),
    ReturnReasonDoc(code="wrong_category", zh="类别有误", en="the category is wrong"),
    ReturnReasonDoc(code="duplicate", zh="重复案件", en="a duplicate"),
    ReturnReasonDoc(code="lacks_info", zh="信息不全", en="information is lacking"),
    ReturnReasonDoc(code="not_found", zh="现场未发现", en="nothing was found there"),
    ReturnReasonDoc(code="no_means", zh="力量或设备不足", en="people or equipment are lacking"),
    ReturnReasonDoc(code="other", zh="其他", en="another reason"),
)


class LifecycleDoc(Rule, frozen=True):
    """``lifecycle.toml``."""

    approval: ApprovalDoc = ApprovalDoc()
    extension: ExtensionDoc = ExtensionDoc()
    suspension: SuspensionDoc = SuspensionDoc()
    appeal: AppealDoc = AppealDoc()
    rework: ReworkDoc = ReworkDoc()
    archive: ArchiveDoc = ArchiveDoc()
    self_close: SelfCloseDoc = SelfCloseDoc()
    return_reasons: tuple[ReturnReasonDoc, ...] = RETURN_REASONS

    def find_reason(self, code: str) -> ReturnReasonDoc | None:
        return next((reason for reason in self.return_reasons if reason.code == code), None)


def read_lifecycle(policies: Policies) -> LifecycleDoc:
    """Return the rules in force; a city loaded before they were data has the usual ones."""
    document = _find_document(policies, "lifecycle")
    return msgspec.convert(document, LifecycleDoc) if document else LifecycleDoc()


def find_leads(policies: Policies, category: Category | None) -> tuple[str, ...]:
    """Return the departments that may lead a category, as the duty list says; empty: it says nothing."""
    if category is None:
        return ()
    best, closest = (), -1
    for row in _rows(policies):
        fit = category_fit(row["category"], category.code, category.domain)
        if fit > closest:
            best, closest = tuple(row["departments"]), fit
    return best


def _rows(policies: Policies) -> Iterable[Mapping[str, Any]]:
    rows: Iterable[Mapping[str, Any]] = _find_document(policies, "duty_list").get("rows", ())
    return rows


def _find_document(policies: Policies, name: str) -> Mapping[str, Any]:
    try:
        return policies.get_policy(name).document
    except KeyError:
        return {}
