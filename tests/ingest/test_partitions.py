"""Another number of partitions: what waits in the sessions of before is received, then they are forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.bus.credentials import GATEWAY
from foundation.database import Database
from ingest.observation import Observation
from ingest.partition_count import count_sessions, settle
from tests.ingest.instruments import Engine, Receiving
from tests.ingest.test_receive import alarm, publish


def test_sessions_are_forgotten_only_when_settled(tmp_path: Path) -> None:
    assert count_sessions(tmp_path, 16) == 16
    settle(tmp_path, 16)
    assert count_sessions(tmp_path, 4) == 16 and count_sessions(tmp_path, 20) == 20
    settle(tmp_path, 4)
    assert count_sessions(tmp_path, 4) == 4


def test_fewer_partitions_drain_the_ones_of_before(
    engine: Engine, senses_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.receive.SILENT_S", 1.0)
    monkeypatch.setattr("ingest.receive.REPORT_EVERY_S", 0.2)
    devices = [d.source_id for d in engine.city.register.list_devices() if d.source == "native"]

    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            await asyncio.sleep(2)
            assert receiving.ingest.get_state().sessions_wanted == 16
        gateway = engine.connect(GATEWAY)
        for device in devices:
            publish(gateway, f"citybrain/v1/devices/{device}/alarm", alarm(device))
        engine.settings = replace(engine.settings, partitions=4)
        async with Receiving(engine, senses_database) as receiving:
            told = await receiving.read(len(devices), 20)
            assert {r.id for r in told if isinstance(r, Observation)} == set(devices)
            await receiving.wait_for(lambda: count_sessions(engine.settings.data, 4) == 4, 10)

    asyncio.run(play())
