"""The demonstration's devices and gateway: their passwords, their credentials, ``DATA/demo-mqtt.json``.

Comes in: settings, the database, the city's register and sources. Goes out: rows that the gate admits by. Nobody
but our own roles is admitted by default.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from foundation.bus.credentials import GATEWAY, ensure_passwords, write_private
from foundation.settings import Settings
from ingest.prepared import Speakers

if TYPE_CHECKING:  # a warm start does not need the city, whose floor takes two seconds to import
    from foundation.database import Database
    from grid.city import City

DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DEMO_FILE = "demo-mqtt.json"


def list_speakers(city: City) -> Speakers:
    """Return who speaks MQTT in this city: devices in our own format by their id, and every source's topics."""
    filters = [topic_filter for source in city.sources.values() for topic_filter in source.filters]
    native = {source.name for source in city.sources.values() if source.filters and source.format == "native"}
    ids = [device.source_id for device in city.register.list_devices() if device.source in native]
    return Speakers([id for id in ids if DEVICE_ID.fullmatch(id)], filters)


def ensure_demo_logins(settings: Settings, speakers: Speakers) -> dict[str, str]:
    """Return name → password of the demonstration's devices and gateway, and write them down for its visitor."""
    passwords = ensure_passwords(settings.data, [GATEWAY, *speakers.devices])
    _write_demo_file(settings, passwords, speakers.devices)
    return {name: passwords[name] for name in (GATEWAY, *speakers.devices)}


def ensure_demo_credentials(settings: Settings, database: Database, speakers: Speakers) -> None:
    """Let the gate admit the demonstration's devices and its gateway, which speaks for every source."""
    from sqlalchemy import select

    from foundation.clock import SystemClock
    from ingest.gate.credential_tables import MqttCredential
    from ingest.gate.credentials import ALL, digest_of

    logins, now = ensure_demo_logins(settings, speakers), SystemClock().now()
    with database.write() as session:
        rows = {row.name: row for row in session.scalars(select(MqttCredential))}
        for name, password in logins.items():
            row, digest = rows.get(name), digest_of(password)
            if row is not None and (not row.is_demo or row.digest == digest):
                continue
            who = {"source": ALL} if name == GATEWAY else {"device": name}
            if row is not None:
                session.delete(row)
                session.flush()
            session.add(
                MqttCredential(name=name, **who, digest=digest, is_demo=True, client_id="", changed_at=now)
            )


def _write_demo_file(settings: Settings, passwords: dict[str, str], devices: list[str]) -> None:
    def login(name: str) -> dict[str, str]:
        return {"username": name, "password": passwords[name]}

    document = {"gateway": login(GATEWAY), "devices": {device: login(device) for device in devices}}
    content = msgspec.json.format(msgspec.json.encode(document), indent=1)
    path = settings.data / DEMO_FILE
    if not path.exists() or path.read_bytes() != content:
        write_private(path, content)
