"""The accounts of the demonstration: one or more of every role, each with a random password.

``citybrain up --demo`` calls it; it writes ``demo-accounts.json`` (mode 0600) and returns what stands there.
A second start keeps the accounts and their passwords. Which towns and departments is chosen from the city's
data, so that any city can be shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from command_center.people.account_tables import Account
from command_center.people.accounts import NewAccount, create_account, hash_random_password, make_password
from command_center.people.demo_tokens import ensure_demo_tokens
from command_center.people.roles import Role
from command_center.people.scope import Grant
from foundation.bus.credentials import write_private
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import Settings
from grid.city import City
from grid.posts import Worker

FILE = "demo-accounts.json"
TOWNS = 3
WORKERS_PER_TOWN = 5


def ensure_demo_accounts(settings: Settings, database: Database, city: City) -> list[dict[str, Any]]:
    """Return the demonstration's accounts with their passwords, made at the first start."""
    path, wanted = settings.data / FILE, list_demo_accounts(city)
    known = _read(path)
    with database.read() as session:
        there = set(session.scalars(select(Account.username)))
    fresh = [replace(new, password=known.get(new.username) or make_password()) for new in wanted]
    missing = [new for new in fresh if new.username not in there]
    hashes = [hash_random_password(new.password) for new in missing]
    with database.write() as session:
        for new, password_hash in zip(missing, hashes, strict=True):
            create_account(session, new, SystemClock().now(), password_hash=password_hash)
    told = [_tell(new, known=new.username in known or new.username not in there) for new in fresh]
    write_private(path, msgspec.json.format(msgspec.json.encode(told), indent=1))
    ensure_demo_tokens(settings, database, city)
    return told


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    listed: list[dict[str, Any]] = msgspec.json.decode(path.read_bytes())
    return {entry["username"]: entry["password"] for entry in listed}


def _tell(account: NewAccount, *, known: bool) -> dict[str, Any]:
    grant = account.grants[0]
    return {
        "username": account.username,
        "password": account.password if known else "",  # it was changed by hand and is nobody's business
        "role": grant.role.value,
        "area": grant.area,
        "domains": sorted(grant.domains) if grant.domains is not None else None,
        "department": grant.department,
        "worker": account.worker,
        "name": account.name,
    }


def list_demo_accounts(city: City) -> list[NewAccount]:
    """Return who is to have an account, without passwords."""
    return [*_district(city), *_towns(city), *_departments(city), *_crews(city)]


def _new(username: str, name: str, role: Role, area: str, **more: Any) -> NewAccount:
    grant = Grant(role=role, area=area, domains=more.get("domains"), department=more.get("department"))
    return NewAccount(username=username, name=name, password="", grants=(grant,), worker=more.get("worker"))


def _district(city: City) -> Iterator[NewAccount]:
    at = city.code
    yield _new("district.operator1", "区中心坐席一", Role.DISTRICT_OPERATOR, at)
    yield _new("district.operator2", "区中心坐席二", Role.DISTRICT_OPERATOR, at)
    yield _new("district.shift", "区中心值班长", Role.SHIFT_LEADER, at)
    yield _new("district.duty", "区值班领导", Role.DUTY_LEADER, at)
    yield _new("district.leader", "区分管领导", Role.LEADER, at)
    yield _new("district.wall", "区大屏", Role.WALL, at)
    yield _new("admin.system", "系统管理员", Role.SYSTEM_ADMIN, at)
    yield _new("admin.security", "安全管理员", Role.SECURITY_ADMIN, at)
    yield _new("admin.audit", "审计管理员", Role.AUDIT_ADMIN, at)
    yield _new("platform.city", "市平台接口", Role.INTEGRATION, at)
    for department in _leads(city):
        yield _new(
            f"supervisor.{department}",
            f"{city.departments[department].name}督查员",
            Role.LEAD_SUPERVISOR,
            at,
            domains=frozenset({city.departments[department].domain}),
            department=department,
        )


def _leads(city: City) -> list[str]:
    return [code for code, department in city.departments.items() if department.kind == "lead"]


