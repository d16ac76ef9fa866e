"""The stage of the brain's tests, empty or with its usual cast."""

from __future__ import annotations

import pytest

from command_center.people.roles import Role
from foundation.clock import ManualClock
from foundation.database import Database
from grid.city import City
from tests.command_center.stage import NOON, OTHER_TOWN, TOWN, Stage


@pytest.fixture
def stage(city_database: Database, city: City) -> Stage:
    """Return a stage with nobody on it."""
    return Stage(city_database, city, ManualClock(NOON))


@pytest.fixture
def cast(stage: Stage) -> Stage:
    """Return the stage with the usual cast: desks, a liaison, two workers, a neighbour who must see nothing."""
    stage.hire("district", Role.DISTRICT_OPERATOR, stage.city.code)
    stage.hire("duty", Role.DUTY_LEADER, stage.city.code)
    stage.hire("town", Role.TOWN_OPERATOR, TOWN)
    stage.hire("town2", Role.TOWN_OPERATOR, TOWN)
    stage.hire("neighbour", Role.TOWN_OPERATOR, OTHER_TOWN)
    stage.hire("drainage", Role.LIAISON, stage.city.code, department="drainage")
    stage.hire("police", Role.LIAISON, stage.city.code, department="traffic_police")
    community = stage.city.tree.get_area(stage.grid()).parent
    assert community is not None
    stage.hire("community", Role.COMMUNITY_OPERATOR, community)
    worker = f"gw-{stage.grid()}"
    stage.hire("worker", Role.GRID_WORKER, stage.grid(), worker=worker)
    stage.hire("wall", Role.WALL, stage.city.code)
    stage.on_shift(worker)
    return stage
