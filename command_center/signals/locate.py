"""Where on the grid an observation or report lies. Pure over the loaded city.

The message's own position first, then the register's; a point outside the city counts as no place, since a
device that says so is wrong or not ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from grid.city import City
from grid.city_map import Place
from grid.coordinates import LonLat, is_plausible
from ingest.observation import Observation


@dataclass(frozen=True, slots=True)
class Located:
    """``how`` is message, register, map (picked by a person), cell, place_text, town, area, or unplaced."""

    place: Place
    lonlat: LonLat | None
    accuracy_m: float | None
    how: str


def locate(observation: Observation, city: City) -> Located | None:
    """Return the place of an observation, or None when neither it nor the register knows one in the city."""
    if observation.lon is not None and observation.lat is not None:
        found = locate_point(
            city,
            LonLat(observation.lon, observation.lat),
            how=observation.place_how or "message",
            accuracy_m=observation.accuracy_m,
        )
        if found is not None:
            return found
    if observation.area is not None:
        return locate_area(city, observation.area, how="area")
    if observation.device is None:
        return None
    device = city.register.find_device(observation.device) or city.register.find_camera(observation.device)
    return locate_point(city, device.lonlat, how="register") if device is not None else None


def locate_point(city: City, lonlat: LonLat, *, how: str, accuracy_m: float | None = None) -> Located | None:
    """Return the place of a WGS-84 point, or None outside the city."""
    if not is_plausible(lonlat):
        return None
    place = city.map.locate(lonlat)
    return Located(place, lonlat, accuracy_m, how) if place is not None else None


def locate_area(city: City, code: str, *, how: str) -> Located | None:
    """Return what is known of a place when only an area is named, or None for an unknown code."""
    area = city.tree.find_area(code)
    return Located(city.map.place_of_area(area.code), None, None, how) if area is not None else None


def holding_area(place: Place, root: str) -> str:
    """Return the area that an incident there is filed under: the lowest known one above the grid."""
    return place.community or place.town or place.district or root
