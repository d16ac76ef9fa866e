"""Who am I: the account with its assignments, its worker, and the city that it looks at."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from command_center.orders.order_tables import WorkerState
from command_center.people.scope import Grant
from dashboards.server.incidents.names import name_area, name_holder, name_place
from dashboards.server.sessions.session_store import Caller
from foundation.settings import Settings
from grid.city import City


def show_me(session: Session, caller: Caller, city: City, settings: Settings) -> dict[str, Any]:
    """Return the answer of ``GET /me``."""
    worker = city.workers.find_worker(caller.scope.worker) if caller.scope.worker else None
    state = session.get(WorkerState, caller.scope.worker) if caller.scope.worker else None
    return {
        "username": caller.username,
        "name": caller.name,
        "csrf_token": caller.csrf,
        "must_change_password": caller.must_change,
        "assignments": [_show_grant(grant, city) for grant in caller.scope.grants],
        "worker": None
        if caller.scope.worker is None
        else {
            "id": caller.scope.worker,
            "name": worker.name if worker else caller.name,
            "role": worker.role if worker else None,
            "post": worker.post if worker else None,
            "grid": name_place(city, worker.area) if worker else None,
        },
        "on_shift": bool(state is not None and state.on_shift),
        "city": show_city(city, settings),
    }


def _show_grant(grant: Grant, city: City) -> dict[str, Any]:
    department = None
    if grant.department is not None:
        name, name_en = name_holder(city, grant.department)
        department = {"code": grant.department, "name": name, "name_en": name_en}
    return {
        "role": grant.role.value,
        "area": name_area(city, grant.area) or {"code": grant.area, "name": grant.area, "level": None},
        "domains": sorted(grant.domains) if grant.domains is not None else None,
        "department": department,
    }


def show_city(city: City, settings: Settings) -> dict[str, Any]:
    """Return what every page needs to know of the city."""
    west, south, east, north = city.bounds
    levels = {level["code"]: level for level in city.policy("levels").get("levels", ())}
    return {
        "code": city.code,
        "name": city.name,
        "name_en": city.name_en,
        "version": city.version,
        "timezone": str(city.timezone),
        "demo": city.demo or settings.demo,
        "synthetic": city.synthetic,
        "bounds": list(city.bounds),
        "center": [(west + east) / 2, (south + north) / 2],
        "levels": [
            {
                "code": code,
                "name": {"zh": levels.get(code, {}).get("zh", code), "en": levels.get(code, {}).get("en", code)},
            }
            for code in city.tree.levels
        ],
    }
