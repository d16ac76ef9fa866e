"""One person before one case at one moment: what the guards of the table of moves judge. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from command_center.cases.incident_tables import Incident, Reporter
from command_center.moves.authority import Authority
from command_center.orders.order_tables import Order
from command_center.people.audience import Audience
from command_center.people.scope import Scope
from grid.city import City


@dataclass(frozen=True)
class Situation:
    """Read for an offer, or taken from the case file for an act."""

    incident: Incident
    orders: tuple[Order, ...]
    reporters: tuple[Reporter, ...]
    audience: Audience
    scope: Scope
    city: City
    now: datetime

    @cached_property
    def authority(self) -> Authority:
        return Authority(self.scope, self.incident, self.audience, self.city)

    def owes_reply(self) -> bool:
        """Return whether a caller or the platform above still waits for an answer."""
        if self.incident.reply:
            return False
        upstream = self.incident.upstream or {}
        is_asked = bool(upstream) and upstream.get("reply_state") != "replied"
        return is_asked or any(reporter.wants_reply for reporter in self.reporters)

    def handlers(self) -> frozenset[str]:
        """Return the accounts and workers who carried the case out: none of them checks it."""
        done = [order for order in self.orders if order.kind == "dispose" and order.state == "done"]
        return frozenset(name for order in done for name in (order.signed_by, order.worker) if name)

    def is_handler(self) -> bool:
        """Return whether this person handled the case."""
        return bool(self.handlers() & {self.scope.account, self.scope.worker or ""})
