"""Who and what plays in the visit: a manhole with a camera and a phone near it, an underpass, departments.

Comes in: the wired city. Goes out: ``VisitCast``, or one sentence about what the city lacks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from grid.coordinates import distance_m
from ingest.simulate.casting import WITNESS_RADIUS_M
from ingest.simulate.city_life import CannotPlay, CityLife
from ingest.simulate.demo_access import DemoAccount
from ingest.simulate.http_session import HttpSession
from ingest.simulate.stage import Instrument

TRAFFIC, DRAINAGE = "traffic_police", "drainage"
DISPUTED = ("market", "urban_management")


@dataclass(frozen=True)
class VisitCast:
    """The cast; ``worker`` is on the grid of the ``cover``, which ``camera`` sees."""

    cover: Instrument
    camera: Instrument
    underpass: Instrument
    worker: DemoAccount
    phone: HttpSession
    operator: HttpSession
    district: HttpSession
    leader: HttpSession
    liaisons: dict[str, HttpSession]


def choose_cast(city: CityLife) -> VisitCast:
    """Return the cast.

    Raises:
        CannotPlay: The demo has no phone near a manhole that a camera sees, or no liaison where one is needed.
    """
    workers = {account.area: account for account in city.access.list_accounts("grid_worker")}
    scenes = [
        (distance_m(cover.lonlat, camera.lonlat), cover.id, cover, camera)
        for cover in city.stage.list_all_devices()
        if cover.kind == "manhole_cover" and cover.rule is not None and cover.grid in workers
        for camera in city.stage.list_all_cameras()
        if distance_m(cover.lonlat, camera.lonlat) <= WITNESS_RADIUS_M
    ]
    underpasses = [device for device in city.stage.list_all_devices() if device.kind == "underpass_water"]
    if not scenes or not underpasses:
        raise CannotPlay(
            "the visit needs a manhole cover with a camera and a worker with a phone near, and an underpass"
        )
    _, _, cover, camera = min(scenes, key=lambda scene: scene[:2])
    return VisitCast(
        cover=cover,
        camera=camera,
        underpass=underpasses[0],
        worker=workers[cover.grid],
        phone=city.people.session(workers[cover.grid]),
        operator=city.people.get_operator(cover.town),
        district=city.people.get_district_operator(),
        leader=city.people.get_overseer(),
        liaisons={code: _liaison(city, code) for code in (TRAFFIC, DRAINAGE, *DISPUTED)},
    )


def _liaison(city: CityLife, department: str) -> HttpSession:
    for account in city.access.list_accounts("liaison"):
        if account.department == department:
            return city.people.session(account)
    raise CannotPlay(f"the visit needs a liaison of {department} among the demo accounts")
