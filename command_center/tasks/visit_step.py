"""The worker was there: a patrol is made where its place is, its list is answered, what was found is reported.

The row ``visit`` of ``moves/patrol_moves.py`` leads here. A finding becomes an incident on the common road,
linked to the patrol and its task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from command_center.cases.incidents import Sighting
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, invalid
from command_center.moves.report_step import open_or_join
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.orders.orders import end_order
from command_center.signals.locate import locate_area, locate_point
from command_center.tasks.patrol_cases import end_patrol, patrol_facts
from command_center.tasks.patrol_plan import patrol_policy
from command_center.tasks.task_tables import TaskFinding, TaskItem
from foundation.ids import sha256_hex
from grid.coordinates import LonLat, distance_m
from ingest.observation import SourceKind

FIELD_OF_KIND: Mapping[str, Callable[[str, str], forms.Schema]] = {
    "yes_no": forms.yes_no,
    "text": lambda zh, en: forms.text(zh, en, most=500),
    "number": lambda zh, en: forms.number(zh, en, least=-1e9, most=1e9),
}
FIXED = {
    "note": forms.NOTE,
    "photos": forms.PHOTOS,
    "voice": forms.VOICE,
    "finding": forms.text("发现的问题", "what was found"),
    "finding_category": forms.code("问题类别", "category of what was found", "category"),
    **forms.POSITION,
}


def visit_form(situation: Situation) -> forms.Schema:
    """Return the form of a visit: where one stands, the questions of this patrol, what was found."""
    checklist = _checklist([order for order in situation.orders if order.kind == "patrol"])
    asked = {_field_name(one): FIELD_OF_KIND[one["kind"]](one["zh"], one["en"]) for one in checklist}
    needed = [_field_name(one) for one in checklist if one.get("required", True)]
    return forms.form(("lon", "lat", "accuracy_m", *needed), **FIXED, **asked)


def _checklist(orders: list[Order]) -> list[dict[str, Any]]:
    return list(orders[-1].result.get("checklist") or []) if orders else []


def _field_name(question: Mapping[str, Any]) -> str:
    return f"check_{question['key']}"


def visit(act: Act) -> None:
    """Mark the place visited, if the worker really stands there."""
    case, order = act.case, act.order
    item = act.ledger.session.scalars(select(TaskItem).where(TaskItem.incident == case.number)).one()
    distance = _check_position(act, item)
    photos = act.bind_photos(list(dict.fromkeys(act.data.get("photos") or ())), "photos")
    answers = {q["key"]: act.data.get(_field_name(q)) for q in item.checklist if _field_name(q) in act.data}
    item.state, item.done_at, item.answers = "done", act.done_at, answers
    item.accuracy_m, item.distance_m = float(act.data["accuracy_m"]), distance
    item.worker = act.scope.worker or item.worker
    order.signed_at, order.signed_by = order.signed_at or act.done_at, order.signed_by or act.account.id
    order.result = {**order.result, "answers": answers, "photos": photos, "note": act.words("note")}
    end_order(case, order, "done", at=act.done_at)
    end_patrol(case, "closed", at=act.done_at)
    case.incident.disposed_at = act.done_at
    found = _report_finding(act, item, photos) if act.words("finding") else None
    told = {"item": item.id, "task_number": item.task, "found": found, "distance_m": round(distance)}
    act.record("visited", **patrol_facts(case, order), **told)
    act.result = {"item": item.id, "state": item.state, "found": found}


def _check_position(act: Act, item: TaskItem) -> float:
    """Return how far the worker stands from the place, in metres.

    Raises:
        ActRefused: The position is too inexact to prove a visit, or too far away.
    """
    most = float(patrol_policy(act.ledger.city)["accuracy_max_m"])
    if float(act.data["accuracy_m"]) > most:
        raise invalid(accuracy_m=f"the position must be exact to {most:g} m; wait for a better one in the open")
    here = LonLat(float(act.data["lon"]), float(act.data["lat"]))
    if item.lon is None or item.lat is None:
        return _check_area(act, item, here)
    distance = distance_m(here, LonLat(item.lon, item.lat))
    if distance > item.radius_m:
        raise invalid(lon=f"is {distance:.0f} m from the place: a visit counts within {item.radius_m:g} m of it")
    return distance


def _check_area(act: Act, item: TaskItem, here: LonLat) -> float:
    place = act.ledger.city.map.locate(here)
    codes = (place.grid, place.cell, *place.path) if place is not None else ()
    if item.area not in codes:
        raise invalid(lon="is outside the area that is to be looked at")
    return 0.0


def _report_finding(act: Act, item: TaskItem, photos: list[str]) -> int:
    """Open an incident for what was found, or join the open one, and link it; the patrol's act goes on after."""
    city, case, order, situation = act.ledger.city, act.case, act.order, act.situation
    category = None
    if act.words("finding_category"):
        category = city.catalogue.find_category(act.words("finding_category"))
        if category is None:
            raise invalid(finding_category="is not in the catalogue")
    here = LonLat(float(act.data["lon"]), float(act.data["lat"]))
    located = locate_point(city, here, how="map", accuracy_m=float(act.data["accuracy_m"]))
    located = located or locate_area(city, item.area, how="area")
    if located is None or situation is None:
        raise invalid(lon="is outside the city")
    said = sha256_hex(act.account.id.encode(), act.request.key.encode(), b"finding")[:32]
    sighting = Sighting(
        kind=SourceKind.WORKER.value, source="patrol", device=None, alarm_id=said, category=category,
        located=located, at=act.done_at, text=act.words("finding"), place_text=item.title,
    )  # fmt: skip
    open_or_join(act, sighting)
    number = act.case.number
    act.bring(case, order, situation)
    act.ledger.flush()
    act.ledger.session.merge(TaskFinding(incident=number, item=item.id, task=item.task, at=act.ledger.now))
    return number
