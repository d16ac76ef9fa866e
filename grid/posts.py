"""Posts, departments, workers and the roster: who answers at which level, and who is on duty when.

Rows of the city folder come in through ``city``; routing asks for the post that holds, assignment for the
workers of a grid. Live positions and who is on shift this minute belong to the brain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from grid.coordinates import LonLat

POST_KINDS = ("desk", "community", "grid", "department", "team")
WORKER_ROLES = ("grid_worker", "handler", "community_operator")


@dataclass(frozen=True, slots=True)
class Department:
    """An authority or enterprise. ``kind`` territorial stands for "the town (or community) it lies in"."""

    code: str
    name: str
    name_en: str
    kind: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """Who answers: a centre's desk, a community, a grid, a department or a team.

    ``team`` names the kind of team (``enforcement``, ``sanitation`` …), empty for the other kinds.
    """

    code: str
    kind: str
    level: str
    area: str
    department: str
    team: str
    name: str
    name_en: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Worker:
    """A person with a phone. ``area`` is the duty grid, a town for a team, the district for a crew."""

    id: str
    name: str
    role: str
    post: str
    area: str
    department: str
    skills: tuple[str, ...]
    home: LonLat
    phone: str = ""
    """Under which the desk calls them when an order did not reach their phone."""


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One line of a repeating roster: on day ``day`` of every ``cycle_days`` counted from ``anchor_on``.

    ``starts`` and ``ends`` are the city's local time; an end not after the start is on the next morning.
    """

    area: str
    role: str
    seat: str
    person: str
    starts: time
    ends: time
    cycle_days: int
    day: int
    anchor_on: date

    def covers(self, local: datetime) -> bool:
        """Tell whether the line is on duty at that local time of the city (its offset is ignored)."""
        moment = local.replace(tzinfo=None)
        return any(self._covers_from(moment, moment.date() - timedelta(days=back)) for back in (0, 1))

    def _covers_from(self, moment: datetime, day_on: date) -> bool:
        if (day_on - self.anchor_on).days % self.cycle_days != self.day:
            return False
        begin, end = datetime.combine(day_on, self.starts), datetime.combine(day_on, self.ends)
        if end <= begin:
            end += timedelta(days=1)
        return begin <= moment < end


class Posts:
    """All posts of a city."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self._posts = {post.code: post for post in sorted(posts, key=lambda post: post.code)}
        # the brain asks for these with every incident, so they are looked up and not searched
        self._by_area: dict[tuple[str, str, str], Post] = {}
        self._by_department: dict[str, Post] = {}
        for post in self._posts.values():
            self._by_area.setdefault((post.kind, post.area, post.team), post)
            if post.kind == "department":
                self._by_department.setdefault(post.department, post)

    def get_post(self, code: str) -> Post:
        """Return the post; raises ``KeyError``."""
        return self._posts[code]

    def find_post(self, code: str) -> Post | None:
        return self._posts.get(code)

    def list_posts(
        self, *, kind: str | None = None, area: str | None = None, department: str | None = None
    ) -> list[Post]:
        """Return the posts that fit every condition given, by code."""
        return [
            post
            for post in self._posts.values()
            if kind in (None, post.kind) and area in (None, post.area) and department in (None, post.department)
        ]

    def find_desk(self, area: str) -> Post | None:
        """Return the desk of the centre of a district or town."""
        return self._by_area.get(("desk", area, ""))

    def find_community_post(self, area: str) -> Post | None:
        return self._by_area.get(("community", area, ""))

    def find_grid_post(self, area: str) -> Post | None:
        return self._by_area.get(("grid", area, ""))

    def find_department_post(self, department: str) -> Post | None:
        """Return the post that receives for a department."""
        return self._by_department.get(department)

    def find_team(self, area: str, team: str) -> Post | None:
        """Return the team of that kind of a town."""
        return self._by_area.get(("team", area, team))

    def __len__(self) -> int:
        return len(self._posts)


class Workers:
    """The people of the roster, by id, by duty area and by post."""

    def __init__(self, workers: Iterable[Worker]) -> None:
        self._workers = {worker.id: worker for worker in sorted(workers, key=lambda worker: worker.id)}
        self._by_area: dict[str, list[Worker]] = {}
        self._by_post: dict[str, list[Worker]] = {}
        for worker in self._workers.values():
            self._by_area.setdefault(worker.area, []).append(worker)
            self._by_post.setdefault(worker.post, []).append(worker)

    def get_worker(self, id: str) -> Worker:
        """Return the worker; raises ``KeyError``."""
        return self._workers[id]

    def find_worker(self, id: str) -> Worker | None:
        return self._workers.get(id)

    def list_workers(self, *, area: str | None = None, role: str | None = None) -> list[Worker]:
        """Return the workers, by id, optionally only of one duty area and one role."""
        found = self._workers.values() if area is None else self._by_area.get(area, [])
        return [worker for worker in found if role in (None, worker.role)]

    def list_of_post(self, post: str) -> list[Worker]:
        """Return the workers of a post, by id."""
        return list(self._by_post.get(post, ()))

    def __len__(self) -> int:
        return len(self._workers)
