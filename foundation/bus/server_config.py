"""The embedded engine's configuration, as text: who may say what, how alarms are spread, what is kept.

Comes in: settings, passwords, and from the roof the city's devices and topics. Goes out: the text that
``server.py`` writes to ``DATA/nats.conf``. Pure; facts about nats-server 2.15.1 are marked measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.bus.credentials import GATEWAY
from foundation.settings import Settings

DEVICE_ROOT = "citybrain.v1.devices"
MAPPED = ("telemetry", "alarm")
MAX_PAYLOAD_BYTES = 4 * 1024**2  # a message of 1 MiB must reach the quarantine instead of cutting its sender off
MAX_STORE_BYTES = 16 * 1024**3
LOG_BYTES = 16 * 1024**2
ACK_WAIT_S = 2  # decision 2; the default of 30 s makes a restart late by half a minute (measured)
# The sum over one session's subscriptions may not exceed 65,535 and a trailing `#` counts twice (measured):
# 4,000 leaves room for 16 of them, and is far above what one session holds unacknowledged.
MAX_ACK_PENDING = 4_000


@dataclass(frozen=True, slots=True)
class BusUsers:
    """Whom the engine admits: devices under their own ids, and a gateway for the topics of whole systems.

    ``source_filters`` are MQTT topic filters of the city's sources. Both are empty outside ``--demo``.
    """

    passwords: Mapping[str, str]
    devices: Sequence[str] = ()
    source_filters: Sequence[str] = ()
    has_gateway: bool = False


def subjects_of_filter(topic_filter: str) -> list[str]:
    """Return the subjects that an MQTT topic filter means; a final `#` is `>` and the parent itself."""
    subject = ".".join(level.replace(".", "//") for level in topic_filter.split("/")).replace("+", "*")
    if subject == "#":
        return [">"]
    if subject.endswith(".#"):
        return [subject[:-2], subject[:-1] + ">"]
    return [subject]


def mapped_subjects(subjects: Sequence[str]) -> list[str]:
    """Return the subjects and the mapped twins of devices' ones: rights are checked after mapping (measured)."""
    twins = [f"part.*.{subject}" for subject in subjects if subject.startswith(DEVICE_ROOT)]
    return [*subjects, *twins]


def render_config(settings: Settings, users: BusUsers) -> str:
    """Return the whole configuration; JSON is a subset of what nats-server reads."""
    folder = settings.data.resolve()
    config: dict[str, Any] = {
        "server_name": "citybrain",
        "host": "127.0.0.1",
        "port": settings.nats_port,
        "max_payload": MAX_PAYLOAD_BYTES,
        "max_connections": 10_000,
        "write_deadline": "10s",
        "log_file": str(folder / "nats.log"),
        "logfile_size_limit": LOG_BYTES,
        "logfile_max_num": 3,
        "jetstream": {
            "store_dir": str(folder / "engine"),
            "max_memory_store": 0,
            "max_file_store": MAX_STORE_BYTES,
            **({"sync_interval": "always"} if settings.engine_sync_always else {}),
        },
        "mqtt": _mqtt(settings),
        "accounts": {
            "CITY": {
                "jetstream": "enabled",
                "mappings": _mappings(settings.partitions),
                "users": _users(users),
            }
        },
    }
    return json.dumps(config, indent=1, ensure_ascii=False) + "\n"


def _mqtt(settings: Settings) -> dict[str, Any]:
    mqtt: dict[str, Any] = {
        "host": settings.host,
        "port": settings.mqtt_port,
        "ack_wait": f"{ACK_WAIT_S}s",
        "max_ack_pending": MAX_ACK_PENDING,
    }
    if settings.tls_cert and settings.tls_key:
        mqtt["tls"] = {
            "cert_file": str(Path(settings.tls_cert).resolve()),
            "key_file": str(Path(settings.tls_key).resolve()),
            "min_version": "1.2",
        }
    return mqtt


def _mappings(partitions: int) -> dict[str, Any]:
    def spread(kind: str) -> list[dict[str, str]]:
        target = f"part.{{{{partition({partitions},1)}}}}.{DEVICE_ROOT}.{{{{wildcard(1)}}}}.{kind}"
        return [{"destination": target, "weight": "100%"}]

    return {f"{DEVICE_ROOT}.*.{kind}": spread(kind) for kind in MAPPED}


def _users(users: BusUsers) -> list[dict[str, Any]]:
    passwords = users.passwords
    rows = [
        _user(
            "citybrain.ingest", passwords, publish=[*_STREAM, "states.*", "citybrain.v1.canary.>"], subscribe=[">"]
        ),
        _user("citybrain.brain", passwords, publish=[*_STREAM, *_RECEIPTS], subscribe=_INSIDE),
        _user("citybrain.web", passwords, publish=_STREAM, subscribe=_INSIDE),
        _user("citybrain.replay", passwords, publish=["replay.>"], subscribe=[]),
    ]
    rows += [_device(device, passwords) for device in users.devices]
    if users.has_gateway:
        wanted = [s for topic_filter in users.source_filters for s in _speaking(topic_filter)]
        rows.append(_user(GATEWAY, passwords, publish=mapped_subjects(wanted), subscribe=_RECEIPTS))
    return rows


_STREAM = ["observations.>", "requests.>", "rings.>", "$JS.API.>", "$JS.ACK.>", "_INBOX.>"]
_INSIDE = ["requests.>", "rings.>", "_INBOX.>"]
_RECEIPTS = [f"{DEVICE_ROOT}.*.receipt"]


def _device(device: str, passwords: Mapping[str, str]) -> dict[str, Any]:
    own = f"{DEVICE_ROOT}.{device}"
    return _user(device, passwords, publish=mapped_subjects([f"{own}.>"]), subscribe=[f"{own}.receipt"])


def _speaking(topic_filter: str) -> list[str]:
    """Return what a gateway may say under a source's filter: of the devices' topics never the receipts."""
    if topic_filter == "citybrain/v1/devices/+/+":
        return [f"{DEVICE_ROOT}.*.{kind}" for kind in MAPPED]
    return subjects_of_filter(topic_filter)


def _user(
    name: str, passwords: Mapping[str, str], *, publish: Sequence[str], subscribe: Sequence[str]
) -> dict[str, Any]:
    def only(subjects: Sequence[str]) -> dict[str, list[str]]:
        return {"allow": list(subjects)} if subjects else {"deny": [">"]}

    return {
        "user": name,
        "password": passwords[name],
        "permissions": {"publish": only(publish), "subscribe": only(subscribe)},
    }
