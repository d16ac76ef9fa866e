"""A report by hand: a call, a walk-in, a worker's own find, a superior's document. One more way to open a case.

Comes in from the door ``actions.py`` with what the person typed; goes out: an incident, opened or joined, on
the same road as a device's. Words and a town are enough; neither place nor town is refused.
"""

from __future__ import annotations

from command_center.cases.actors import by_rule
from command_center.cases.case_file import ENDED_STATES, CaseFile, find_case
from command_center.cases.incidents import Sighting, join_incident, open_incident
from command_center.cases.joined_case import advance_joined
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.caller_report import (
    check_number,
    keep_platform,
    keep_reporter,
    read_nested,
    read_platform,
)
from command_center.orders.dispatching import advance_by_rule, start_accept_clock
from command_center.people.roles import Role
from command_center.signals.correlate import RULE as JOIN_RULE
from command_center.signals.joining import has_another_number
from command_center.signals.locate import Located, locate_area, locate_point
from command_center.signals.nearby_case import find_nearby_case
from command_center.signals.ways_in import CANDIDATE, WayIn, choose_way_in
from foundation.ids import sha256_hex
from grid.catalogue import Category
from grid.coordinates import CoordSys, LonLat, to_wgs84
from grid.gazetteer import find_places
from ingest.observation import SourceKind

SOURCE_BY_HAND = "manual"
KINDS = {kind.value: {"zh": kind.value, "en": kind.value} for kind in SourceKind}
SOURCE_KIND_OF = {
    "phone": "hotline",
    "12345": "hotline",
    "walk_in": "citizen",
    "app": "citizen",
    "city": "superior",
}
UNNAMED_WAY = "W-UNNAMED"

FORM: forms.Schema = forms.form(
    (),
    category=forms.code("事项类别", "category", "category"),
    text=forms.text("情况描述", "text", most=4000),
    lon=forms.POSITION["lon"],
    lat=forms.POSITION["lat"],
    accuracy_m=forms.POSITION["accuracy_m"],
    coord_sys=forms.one_of(
        "坐标系", "coordinate system", {c.value: {"zh": c.value, "en": c.value} for c in CoordSys}
    ),
    place_text=forms.text("地点", "place", most=200, widget=None),
    town=forms.code("乡镇街道", "town", "area"),
    cell=forms.code("单元网格", "cell"),
    channel=forms.code("渠道", "channel"),
    severity=forms.SEVERITY,
    join=forms.whole("并入案件编号", "join number", least=1, most=2**53),
    drill=forms.yes_no("演练", "drill"),
    attachments=forms.PHOTOS,
)
NESTED = frozenset({"reporter", "upstream"})
"""Fields whose inside the web has checked already; ``read_nested`` reads them once more."""


def report(act: Act) -> None:
    """Open an incident from what a person says, or join it to the one that they chose."""
    category = _read_category(act)
    if category is None and not act.words("text"):
        raise invalid(category="category or text is needed", text="category or text is needed")
    check_number(act)
    sighting = _sight(act, category, _locate(act))
    if act.data.get("join") is not None:
        _join(act, sighting)
    else:
        open_or_join(act, sighting)
    keep_platform(act)
    keep_reporter(act)
    act.bind_photos(list(dict.fromkeys(act.data.get("attachments") or ())), "attachments")
    if act.data.get("join") is not None:
        return
    act.result = {"number": act.case.number}


def _read_category(act: Act) -> Category | None:
    if not act.words("category"):
        return None
    found = act.ledger.city.catalogue.find_category(act.words("category"))
    if found is None:
        raise invalid(category="is not in the catalogue")
    return found


def _locate(act: Act) -> Located:
    """Return the place: the point, the cell, a place by its name, or at least the town.

    Raises:
        ActRefused: ``unplaceable``: there is neither a place nor a town in this city.
    """
    found = _locate_point(act) or _locate_cell(act) or _locate_name(act) or _locate_town(act)
    if found is None:
        faults = dict.fromkeys(("lon", "lat", "place_text", "town"), "no place or town of the city")
        raise refuse("unplaceable", "neither a place nor a town is known: name at least the town", fields=faults)
    return found


def _locate_point(act: Act) -> Located | None:
    lon, lat = act.data.get("lon"), act.data.get("lat")
    if (lon is None) != (lat is None):
        raise invalid(**{"lat" if lat is None else "lon": "lon and lat come together"})
    if lon is None or lat is None:
        return None
    point = to_wgs84(LonLat(float(lon), float(lat)), act.words("coord_sys") or CoordSys.WGS84)
    return locate_point(act.ledger.city, point, how="map", accuracy_m=act.data.get("accuracy_m"))


