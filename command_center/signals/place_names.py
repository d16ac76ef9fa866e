"""What people call the spot: the nearest named place, for the title of an incident.

The gazetteer's rows of the loaded city are read once and held beside it; ``incidents.py`` asks.
"""

from __future__ import annotations

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.area_tables import NamedPlaceRow
from grid.city import City
from grid.coordinates import METRES_PER_DEGREE, LonLat, distance_m
from grid.editions import in_force
from grid.policies import city_today

REACH_M = 200.0


class PlaceNames:
    """The named places of one city, by where they are."""

    def __init__(self, places: list[tuple[str, LonLat]]) -> None:
        self._places = places
        self._tree = shapely.STRtree([shapely.Point(lonlat) for _, lonlat in places])

    def find_near(self, lonlat: LonLat) -> str | None:
        """Return the name of the nearest place within reach, or None."""
        width = REACH_M / METRES_PER_DEGREE * 2  # wide enough in degrees of longitude up to 60 degrees north
        box = shapely.box(lonlat.lon - width, lonlat.lat - width, lonlat.lon + width, lonlat.lat + width)
        near = [
            (distance_m(lonlat, self._places[i][1]), self._places[i][0]) for i in self._tree.query(box).tolist()
        ]
        best = min(near, default=None)
        return best[1] if best is not None and best[0] <= REACH_M else None


_held: list[tuple[City, PlaceNames]] = []


def get_place_names(session: Session, city: City) -> PlaceNames:
    """Return the named places of the loaded city, read when first asked for."""
    if not _held or _held[0][0] is not city:
        rows = session.execute(
            select(NamedPlaceRow.name, NamedPlaceRow.lon, NamedPlaceRow.lat)
            .where(in_force(NamedPlaceRow, city_today(session)))
            .order_by(NamedPlaceRow.code)
        )
        _held[:] = [(city, PlaceNames([(name, LonLat(lon, lat)) for name, lon, lat in rows]))]
    return _held[0][1]
