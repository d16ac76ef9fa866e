"""Happenings become messages: what a device, a camera and a caller say, in their order, under one id."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from foundation.clock import SystemClock
from foundation.settings import DEFAULT_CITY
from ingest.simulate.day_book import Happening, Signal, write_hour
from ingest.simulate.instruments import Instruments
from ingest.simulate.speak_native import Message
from ingest.simulate.stage import Stage
from ingest.simulate.stage_reader import read_stage
from ingest.simulate.tempo import Tempo
from ingest.simulate.voices import Voices


class Wire:
    """The edge: keeps what would go to the broker."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def publish(self, message: Message, *, device: str = "") -> None:
        del device
        self.messages.append(message)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return read_stage(DEFAULT_CITY)


def happening_with(stage: Stage, voice: str) -> Happening:
    for hour in range(6, 20):
        for happening in write_hour(stage, 3, 0, hour, rate=10):
            signal = happening.signals[0]
            if signal.voice == voice and (voice != "measure" or _rule(stage, signal.speaker).hold_s == 0):
                return happening
    raise AssertionError(voice)


def _rule(stage: Stage, device: str) -> Any:
    return next(d for d in stage.list_all_devices() if d.id == device).rule


def speak(stage: Stage, happening: Happening) -> tuple[list[Message], list[Signal]]:
    wire, told = Wire(), []

    async def tell(_happening: Happening, signal: Signal) -> None:
        told.append(signal)

    async def story() -> None:
        tempo = Tempo(SystemClock(), ZoneInfo("Asia/Shanghai"), 60.0)
        instruments = Instruments(stage.list_all_devices(), wire, tempo, 1)  # type: ignore[arg-type]
        voices = Voices(stage, wire, instruments, tempo, call=tell, report=tell)  # type: ignore[arg-type]
        first = [s for s in happening.signals if s.voice == happening.signals[0].voice]
        for signal in first:
            await voices.speak(happening, signal)

    asyncio.run(story())
    return wire.messages, told


def test_an_alarm_keeps_its_id_and_its_numbers_grow(stage: Stage) -> None:
    messages, _ = speak(stage, happening_with(stage, "alarm"))
    said = [json.loads(message.payload) for message in messages]
    assert [s["phase"] for s in said] == ["begin", "update", "end"]
    assert len({s["id"] for s in said}) == 1 and len({m.topic for m in messages}) == 1
    assert all(m.qos == 1 for m in messages)
    assert [s["seq"] for s in said] == sorted(s["seq"] for s in said)


def test_a_reading_goes_beyond_the_rule_and_comes_back(stage: Stage) -> None:
    happening = happening_with(stage, "measure")
    rule = _rule(stage, happening.signals[0].speaker)
    messages, _ = speak(stage, happening)
    values = [json.loads(m.payload).get("object") or json.loads(m.payload)["values"] for m in messages]
    series = [value[rule.quantity] for value in values]
    assert series[0] > rule.limit and (series[-1] < rule.clear or series[-1] == 0)


def test_a_camera_tells_one_review_to_its_end(stage: Stage) -> None:
    messages, _ = speak(stage, happening_with(stage, "see"))
    said = [json.loads(message.payload) for message in messages]
    assert [s["type"] for s in said] == ["new", "update", "end"]
    assert len({s["after"]["id"] for s in said}) == 1


@pytest.mark.parametrize("voice", ["call", "report"])
def test_people_speak_through_their_own_door(stage: Stage, voice: str) -> None:
    messages, told = speak(stage, happening_with(stage, voice))
    assert not messages and told and told[0].text and told[0].lonlat
