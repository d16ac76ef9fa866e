"""One incident within one transaction: the row, its orders and clocks, and who may see it.

A door opens or makes it, the steps change it, and ``record`` writes each entry with the audience on either
side. Nothing else changes an audience.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from command_center.cases.actors import Actor
from command_center.cases.audience_rows import build_audience, list_guests, read_audiences, replace_rows
from command_center.cases.case_policy import policy_of
from command_center.cases.incident_tables import Incident, IncidentAudience, IncidentSource
from command_center.clocks.working_time import WorkingTime, read_working_time
from command_center.journal.history import Standing
from command_center.journal.ledger import Ledger
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.audience import Audience
from grid.kept_policies import KeptPolicy

OPEN_ORDER_STATES = frozenset({"issued", "received", "read", "signed", "arrived", "feedback"})
ENDED_STATES = frozenset({"closed", "archived", "rejected", "void", "merged"})
SAID_DONE_STATES = frozenset({"disposed", "checking"})


class CaseFile:
    """The file of one incident on the brain's desk. ``sources`` are those that this transaction added."""

    def __init__(
        self,
        ledger: Ledger,
        incident: Incident,
        audience: Audience,
        *,
        orders: list[Order] | None = None,
        clocks: list[ClockRow] | None = None,
    ) -> None:
        self.ledger = ledger
        self.incident = incident
        self.orders: list[Order] = orders or []
        self.clocks: list[ClockRow] = clocks or []
        self.audience = audience
        self.sources: list[IncidentSource] = []
        self.is_whole = True
        self.is_new = False
        self._seen_before: Audience | None = audience
        self._stored = audience
        ledger.watch(self)

    @property
    def number(self) -> int:
        return self.incident.number

    def policy(self, name: str) -> Mapping[str, Any]:
        """Return a policy of the city as it was when the incident opened."""
        return self._kept(name).document

    def policy_version(self, name: str) -> str:
        """Return what a decision about this case by that policy cites."""
        return self._kept(name).version

    def _kept(self, name: str) -> KeptPolicy:
        return policy_of(self.ledger.session, self.ledger.city, self.incident.policy_version, name)

    def working_time(self) -> WorkingTime:
        """Return the working time by which the clocks of this case run."""
        return read_working_time(self.policy("calendar"), self.ledger.city.timezone)

    def refresh_audience(self) -> None:
        """Work out anew who may see the incident, after its place, holder or orders changed."""
        guests = list_guests(self.incident) if self.incident.state not in ENDED_STATES else []
        self.audience = build_audience(self.incident, self.orders, self.ledger.city, guests)

    def settle(self) -> None:
        """Bring the rows of the audience in step with it."""
        if self.audience != self._stored:
            for kind, code in replace_rows(self.ledger.session, self.number, self._stored, self.audience):
                self.ledger.write(IncidentAudience, incident=self.number, kind=kind, code=code)
            self._stored = self.audience

    def standing(self) -> Standing:
        """Return what is held of the incident."""
        return Standing(self.incident, self.orders, self.clocks, self.is_whole)

    def record(self, kind: str, actor: Actor, **data: Any) -> int:
        """Append an entry about this incident, with what a sentence about it needs."""
        if self.is_whole:
            self.refresh_audience()
        self.incident.updated_at = self.ledger.now
        number = self.ledger.append(
            kind,
            actor,
            data={**self.facts(), **data},
            incident=self.number,
            audience=(self._seen_before, self.audience),
        )
        self._seen_before = self.audience
        return number

    def facts(self) -> dict[str, Any]:
        """Return what every sentence may need: area, category, holder; nothing of any person."""
        incident, city = self.incident, self.ledger.city
        area = city.tree.find_area(incident.area)
        category = city.catalogue.find_category(incident.category)
        post = city.posts.find_post(incident.holder_code)
        return {
            "area": incident.area,
            "area_name": {"zh": area.name, "en": area.name_en} if area else {},
            "category": incident.category,
            "category_name": {"zh": category.zh, "en": category.en} if category else {},
            "holder": incident.holder_code,
            "holder_name": {"zh": post.name, "en": post.name_en} if post else {},
            "state": incident.state,
            "level": incident.level,
            "urgency": incident.urgency,
            **{name: True for name in ("drill", "replay") if getattr(incident, name)},
        }

    def open_orders(self, kind: str | None = None) -> list[Order]:
        return [o for o in self.orders if o.state in OPEN_ORDER_STATES and kind in (None, o.kind)]

    def lead_order(self) -> Order | None:
        """Return the order whose end moves the incident, if one is under way or done."""
        leads = [o for o in self.orders if o.is_lead and o.state not in ("cancelled", "returned")]
        return leads[-1] if leads else None

    def find_order(self, id: int) -> Order | None:
        return next((order for order in self.orders if order.id == id), None)

    def running_clocks(self, stage: str | None = None) -> list[ClockRow]:
        return [c for c in self.clocks if c.stopped_at is None and stage in (None, c.stage)]


def new_case(ledger: Ledger, incident: Incident) -> CaseFile:
    """Return the file of an incident that is being opened; its first entry has nobody before it."""
    case = CaseFile(ledger, incident, Audience(domain=incident.domain))
    case._seen_before, case.is_new = None, True
    return case


def bare_case(ledger: Ledger, incident: Incident, audience: Audience) -> CaseFile:
    """Return a file without orders and clocks: enough to join a source to it, which changes no audience."""
    case = CaseFile(ledger, incident, audience)
    case.is_whole = False
    return case


def find_case(ledger: Ledger, number: int) -> CaseFile | None:
    """Return the file of a stored incident, with everything that belongs to it, or None."""
    return find_cases(ledger, [number]).get(number)


def find_cases(ledger: Ledger, numbers: Iterable[int]) -> dict[int, CaseFile]:
    """Return the files of many stored incidents with four queries; who is not there is left out."""
    session, wanted = ledger.session, sorted(set(numbers))
    incidents_of, orders_of, clocks_of = _questions()
    incidents = session.scalars(incidents_of, {"numbers": wanted}).all()
    found = [incident.number for incident in incidents]
    orders: dict[int, list[Order]] = {number: [] for number in found}
    clocks: dict[int, list[ClockRow]] = {number: [] for number in found}
    for order in session.scalars(orders_of, {"numbers": found}):
        orders[order.incident].append(order)
    for clock in session.scalars(clocks_of, {"numbers": found}):
        clocks[clock.incident].append(clock)
    audiences = read_audiences(session, incidents, ledger.city)
    return {
        each.number: CaseFile(
            ledger, each, audiences[each.number], orders=orders[each.number], clocks=clocks[each.number]
        )
        for each in incidents
    }


@cache
def _questions() -> tuple[Select[Incident], Select[Order], Select[ClockRow]]:
    """Return the statements, made once: making them anew for each case costs as much as an answer."""
    numbers: Any = bindparam("numbers", expanding=True)
    return (
        select(Incident).where(Incident.number.in_(numbers)),
        select(Order).where(Order.incident.in_(numbers)).order_by(Order.id),
        select(ClockRow).where(ClockRow.incident.in_(numbers)).order_by(ClockRow.id),
    )
