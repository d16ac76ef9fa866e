"""How far a source, and a rule, can be believed: what people made of its candidates, beside what the city expects.

A judged candidate is counted here; ``ways_in.py`` compares it with ``min_trust``, ``GET /sources`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from command_center.journal.ledger import Ledger
from command_center.signals.rule_tables import RuleCount
from command_center.signals.signal_tables import Candidate, SourceCount
from grid.city import City

EXPECTED_WEIGHT = 10
"""The city's own figure in ``sources.toml`` weighs as much as so many judged candidates. Ours."""


def trust_ratio(expected: float, confirmed: int, dismissed: int) -> float:
    """Return the share of candidates that were true, 0–1; few of them move the expected figure little."""
    judged = confirmed + dismissed
    return round((expected * EXPECTED_WEIGHT + confirmed) / (EXPECTED_WEIGHT + judged), 3)


def expected_trust(city: City, source: str) -> float:
    """Return what the city expects of a source."""
    found = city.sources.get(source)
    return found.trust if found is not None else 0.5


def rule_id(rule: str | None) -> str | None:
    """Return the id of a rule that an observation cites as ``id/version``."""
    return rule.rpartition("/")[0] or rule if rule else None


def count_judgement(ledger: Ledger, candidate: Candidate, verdict: str) -> None:
    """Count ``confirmed`` or ``dismissed`` for the candidate's source and for the rule that made it."""
    source = ledger.session.get(SourceCount, candidate.source)
    if source is None:
        source = SourceCount(source=candidate.source, accepted=0, duplicate=0, quarantined=0, candidate=0)
        source.confirmed = source.dismissed = 0
        ledger.session.add(source)
    setattr(source, verdict, getattr(source, verdict) + 1)
    rule = rule_id(candidate.observation.get("rule"))
    if rule is not None:
        row = ledger.session.get(RuleCount, rule)
        if row is None:
            row = RuleCount(rule=rule, told=0, shadow=0, confirmed=0, dismissed=0)
            ledger.session.add(row)
        setattr(row, verdict, getattr(row, verdict) + 1)


class Trusts:
    """The figures of a batch's sources, read when first asked."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._counts: Mapping[str, tuple[int, int]] | None = None

    def find(self, source: str) -> float:
        """Return how far this source can be believed."""
        if self._counts is None:
            rows = self._ledger.session.execute(
                select(SourceCount.source, SourceCount.confirmed, SourceCount.dismissed)
            )
            self._counts = {name: (confirmed, dismissed) for name, confirmed, dismissed in rows}
        confirmed, dismissed = self._counts.get(source, (0, 0))
        return trust_ratio(expected_trust(self._ledger.city, source), confirmed, dismissed)
