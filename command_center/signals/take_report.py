"""A person's report that comes through a source: a hotline's work order, a citizen's report of another system.

``take_signal.py`` hands over what has no alarm yet; goes out: an incident at a desk, whose caller stands in the
table of reporters alone. What a device only suggests waits as a candidate; what a person says is always a case.
"""

from __future__ import annotations

from dataclasses import replace

from command_center.cases.actors import by_device, by_rule
from command_center.cases.case_file import CaseFile
from command_center.cases.incident_tables import Reporter
from command_center.cases.incidents import join_incident, open_incident
from command_center.cases.merging import merge_into
from command_center.cases.upstream import keep_told_upstream
from command_center.journal.ledger import Ledger
from command_center.levels.apply_levels import apply_standing
from command_center.orders.dispatching import advance_by_rule, start_accept_clock
from command_center.orders.workforce import Workforce
from command_center.signals.correlate import RULE as JOIN_RULE
from command_center.signals.joining import has_another_number
from command_center.signals.locate import Located, locate, locate_area, locate_point
from command_center.signals.sightings import sighting_of
from command_center.signals.ways_in import CANDIDATE, WayIn, choose_way_in
from grid.catalogue import Category
from grid.city import City
from grid.gazetteer import find_places
from ingest.observation import Observation, Said

UNNAMED_WAY = "W-UNNAMED"
NAME_LENGTH_LEAST = 3  # a shorter name stands in too many addresses


def take_report(
    ledger: Ledger, observation: Observation, workforce: Workforce, nearby: CaseFile | None = None
) -> CaseFile:
    """Return the case that the report joins (``nearby``) or opens; without any place the city's desk has it."""
    said = observation.said or Said()
    category = ledger.city.catalogue.find_category(observation.category)
    sighting = replace(
        sighting_of(observation, category, _locate(ledger, observation, said)),
        place_text=said.place_text[:200],
        upstream=dict(said.upstream) if said.upstream else None,
        rule=None,
        ended_at=None,
    )
    way = _choose_way(ledger.city, category, observation)
    if nearby is not None and not has_another_number(sighting.upstream, nearby.incident):
        rule = by_rule(JOIN_RULE, ledger.city.policy_version("correlation"))
        join_incident(nearby, sighting, by_device(observation.source), rule.data)
        if sighting.upstream and nearby.incident.upstream_state is None:
            keep_told_upstream(nearby, sighting.upstream)
        _keep_caller(ledger, nearby, said)
        return nearby
    case, chosen = open_incident(ledger, sighting, way, by_device(observation.source))
    if nearby is not None:
        _merge(ledger, case, nearby, said)
        return case
    if way.path == CANDIDATE or category is None or sighting.located.how == "unplaced":
        start_accept_clock(case)  # a person judges: it waits at the desk to be accepted
    else:
        advance_by_rule(case, way, chosen, workforce)
    _keep_caller(ledger, case, said)
    apply_standing(case)
    return case


def _merge(ledger: Ledger, case: CaseFile, nearby: CaseFile, said: Said) -> None:
    """Put a case that has a number upstream into one that has another: each number is answered by itself."""
    start_accept_clock(case)
    _keep_caller(ledger, case, said)
    rule = by_rule(JOIN_RULE, ledger.city.policy_version("correlation"))

    def tell_merged() -> None:
        case.record("merged", rule, into=nearby.number)

    merge_into(case, nearby, rule, tell_merged)
    nearby.sources = [*nearby.sources, *case.sources]


def _choose_way(city: City, category: Category | None, observation: Observation) -> WayIn:
    if category is None:
        reason = {"zh": "尚未归类，由受理员判断", "en": "not yet named: an acceptor judges"}
        return WayIn(CANDIDATE, UNNAMED_WAY, city.policy_version("ways_in"), reason)
    return choose_way_in(city, category, observation.kind, observation.confidence)


def _locate(ledger: Ledger, observation: Observation, said: Said) -> Located:
    """Return the place: the point, the place's name, an area that the words name; else that it is unknown."""
    city = ledger.city
    found = locate(observation, city) or _locate_name(ledger, said) or _locate_words(city, said)
    if found is not None:
        return found
    return Located(city.map.place_of_area(city.code), None, None, "unplaced")


def _locate_name(ledger: Ledger, said: Said) -> Located | None:
    """Return the place of a name that the gazetteer knows whole and only once."""
    places = find_places(ledger.session, said.place_text, None, 2) if said.place_text else []
    exact = [place for place in places if said.place_text in (place.name, place.name_en)]
    return locate_point(ledger.city, exact[0].lonlat, how="place_text") if len(exact) == 1 else None


def _locate_words(city: City, said: Said) -> Located | None:
    """Return the smallest area, down to the community, whose code or name the words hold; longer names first."""
    for level in ("community", "town"):
        areas = sorted(city.tree.list_level(level), key=lambda area: (-len(area.name), area.code))
        for area in areas:
            is_named = len(area.name) >= NAME_LENGTH_LEAST and area.name in f"{said.town} {said.place_text}"
            if area.code == said.town or is_named:
                return locate_area(city, area.code, how="town" if level == "town" else "place_text")
    return None


def _keep_caller(ledger: Ledger, case: CaseFile, said: Said) -> None:
    """Keep who called apart from the case; an anonymous caller leaves nothing but the wish for an answer."""
    if said.caller is None:
        return
    ledger.write(
        Reporter,
        incident=case.number,
        name="" if said.caller.anonymous else said.caller.name[:80],
        phone="" if said.caller.anonymous else said.caller.phone[:40],
        is_anonymous=said.caller.anonymous,
        wants_reply=said.caller.wants_reply,
        reported_at=ledger.now,
    )
