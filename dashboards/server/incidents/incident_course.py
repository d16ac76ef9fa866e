"""Where a case stands in its life, as JSON: requests that wait, suspension, return, time lost, its route.

Part of what ``incident_view.py`` shows; who was only asked to assist sees the requests of their own orders.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from command_center.cases.approval_tables import Approval, LostTime
from command_center.cases.incident_rows import IncidentFile
from command_center.cases.incident_tables import Incident
from command_center.orders.order_tables import Order
from dashboards.server.incidents.names import holder
from grid.city import City
from grid.lifecycle import read_lifecycle
from grid.policies import Policies


def show_course(file: IncidentFile, city: City, own: frozenset[int] | None) -> dict[str, Any]:
    """Return the fields about the case's course."""
    incident, is_whole = file.incident, own is None
    return {
        "needs_arbitration": incident.needs_arbitration,
        "alarm": incident.alarm if is_whole else None,
        "timeout_exempt": incident.timeout_exempt,
        "appealed_at": incident.appealed_at,
        "suspended_until": incident.suspended_until,
        "suspensions": incident.suspensions,
        "frozen_by": incident.frozen_by,
        "is_forced": incident.is_forced,
        "audit": incident.audit,
        "archived_at": incident.archived_at,
        "returned": _show_returned(incident, city) if is_whole else None,
        "routed_by": _show_route(incident, city) if is_whole else None,
        "lost_s": incident.lost_s if is_whole else 0,
        "lost_time": [_show_lost(row, city) for row in file.lost_times] if is_whole else [],
        "approvals": [show_request(row) for row in file.approvals if own is None or row.order in own],
    }


def count_extensions_left(order: Order, city: City) -> int:
    """Return how often more time may still be granted for an order; only who disposes may ask."""
    if order.kind != "dispose":
        return 0
    return max(0, _times(city.policies) - order.extensions)


@lru_cache(maxsize=8)
def _times(policies: Policies) -> int:
    return read_lifecycle(policies).extension.times


def _show_returned(incident: Incident, city: City) -> dict[str, Any] | None:
    """Return the return that waits to be put right."""
    told = incident.returned
    if told is None:
        return None
    return {
        "by": holder(city, told["by_kind"], told["by"]),
        "reason_code": told["reason_code"],
        "at": told["at"],
        "corrected": told["corrected"],
    }


def _show_route(incident: Incident, city: City) -> dict[str, Any] | None:
    """Return the routing rule that sent the case where it is; ``editable``: the table in force still has it."""
    if incident.routed_rule is None:
        return None
    rules = city.policy("routing")["rules"]
    return {
        "rule": incident.routed_rule,
        "version": incident.routed_version,
        "editable": any(rule["id"] == incident.routed_rule for rule in rules),
    }


def _show_lost(row: LostTime, city: City) -> dict[str, Any]:
    return {
        "cause": row.cause,
        "holder": holder(city, row.holder_kind, row.holder_code),
        "lost_s": row.lost_s,
        "stage_s": row.stage_s,
        "calendar": row.calendar,
        "reason_code": row.reason_code,
        "order": row.order,
        "rule": row.rule,
        "at": row.at,
    }


def show_request(row: Approval) -> dict[str, Any]:
    """Return a request that waits, or that was decided."""
    made = len(row.decisions)
    return {
        "id": row.id,
        "action": row.action,
        "order": row.order,
        "stage": row.stages[made] if made < len(row.stages) else None,
        "stages": row.stages,
        "asked_by": row.asked_name,
        "asked_at": row.asked_at,
        "expires_at": row.expires_at,
        "reason": str(row.data.get("reason") or ""),
        "until": row.data.get("until"),
        "decisions": [
            {name: said[name] for name in ("stage", "name", "agrees", "at", "reason")} for said in row.decisions
        ],
    }
