"""The embedded engine's configuration, as text: who may say what, how alarms are spread, what is kept.

Comes in: settings, passwords, and from the roof the city's devices and topics. Goes out: the text that
``server.py`` writes to ``DATA/nats.conf``. Pure; facts about nats-server 2.15.1 are marked measured.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from foundation.bus.callout import AUTH_ACCOUNT, CITY_ACCOUNT, SYSTEM_ACCOUNT
from foundation.bus.credentials import GATE_USERS, ISSUER, ROLES
from foundation.bus.subjects import GATE_STATE
from foundation.settings import Settings

DEVICE_ROOT = "citybrain.v1.devices"
MAPPED = ("telemetry", "alarm")
MAX_PAYLOAD_BYTES = 4 * 1024**2  # a message of 1 MiB must reach the quarantine instead of cutting its sender off
MAX_STORE_BYTES = 16 * 1024**3
LOG_BYTES = 16 * 1024**2
ADMISSION_TIMEOUT_S = 10  # a thousand devices that come back at once are admitted at some 450 a second
ACK_WAIT_S = 2  # decision 2; the default of 30 s makes a restart late by half a minute (measured)
# The sum over one session's subscriptions may not exceed 65,535 and a trailing `#` counts twice (measured):
# 800 leaves room for forty sources on one session, and is above what one holds unacknowledged.
MAX_ACK_PENDING = 800


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


def device_rights(device: str) -> tuple[list[str], list[str]]:
    """Return what a device may say and hear: below its own id, and its receipts."""
    own = f"{DEVICE_ROOT}.{device}"
    return mapped_subjects([f"{own}.>"]), [f"{own}.receipt"]


def gateway_rights(filters: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what a gateway may say under its sources' topic filters, and hear: receipts."""
    wanted = [subject for topic_filter in filters for subject in _speaking(topic_filter)]
    return mapped_subjects(wanted), _RECEIPTS


def render_config(settings: Settings, passwords: Mapping[str, str]) -> str:
    """Return the whole configuration; JSON is a subset of what nats-server reads.

    Our own roles have users here and are admitted whatever happens; everybody else is asked for at the gate.
    """
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
        "authorization": {
            "timeout": ADMISSION_TIMEOUT_S,
            "auth_callout": {
                "issuer": passwords[ISSUER],
                "account": AUTH_ACCOUNT,
                "auth_users": [*ROLES, *GATE_USERS],
            },
        },
        "system_account": SYSTEM_ACCOUNT,
        "accounts": {
            AUTH_ACCOUNT: {"users": [_plain("citybrain.gate", passwords)]},
            SYSTEM_ACCOUNT: {"users": [_plain("citybrain.system", passwords)]},
            CITY_ACCOUNT: {
                "jetstream": "enabled",
                "mappings": _mappings(settings.partitions),
                "users": _users(passwords),
            },
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


def _users(passwords: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        _user(
            "citybrain.ingest", passwords, publish=[*_STREAM, "states.*", "citybrain.v1.canary.>"], subscribe=[">"]
        ),
        _user("citybrain.brain", passwords, publish=[*_STREAM, *_RECEIPTS], subscribe=_INSIDE),
        _user("citybrain.web", passwords, publish=_STREAM, subscribe=_INSIDE),
        _user("citybrain.replay", passwords, publish=["replay.>"], subscribe=[]),
        _user("citybrain.gate-state", passwords, publish=["_INBOX.>"], subscribe=[GATE_STATE, "_INBOX.>"]),
    ]


def _plain(name: str, passwords: Mapping[str, str]) -> dict[str, str]:
    return {"user": name, "password": passwords[name]}


_STREAM = ["observations.>", "requests.>", "rings.>", "$JS.API.>", "$JS.ACK.>", "_INBOX.>"]
_INSIDE = ["requests.>", "rings.>", "_INBOX.>"]
_RECEIPTS = [f"{DEVICE_ROOT}.*.receipt"]


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
