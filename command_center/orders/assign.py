"""Which worker goes: the fittest of those on shift, by skill, distance and load. Pure.

``orders.py`` hands in the workers of the post with their present state; an ``Assignment`` goes out, with
every candidate's score or refusal, stored as a decision. Nobody fit: the order stays with the desk.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from command_center.people.masking import mask_name
from grid.catalogue import Category
from grid.coordinates import LonLat, distance_m
from grid.posts import Worker

RULE, VERSION = "assign.nearest-fit", "1"
SKILL_POINTS = 30.0
LOAD_POINTS = 20.0
METRES_A_POINT = 50.0  # a worker with the skill may be 1.5 km farther than one without

DRILL = "drill"
"""The skill of those whose phones are enrolled for drills; a drill reaches nobody else's."""

NOT_ENROLLED = {"zh": "未参加演练", "en": "not enrolled for drills"}
CALLS = {"zh": "呼救人本人", "en": "the one who calls for help"}
OFF_SHIFT = {"zh": "不在岗", "en": "off shift"}
LESS_FIT = {"zh": "不如所选合适", "en": "less fit than the one chosen"}

SKILLS_OF_DOMAIN: Mapping[str, frozenset[str]] = {
    "emergency": frozenset({"emergency", "fire", "flood", "first_aid"}),
    "public_order": frozenset({"public_order", "mediation"}),
    "urban_management": frozenset({"urban_management", "environment", "electrical"}),
    "transport": frozenset({"transport", "traffic"}),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A worker as they stand now. ``lonlat`` is the last known position, or home; ``load`` counts open orders."""

    worker: Worker
    is_on_shift: bool
    lonlat: LonLat
    load: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """``worker`` None: nobody fits, the order stays with its post. ``candidates`` are fit for storing."""

    worker: str | None
    candidates: list[dict[str, Any]]
    reason: dict[str, str]


def may_drill(worker: Worker) -> bool:
    """Tell whether the worker's phone is enrolled for drills."""
    return DRILL in worker.skills


def assign(
    standings: Iterable[Standing],
    category: Category | None,
    lonlat: LonLat | None,
    *,
    drill: bool = False,
    callers: Container[str] = (),
) -> Assignment:
    """Return who goes; of equals, the lowest id, so that the same city decides the same.

    ``callers`` call for help themselves: nobody is sent to their own rescue.
    """
    judged = [(standing, _score(standing, category, lonlat)) for standing in standings]
    fit = [
        (score, standing.worker.id)
        for standing, score in judged
        if standing.is_on_shift and standing.worker.id not in callers and (not drill or may_drill(standing.worker))
    ]
    chosen = min(fit, key=lambda pair: (-pair[0], pair[1]))[1] if fit else None
    candidates = [_told(standing, score, chosen, lonlat) for standing, score in judged]
    for told, (standing, _) in zip(candidates, judged, strict=True):
        if standing.worker.id in callers:
            told["refused"] = CALLS
        elif drill and not may_drill(standing.worker):
            told["refused"] = NOT_ENROLLED
    return Assignment(chosen, candidates, _reason(chosen, bool(judged)))


def _score(standing: Standing, category: Category | None, lonlat: LonLat | None) -> float:
    skills = SKILLS_OF_DOMAIN.get(category.domain, frozenset()) if category is not None else frozenset()
    points = SKILL_POINTS if skills & set(standing.worker.skills) else 0.0
    points -= LOAD_POINTS * standing.load
    if lonlat is not None:
        points -= distance_m(standing.lonlat, lonlat) / METRES_A_POINT
    return round(points, 1)


def _told(standing: Standing, score: float, chosen: str | None, lonlat: LonLat | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "code": standing.worker.id,
        "name": mask_name(standing.worker.name),
        "score": score,
        "load": standing.load,
        "distance_m": round(distance_m(standing.lonlat, lonlat)) if lonlat is not None else None,
    }
    if not standing.is_on_shift:
        told["refused"] = OFF_SHIFT
    elif standing.worker.id != chosen:
        told["refused"] = LESS_FIT
    return told


def _reason(chosen: str | None, had_candidates: bool) -> dict[str, str]:
    if chosen is not None:
        return {"zh": "按技能、距离和在办量选派在岗人员", "en": "the fittest on shift by skill, distance and load"}
    if had_candidates:
        return {"zh": "无人在岗，由所属岗位接单", "en": "nobody is on shift; the post itself takes it"}
    return {"zh": "该岗位没有配备人员", "en": "the post has no people of its own"}
