"""At a terminal the roles' logs go beside it, and a large one is put aside; elsewhere they pass through."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from dashboards import greeting
from foundation.settings import Settings

ROOT = Path(__file__).parent.parent.parent


def test_a_log_that_has_grown_large_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, log = Settings(data=tmp_path), tmp_path / "citybrain.log"
    monkeypatch.setattr(greeting, "LOG_MOST_BYTES", 10)
    log.write_bytes(b"x" * 11)
    greeting.turn_log(settings)
    assert log.exists() and greeting.log_file(settings) is None, "no terminal: nothing is written beside it"
    monkeypatch.setattr(greeting, "log_file", lambda _settings: log)
    greeting.turn_log(settings)
    assert not log.exists() and (tmp_path / "citybrain.log.1").stat().st_size == 11
    log.write_bytes(b"x")
    greeting.turn_log(settings)
    assert log.exists()


SAYS = """
from foundation.logs import configure_logs, get_logger
import sys
configure_logs("up", plain=sys.stdout.isatty())
get_logger("t").warning("child restarted", child="brain", deaths=1)
"""


def test_a_person_reads_sentences_and_a_pipe_json() -> None:
    piped = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, cwd=ROOT, check=True)
    assert piped.stdout.startswith("{") and '"child": "brain"' in piped.stdout
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", SAYS], stdout=theirs, cwd=ROOT, check=True)
    os.close(theirs)
    assert os.read(ours, 4096).decode().strip() == "child restarted: child brain, deaths 1"
    os.close(ours)
