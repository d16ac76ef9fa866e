"""Receiving over TLS, and from a broker that knows nothing of partitions."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from foundation.bus.credentials import ensure_engine_secrets, read_passwords
from foundation.bus.server import free_port
from foundation.bus.server_config import render_config
from foundation.database import Database
from foundation.settings import Settings
from grid.city import City
from ingest.observation import Observation
from tests.ingest.instruments import Engine, Receiving
from tests.ingest.test_receive import DEVICE, TOPIC, alarm, publish


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Return a certificate for some other name and its key: our own engine is known by the certificate itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=city.example"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


@pytest.fixture
def tls_engine(city: City, tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Engine]:
    cert, key = certificate
    settings = Settings(
        data=tmp_path, nats_port=free_port(), mqtt_port=free_port(), demo=True, tls_cert=cert, tls_key=key
    )
    running = Engine(settings, city)
    yield running
    running.stop()


def test_devices_and_senses_meet_over_tls(tls_engine: Engine, senses_database: Database) -> None:
    async def play() -> None:
        async with Receiving(tls_engine, senses_database) as receiving:
            device = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="tls-device")
            device.username_pw_set(DEVICE, read_passwords(tls_engine.settings.data)[DEVICE])
            context = ssl.create_default_context(cafile=str(tls_engine.settings.tls_cert))
            context.check_hostname = False
            device.tls_set_context(context)
            device.connect("127.0.0.1", tls_engine.settings.mqtt_port)
            device.loop_start()
            for number in range(100):
                publish(device, f"{TOPIC}/alarm", alarm(str(number), text="x" * 3000))
            told = await receiving.read(100, 15)
            assert sorted(int(r.id) for r in told if isinstance(r, Observation)) == list(range(100))
            device.disconnect()
            device.loop_stop()

    asyncio.run(play())


def test_plain_text_is_not_answered_where_there_is_tls(tls_engine: Engine) -> None:
    with pytest.raises((AssertionError, OSError)):
        tls_engine.connect(DEVICE)


@pytest.fixture
def plain_broker(city: City, tmp_path: Path) -> Iterator[Engine]:
    """Yield a broker without any mapping, as Mosquitto or EMQX would be: the senses name its topics themselves."""
    settings = Settings(data=tmp_path, nats_port=free_port(), mqtt_port=free_port(), demo=True)
    running = Engine(settings, city)
    running.gate.stop()
    running.child.stop()
    passwords = ensure_engine_secrets(settings.data)
    config = json.loads(render_config(settings, passwords))
    del config["accounts"]["CITY"]["mappings"], config["authorization"]
    allowed = {"publish": {"allow": ["citybrain.v1.devices.>"]}, "subscribe": {"deny": [">"]}}
    password = read_passwords(settings.data)[DEVICE]
    config["accounts"]["CITY"]["users"].append({"user": DEVICE, "password": password, "permissions": allowed})
    (settings.data / "nats.conf").write_text(json.dumps(config))
    running.start()
    password = read_passwords(tmp_path)["citybrain.ingest"]
    running.settings = replace(
        settings, mqtt_url=f"mqtt://citybrain.ingest:{password}@127.0.0.1:{settings.mqtt_port}"
    )
    yield running
    running.stop()


def test_another_broker_is_one_session_with_plain_topics(plain_broker: Engine, senses_database: Database) -> None:
    async def play() -> None:
        async with Receiving(plain_broker, senses_database) as receiving:
            assert receiving.ingest.get_state().sessions_wanted == 1
            device = plain_broker.connect(DEVICE)
            publish(device, f"{TOPIC}/alarm", alarm("over-there"))
            (told,) = await receiving.read(1)
            assert isinstance(told, Observation) and told.id == "over-there"

    asyncio.run(play())
