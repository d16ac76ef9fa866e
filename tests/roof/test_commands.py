"""The command line as a person meets it: help, exit codes, one sentence for everything that goes wrong."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from citybrain import commands
from foundation.bus.server import free_port, lock_data

ROOT = Path(__file__).parent.parent.parent
COMMANDS = (
    "up", "ingest", "brain", "web", "migrate", "city", "simulate", "replay", "journal", "backup", "restore",
    "user", "token", "bench", "settings",
)  # fmt: skip


def run(*arguments: str, patience_s: float = 90, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CITYBRAIN_")}
    return subprocess.run(
        [sys.executable, "-m", "citybrain", *arguments],
        capture_output=True, text=True, timeout=patience_s, env=clean | environment, cwd=ROOT, check=False,
    )  # fmt: skip


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, pattern: str) -> None:
    assert done.returncode == code, done.stderr
    assert re.search(pattern, done.stderr), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) <= 4


def test_every_promised_command_is_there() -> None:
    done = run("--help")
    assert done.returncode == 0
    listed = re.findall(r"^  ([a-z]+)  ", done.stdout, re.MULTILINE)
    assert set(COMMANDS) <= set(listed)


@pytest.mark.parametrize("group", ["city", "user"])
def test_the_help_of_a_group_is_plain_text(group: str) -> None:
    done = CliRunner().invoke(commands, [group, "--help"])
    assert done.exit_code == 0 and done.output.startswith(f"Usage: root {group} "), done.output
    assert "--install-completion" not in done.output


def test_the_roof_imports_nothing_heavy() -> None:
    heavy = "'sqlalchemy', 'shapely', 'fastapi', 'paho'"
    check = f"import citybrain, sys; print([m for m in ({heavy}) if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_printed() -> None:
    assert re.fullmatch(r"citybrain \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        (["up", "--prt", "1"], "No such option: --prt"),
        (["nonsense"], "No such command 'nonsense'"),
        (["up", "--port", "many"], "Invalid value for '--port'"),
        (["--config", "/no/such.toml", "settings"], "--config /no/such.toml cannot be read"),
        (["settings", "--config=/no/such.toml"], "--config /no/such.toml cannot be read"),
        (["bench", "nonsense"], "There is no benchmark 'nonsense'"),
        (["city", "check", "/no/such/city"], "/no/such/city"),
        (["replay", "/no/such/file"], "/no/such/file is no file"),
    ],
)
def test_wrong_usage_is_2(arguments: list[str], pattern: str) -> None:
    assert_one_sentence(run(*arguments), 2, pattern)


def test_a_setting_that_makes_no_sense_is_2() -> None:
    assert_one_sentence(run("settings", CITYBRAIN_PORT="x"), 2, "CITYBRAIN_PORT is 'x': int is wanted")


def test_settings_tell_origin_and_hide_secrets(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("port = 8123\n")
    done = run("settings", "--config", str(config), CITYBRAIN_DATABASE_URL="postgresql://u:very-secret@h/d")
    assert done.returncode == 0
    assert "very-secret" not in done.stdout and "database_url = (secret)" in done.stdout
    assert re.search(rf"port = 8123 .*int; default 8000; from {re.escape(str(config))}", done.stdout)
    assert re.search(r"session_idle_s = 1800 .*int in s; default 1800; from default", done.stdout)


def test_a_taken_port_stops_up_with_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run("up", "--data", str(tmp_path), "--port", str(port), "--mqtt-port", str(free_port()))
    assert_one_sentence(done, 1, f"Port {port} on 127.0.0.1 is taken .* --port")


def test_a_second_instance_stops_with_one_sentence(tmp_path: Path) -> None:
    with lock_data(tmp_path):
        assert_one_sentence(run("up", "--data", str(tmp_path)), 1, "Another CityBrain runs on the data folder")


def test_a_data_folder_that_cannot_be_made_stops_with_one_sentence() -> None:
    assert_one_sentence(run("up", "--data", "/proc/nothing"), 1, "The data folder /proc/nothing cannot be written")


def test_a_city_with_faults_stops_with_file_and_row(tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    ports = ["--port", str(free_port()), "--mqtt-port", str(free_port()), "--nats-port", str(free_port())]
    done = run("up", "--data", str(tmp_path / "data"), "--city", str(tmp_path / "city"), *ports)
    assert done.returncode == 2 and "city.toml" in done.stderr and "Traceback" not in done.stderr


def test_migrate_brings_an_empty_database_up_once(tmp_path: Path) -> None:
    first, second = (run("migrate", CITYBRAIN_DATA=str(tmp_path)) for _ in range(2))
    assert "brought from empty to" in first.stdout and "is at the newest schema" in second.stdout
    assert first.returncode == second.returncode == 0


def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://u:secret@127.0.0.1:{free_port()}/d"
    done = run("migrate", CITYBRAIN_DATABASE_URL=url, CITYBRAIN_DATA=str(tmp_path))
    assert_one_sentence(done, 1, "database")
    assert "secret" not in done.stderr
