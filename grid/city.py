"""The whole city of one day in memory, read-only: what ingest, brain and web hold.

``load_city`` reads it from the database in under a second; ``city_version`` tells cheaply whether it has
changed since, so that a process can load it again.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from grid.area_store import read_areas, read_shapes
from grid.area_tree import AreaTree
from grid.calendar_gaps import calendar_warnings
from grid.catalogue import Catalogue
from grid.category_store import read_catalogue
from grid.city_map import CityMap
from grid.people_store import read_departments, read_posts, read_roster, read_workers
from grid.policies import Policies, city_today, read_policies
from grid.policy_tables import CityLoad
from grid.posts import Department, Posts, RosterLine, Workers
from grid.register_store import read_register, read_sources, register_revision
from grid.registers import Register
from grid.sources import Source

REGISTER = "+r"
"""Stands in a city's version before the register's revision, once people have changed the register."""


class NoCityLoaded(LookupError):
    """The database holds no city that is in force on that date."""


@dataclass(frozen=True, slots=True)
class City:
    """One city on one day.

    ``bounds``: west, south, east, north in WGS-84 degrees. ``synthetic``: its outlines are made up (示意).
    """

    code: str
    name: str
    name_en: str
    version: str
    timezone: ZoneInfo
    synthetic: bool
    demo: bool
    bounds: tuple[float, float, float, float]
    tree: AreaTree
    map: CityMap
    catalogue: Catalogue
    register: Register
    departments: Mapping[str, Department]
    posts: Posts
    workers: Workers
    roster: tuple[RosterLine, ...]
    sources: Mapping[str, Source]
    policies: Policies

    def policy(self, name: str) -> Mapping[str, Any]:
        """Return the document of a policy; its shape is in ``deploy/cities/README.md``."""
        return self.policies.get_policy(name).document

    def policy_version(self, name: str) -> str:
        """Return what a decision made by that policy cites."""
        return self.policies.get_policy(name).version

    def list_warnings(self, at: datetime) -> list[dict[str, Any]]:
        """Return what people should know about the city's data at an aware moment: {code, zh, en, …}."""
        return calendar_warnings(self.policy("calendar"), at.astimezone(self.timezone).date())

    def list_on_duty(self, at: datetime) -> list[RosterLine]:
        """Return who is on duty at an aware moment, by area, role and seat."""
        local = at.astimezone(self.timezone)
        on_duty = [line for line in self.roster if line.covers(local)]
        return sorted(on_duty, key=lambda line: (line.area, line.role, line.seat))


def load_city(session: Session, on: date | None = None) -> City:
    """Return the city as it stands on a local date (None: today).

    Raises:
        NoCityLoaded: No city is in force on that date.
    """
    day = on or city_today(session)
    version = city_version(session, day)
    if version is None:
        raise NoCityLoaded(f"no city is loaded for {day}; run: citybrain city load DIR")
    policies = read_policies(session, day)
    header = policies.get_policy("city").document
    tree = read_areas(session, day)
    city_map = CityMap(tree, read_shapes(session, day))
    return City(
        code=header["code"],
        name=header["name"],
        name_en=header["name_en"],
        version=version,
        timezone=ZoneInfo(header["timezone"]),
        synthetic=header["synthetic"],
        demo=header["demo"],
        bounds=city_map.bounds,
        tree=tree,
        map=city_map,
        catalogue=read_catalogue(session, day, policies.get_policy("correlation").document),
        register=read_register(session, day),
        departments=read_departments(session, day),
        posts=read_posts(session, day),
        workers=read_workers(session, day),
        roster=read_roster(session, day),
        sources=read_sources(session, day),
        policies=policies,
    )


def renew_city(session: Session, city: City | None) -> City:
    """Return the city of today, reading no more than has changed since ``city``: often only the register.

    Raises:
        NoCityLoaded: No city is in force today.
    """
    day = city_today(session)
    version = city_version(session, day)
    if city is None or version is None or version.partition(REGISTER)[0] != city.version.partition(REGISTER)[0]:
        return load_city(session, day)
    return replace(city, register=read_register(session, day), version=version)


def spare_city() -> None:
    """Let the garbage collector pass over everything that is loaded now, for a process that keeps its city.

    Looking through a city of 20,000 devices again and again cost a seventh of writing and of receiving (measured).
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def city_version(session: Session, on: date | None = None) -> str | None:
    """Return the version in force on a local date (None: today), or None without a city. Cheap."""
    day = on or city_today(session)
    statement = (
        select(CityLoad.version)
        .where(CityLoad.effective_on <= day)
        .order_by(CityLoad.effective_on.desc(), CityLoad.id.desc())
        .limit(1)
    )
    loaded = session.scalars(statement).first()
    revision = register_revision(session)
    return f"{loaded}{REGISTER}{revision}" if loaded is not None and revision else loaded
