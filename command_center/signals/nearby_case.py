"""Finds the open case that a report by hand belongs to, by the same judgement as for machines.

``report_step.py`` asks before it opens a case; ``correlate.py`` judges. Only things join: what concerns
persons (a dispute, a complaint, a private matter) is nobody else's, however near.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from command_center.cases.case_file import ENDED_STATES, CaseFile, find_case
from command_center.cases.incident_tables import Incident
from command_center.cases.incidents import Sighting
from command_center.journal.ledger import Ledger
from command_center.people.scope import Scope
from command_center.signals.correlate import OpenCase, OpenCases
from grid.catalogue import Category
from grid.coordinates import LonLat


def find_nearby_case(ledger: Ledger, sighting: Sighting, scope: Scope) -> tuple[CaseFile, float] | None:
    """Return the open case of the same family near enough that this person sees, and its distance in metres."""
    category, lonlat = sighting.category, sighting.located.lonlat
    if category is None or lonlat is None or category.privacy_class > 0 or sighting.upstream:
        return None
    found = _read_open_cases(ledger, category, sighting).find(category, lonlat, sighting.at, drill=sighting.drill)
    case = find_case(ledger, found[0].number) if found is not None else None
    if found is None or case is None or not scope.sees(case.audience):
        return None
    return case, found[1]


def _read_open_cases(ledger: Ledger, category: Category, sighting: Sighting) -> OpenCases:
    since = sighting.at - timedelta(seconds=category.window_s)
    rows = ledger.session.scalars(
        select(Incident).where(
            Incident.family == category.family,
            Incident.last_signal_at >= since,
            Incident.state.not_in(sorted(ENDED_STATES)),
            Incident.lon.is_not(None),
        )
    )
    cases = OpenCases()
    for row in rows:
        if row.lon is not None and row.lat is not None and row.last_signal_at is not None:
            lonlat = LonLat(row.lon, row.lat)
            cases.add(OpenCase(row.number, row.family, lonlat, row.last_signal_at, row.replay, row.drill))
    return cases
