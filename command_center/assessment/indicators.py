"""The indicators of assessment (评价指标): each is who belongs, and who of them counts. Pure.

Counted rows of ``case_figures`` come in, by kind of outcome; figures with numerator and denominator go out.
应处置 are dispatched cases whose deadline falls in the period, and those disposed in it; 应结案 likewise of
filed ones. Void, merged and drill cases stand outside; a suspended one is in no denominator; a missed limit
that was excused counts as kept, and is told as ``exempt``.

Source: the indicators of urban management command centres in their common form (处置率, 按期处置率, 结案率,
按期结案率, 返工率, 准确派遣率, 有效上报率, 超期待处置率, 延期率).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from command_center.assessment.outcomes import Outcome as Is
from command_center.assessment.outcomes import Within as In


@dataclass(frozen=True, slots=True)
class Kind:
    """Cases of the same outcome that lie in the period in the same way."""

    bits: int
    within: int

    def has(self, *wanted: int) -> bool:
        return all(self.bits & bit for bit in wanted)

    def lies(self, *wanted: int) -> bool:
        return any(self.within & bit for bit in wanted)

    @property
    def is_in(self) -> bool:
        return not self.bits & Is.OUT

    @property
    def is_running(self) -> bool:
        return not self.bits & (Is.OUT | Is.SUSPENDED)

    def kept(self, missed: int) -> bool:
        """Return whether a limit was kept, or its miss excused."""
        return not self.bits & missed or bool(self.bits & Is.EXEMPT)


Test = Callable[[Kind], bool]


def reported(kind: Kind) -> bool:
    return kind.lies(In.OPENED) and not kind.bits & Is.MERGED


def counted_report(kind: Kind) -> bool:
    return reported(kind) and kind.is_in


def to_dispose(kind: Kind) -> bool:
    return (
        kind.is_in and kind.has(Is.DISPATCHED) and not kind.bits & Is.SUSPENDED and kind.lies(In.DUE, In.DISPOSED)
    )


def to_close(kind: Kind) -> bool:
    return (
        kind.is_in and kind.has(Is.FILED) and not kind.bits & Is.SUSPENDED and kind.lies(In.CLOSE_DUE, In.CLOSED)
    )


def dispatched(kind: Kind) -> bool:
    return kind.is_in and kind.lies(In.DISPATCHED)


def filed(kind: Kind) -> bool:
    return kind.is_in and kind.lies(In.FILED)


def accepted(kind: Kind) -> bool:
    return counted_report(kind) and kind.has(Is.ACCEPTED)


def disposed_on_time(kind: Kind) -> bool:
    return kind.has(Is.DISPOSED) and kind.kept(Is.DISPOSE_MISSED)


def closed_on_time(kind: Kind) -> bool:
    return kind.has(Is.CLOSED) and kind.kept(Is.CLOSE_MISSED)


def asked(stage: int) -> Test:
    return lambda kind: counted_report(kind) and kind.has(stage)


RATES: dict[str, tuple[Test, Test]] = {
    # name: (who belongs, who of them counts)
    "valid_report_rate": (reported, lambda k: not k.bits & Is.INVALID),
    "filing_rate": (counted_report, lambda k: k.has(Is.FILED)),
    "on_time_acceptance_rate": (accepted, lambda k: k.kept(Is.ACCEPT_MISSED)),
    "accurate_acceptance_rate": (accepted, lambda k: not k.bits & Is.INVALID),
    "on_time_filing_rate": (filed, lambda k: k.kept(Is.FILE_MISSED)),
    "accurate_filing_rate": (filed, lambda k: not k.bits & Is.MISFILED),
    "on_time_dispatch_rate": (dispatched, lambda k: k.kept(Is.DISPATCH_MISSED)),
    "dispatch_accuracy": (dispatched, lambda k: not k.bits & Is.RETURNED),
    "return_rate": (dispatched, lambda k: k.has(Is.RETURNED)),
    "disposal_rate": (to_dispose, lambda k: k.has(Is.DISPOSED)),
    "on_time_disposal_rate": (to_dispose, disposed_on_time),
    "overdue_disposal_rate": (to_dispose, lambda k: k.has(Is.DISPOSED) and not k.kept(Is.DISPOSE_MISSED)),
    "overdue_pending_rate": (to_dispose, lambda k: not k.bits & (Is.DISPOSED | Is.EXEMPT) and k.lies(In.LATE)),
    "extension_rate": (to_dispose, lambda k: k.has(Is.EXTENDED)),
    "closing_rate": (to_close, lambda k: k.has(Is.CLOSED)),
    "on_time_closing_rate": (to_close, closed_on_time),
    "overdue_closing_rate": (to_close, lambda k: k.has(Is.CLOSED) and not k.kept(Is.CLOSE_MISSED)),
    "urgent_closing_rate": (lambda k: to_close(k) and k.has(Is.URGENT), lambda k: k.has(Is.CLOSED)),
    "component_closing_rate": (lambda k: to_close(k) and k.has(Is.COMPONENT), lambda k: k.has(Is.CLOSED)),
    "event_closing_rate": (lambda k: to_close(k) and not k.bits & Is.COMPONENT, lambda k: k.has(Is.CLOSED)),
    "rework_rate": (to_close, lambda k: k.has(Is.REWORKED)),
    "reopen_rate": (to_close, lambda k: k.has(Is.REOPENED)),
    "unclosed_rate": (counted_report, lambda k: not k.bits & Is.CLOSED),
    "on_time_verification_rate": (asked(Is.VERIFY_ASKED), lambda k: k.kept(Is.VERIFY_MISSED)),
    "on_time_check_rate": (asked(Is.CHECK_ASKED), lambda k: k.kept(Is.CHECK_MISSED)),
    "supervision_on_time_rate": (asked(Is.SUPERVISED), lambda k: k.has(Is.SUPERVISION_ON_TIME)),
    "self_disposal_rate": (counted_report, lambda k: k.has(Is.SELF_CLOSED)),
    "repeat_rate": (lambda k: k.lies(In.OPENED), lambda k: k.has(Is.MERGED)),
}
CALL_RATES = ("whistle_response_rate", "satisfaction_rate", "response_rate", "resolution_rate")
"""What counts calls and not cases (``calls.py``)."""

COUNTS: dict[str, Test] = {
    "reported": counted_report,
    "filed": filed,
    "dispatched": dispatched,
    "disposed": lambda k: k.is_in and k.lies(In.DISPOSED),
    "closed": lambda k: k.is_in and k.lies(In.CLOSED),
    "overdue_open": lambda k: to_dispose(k) and not k.bits & Is.DISPOSED and k.lies(In.LATE),
    "suspended": lambda k: k.is_in and k.has(Is.SUSPENDED) and k.lies(In.DUE, In.OPENED, In.CLOSE_DUE),
    "exempt": lambda k: k.is_in and k.has(Is.EXEMPT) and k.lies(In.DUE, In.DISPOSED, In.CLOSED),
    "voided": lambda k: k.lies(In.OPENED) and k.has(Is.INVALID),
}
MEANS: dict[str, tuple[Test, str]] = {
    # name: (of whom, which sum)
    "mean_accept_s": (accepted, "accept_used_s"),
    "mean_dispatch_s": (dispatched, "until_dispatch_s"),
    "mean_dispose_s": (lambda k: k.is_in and k.lies(In.DISPOSED), "dispose_used_s"),
    "mean_close_s": (lambda k: k.is_in and k.lies(In.CLOSED), "until_close_s"),
    "mean_upstream_delay_s": (counted_report, "upstream_delay_s"),
    "mean_system_delay_s": (counted_report, "system_delay_s"),
    "mean_human_delay_s": (counted_report, "human_delay_s"),
}
SUMS = tuple(sorted({name for _, name in MEANS.values()}))


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cases are of a kind, and the sums and counts of what they used."""

    kind: Kind
    n: int
    sums: dict[str, tuple[float, int]]


