"""An incident as JSON: one shape for lists, single reads, answers to actions and live frames.

Comes in: an ``IncidentFile`` and which of its orders this person may see (``visibility.py``). Goes out: a
dictionary ready for ``msgspec``. Persons are masked here, always; ``unmask`` is an action of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from command_center.cases.case_file import ENDED_STATES
from command_center.cases.incident_rows import IncidentFile, hidden_photos
from command_center.cases.incident_tables import Incident, Reporter
from command_center.clocks.working_time import WorkingTime, time_between_s
from command_center.levels.down_rules import is_least_told
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.masking import mask_name, mask_phone
from dashboards.server.incidents.incident_course import count_extensions_left, show_course
from dashboards.server.incidents.names import (
    holder,
    name_category,
    name_holder,
    name_place,
    path_of,
    told_in_english,
    worker_name,
)
from dashboards.server.incidents.party_view import marks_of_part, show_parties
from dashboards.server.incidents.source_view import show_source
from grid.city import City

OwnOrders = frozenset[int] | None
MARKS_MAX = 30
LEAST: dict[str, Any] = {"text": "", "text_en": "", "sources": [], "source_count": 0, "reply": ""}
"""What a worker's phone does not show of a private matter: it is sent to a place, with a task."""


def show_incident(file: IncidentFile, city: City, own: OwnOrders, now: datetime | None) -> dict[str, Any]:
    """Return the incident; ``own`` None is the whole, ``now`` None leaves ``remaining_s`` out (live frames)."""
    orders = [order for order in file.orders if own is None or order.id in own]
    seen, hidden = {order.id for order in orders}, hidden_photos(file, own)
    clocks = [clock for clock in file.clocks if clock.stopped_at is None and (own is None or clock.order in seen)]
    shown_clocks = [show_clock(clock, file.working, now) for clock in clocks]
    is_least = is_least_told(
        city.policy("level_rules"), file.incident.privacy_class, orders if own is not None else ()
    )
    return {
        **_show_facts(file.incident, city),
        **_show_place(file.incident, city),
        "holder": holder(city, file.incident.holder_kind, file.incident.holder_code),
        "supervised_by": file.incident.supervised_by,
        "supervised_by_name": _name_supervisor(city, file.incident.supervised_by),
        **_show_levels(file.incident, own),
        "orders": [
            show_order(order, [shown for shown in shown_clocks if shown["order"] == order.id], city)
            for order in orders
        ],
        "clocks": shown_clocks,
        "sources": [show_source(source, city) for source in file.sources],
        "source_count": file.source_count,
        "storm": file.incident.storm_rule is not None,
        "members": file.incident.members,
        "attachments": [
            {"id": photo.id, "content_type": photo.content_type, "name": photo.name}
            for photo in file.attachments
            if photo.id not in hidden
        ],
        "reporter": _show_reporter(file.reporters) if own is None else None,
        "upstream": file.incident.upstream if own is None else None,
        **show_parties(file, city, is_whole=own is None),
        **({} if own is None else marks_of_part(clocks)),
        "partial": own is not None,
        **show_course(file, city, own),
        **(LEAST if is_least else {}),
    }


def _show_standard(incident: Incident) -> dict[str, Any] | None:
    """Return the standard by which it was filed, in both languages."""
    standard = incident.filing_condition
    if not standard:
        return None
    return {
        "id": standard["id"],
        "condition": {"zh": standard["zh"], "en": standard.get("en") or standard["zh"]},
        "closing": {"zh": standard["closing_zh"], "en": standard.get("closing_en") or standard["closing_zh"]},
        "limit": standard["limit"],
        "evidence": standard.get("evidence", []),
    }


def _show_levels(incident: Incident, own: OwnOrders) -> dict[str, Any]:
    """Return what the level rules made of it; who sees a part only learns nothing of that."""
    is_whole = own is None
    return {
        "supervision": incident.supervision if is_whole else None,
        "copied_to": incident.copied_to if is_whole else [],
        "unowned": incident.unowned,
        "handed_up": incident.handed_up if is_whole else None,
        "reports_up": incident.reports_up if is_whole else {},
        "levels": incident.level_marks[-MARKS_MAX:] if is_whole else [],
    }


def _name_supervisor(city: City, code: str | None) -> dict[str, str] | None:
    if code is None:
        return None
    zh, en = name_holder(city, code)
    return {"zh": zh, "en": en}


