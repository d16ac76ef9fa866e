"""One person before one case at one moment: what the guards of the table of moves judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from command_center.cases.approval_tables import Approval
from command_center.cases.incident_tables import Incident, Reporter
from command_center.cases.standards import Standards
from command_center.cases.upstream import waits_upstream
from command_center.clocks.working_time import WorkingTime
from command_center.moves.authority import Authority
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.audience import Audience
from command_center.people.scope import Scope
from grid.city import City
from grid.lifecycle import LifecycleDoc


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
    clocks: tuple[ClockRow, ...]
    approvals: tuple[Approval, ...]
    lifecycle: LifecycleDoc
    limits: Mapping[str, Any]
    working: WorkingTime
    level_rules: Mapping[str, Any]
    standards: Standards
    main: Incident | None = None
    """The case that this one is merged into."""
    merged: tuple[Incident, ...] = ()
    """The cases that are merged into this one."""

    @cached_property
    def authority(self) -> Authority:
        return Authority(self.scope, self.incident, self.audience, self.city)

    def owes_reply(self) -> bool:
        """Return whether a caller or the platform above still waits for an answer."""
        return self.owes_upstream() or any(
            reporter.wants_reply and reporter.replied_at is None for reporter in self.reporters
        )

    def owes_upstream(self) -> bool:
        """Return whether a platform above waits: for this case, or for one that is merged into it."""
        return any(waits_upstream(incident) for incident in (self.incident, *self.merged))

    def handlers(self) -> frozenset[str]:
        """Return the accounts and workers who carried the case out: none of them checks it."""
        done = [order for order in self.orders if order.kind == "dispose" and order.state == "done"]
        names = (name for order in done for name in (order.signed_by, order.worker, order.result.get("by")))
        return frozenset(str(name) for name in names if name)

    def is_handler(self) -> bool:
        """Return whether this person handled the case."""
        return bool(self.handlers() & {self.scope.account, self.scope.worker or ""})

    def find_clock(self, stage: str, order: Order | None) -> ClockRow | None:
        """Return the clock of that stage that has not stopped."""
        wanted = order.id if order is not None else None
        return next(
            (c for c in self.clocks if c.stage == stage and c.order == wanted and c.stopped_at is None), None
        )

    def awaits(self, action: str, order: Order | None) -> bool:
        """Return whether such a request waits for others already."""
        wanted = order.id if order is not None else None
        return any(one.action == action and one.order == wanted for one in self.approvals)