@lru_cache(maxsize=65_536)
def _profile(bits: int, within: int) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return in which counts, denominators, numerators and means a kind stands."""
    kind = Kind(bits, within)
    base = tuple(name for name, (belongs, _) in RATES.items() if belongs(kind))
    return (
        tuple(name for name, test in COUNTS.items() if test(kind)),
        base,
        tuple(name for name in base if RATES[name][1](kind)),
        tuple(name for name, (of_whom, _) in MEANS.items() if of_whom(kind)),
    )


def reckon_indicators(counted: Iterable[Counted]) -> dict[str, Any]:
    """Return every indicator: value, numerator, denominator."""
    counts, base, good = Counter[str](), Counter[str](), Counter[str]()
    totals: dict[str, tuple[float, int]] = dict.fromkeys(MEANS, (0.0, 0))
    for row in counted:
        in_counts, in_base, in_good, in_means = _profile(row.kind.bits, row.kind.within)
        for counter, names in ((counts, in_counts), (base, in_base), (good, in_good)):
            for name in names:
                counter[name] += row.n
        for name in in_means:
            spent, of = row.sums[MEANS[name][1]]
            totals[name] = (totals[name][0] + spent, totals[name][1] + of)
    found: dict[str, Any] = {name: {"value": counts[name]} for name in COUNTS}
    found |= {name: rate(good[name], base[name]) for name in RATES}
    for name, (spent, of) in totals.items():
        mean = round(spent / of, 1) if of else None
        found[name] = {"value": mean, "numerator": round(spent, 1), "denominator": of}
    return found


def rate(numerator: int, denominator: int) -> dict[str, Any]:
    """Return a ratio with what it is made of; of nothing, None."""
    value = round(numerator / denominator, 4) if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def find_test(indicator: str, part: str) -> Test | None:
    """Return who counts in a part of an indicator: numerator, denominator, or rest (the one without the other)."""
    if indicator in COUNTS:
        return COUNTS[indicator]
    if indicator in MEANS:
        return MEANS[indicator][0]
    if indicator not in RATES:
        return None
    belongs, counts = RATES[indicator]
    parts: dict[str, Test] = {
        "numerator": lambda kind: belongs(kind) and counts(kind),
        "denominator": belongs,
        "rest": lambda kind: belongs(kind) and not counts(kind),
    }
    return parts.get(part)
