"""Nobody takes a session of ours over by its name; if somebody did, the senses say so."""

from __future__ import annotations

import asyncio

import pytest

from foundation.bus.credentials import ensure_session_secret
from foundation.database import Database
from ingest.observation import Observation
from ingest.receive import find_endpoint
from tests.ingest.instruments import Engine, Receiving
from tests.ingest.test_receive import DEVICE, TOPIC, alarm, publish


def test_a_device_that_calls_itself_a_session_of_ours_disturbs_nothing(
    engine: Engine, senses_database: Database
) -> None:
    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            sessions = receiving.ingest._receiver.sessions
            connections = [session.connection for session in sessions]
            with pytest.raises(AssertionError, match="not admitted"):
                engine.connect(DEVICE, "citybrain-ingest-3")
            honest = engine.connect(DEVICE)
            publish(honest, f"{TOPIC}/alarm", alarm("kept"))
            (kept,) = await receiving.read(1)
            assert isinstance(kept, Observation) and kept.id == "kept"
            assert [session.connection for session in sessions] == connections and receiving.is_ready

    asyncio.run(play())


def test_a_session_that_somebody_took_over_is_told_of(engine: Engine, senses_database: Database) -> None:
    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            session = receiving.ingest._receiver.sessions[3]
            # the engine admits no device by this name, so that only one of our own can be in the way
            thief = engine.connect("citybrain.ingest", session.client._client_id.decode())
            await receiving.wait_for(lambda: not receiving.is_ready, 5)
            thief.disconnect()
            await receiving.wait_for(lambda: session.is_hearing, 10)
            state = receiving.ingest.get_state()
            assert not state.is_ready and "sessions [3] were lost" in state.detail

    asyncio.run(play())


def test_our_client_ids_are_secret_and_stay(engine: Engine) -> None:
    data = engine.settings.data
    secret = ensure_session_secret(data)
    assert len(secret) >= 20 and ensure_session_secret(data) == secret
    assert (data / "bus-credentials.json").stat().st_mode & 0o777 == 0o600
    assert secret not in (data / "nats.conf").read_text() and secret not in repr(find_endpoint(engine.settings))
