"""The embedded engine: one clear sentence for everything in its way, and a configuration as decided."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from foundation.bus import connection, server
from foundation.bus.credentials import (
    bus_url,
    ensure_engine_secrets,
    ensure_passwords,
    read_passwords,
    write_private,
)
from foundation.bus.server import (
    check_port,
    engine_child,
    find_server,
    free_port,
    lock_data,
    prepare_data,
    write_config,
)
from foundation.bus.server_config import device_rights, render_config, subjects_of_filter
from foundation.processes import CannotRun
from foundation.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, nats_port=free_port(), mqtt_port=free_port())


@pytest.mark.parametrize(("port", "option"), [("nats_port", "--nats-port"), ("mqtt_port", "--mqtt-port")])
def test_a_taken_port_is_named_with_its_option(
    settings: Settings, port: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PORT_PATIENCE_S", 0.1)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", getattr(settings, port)))
        holder.listen()
        with pytest.raises(
            CannotRun, match=rf"Port {getattr(settings, port)} on 127\.0\.0\.1 is taken.*{option}\."
        ):
            engine_child(settings)


def test_a_port_that_becomes_free_is_waited_for() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    port = int(holder.stdout.readline())
    check_port("127.0.0.1", port, "--port")
    holder.wait()
    holder.stdout.close()


HOLD = """
import socket, time
held = socket.socket(); held.bind(("127.0.0.1", 0)); held.listen()
print(held.getsockname()[1], flush=True); time.sleep(1)
"""


def test_an_address_that_is_not_ours_is_said(settings: Settings) -> None:
    with pytest.raises(CannotRun, match=r"192\.0\.2\.1 cannot be used"):
        check_port("192.0.2.1", 0, "--port")


def test_a_missing_program_is_said_with_the_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match="nats-server is missing: run `make build`"):
        find_server()
    (tmp_path / "nats-server").write_text("#!/bin/sh\n")
    (tmp_path / "nats-server").chmod(0o755)
    assert find_server() == tmp_path / "nats-server"


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotRun, match=r"cannot be written .*--data"):
        prepare_data(tmp_path / "file")
    with pytest.raises(CannotRun, match=r"cannot be written .*--data"):
        prepare_data(Path("/proc/nothing/here"))


def test_a_second_instance_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with lock_data(tmp_path), pytest.raises(CannotRun, match="Another CityBrain runs on the data folder"):
        lock_data(tmp_path)
    lock_data(tmp_path).close()


def test_secrets_lie_in_files_that_only_their_owner_reads(settings: Settings) -> None:
    config = write_config(settings)
    for path in (config, settings.data / "bus-credentials.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_private(config, b"again")
    assert stat.S_IMODE(config.stat().st_mode) == 0o600 and config.read_bytes() == b"again"


def test_passwords_stay_and_differ(settings: Settings) -> None:
    first = ensure_passwords(settings.data, ["a", "b"])
    second = ensure_passwords(settings.data, ["b", "c"])
    assert second["a"] == first["a"] and len(set(second.values())) == 3
    assert read_passwords(settings.data) == second
    assert bus_url(settings, "brain") == f"nats://citybrain.brain:@127.0.0.1:{settings.nats_port}"
    assert bus_url(Settings(nats_url="nats://elsewhere"), "brain") == "nats://elsewhere"


def test_the_configuration_is_as_decided(settings: Settings) -> None:
    config = json.loads(render_config(settings, ensure_engine_secrets(settings.data)))
    assert config["host"] == "127.0.0.1" and config["port"] == settings.nats_port
    assert config["jetstream"]["sync_interval"] == "always"
    assert config["mqtt"]["ack_wait"] == "2s"
    subscriptions = 8
    assert config["mqtt"]["max_ack_pending"] * 2 * subscriptions < 65_535
    mapping = config["accounts"]["CITY"]["mappings"]["citybrain.v1.devices.*.alarm"]
    assert mapping == [
        {"destination": "part.{{partition(16,1)}}.citybrain.v1.devices.{{wildcard(1)}}.alarm", "weight": "100%"}
    ]
    callout = config["authorization"]["auth_callout"]
    admitted = {user["user"] for account in config["accounts"].values() for user in account["users"]}
    assert set(callout["auth_users"]) == admitted, "our own roles are admitted whatever happens, nobody else is"
    assert device_rights("d-1") == (
        ["citybrain.v1.devices.d-1.>", "part.*.citybrain.v1.devices.d-1.>"],
        ["citybrain.v1.devices.d-1.receipt"],
    )


@pytest.mark.parametrize(
    ("topic_filter", "subjects"),
    [
        ("frigate/#", ["frigate", "frigate.>"]),
        ("a/+/b", ["a.*.b"]),
        ("#", [">"]),
        ("v1.0/x", ["v1//0.x"]),
    ],
)
def test_filters_become_subjects(topic_filter: str, subjects: list[str]) -> None:
    assert subjects_of_filter(topic_filter) == subjects


def test_the_engine_starts_keeps_and_stops(settings: Settings) -> None:
    child = engine_child(settings)
    child.start()
    try:
        deadline = time.monotonic() + 10
        while child.is_ready is not None and not child.is_ready():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with socket.create_connection(("127.0.0.1", settings.nats_port)) as found:
            greeting = found.recv(4096).decode()
        assert '"auth_required":true' in greeting and '"jetstream":true' in greeting
    finally:
        child.stop()
    assert child.process is not None and child.process.returncode is not None
    assert not os.path.exists(f"/proc/{child.process.pid}/exe")


def test_a_configuration_that_the_engine_refuses_is_quoted(settings: Settings) -> None:
    broken = Settings(
        data=settings.data,
        nats_port=free_port(),
        mqtt_port=free_port(),
        tls_cert=Path("/no/cert"),
        tls_key=Path("/no/key"),
    )
    from foundation.processes import Supervisor

    child = engine_child(broken)
    with pytest.raises(CannotRun, match="engine ended with code 1"):
        Supervisor([child]).run(lambda: True, lambda: None)


def test_an_engine_that_stays_away_is_told_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s, told = 0.0, []
    monkeypatch.setattr(connection, "monotonic_s", lambda: now_s)
    monkeypatch.setattr(connection.log, "warning", lambda _event, error: told.append((now_s, error)))
    tell = connection.trouble_teller()
    for beat in range(5 * 61):
        now_s = beat / 4
        asyncio.run(tell(OSError("refused")))
    asyncio.run(tell(OSError("another")))
    assert told == [(0.0, "refused"), (60.0, "refused"), (76.0, "another")]


def test_an_engine_that_stores_nothing_after_a_full_disk_is_stuck(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    free = [0]
    monkeypatch.setattr(server.shutil, "disk_usage", lambda _path: SimpleNamespace(free=free[0]))
    log = tmp_path / "nats.log"
    complaint = "[ERR] JetStream failed to store a msg: write 1.blk: no space left on device\n"
    log.write_text(complaint)
    watch = server.FullDiskWatch(tmp_path)

    def complain(free_bytes: int, said: str = complaint) -> bool:
        free[0] = free_bytes
        with log.open("a") as out:
            out.write(said)
        return watch.is_stuck()

    assert not complain(0), "a full disk is no fault of the engine"
    assert not complain(2 * server.ROOM_BYTES), "it may have been full when the engine said so"
    assert complain(2 * server.ROOM_BYTES)
    assert not complain(2 * server.ROOM_BYTES, "[INF] ready\n")
    log.write_text(complaint)  # turned over
    assert watch.is_stuck()
