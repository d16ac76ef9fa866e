"""Whether somebody answers for the whole city, and which areas they may name in a question."""

from __future__ import annotations

from command_center.people.roles import SEES_BY_AREA
from command_center.people.scope import Scope
from dashboards.server.errors import not_found
from dashboards.server.incidents.names import path_of
from grid.city import City


def is_city_wide(scope: Scope, city: City) -> bool:
    """Return whether one of the grants covers a whole root area in all domains."""
    return any(
        grant.role in SEES_BY_AREA and grant.domains is None and len(path_of(city, grant.area)) == 1
        for grant in scope.grants
    )


def check_area(scope: Scope, city: City, area: str | None) -> str:
    """Return the area that a question is about; without one, the person's own.

    Raises:
        Refused: The area does not exist, or lies outside what this person may ask about.
    """
    own = [grant.area for grant in scope.grants]
    if area is None:
        return min(own, key=lambda code: len(path_of(city, code)), default=city.code)
    found = city.tree.find_area(area)
    if found is None:
        raise not_found()
    path = city.tree.path(found.code)
    if any(code in path or found.code in path_of(city, code) for code in own):
        return found.code
    raise not_found()


def codes_below(scope: Scope, city: City) -> set[str] | None:
    """Return the codes of all areas that this person answers for; None means everywhere."""
    if is_city_wide(scope, city):
        return None
    own = [grant.area for grant in scope.grants if grant.role in SEES_BY_AREA]
    return {area.code for area in city.tree.list_areas() if any(code in path_of(city, area.code) for code in own)}
