"""What the devices of a panel say of themselves: how many there are, how many speak, their latest readings.

Comes in: the register of an area and ``device_states``. Goes out: one ``Family`` a panel; nothing is invented:
a family without devices, or without a fresh reading, says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from command_center.signals.signal_tables import DeviceState
from grid.city import City
from grid.registers import OK, Device

if TYPE_CHECKING:
    from dashboards.server.figures.overview import Figures

SILENT_AFTER_S = 86_400.0
FRESH_S = 900.0


@dataclass(frozen=True)
class Latest:
    """The latest reading of one device."""

    device: Device
    value: float
    at: datetime


@dataclass
class Family:
    """The devices of one panel."""

    devices: list[Device] = field(default_factory=list)
    heard: int = 0
    silent: int = 0
    never: int = 0
    fault: int = 0
    heard_at: datetime | None = None
    readings: list[Latest] = field(default_factory=list)

    @property
    def ids(self) -> Iterable[str]:
        return (device.id for device in self.devices)

    @property
    def read_at(self) -> datetime | None:
        return max((one.at for one in self.readings), default=None)


def read_family(figures: Figures, area: str, kinds: Iterable[str]) -> Family:
    """Return the devices of these kinds in an area, as they were last heard."""
    city = figures.city
    wanted = frozenset(kinds)
    devices = [
        one for one in city.register.list_devices() if one.kind in wanted and city.tree.is_within(one.area, area)
    ]
    family = Family(devices)
    if not devices:
        return family
    states = _read_states(figures, [one.id for one in devices])
    boards, limits = boards_of(city), city.policy("limits").get("registers") or {}
    fresh = timedelta(seconds=float(boards.get("fresh_s") or FRESH_S))
    for device in devices:
        _take(family, device, states.get(device.id), (figures.now, fresh, _silent_after(limits, device.kind)))
    return family


def _take(family: Family, device: Device, state: Any, times: tuple[datetime, timedelta, timedelta]) -> None:
    now, fresh, silent_after = times
    family.fault += device.state != OK
    if state is None:
        family.never += 1
        return
    is_silent = now - state.last_seen_at > silent_after
    family.silent += is_silent
    family.heard += not is_silent
    family.heard_at = max(family.heard_at or state.last_seen_at, state.last_seen_at)
    if state.reading is not None and now - state.read_at <= fresh:
        family.readings.append(Latest(device, state.reading, state.read_at))


def _read_states(figures: Figures, ids: list[str]) -> dict[str, Any]:
    columns = (DeviceState.device, DeviceState.last_seen_at, DeviceState.reading, DeviceState.read_at)
    known = frozenset(ids)
    return {row.device: row for row in figures.session.execute(select(*columns)) if row.device in known}


def _silent_after(limits: Any, kind: str) -> timedelta:
    by_kind = (limits.get("silent_after_s_by_kind") or {}).get(kind)
    return timedelta(seconds=float(by_kind or limits.get("silent_after_s") or SILENT_AFTER_S))


def boards_of(city: City) -> dict[str, Any]:
    """Return what the city says about its boards; a city may say nothing."""
    return dict(city.policy("limits").get("boards") or {})
