"""Accounts as JSON: what each holds and when it was last used; never anything that it proves itself with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from command_center.people.account_tables import Account, Assignment, SessionRow
from dashboards.server.incidents.names import name_area, name_holder
from grid.city import City


def show_accounts(session: Session, rows: list[Account], city: City) -> list[dict[str, Any]]:
    """Return the accounts in their order."""
    ids = [row.id for row in rows]
    held: dict[str, list[Assignment]] = {}
    for one in session.scalars(select(Assignment).where(Assignment.account.in_(ids)).order_by(Assignment.id)):
        held.setdefault(one.account, []).append(one)
    seen = select(SessionRow.account, func.max(SessionRow.seen_at)).where(SessionRow.account.in_(ids))
    used = {row[0]: row[1] for row in session.execute(seen.group_by(SessionRow.account))}
    return [
        {
            "username": row.username,
            "name": row.name,
            "worker": row.worker,
            "disabled": row.is_disabled,
            "must_change_password": row.must_change,
            "created_at": row.created_at,
            "last_seen_at": used.get(row.id),
            "assignments": [_show_assignment(one, city) for one in held.get(row.id, [])],
        }
        for row in rows
    ]


def _show_assignment(one: Assignment, city: City) -> dict[str, Any]:
    department = None
    if one.department:
        name, name_en = name_holder(city, one.department)
        department = {"code": one.department, "name": name, "name_en": name_en}
    area = name_area(city, one.area) or {"code": one.area, "name": one.area, "name_en": one.area, "level": ""}
    return {"role": one.role, "area": area, "domains": one.domains, "department": department}
