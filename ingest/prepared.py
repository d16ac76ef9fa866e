"""What ``citybrain up`` prepared last time, so that a warm start opens no database itself.

Comes in: settings. Goes out: who speaks over MQTT in the demonstration, if database, city folder, program and
options are what they were; else None, and everything is looked at again. Without SQLite it is always None.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from foundation import __version__
from foundation.bus.credentials import write_private
from foundation.ids import sha256_hex
from foundation.schema import wanted_revision
from foundation.settings import Settings
from grid.ensure_city import stamp_folder

FILE = "prepared.json"
SQLITE = "sqlite:///"


class Speakers(msgspec.Struct, frozen=True):
    """Devices that speak MQTT themselves, and the topic filters of every source."""

    devices: list[str] = []
    filters: list[str] = []


class Prepared(msgspec.Struct, frozen=True):
    stamp: str
    speakers: Speakers


def find_prepared(settings: Settings) -> Speakers | None:
    """Return what was prepared, or None when anything may have changed since."""
    try:
        prepared = msgspec.json.decode((settings.data / FILE).read_bytes(), type=Prepared)
    except (OSError, msgspec.DecodeError):
        return None
    stamp = _stamp(settings)
    return prepared.speakers if stamp is not None and prepared.stamp == stamp else None


def keep_prepared(settings: Settings, speakers: Speakers) -> None:
    """Remember what was prepared under the present circumstances."""
    stamp = _stamp(settings)
    if stamp is not None:
        write_private(settings.data / FILE, msgspec.json.encode(Prepared(stamp, speakers)))


def _stamp(settings: Settings) -> str | None:
    url = settings.database
    if not url.startswith(SQLITE):
        return None
    state = _read_state(Path(url.removeprefix(SQLITE)))
    if state is None or state[0] != wanted_revision():
        return None
    parts = (__version__, str(settings.demo), *state, stamp_folder(url, settings.city))
    return sha256_hex(*(part.encode() for part in parts))


def _read_state(file: Path) -> tuple[str, str] | None:
    """Return revision and city of the database, read without any of our own machinery."""
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            city = connection.execute("SELECT version FROM city_loads ORDER BY id DESC LIMIT 1").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return None
    return (revision[0], city[0]) if revision and city else None