def _chosen_towns(city: City) -> list[str]:
    """Return the towns that the demonstration plays in: those where the most devices stand."""
    devices = Counter(
        town.code
        for device in city.register.list_devices()
        if (town := city.tree.find_ancestor(device.area, "town")) is not None
    )
    by_devices = [code for code, _ in sorted(devices.items(), key=lambda pair: (-pair[1], pair[0]))]
    border = _border_towns(city)
    return list(dict.fromkeys([*border, *by_devices]))[: max(TOWNS, len(border))]


def _border_towns(city: City) -> list[str]:
    """Return the towns on whose common border an underpass is watched: a case of two towns."""
    for device in city.register.list_devices("underpass_water"):
        near = {place.town for place in city.map.list_near(device.lonlat, 60.0) if place.town}
        if len(near) > 1:
            return sorted(near)
    return []


def _towns(city: City) -> Iterator[NewAccount]:
    chosen = _chosen_towns(city)
    others = [area.code for area in city.tree.list_level("town") if area.code not in chosen]
    for town in [*chosen, *others]:
        yield _new(f"town.{town}", f"{city.tree.get_area(town).name}坐席", Role.TOWN_OPERATOR, town)
    for town in chosen:
        name = city.tree.get_area(town).name
        yield _new(f"duty.{town}", f"{name}值班领导", Role.DUTY_LEADER, town)
        yield _new(f"wall.{town}", f"{name}大屏", Role.WALL, town)
        for worker in _workers(city, town):
            yield _new(f"worker.{worker.id}", worker.name, Role.GRID_WORKER, worker.area, worker=worker.id)
        yield from _teams(city, town)
    for town in others:
        yield from _lone_worker(city, town)
    for community in city.tree.list_level("community"):
        yield _community(city, community.code)


def _lone_worker(city: City, town: str) -> Iterator[NewAccount]:
    """One phone in each further town: the living city works everywhere."""
    for worker in _workers(city, town)[:1]:
        yield _new(f"worker.{worker.id}", worker.name, Role.GRID_WORKER, worker.area, worker=worker.id)


def _teams(city: City, town: str) -> Iterator[NewAccount]:
    for post in city.posts.list_posts(kind="team", area=town):
        people = city.workers.list_of_post(post.code)
        person = people[0] if people else None
        yield _new(
            f"team.{town}.{post.team}",
            person.name if person else post.name,
            Role.HANDLER,
            town,
            department=post.code,
            worker=person.id if person else None,
        )


def _community(city: City, code: str) -> NewAccount:
    people = city.workers.list_workers(area=code, role="community_operator")
    person = people[0] if people else None
    return _new(
        f"community.{code}",
        person.name if person else f"{city.tree.get_area(code).name}坐席",
        Role.COMMUNITY_OPERATOR,
        code,
        worker=person.id if person else None,
    )


def _workers(city: City, town: str) -> list[Worker]:
    """Return the workers of the grids where the town's devices stand, then of its other grids."""
    devices = [d for d in city.register.list_devices() if city.tree.is_within(d.area, town)]
    grids = [city.tree.find_ancestor(device.area, "grid") for device in devices]
    wanted = Counter(grid.code for grid in grids if grid is not None)
    border = {
        p.grid for d in city.register.list_devices("underpass_water") for p in city.map.list_near(d.lonlat, 60)
    }
    everybody = [w for w in city.workers.list_workers(role="grid_worker") if city.tree.is_within(w.area, town)]
    everybody.sort(key=lambda worker: (worker.area not in border, -wanted[worker.area], worker.id))
    return everybody[:WORKERS_PER_TOWN]


def _departments(city: City) -> Iterator[NewAccount]:
    """Every department that receives orders has its clerk."""
    for post in city.posts.list_posts(kind="department"):
        name = f"liaison.{post.department}"
        yield _new(name, f"{post.name}联络员", Role.LIAISON, post.area, department=post.department)


def _crews(city: City) -> Iterator[NewAccount]:
    for worker in city.workers.list_workers(role="handler"):
        if worker.department:
            department = worker.department
            yield _new(
                f"crew.{worker.id}",
                worker.name,
                Role.HANDLER,
                worker.area,
                department=department,
                worker=worker.id,
            )
