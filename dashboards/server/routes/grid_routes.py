"""The map: areas as GeoJSON, where a point lies, places by name, the catalogue of categories."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

import msgspec
import shapely
from fastapi import APIRouter, Depends, Query
from shapely.geometry import mapping
from starlette.responses import Response

from dashboards.server.answers import answer, raw_answer
from dashboards.server.errors import Refused
from dashboards.server.incidents.names import name_place
from dashboards.server.incidents.paging import Cursor, Limit, page, page_of
from dashboards.server.sessions.admission import EVERYBODY, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from grid.area_tree import Area
from grid.city import City
from grid.coordinates import CoordSys, LonLat, is_plausible, to_wgs84
from grid.filing_conditions import list_conditions
from grid.gazetteer import find_places

DECIMALS = 6  # a tenth of a metre
ORIENTATION = "orientation"
Anybody = Annotated[Caller, Depends(admit(EVERYBODY))]
Code = Annotated[str | None, Query(max_length=40)]

router = APIRouter(prefix="/api/v1", tags=["grid"])


@router.get("/grid/areas")
def list_areas(web: Tools, caller: Anybody, level: Code = None, parent: Code = None) -> Response:
    """Return areas with their outlines; without a filter, the level below the district.

    The level ``orientation`` is no area: the rivers and main roads that the city drew for the eye.
    """
    city = web.city.get()
    if level == ORIENTATION:
        return answer(dict(city.policy(ORIENTATION)))
    if level is not None and level not in city.tree.levels:
        raise Refused(
            "invalid", f"The levels are {', '.join(city.tree.levels)}.", fields={"level": "unknown level"}
        )
    if level is None and parent is None:
        level = city.tree.levels[min(1, len(city.tree.levels) - 1)]
    encoded = _encode_areas(_CityKey(city), level, parent)
    return raw_answer(encoded, headers={"Cache-Control": "private, max-age=60", "ETag": f'"{city.version}"'})


@router.get("/grid/locate")
def locate(
    *,
    web: Tools,
    caller: Anybody,
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    coord_sys: CoordSys = CoordSys.WGS84,
) -> Response:
    """Return the cell that holds a point, and everything above it; each is null where there is none."""
    city = web.city.get()
    lonlat = to_wgs84(LonLat(lon, lat), coord_sys)
    place = city.map.locate(lonlat) if is_plausible(lonlat) else None
    levels = ("cell", "grid", "community", "town", "district")
    return answer({level: name_place(city, getattr(place, level)) if place else None for level in levels})


@router.get("/places")
def list_places(
    *,
    web: Tools,
    caller: Anybody,
    q: Annotated[str, Query(min_length=1, max_length=60)],
    town: Code = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Response:
    """Find villages, estates, roads, junctions and schools by a piece of their name."""
    city = web.city.get()
    with web.database.read() as session:
        found = find_places(session, q, town, limit)
    return answer(
        page(
            [
                {
                    "code": place.code,
                    "name": place.name,
                    "name_en": place.name_en,
                    "kind": place.kind,
                    "town": name_place(city, place.town),
                    "area": name_place(city, place.area),
                    "lon": place.lonlat.lon,
                    "lat": place.lonlat.lat,
                }
                for place in found
            ]
        )
    )


@router.get("/categories")
def list_categories(web: Tools, caller: Anybody, limit: Limit = 500, cursor: Cursor = None) -> Response:
    """List what the city handles, by code."""
    items = [
        {
            "code": category.code,
            "name": {"zh": category.zh, "en": category.en},
            "domain": category.domain,
            "class_code": category.class_code,
            "class_name": {"zh": category.class_zh, "en": category.class_en},
            "urgency": category.urgency,
            "severity": category.severity,
            "privacy_class": category.privacy_class,
            "sensitive": category.sensitive,
        }
        for category in web.city.get().catalogue.list_categories()
    ]
    return answer(page_of(items, limit, cursor))


@router.get("/categories/{code}/conditions")
def list_category_conditions(web: Tools, caller: Anybody, code: str) -> Response:
    """List the standards by which a category is filed: condition, closing condition, limit, evidence."""
    city = web.city.get()
    category = city.catalogue.find_category(code)
    if category is None:
        raise Refused("not_found", "There is no such category.")
    items = [
        {
            "id": each.id,
            "condition": {"zh": each.zh, "en": each.en or each.zh},
            "closing": {"zh": each.closing_zh, "en": each.closing_en or each.closing_zh},
            "limit": list(each.limit),
            "evidence": each.evidence,
        }
        for each in list_conditions(city.policy("conditions"), category.code)
    ]
    return answer({"items": items, "next_cursor": None})


class _CityKey:
    """A city as a key of a cache: one loaded edition is one key."""

    def __init__(self, city: City) -> None:
        self.city = city

    def __hash__(self) -> int:
        return id(self.city)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CityKey) and other.city is self.city


@lru_cache(maxsize=64)
def _encode_areas(key: _CityKey, level: str | None, parent: str | None) -> bytes:
    city = key.city
    areas = city.tree.list_level(level) if level is not None else city.tree.children(parent)
    if level is not None and parent is not None:
        areas = [area for area in areas if city.tree.is_within(area.code, parent)]
    features = [feature for area in areas if (feature := _feature(city, area)) is not None]
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def _feature(city: City, area: Area) -> dict[str, Any] | None:
    shape = city.map.find_shape(area.code)
    if shape is None:
        return None
    label = shape.representative_point()
    return {
        "type": "Feature",
        "id": area.code,
        "properties": {
            "code": area.code,
            "name": area.name,
            "name_en": area.name_en,
            "level": area.level,
            "kind": area.kind,
            "parent": area.parent,
            "synthetic": area.synthetic,
            "label_lon": round(label.x, DECIMALS),
            "label_lat": round(label.y, DECIMALS),
        },
        "geometry": mapping(shapely.set_precision(shape, 10**-DECIMALS, mode="pointwise")),
    }
