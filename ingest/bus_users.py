"""Whom the embedded engine admits in this city: our roles and, with ``--demo``, its devices and a gateway.

Comes in: settings and the city's register and sources. Goes out: ``BusUsers`` for the engine's
configuration, and ``DATA/demo-mqtt.json`` for whoever tries the demo.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from foundation.bus.credentials import GATEWAY, ROLES, SESSION_SECRET, ensure_passwords, write_private
from foundation.bus.server_config import BusUsers
from foundation.settings import Settings
from ingest.prepared import Speakers

if TYPE_CHECKING:  # a warm start does not need the city, whose floor takes two seconds to import
    from grid.city import City

DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DEMO_FILE = "demo-mqtt.json"


def list_speakers(city: City) -> Speakers:
    """Return who speaks MQTT in this city: devices in our own format by their id, and every source's topics."""
    over_mqtt = [source for source in city.sources.values() if source.transport == "mqtt" and source.topic_filter]
    native = {source.name for source in over_mqtt if source.format == "native"}
    ids = [device.source_id for device in city.register.list_devices() if device.source in native]
    return Speakers([id for id in ids if DEVICE_ID.fullmatch(id)], [str(s.topic_filter) for s in over_mqtt])


def make_bus_users(settings: Settings, speakers: Speakers) -> BusUsers:
    """Return the engine's users; devices and the gateway only exist in the demonstration."""
    if not settings.demo:
        return BusUsers(passwords=ensure_passwords(settings.data, [*ROLES, SESSION_SECRET]))
    passwords = ensure_passwords(settings.data, [*ROLES, SESSION_SECRET, GATEWAY, *speakers.devices])
    _write_demo_file(settings, passwords, speakers.devices)
    return BusUsers(
        passwords=passwords, devices=speakers.devices, source_filters=speakers.filters, has_gateway=True
    )


def _write_demo_file(settings: Settings, passwords: dict[str, str], devices: list[str]) -> None:
    def login(name: str) -> dict[str, str]:
        return {"username": name, "password": passwords[name]}

    document = {"gateway": login(GATEWAY), "devices": {device: login(device) for device in devices}}
    content = msgspec.json.format(msgspec.json.encode(document), indent=1)
    path = settings.data / DEMO_FILE
    if not path.exists() or path.read_bytes() != content:
        write_private(path, content)
