"""The roles, by how they see: by area, by the department they belong to, or not at all."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody is, as stored; the Chinese and English names stand in the front ends."""

    DISTRICT_OPERATOR = "district_operator"
    TOWN_OPERATOR = "town_operator"
    COMMUNITY_OPERATOR = "community_operator"
    SHIFT_LEADER = "shift_leader"
    DUTY_LEADER = "duty_leader"
    GRID_WORKER = "grid_worker"
    LIAISON = "liaison"
    HANDLER = "handler"
    LEAD_SUPERVISOR = "lead_supervisor"
    LEADER = "leader"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    INTEGRATION = "integration"
    WALL = "wall"


SEES_BY_AREA = frozenset(
    {
        Role.DISTRICT_OPERATOR,
        Role.TOWN_OPERATOR,
        Role.COMMUNITY_OPERATOR,
        Role.SHIFT_LEADER,
        Role.DUTY_LEADER,
        Role.GRID_WORKER,
        Role.LEAD_SUPERVISOR,
        Role.LEADER,
        Role.INTEGRATION,
        Role.WALL,
    }
)
SEES_BY_DEPARTMENT = frozenset({Role.LIAISON, Role.HANDLER})
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})

COUNTS_CLASS_2_ONLY = frozenset({Role.WALL, Role.LEADER, Role.GRID_WORKER, Role.INTEGRATION})
"""To these a class-2 matter is a number, unless they hold an order of it (process.md, last section)."""
