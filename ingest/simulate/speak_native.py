"""Messages as a native device writes them: topic and JSON.

Comes in: which device, what it measured or alarms about. Goes out: ``Message`` for ``mqtt_producer.py``.
Pure; the format is the one promised for ``citybrain/v1/devices/…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from foundation.clock import to_rfc3339


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the broker. ``qos`` 0 may be lost, 1 is acknowledged."""

    topic: str
    payload: bytes
    qos: int = 1


def compose_telemetry(
    device: str, at: datetime, values: Mapping[str, float], *, seq: int, qos: int = 0
) -> Message:
    """Return one report of measured values, units in their names."""
    body = {"at": to_rfc3339(at), "seq": seq, "values": dict(values)}
    return Message(f"citybrain/v1/devices/{device}/telemetry", msgspec.json.encode(body), qos)


def compose_alarm(device: str, alarm_id: str, phase: str, **said: Any) -> Message:
    """Return one phase of an alarm; ``said`` holds ``at`` and ``category`` and what else the format knows."""
    facts = {key: value for key, value in said.items() if value is not None}
    body = {"id": alarm_id, "phase": phase, **facts, "at": to_rfc3339(facts["at"])}
    return Message(f"citybrain/v1/devices/{device}/alarm", msgspec.json.encode(body))
