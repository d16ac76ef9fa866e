"""Judges departments, posts, workers and the roster of a folder against each other and the areas."""

from __future__ import annotations

from grid.city_folder.area_book import AreaBook
from grid.city_folder.draft import CityDraft
from grid.city_folder.faults import Faults
from grid.city_folder.read_csv import Row
from grid.city_folder.repeats import refuse_repeats


def check_people(draft: CityDraft, book: AreaBook) -> None:
    """Add a fault for each repeated code and each reference that leads nowhere."""
    refuse_repeats(draft.rows["departments.csv"], ("code",), draft.faults)
    refuse_repeats(draft.rows["posts.csv"], ("code",), draft.faults)
    refuse_repeats(draft.rows["workers.csv"], ("id",), draft.faults)
    refuse_repeats(draft.rows["roster.csv"], ("area", "role", "seat", "day", "starts"), draft.faults)
    departments = {row["code"]: row.get("kind") for row in draft.rows["departments.csv"] if "code" in row.fields}
    for row in draft.rows["posts.csv"]:
        _check_post(row, book, departments, draft.faults)
    posts = {row["code"]: row for row in draft.rows["posts.csv"] if "code" in row.fields}
    for row in draft.rows["workers.csv"]:
        _check_worker(row, book, draft.faults)
        _check_worker_post(row, posts, departments, draft.faults)
    for row in draft.rows["roster.csv"]:
        _check_roster(row, book, draft.faults)


def _check_post(row: Row, book: AreaBook, departments: dict[str, str | None], faults: Faults) -> None:
    area, department, kind = row.get("area"), row.get("department"), row.get("kind")
    if area is not None and area not in book.entries:
        faults.add(row.file, row.line, f"post {row.get('code')} has an unknown area {area}")
    if department and department not in departments:
        faults.add(row.file, row.line, f"post {row.get('code')} has an unknown department {department}")
    if kind == "department" and not department:
        faults.add(row.file, row.line, f"post {row.get('code')} is of kind department but names none")
    if department and departments.get(department) == "territorial":
        faults.add(row.file, row.line, f"department {department} is territorial and can have no post")
    if (kind == "team") != bool(row.get("team")):
        faults.add(row.file, row.line, f"post {row.get('code')}: a team, and only a team, names its kind of team")


def _check_worker(row: Row, book: AreaBook, faults: Faults) -> None:
    area, role, worker = row.get("area"), row.get("role"), row.get("id")
    if not area:
        missing = "grid" if role == "grid_worker" else "area"
        faults.add(row.file, row.line, f"worker {worker} has no {missing}")
    elif area not in book.entries:
        faults.add(row.file, row.line, f"worker {worker} has an unknown area {area}")
    elif role == "grid_worker" and book.entries[area].area.level != "grid":
        level = book.entries[area].area.level
        faults.add(row.file, row.line, f"worker {worker} has no grid: {area} is of level {level}")


def _check_worker_post(
    row: Row, posts: dict[str, Row], departments: dict[str, str | None], faults: Faults
) -> None:
    post, worker = row.get("post"), row.get("id")
    if post is not None and post not in posts:
        faults.add(row.file, row.line, f"worker {worker} has an unknown post {post}")
    if row.get("department") and row["department"] not in departments:
        faults.add(row.file, row.line, f"worker {worker} has an unknown department {row['department']}")


def _check_roster(row: Row, book: AreaBook, faults: Faults) -> None:
    if "area" in row.fields and row["area"] not in book.entries:
        faults.add(row.file, row.line, f"roster has an unknown area {row['area']}")
    cycle, day = row.get("cycle_days"), row.get("day")
    if cycle is not None and cycle < 1:
        faults.add(row.file, row.line, f"cycle_days is {cycle}: at least 1 is wanted")
    elif cycle is not None and day is not None and not 0 <= day < cycle:
        faults.add(row.file, row.line, f"day {day} never comes in a cycle of {cycle} days (0 to {cycle - 1})")
