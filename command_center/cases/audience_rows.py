"""Builds who may see an incident from its place, its holder and its orders, and keeps the rows in step.

Every change of these goes through ``case_file.py``, which calls ``build_audience`` and writes the rows that
``Scope`` reads in SQL; the same audience stands in the entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.orders.order_tables import Order
from command_center.people.audience import Audience
from grid.area_tree import AreaTree
from grid.city import City

AudienceRow = tuple[str, str]


def build_audience(
    incident: Incident, orders: Iterable[Order], city: City, guests: Iterable[str] = ()
) -> Audience:
    """Return who may see the incident: its place, who holds it, who has an order of it, who is consulted."""
    live = [order for order in orders if order.state not in ("cancelled", "returned")]
    areas = case_path(incident, city.tree)
    seats = [*(order.holder_code for order in live), *guests]
    parties: set[str] = set()
    for code in (incident.holder_code, *(incident.copied_to or ()), *seats):
        parties |= list_parties(code, city)
    return Audience(
        domain=incident.domain,
        also=tuple(sorted(set(incident.also_domains or ()) - {incident.domain})),
        privacy_class=incident.privacy_class,
        areas=areas,
        shared=tuple(sorted(_list_foreign_areas(seats, city) - set(areas))),
        parties=tuple(sorted(parties)),
        workers=tuple(sorted({order.worker for order in live if order.worker})),
        patrol=incident.patrol,
    )


def list_guests(incident: Incident) -> list[str]:
    """Return the posts that are invited to the consultation under way."""
    return [str(member["code"]) for member in (incident.guests or {}).get("members", ()) if member["code"]]


def _list_foreign_areas(seats: Iterable[str], city: City) -> set[str]:
    """Return the areas of desks, teams, communities and grids among the posts: their people see by area."""
    posts = (city.posts.find_post(code) for code in seats)
    return {post.area for post in posts if post is not None and post.kind != "department"}


def list_parties(post_code: str, city: City) -> set[str]:
    """Return the codes under which people act for a post: its own, and its department's if it is one."""
    post = city.posts.find_post(post_code)
    if post is not None and post.kind == "department" and post.department:
        return {post_code, post.department}
    return {post_code}


def case_path(incident: Incident, tree: AreaTree) -> tuple[str, ...]:
    """Return the incident's areas, root first, down to the grid where it is known."""
    code = incident.grid or incident.area
    return tree.path(code) if tree.find_area(code) is not None else (code,)


def audience_rows(audience: Audience) -> set[AudienceRow]:
    """Return the audience as (kind, code) rows."""
    return {
        *(("area", code) for code in audience.areas),
        *(("shared", code) for code in audience.shared),
        *(("department", code) for code in audience.parties),
        *(("worker", code) for code in audience.workers),
        *(("domain", code) for code in audience.also),
    }


def replace_rows(session: Session, incident: int, before: Audience, after: Audience) -> list[AudienceRow]:
    """Delete the rows that no longer hold; return those to be added."""
    old, new = audience_rows(before), audience_rows(after)
    table = IncidentAudience
    for kind, code in sorted(old - new):
        session.execute(delete(table).where(table.incident == incident, table.kind == kind, table.code == code))
    return sorted(new - old)


def read_audiences(session: Session, incidents: Iterable[Incident], city: City) -> dict[int, Audience]:
    """Return the stored audiences of many incidents with one query."""
    wanted = {incident.number: incident for incident in incidents}
    rows: dict[int, dict[str, list[str]]] = {number: {} for number in wanted}
    for number, kind, code in session.execute(_select_rows(), {"numbers": list(wanted)}):
        rows[number].setdefault(kind, []).append(code)
    return {number: _audience(wanted[number], kinds, city) for number, kinds in rows.items()}


@cache
def _select_rows() -> Select[int, str, str]:
    table = IncidentAudience
    return select(table.incident, table.kind, table.code).where(
        table.incident.in_(bindparam("numbers", expanding=True))
    )


def _audience(incident: Incident, kinds: dict[str, list[str]], city: City) -> Audience:
    stored = set(kinds.get("area", ()))
    path = tuple(code for code in case_path(incident, city.tree) if code in stored)
    return Audience(
        domain=incident.domain,
        also=tuple(sorted(kinds.get("domain", ()))),
        privacy_class=incident.privacy_class,
        # the path as it was when stored: the tree may have changed since
        areas=path if len(path) == len(stored) else tuple(sorted(stored, key=lambda code: (len(code), code))),
        shared=tuple(sorted(kinds.get("shared", ()))),
        parties=tuple(sorted(kinds.get("department", ()))),
        workers=tuple(sorted(kinds.get("worker", ()))),
        patrol=incident.patrol,
    )