def _show_facts(incident: Incident, city: City) -> dict[str, Any]:
    names = name_category(city, incident.category)
    return {
        "number": incident.number,
        "title": incident.title,
        "title_en": names["en"],
        "text": incident.text,
        "text_en": told_in_english(city, incident.text),
        "domain": incident.domain,
        "category": incident.category,
        "category_name": names,
        "severity": incident.severity,
        "severity_proposed": incident.severity_proposed,
        "filing_condition": _show_standard(incident),
        "urgency": incident.urgency,
        "sensitive": incident.sensitive,
        "drill": incident.drill,
        "replay": incident.replay,
        "patrol": incident.patrol,
        "state": incident.state,
        "is_open": incident.state not in ENDED_STATES,
        "level": incident.level,
        "way_in": incident.way_in,
        "channel": incident.channel,
        "privacy_class": incident.privacy_class,
        "copied_to_district": incident.copied_to_district,
        "is_overdue": incident.is_overdue,
        "is_due_soon": incident.is_due_soon,
        "returns": incident.returns,
        "reworks": incident.reworks,
        "reply": incident.reply,
        "version": incident.version,
        "opened_at": incident.opened_at,
        "updated_at": incident.updated_at,
        "filed_at": incident.filed_at,
        "dispatched_at": incident.dispatched_at,
        "disposed_at": incident.disposed_at,
        "closed_at": incident.closed_at,
    }


def _show_place(incident: Incident, city: City) -> dict[str, Any]:
    path = path_of(city, incident.area)
    steps = [step for code in path if (step := city.tree.find_area(code)) is not None]
    area = city.tree.find_area(incident.area)
    grid, cell = name_place(city, incident.grid), name_place(city, incident.cell)
    location = None
    if incident.lon is not None and incident.lat is not None:
        location = {
            "lon": incident.lon,
            "lat": incident.lat,
            "accuracy_m": incident.accuracy_m,
            "how": incident.located_how,
        }
    return {
        "area": {
            "code": incident.area,
            "name": area.name if area else incident.area,
            "name_en": area.name_en if area else incident.area,
            "level": area.level if area else None,
            "path": list(path),
            "names": [step.name for step in steps],
            "names_en": [step.name_en or step.name for step in steps],
        },
        "grid": incident.grid,
        "grid_name": grid["name"] if grid else None,
        "grid_name_en": grid["name_en"] if grid else None,
        "cell": incident.cell,
        "cell_name": cell["name"] if cell else None,
        "location": location,
        "located_how": incident.located_how,
        "place_text": incident.place_text,
    }


def show_order(order: Order, clocks: list[dict[str, Any]], city: City) -> dict[str, Any]:
    """Return an order with its running clocks, which are shown once and stand here and with the incident."""
    return {
        "id": order.id,
        "incident": order.incident,
        "kind": order.kind,
        "state": order.state,
        "is_lead": order.is_lead,
        "task": order.task,
        "holder": holder(city, order.holder_kind, order.holder_code),
        "assignee": {"id": order.worker, "name": worker_name(city, order.worker)} if order.worker else None,
        "area": order.area,
        "clocks": clocks,
        "extensions": order.extensions,
        "extensions_left": count_extensions_left(order, city),
        "issued_at": order.issued_at,
        "received_at": order.received_at,
        "read_at": order.read_at,
        "signed_at": order.signed_at,
        "arrived_at": order.arrived_at,
        "ended_at": order.ended_at,
        "result": order.result,
        "round": order.round,
        "whistle": order.whistle,
    }


def show_clock(clock: ClockRow, working: WorkingTime, now: datetime | None) -> dict[str, Any]:
    """Return a running clock; ``remaining_s`` counts in the clock's own calendar, negative when overdue."""
    shown = {
        "stage": clock.stage,
        "order": clock.order,
        "due_at": clock.due_at,
        "paused": clock.paused_at is not None,
        "calendar": clock.calendar,
        "started_at": clock.started_at,
        "limit_s": clock.limit_s,
        "missed": clock.missed,
    }
    if now is not None:
        left_s = time_between_s(clock.paused_at or now, clock.due_at, clock.calendar, working)
        shown["remaining_s"] = round(left_s)
        is_running = time_between_s(now, now + timedelta(seconds=1), clock.calendar, working) > 0
        shown["counts_now"] = is_running and clock.paused_at is None
    return shown


def _show_reporter(reporters: list[Reporter]) -> dict[str, Any] | None:
    if not reporters:
        return None
    first = reporters[0]
    return {
        "name": "" if first.is_anonymous else mask_name(first.name),
        "phone": "" if first.is_anonymous else mask_phone(first.phone),
        "anonymous": first.is_anonymous,
        "wants_reply": first.wants_reply,
        "satisfaction": first.satisfaction,
        "count": len(reporters),
    }
