"""Lets every voice of a happening speak: devices and cameras over MQTT, callers and workers over HTTP.

Comes in: a ``Happening`` and one of its ``Signal``s from ``playback.py``. Goes out: a message on the broker
or a report through ``callers.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ingest.simulate.day_book import ALARM, Happening, Signal
from ingest.simulate.instruments import Instruments
from ingest.simulate.mqtt_producer import MqttProducers
from ingest.simulate.plays import CALL, MEASURE, REPORT, SEE
from ingest.simulate.speak_frigate import Sighting, compose_review
from ingest.simulate.speak_native import compose_alarm
from ingest.simulate.stage import Stage
from ingest.simulate.tempo import Tempo

Tell = Callable[[Happening, Signal], Awaitable[None]]
_REVIEW_KIND = {"begin": "new", "update": "update", "end": "end"}


class Voices:
    """Knows how each kind of voice speaks. ``call`` and ``report`` are handed in."""

    def __init__(
        self,
        stage: Stage,
        producers: MqttProducers,
        instruments: Instruments,
        tempo: Tempo,
        *,
        call: Tell,
        report: Tell,
    ) -> None:
        self._producers = producers
        self._instruments = instruments
        self._tempo = tempo
        self._devices = {device.id: device for device in stage.list_all_devices()}
        self._cameras = {camera.id: camera for camera in stage.list_all_cameras()}
        self._sightings: dict[tuple[str, str], Sighting] = {}
        self._speak: dict[str, Tell] = {
            MEASURE: self._measure,
            ALARM: self._alarm,
            SEE: self._see,
            CALL: call,
            REPORT: report,
        }

    async def speak(self, happening: Happening, signal: Signal) -> None:
        """Say it."""
        await self._speak[signal.voice](happening, signal)

    async def _measure(self, happening: Happening, signal: Signal) -> None:
        if signal.phase == "begin":
            await self._instruments.begin(signal.speaker)
        else:
            await self._instruments.end(signal.speaker)

    async def _alarm(self, happening: Happening, signal: Signal) -> None:
        device = self._devices[signal.speaker]
        at = self._tempo.now()
        said: dict[str, Any] = {"at": at, "category": happening.play.category, "seq": int(at.timestamp() * 10)}
        if signal.phase == "begin":
            said["confidence"] = 0.95
        message = compose_alarm(device.source_id, f"{self._tempo.run}-{happening.id}", signal.phase, **said)
        self._producers.publish(message, device=device.source_id)

    async def _see(self, happening: Happening, signal: Signal) -> None:
        key = (happening.id, signal.speaker)
        if signal.phase == "begin":
            self._sightings[key] = self._sight(happening, signal)
        sighting = self._sightings.get(key)
        if sighting is None:
            return
        if signal.phase == "end":
            del self._sightings[key]
        self._producers.publish(compose_review(sighting, _REVIEW_KIND[signal.phase], self._tempo.now()))

    def _sight(self, happening: Happening, signal: Signal) -> Sighting:
        camera = self._cameras[signal.speaker]
        play = happening.play
        zones = play.zones or camera.zones[:1]
        return Sighting(camera.source_id, play.labels, zones, self._tempo.now(), salt=happening.id)
