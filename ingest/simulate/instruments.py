"""The devices of the city: each reports its value now and then, and more often while something is wrong.

Comes in: episodes that begin and end (``voices.py``). Goes out: telemetry and uplinks through the
producers, from every device of the register at a modest pace, whether anything happens or not.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass
from random import Random

from foundation.clock import monotonic_s
from ingest.simulate.mqtt_producer import MqttProducers
from ingest.simulate.speak_chirpstack import compose_uplink
from ingest.simulate.speak_native import Message, compose_telemetry
from ingest.simulate.stage import Instrument
from ingest.simulate.tempo import Tempo

CALM_EVERY_S = 100.0  # 400 devices: four messages a second
TENSE_EVERY_S = 30.0
HOLD_MARGIN_S = 2.0


@dataclass(slots=True)
class _Reading:
    device: Instrument
    count: int = 0
    is_tense: bool = False


class Instruments:
    """All devices that have a rule. Times here are real: a rule's hold is not made faster by ``--speed``."""

    def __init__(self, devices: list[Instrument], producers: MqttProducers, tempo: Tempo, seed: int) -> None:
        self._readings = {device.id: _Reading(device) for device in devices if device.rule}
        self._producers = producers
        self._tempo = tempo
        self._draw = Random(f"{seed}/instruments")
        self._agenda: list[tuple[float, str]] = []

    async def run(self) -> None:
        """Report for ever."""
        now_s = monotonic_s()
        for id in self._readings:
            self._agenda.append((now_s + self._draw.uniform(0, CALM_EVERY_S), id))
        heapq.heapify(self._agenda)
        while self._agenda:
            due_s, id = heapq.heappop(self._agenda)
            await asyncio.sleep(max(0.0, due_s - monotonic_s()))
            reading = self._readings[id]
            self._report(reading)
            every_s = TENSE_EVERY_S if reading.is_tense else CALM_EVERY_S
            heapq.heappush(self._agenda, (monotonic_s() + every_s * self._draw.uniform(0.8, 1.2), id))

    async def begin(self, id: str) -> None:
        """Let something go wrong at this device, and report it until the city's rule must have seen it."""
        reading = self._readings[id]
        reading.is_tense = True
        await self._insist(reading)

    async def end(self, id: str) -> None:
        """Let it be over."""
        reading = self._readings[id]
        reading.is_tense = False
        await self._insist(reading)

    async def _insist(self, reading: _Reading) -> None:
        rule = reading.device.rule
        self._report(reading, qos=1)
        if rule is not None and rule.hold_s > 0:
            await asyncio.sleep(rule.hold_s + HOLD_MARGIN_S)
            self._report(reading, qos=1)

    def _report(self, reading: _Reading, qos: int = 0) -> None:
        self._producers.publish(self._compose(reading, qos), device=reading.device.source_id)

    def _compose(self, reading: _Reading, qos: int) -> Message:
        device, rule = reading.device, reading.device.rule
        assert rule is not None
        share = self._draw.random()
        value = rule.alarming_value(share) if reading.is_tense else rule.calm_value(share)
        reading.count += 1
        at = self._tempo.now()
        if device.source == "chirpstack":
            return compose_uplink(
                device.topic, device.source_id, at, {rule.quantity: value}, count=reading.count, name=device.name
            )
        # a sequence number must keep growing when the simulation starts again
        seq = int(at.timestamp() * 10)
        return compose_telemetry(device.source_id, at, {rule.quantity: value}, seq=seq, qos=qos)
