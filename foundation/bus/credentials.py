"""The embedded engine's passwords: made once at random, kept in the data folder, readable by its owner only.

Comes in: the data folder and the names that need a password. Goes out: name → password, and the URL under
which a role of ours reaches the engine. ``server_config.py`` writes them into the engine's configuration.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from foundation.bus.callout import make_seed, public_key
from foundation.settings import Settings

# A device id cannot hold a dot, so no device can be mistaken for one of us.
ROLES = ("citybrain.ingest", "citybrain.brain", "citybrain.web", "citybrain.replay")
GATE_USERS = ("citybrain.gate", "citybrain.gate-state", "citybrain.system")
GATEWAY = "citybrain.gateway"
ISSUER_SEED, ISSUER = "citybrain.issuer-seed", "citybrain.issuer"
SESSION_SECRET = "citybrain.session-secret"
FILE = "bus-credentials.json"


def write_private(path: Path, content: bytes) -> None:
    """Replace the file at once, mode 0600 from its first byte; a crash leaves the old one."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_passwords(data: Path) -> dict[str, str]:
    """Return name → password as they stand in the data folder; empty before the first start."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}


def ensure_passwords(data: Path, names: Iterable[str]) -> dict[str, str]:
    """Return name → password for every name, those that had none made now and kept."""
    known = read_passwords(data)
    missing = [name for name in names if name not in known]
    if missing:
        known.update({name: secrets.token_urlsafe(18) for name in missing})
        write_private(data / FILE, msgspec.json.format(msgspec.json.encode(known), indent=1))
    return known


def ensure_engine_secrets(data: Path) -> dict[str, str]:
    """Return every password and key that the engine's own configuration needs, made where they are missing."""
    known = ensure_passwords(data, [*ROLES, *GATE_USERS, SESSION_SECRET])
    if ISSUER not in known:
        seed = make_seed()
        known |= {ISSUER_SEED: seed, ISSUER: public_key(seed)}
        write_private(data / FILE, msgspec.json.format(msgspec.json.encode(known), indent=1))
    return known


def ensure_session_secret(data: Path) -> str:
    """Return what our MQTT client ids end with: who knows a client id can take its session over, with its mail."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return ensure_passwords(data, [SESSION_SECRET])[SESSION_SECRET]


def bus_url(settings: Settings, role: str) -> str:
    """Return where ``role`` (ingest, brain, web) reaches the engine: the one named in the settings, or ours."""
    if settings.nats_url:
        return settings.nats_url
    name = f"citybrain.{role}"
    return f"nats://{name}:{read_passwords(settings.data).get(name, '')}@127.0.0.1:{settings.nats_port}"
