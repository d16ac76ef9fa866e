"""Finds the open case that a report by hand belongs to, by the same judgement as for machines.

``report_step.py`` asks before it opens a case; ``correlate.py`` judges what is near, ``joining.py`` what may join.
"""

from __future__ import annotations

from command_center.cases.case_file import CaseFile, find_case
from command_center.cases.incidents import Sighting
from command_center.journal.ledger import Ledger
from command_center.people.scope import Scope
from command_center.signals.correlate import Sought
from command_center.signals.joining import has_another_number, is_shared, may_join
from command_center.signals.open_cases import read_open_cases


def find_nearby_case(ledger: Ledger, sighting: Sighting, scope: Scope) -> tuple[CaseFile, float] | None:
    """Return the open case of the same family near enough that this person sees, and its distance in metres."""
    category, lonlat = sighting.category, sighting.located.lonlat
    if category is None or lonlat is None or not is_shared(category):
        return None
    sought = Sought(
        category=category,
        lonlat=lonlat,
        at=sighting.at,
        cell=sighting.located.place.cell,
        kind=sighting.kind,
        drill=sighting.drill,
    )
    found = read_open_cases(ledger, [category], sighting.at).find(sought)
    case = find_case(ledger, found[0].number) if found is not None else None
    if found is None or case is None or not may_join(category, case.incident) or not scope.sees(case.audience):
        return None
    if has_another_number(sighting.upstream, case.incident):
        return None  # it keeps a case of its own, which a person merges
    return case, found[1]
