"""``--story storm``: a power cut makes thousands of alarms in seconds; nothing may be lost or doubled.

Comes in: the wired city. Goes out: alarms of every native device at a bounded pace, and the count of receipts
that came back after the product had committed them. Each device repeats itself, so that a few hundred
incidents grow, not thousands.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

import msgspec

from foundation.clock import monotonic_s
from ingest.simulate.city_life import CityLife
from ingest.simulate.speak_native import compose_alarm
from ingest.simulate.storyteller import Storyteller

ALARMS = 3000
PER_S = 600
PATIENCE_S = 90.0


@dataclass
class _Receipts:
    """Counts receipts by alarm; called from the MQTT client's thread."""

    wanted: set[str]
    outcomes: dict[str, str] = field(default_factory=dict)
    incidents: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, payload: bytes) -> None:
        receipt: dict[str, Any] = msgspec.json.decode(payload)
        if receipt.get("id") in self.wanted:
            with self.lock:
                self.outcomes[receipt["id"]] = receipt["outcome"]
                if receipt.get("incident") is not None:
                    self.incidents.add(receipt["incident"])


async def play_storm(city: CityLife) -> bool:
    """Play it; return whether every alarm was acknowledged and took effect."""
    story = Storyteller()
    devices = [device for device in city.stage.list_all_devices() if device.source == "native" and device.rule]
    plan = [(devices[n % len(devices)], f"storm-{city.tempo.run}-{n:05d}") for n in range(ALARMS)]
    receipts = _Receipts({id for _, id in plan})
    gateway = city.producers.gateway
    gateway.listen("citybrain/v1/devices/+/receipt", receipts.hear)
    if not await asyncio.to_thread(gateway.wait_connected, 15.0):
        story.say(f"✗ the broker does not let us in {gateway.refusal}")
        return False
    story.say(f"{ALARMS} alarms of {len(devices)} devices, {PER_S} a second")
    began_s, before = monotonic_s(), gateway.acknowledged
    for n, (device, id) in enumerate(plan):
        rule = device.rule
        assert rule is not None
        at = city.tempo.now()
        gateway.publish(
            compose_alarm(device.source_id, id, "begin", at=at, category=rule.category, confidence=0.95)
        )
        if n % 50 == 49:
            await asyncio.sleep(max(0.0, began_s + n / PER_S - monotonic_s()))

    async def all_acknowledged() -> str | None:
        done = gateway.acknowledged - before
        return f"{done} in {monotonic_s() - began_s:.1f} s" if done >= ALARMS else None

    async def all_received() -> str | None:
        count = len(receipts.outcomes)
        if count < ALARMS:
            return None
        took_s = monotonic_s() - began_s
        return f"{count} receipts in {took_s:.1f} s, {len(receipts.incidents)} incidents, {_count(receipts)}"

    await story.expect("every alarm is acknowledged by the broker", all_acknowledged, within_s=PATIENCE_S)
    await story.expect("every alarm has its receipt after the commit", all_received, within_s=PATIENCE_S)
    return story.conclude()


def _count(receipts: _Receipts) -> str:
    counts: dict[str, int] = {}
    for outcome in receipts.outcomes.values():
        counts[outcome] = counts.get(outcome, 0) + 1
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
