"""Whom the embedded engine admits in this city: our roles and, with ``--demo``, its devices and a gateway.

Comes in: settings and the city's register and sources. Goes out: ``BusUsers`` for the engine's
configuration, and ``DATA/demo-mqtt.json`` for whoever tries the demo.
"""

from __future__ import annotations

import re

import msgspec

from foundation.bus.credentials import GATEWAY, ROLES, ensure_passwords, write_private
from foundation.bus.server_config import BusUsers
from foundation.settings import Settings
from grid.city import City

DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DEMO_FILE = "demo-mqtt.json"


def list_native_devices(city: City) -> list[str]:
    """Return the ids of the devices that speak MQTT themselves, in our own format."""
    native = {s.name for s in city.sources.values() if s.format == "native" and s.transport == "mqtt"}
    return [
        d.source_id
        for d in city.register.list_devices()
        if d.source in native and DEVICE_ID.fullmatch(d.source_id)
    ]


def make_bus_users(settings: Settings, city: City | None) -> BusUsers:
    """Return the engine's users; devices and the gateway only exist in the demonstration."""
    if city is None or not settings.demo:
        return BusUsers(passwords=ensure_passwords(settings.data, ROLES))
    devices = list_native_devices(city)
    filters = [s.topic_filter for s in city.sources.values() if s.transport == "mqtt" and s.topic_filter]
    passwords = ensure_passwords(settings.data, [*ROLES, GATEWAY, *devices])
    _write_demo_file(settings, passwords, devices)
    return BusUsers(passwords=passwords, devices=devices, source_filters=filters, has_gateway=True)


def _write_demo_file(settings: Settings, passwords: dict[str, str], devices: list[str]) -> None:
    def login(name: str) -> dict[str, str]:
        return {"username": name, "password": passwords[name]}

    document = {"gateway": login(GATEWAY), "devices": {device: login(device) for device in devices}}
    content = msgspec.json.format(msgspec.json.encode(document), indent=1)
    path = settings.data / DEMO_FILE
    if not path.exists() or path.read_bytes() != content:
        write_private(path, content)
