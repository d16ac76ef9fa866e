"""Reads the open incidents that something of these categories could belong to, into the index of ``correlate.py``.

Both doors ask it: ``known_signals.py`` for a batch of machines' messages, ``nearby_case.py`` for a report by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_tables import Incident
from command_center.journal.ledger import Ledger
from command_center.signals.correlate import OpenCase, OpenCases
from grid.catalogue import Category
from grid.coordinates import LonLat


def read_open_cases(ledger: Ledger, categories: Iterable[Category], earliest: datetime) -> OpenCases:
    """Return what is open of these categories' families and kin and had a signal since their window's begin."""
    wanted = list(categories)
    names = sorted({name for category in wanted for name in (category.family, *category.kin)})
    window = timedelta(seconds=max(category.window_s for category in wanted))
    of_these: ColumnElement[bool] = Incident.family.in_(names)
    if any(category.kin for category in wanted):
        of_these = or_(of_these, Incident.category.in_(names))
    rows = ledger.session.execute(
        select(
            Incident.number,
            Incident.family,
            Incident.lon,
            Incident.lat,
            Incident.last_signal_at,
            Incident.replay,
            Incident.drill,
            Incident.category,
            Incident.cell,
            Incident.storm_rule,
        ).where(
            of_these,
            Incident.last_signal_at >= earliest - window,
            Incident.state.not_in(sorted(ENDED_STATES)),
            Incident.lon.is_not(None),
        )
    )
    cases = OpenCases(ledger.city.map.neighbours)
    for number, family, lon, lat, at, replay, drill, category, cell, storm in rows:
        if lon is not None and lat is not None and at is not None:
            place = LonLat(lon, lat)
            cases.add(OpenCase(number, family, place, at, replay, drill, category, cell, storm is not None))
    return cases


def as_open_case(incident: Incident) -> OpenCase | None:
    """Return an incident of this transaction as correlation knows it, or None where it has no point."""
    if incident.lon is None or incident.lat is None or incident.last_signal_at is None:
        return None
    return OpenCase(
        incident.number,
        incident.family,
        LonLat(incident.lon, incident.lat),
        incident.last_signal_at,
        incident.replay,
        incident.drill,
        incident.category,
        incident.cell,
        incident.storm_rule is not None,
    )