def _locate_cell(act: Act) -> Located | None:
    if not act.words("cell"):
        return None
    found = locate_area(act.ledger.city, act.words("cell"), how="cell")
    if found is None:
        raise invalid(cell="is no cell of the city")
    return found


def _locate_name(act: Act) -> Located | None:
    """Return the place of a name that the gazetteer knows, whole and only once; else it is verified."""
    wanted = act.words("place_text")
    places = find_places(act.ledger.session, wanted, act.words("town") or None, 2) if wanted else []
    exact = [place for place in places if wanted in (place.name, place.name_en)]
    return locate_point(act.ledger.city, exact[0].lonlat, how="place_text") if len(exact) == 1 else None


def _locate_town(act: Act) -> Located | None:
    if not act.words("town"):
        return None
    towns = act.ledger.city.tree.list_level("town")
    codes = {code: area.code for area in towns for code in (area.code, area.name)}
    found = locate_area(act.ledger.city, codes.get(act.words("town"), ""), how="town")
    if found is None:
        raise invalid(town="is no town of the city")
    return found


def _sight(act: Act, category: Category | None, located: Located) -> Sighting:
    return Sighting(
        kind=_source_kind(act),
        source=SOURCE_BY_HAND,
        device=None,
        alarm_id=sha256_hex(act.account.id.encode(), act.request.key.encode())[:32],
        category=category,
        located=located,
        at=act.done_at,
        text=act.words("text"),
        place_text=act.words("place_text"),
        severity=act.data.get("severity"),
        drill=bool(act.data.get("drill")),
        upstream=read_platform(act),
    )


def _source_kind(act: Act) -> str:
    """Return as what kind of source the report counts: the channel's, or by who reports."""
    channel = act.words("channel")
    if channel:
        kind = SOURCE_KIND_OF.get(channel, channel)
        if kind not in KINDS:
            raise invalid(channel=f"is one of {', '.join([*KINDS, *SOURCE_KIND_OF])}")
        return kind
    if read_nested(act, "upstream"):
        return SourceKind.SUPERIOR.value
    if act.scope.has_role({Role.GRID_WORKER, Role.HANDLER, Role.COMMUNITY_OPERATOR}):
        return SourceKind.WORKER.value
    return SourceKind.DEPARTMENT.value if act.scope.has_role({Role.LIAISON}) else SourceKind.HOTLINE.value


def open_or_join(act: Act, sighting: Sighting) -> None:
    """Join the open case of the same thing nearby, else open one."""
    way = _choose_way(act, sighting)
    nearby = find_nearby_case(act.ledger, sighting, act.scope)
    if nearby is not None:
        act.case = nearby[0]
        rule = by_rule(JOIN_RULE, act.ledger.city.policy_version("correlation"))
        join_incident(act.case, sighting, act.actor, {**rule.data, "distance_m": round(nearby[1])})
        advance_joined(act.case, way, act.workforce)
        return
    case, chosen = open_incident(act.ledger, sighting, way, act.actor)
    act.case = case
    if way.path == CANDIDATE or sighting.category is None:
        start_accept_clock(case)  # a person judges: it waits at the desk to be accepted
    else:
        advance_by_rule(case, way, chosen, act.workforce)


def _choose_way(act: Act, sighting: Sighting) -> WayIn:
    if sighting.category is None:
        reason = {"zh": "尚未归类，由受理员判断", "en": "not yet named: an acceptor judges"}
        return WayIn(CANDIDATE, UNNAMED_WAY, act.ledger.city.policy_version("ways_in"), reason)
    return choose_way_in(act.ledger.city, sighting.category, sighting.kind, None)


def _join(act: Act, sighting: Sighting) -> None:
    number = int(act.data["join"])
    found: CaseFile | None = find_case(act.ledger, number)
    if found is None or not act.scope.sees(found.audience) or found.incident.state in ENDED_STATES:
        raise invalid(join="is no open case that you see")
    if has_another_number(sighting.upstream, found.incident):
        raise invalid(join="answers another number of a platform above; merge the two cases instead")
    act.case = found
    join_incident(found, sighting, act.actor, {"by_hand": True})
    advance_joined(found, _choose_way(act, sighting), act.workforce)
