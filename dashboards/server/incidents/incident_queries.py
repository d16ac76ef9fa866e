"""Finds incidents for one person: filters of ``GET /incidents``, every one of them within ``Scope``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident
from command_center.moves.case_states import EVER
from command_center.orders.order_tables import Order
from command_center.people.scope import Scope, concerns_clause
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.narrowing import in_area
from dashboards.server.incidents.paging import LIMIT_MAX
from dashboards.server.incidents.sight import check_area
from dashboards.server.incidents.visibility import whole_clause
from dashboards.server.moments import Moment
from grid.city import City

NUMBER_MAX = 2**53
URGENCIES = frozenset({"emergency", "urgent", "normal"})


class IncidentFilter(BaseModel):
    """The query of ``GET /incidents``; several values of one name are separated by commas."""

    model_config = ConfigDict(extra="forbid")

    area: str | None = Field(None, max_length=40)
    patrol: bool | None = None
    domain: str | None = Field(None, max_length=200)
    state: str | None = Field(None, max_length=200)
    level: str | None = Field(None, max_length=100)
    category: str | None = Field(None, max_length=200)
    severity: str | None = Field(None, pattern=r"^[1-5](,[1-5])*$")
    urgency: str | None = Field(None, max_length=60)
    overdue: bool | None = None
    upstream: Literal["any", "waiting", "replied", "none"] | None = None
    assigned_to: str | None = Field(None, max_length=64)
    bbox: str | None = Field(None, max_length=120)
    q: str | None = Field(None, max_length=100)
    since: Moment | None = None
    cursor: str | None = Field(None, max_length=200)
    limit: int = Field(50, ge=1, le=LIMIT_MAX)
    order: Literal["newest", "oldest"] = "newest"


def find_visible(session: Session, scope: Scope, number: int) -> Incident:
    """Return one incident.

    Raises:
        Refused: It does not exist, or this person may not see it; nobody can tell which.
    """
    statement = select(Incident).where(Incident.number == number, scope.clause())
    incident = session.scalars(statement).one_or_none()
    if incident is None:
        raise not_found()
    return incident


def select_visible(scope: Scope, wanted: IncidentFilter, city: City) -> Select[Incident]:
    """Return the statement that finds what is wanted among what this person may see.

    Raises:
        Refused: A value that no incident can have: a typing error must not read as "nothing is open".
    """
    _check_words(wanted, city)
    if wanted.area:
        check_area(scope, city, wanted.area)
    statement = select(Incident).where(scope.clause())
    if not wanted.assigned_to:
        statement = statement.where(Incident.patrol.is_(bool(wanted.patrol)))
    for condition in _conditions(wanted, scope, city):
        statement = statement.where(condition)
    return statement


def _check_words(wanted: IncidentFilter, city: City) -> None:
    known = {
        "domain": {category.domain for category in city.catalogue.list_categories()},
        "state": EVER,
        "level": set(city.tree.levels),
        "urgency": URGENCIES,
    }
    for name, words in known.items():
        strange = set(filter(None, (getattr(wanted, name) or "").split(","))) - words
        if strange:
            raise _invalid(name, f"{sorted(strange)[0]!r} is none of {', '.join(sorted(words))}")
    for code in filter(None, (wanted.category or "").split(",")):
        check_category(code, city)


def check_domains(words: str, city: City) -> None:
    """Raise ``Refused`` unless the domains, separated by commas, are the city's."""
    known = {category.domain for category in city.catalogue.list_categories()}
    strange = set(filter(None, words.split(","))) - known
    if strange:
        raise _invalid("domain", f"{sorted(strange)[0]!r} is none of {', '.join(sorted(known))}")


def check_category(code: str, city: City) -> None:
    """Raise ``Refused`` unless the code or alias names a category of the city."""
    if city.catalogue.find_category(code) is None:
        raise _invalid("category", f"{code!r} is no category of the city")


def _invalid(name: str, why: str) -> Refused:
    return Refused("invalid", f"{name}: {why}.", fields={name: why})


def _conditions(wanted: IncidentFilter, scope: Scope, city: City) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    columns = {
        Incident.state: wanted.state,
        Incident.level: wanted.level,
        Incident.category: _category_codes(wanted.category, city),
        Incident.urgency: wanted.urgency,
    }
    found += [column.in_(values.split(",")) for column, values in columns.items() if values]
    found += _of_parties(wanted, scope)
    if wanted.severity:
        found.append(Incident.severity.in_([int(grade) for grade in wanted.severity.split(",")]))
    if wanted.area:
        found.append(in_area(wanted.area))
    if wanted.overdue is not None:
        found.append(Incident.is_overdue.is_(wanted.overdue))
    if wanted.since is not None:
        found.append(Incident.updated_at >= wanted.since)
    if wanted.assigned_to:
        found.append(_is_assigned(wanted.assigned_to, scope, city))
    if wanted.bbox:
        found += _in_box(wanted.bbox)
    if wanted.q and wanted.q.strip():
        found.append(_says(wanted.q.strip()))
    return found


def _of_parties(wanted: IncidentFilter, scope: Scope) -> list[ColumnElement[bool]]:
    """Return what is asked about domains and the platform above."""
    found: list[ColumnElement[bool]] = []
    if wanted.domain:
        found.append(concerns_clause(wanted.domain.split(",")))
    if wanted.upstream is not None:
        found.append(_has_upstream(wanted.upstream) & whole_clause(scope))
    return found


def _category_codes(words: str | None, city: City) -> str | None:
    if not words:
        return None
    found = (city.catalogue.find_category(word) for word in words.split(",") if word)
    return ",".join(category.code for category in found if category is not None)


def _is_assigned(who: str, scope: Scope, city: City) -> ColumnElement[bool]:
    """``me`` is the worker of this account; without one, the departments and teams it acts for."""
    of_order = Order.incident == Incident.number
    live = Order.state.not_in(("cancelled", "returned"))
    if who != "me":
        # whose order it is, is the neighbour's business unless the whole case is one's own
        return exists().where(of_order, live, Order.worker == who) & whole_clause(scope)
    if scope.worker is not None:
        return exists().where(of_order, live, Order.worker == scope.worker)
    parties = {grant.department for grant in scope.grants if grant.department}
    for department in tuple(parties):
        parties |= {post.code for post in city.posts.list_posts(department=department)}
    return exists().where(of_order, live, Order.holder_code.in_(sorted(parties)))


def _has_upstream(wanted: str) -> ColumnElement[bool]:
    """Return the condition on the platform above: it has the case, waits for the answer, has it, or neither."""
    state = Incident.upstream_state
    if wanted == "any":
        return state.is_not(None)
    return state.is_(None) if wanted == "none" else state == wanted


def _in_box(text: str) -> list[ColumnElement[bool]]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise _invalid("bbox", "four numbers: west,south,east,north") from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _invalid("bbox", "west,south,east,north in degrees, west of east and south of north")
    return [Incident.lon >= west, Incident.lon <= east, Incident.lat >= south, Incident.lat <= north]


def _says(q: str) -> ColumnElement[bool]:
    escaped = q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    columns = (Incident.title, Incident.text, Incident.place_text)
    said: list[ColumnElement[bool]] = [column.ilike(f"%{escaped}%", escape="\\") for column in columns]
    if q.isascii() and q.isdigit() and int(q) <= NUMBER_MAX:
        said.append(Incident.number == int(q))
    return or_(*said)
