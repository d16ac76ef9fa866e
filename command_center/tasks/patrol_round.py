"""Gives out the patrols that are due, a few at a time, and closes those that nobody made.

Called by the door ``timers.py`` inside its transaction; what is due follows from the plan of the day alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.cases.actors import by_rule
from command_center.journal.ledger import Ledger
from command_center.orders.workforce import Workforce
from command_center.tasks.patrol_cases import open_patrol, withdraw_patrol
from command_center.tasks.patrol_plan import PlannedPatrol, begins_at, patrol_policy, plan_day, read_places
from command_center.tasks.task_tables import TaskItem
from grid.city import City
from grid.coordinates import LonLat

AT_ONCE = 5
GRACE = timedelta(hours=6)
"""A patrol may still be made some hours late; after that it counts as missed and leaves the phone."""

RULE, VERSION = "patrol.duty", "1"


def find_due(session: Session, city: City, now: datetime, most: int = AT_ONCE) -> list[PlannedPatrol]:
    """Return the first patrols of today that were not given out yet."""
    today = now.astimezone(city.timezone).date()
    if not patrol_policy(city)["duties"] or now < begins_at(city, today):
        return []
    known = set(session.scalars(select(TaskItem.key).where(TaskItem.on_date == today, TaskItem.key.is_not(None))))
    due = (one for one in plan_day(city, read_places(session, city, today), today) if one.key not in known)
    return [one for one, _ in zip(due, range(most), strict=False)]


def find_missed(session: Session, now: datetime, most: int = AT_ONCE) -> list[int]:
    """Return the items whose time has passed with nobody there."""
    chosen = select(TaskItem.id).where(
        TaskItem.state == "issued", TaskItem.task.is_(None), TaskItem.due_at < now - GRACE
    )
    return list(session.scalars(chosen.order_by(TaskItem.id).limit(most)))


def give_out(ledger: Ledger, due: list[PlannedPatrol], missed: list[int]) -> int:
    """Open the due patrols and void the missed ones; return how many changed."""
    workforce = Workforce(ledger.session, ledger.city)
    actor = by_rule(RULE, VERSION)
    done = 0
    for planned in due:
        item = _make_item(ledger, planned)
        post = ledger.city.posts.find_grid_post(item.grid) if item.grid else None
        post = post or (ledger.city.posts.find_community_post(item.community) if item.community else None)
        if post is None:
            item.state = "withdrawn"
        else:
            open_patrol(ledger, item, post, actor=actor, workforce=workforce)
        done += 1
    for id in missed:
        found = ledger.session.get(TaskItem, id)
        if found is not None and found.state == "issued":
            withdraw_patrol(ledger, found, "missed", kind="patrol_missed", actor=actor)
            done += 1
    return done


def _make_item(ledger: Ledger, planned: PlannedPatrol) -> TaskItem:
    place, duty = planned.place, planned.duty
    located = ledger.city.map.locate(LonLat(place.lon, place.lat))
    item = TaskItem(
        duty=str(duty["id"]), key=planned.key, on_date=planned.on_date, state="planned",
        domain=str(duty["domain"]), title=f"{place.name}巡查",
        text=str(duty["zh"]), checklist=list(duty["checklist"]),
        lon=place.lon, lat=place.lat, radius_m=float(duty["radius_m"]), area=place.area or place.town,
        grid=located.grid if located else None, community=located.community if located else None,
        town=located.town if located else place.town, due_at=planned.due_at, answers={},
    )  # fmt: skip
    ledger.session.add(item)
    ledger.session.flush()
    return item
