"""Uplinks as a ChirpStack v4 network server publishes them: topic and JSON.

Comes in: a registered device and the values that its codec decoded. Goes out: ``Message`` for
``mqtt_producer.py``. Zero values are left out, as protobuf's JSON mapping does.

Source: ChirpStack v4 documentation, integrations, event types, ``up``.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from ingest.simulate.speak_native import Message

TENANT = uuid.UUID("6d2f4a7e-0000-4000-8000-000000000001")
GATEWAY = "7076ff0056000001"


def compose_uplink(
    topic: str, dev_eui: str, at: datetime, values: Mapping[str, Any], *, count: int, name: str = ""
) -> Message:
    """Return one uplink. ``topic`` is the registered one; ``count`` is the frame counter of the device."""
    draw = Random(f"{dev_eui}/{count}/{at.timestamp()}")
    body: dict[str, Any] = {
        "deduplicationId": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        "time": at.isoformat(timespec="microseconds").replace("+00:00", "000+00:00"),
        "deviceInfo": _describe_device(topic, dev_eui, name),
        "devAddr": dev_eui[-8:],
        "adr": True,
        "dr": 5,
        "fPort": 2,
        "data": base64.b64encode(draw.randbytes(8)).decode(),
        "object": dict(values),
        "rxInfo": [
            {
                "gatewayId": GATEWAY,
                "uplinkId": draw.randrange(1, 2**32),
                "rssi": draw.randrange(-110, -60),
                "snr": draw.randrange(-40, 100) / 10,
                "metadata": {"region_name": "cn470_10", "region_common_name": "CN470"},
            }
        ],
        "txInfo": {
            "frequency": 486300000,
            "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 7, "codeRate": "CR_4_5"}},
        },
    }
    if count:
        body["fCnt"] = count
    return Message(topic, msgspec.json.encode(body))


def _describe_device(topic: str, dev_eui: str, name: str) -> dict[str, Any]:
    parts = topic.split("/")
    return {
        "tenantId": str(TENANT),
        "tenantName": "demo",
        "applicationId": parts[1] if len(parts) > 1 else "",
        "applicationName": "demo city",
        "deviceProfileName": "demo sensor",
        "deviceName": name or dev_eui,
        "devEui": dev_eui,
        "tags": {"demo": "true"},
    }
