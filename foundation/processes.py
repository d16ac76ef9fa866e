"""The supervisor: starts children in order, restarts one that dies and says so, stops all in reverse.

Comes in from the roof: a list of ``Child``. Goes out: running processes, whose logs pass through on
standard output. When the supervisor itself is killed, the kernel tells every child to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from foundation.logs import get_logger

FIRST_DELAY_S, LAST_DELAY_S = 0.1, 5.0
STEADY_S = 20.0  # after this long alive, a death counts as the first again
READY_PATIENCE_S = 60.0
ASK_EVERY_S = 5.0
PR_SET_PDEATHSIG = 1  # Source: Linux prctl(2)
BAD_INVOCATION = 2

log = get_logger("processes")


def hear_stop() -> asyncio.Event:
    """Return an event of the running loop that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Wait that long, or until told to stop."""
    # not wait_for: before Python 3.12 it loses a cancellation that comes together with the event
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


class CannotRun(Exception):
    """One sentence that says what is wrong and the mend; the command ends with ``exit_code``."""

    exit_code = 1


class WrongInput(CannotRun):
    """The command was used wrongly, or its input is invalid."""

    exit_code = 2


@dataclass
class Child:
    """One process to keep alive.

    ``is_ready`` is asked until it says yes before the next child starts (None: do not wait). ``trace``
    returns a line that explains an early death. ``when_up``: start it only when the whole is up.
    ``log_file`` takes its standard output instead of ours. ``is_stuck`` is asked every few seconds of one that
    runs: when it says yes, the child is ended and started again.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    is_ready: Callable[[], bool] | None = None
    trace: Callable[[], str] | None = None
    is_stuck: Callable[[], bool] | None = None
    when_up: bool = False
    log_file: Path | None = None
    stop_s: float = 15.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    deaths: int = 0
    started_s: float = 0.0
    restart_s: float | None = None
    asked_s: float = 0.0

    def start(self) -> None:
        with contextlib.ExitStack() as opened:
            out = opened.enter_context(self.log_file.open("ab")) if self.log_file else None
            self.process = self._spawn(out)
        self.started_s, self.restart_s = time.monotonic(), None

    def _spawn(self, out: IO[bytes] | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            env=None if self.environment is None else dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509 - one thread here, and one system call there
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the children in order
        )

    def stop(self) -> None:
        """Ask to stop, wait, then insist."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(self.stop_s)
        except subprocess.TimeoutExpired:
            log.warning("child does not stop, killed", child=self.name)
            self.process.kill()
            self.process.wait()


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died between the fork and the request
            os._exit(1)

    return ask_kernel


def _allow_many_files() -> None:
    """Let every child open as many files as the system allows: each device is a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Supervisor:
    """Keeps children alive until it is told to stop."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = list(children)
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask ``run`` to end; safe from a signal handler and from another thread."""
        self._stop.set()

    def run(self, is_up: Callable[[], bool], when_up: Callable[[], None]) -> None:
        """Start all, call ``when_up`` once ``is_up``, restart what dies, until SIGTERM, SIGINT or ``stop``.

        Raises:
            CannotRun: A child that the others need did not come up, or one says that it was started wrongly.
        """
        _allow_many_files()
        before = {number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for child in self._children:
                if not child.when_up:
                    self._start_first(child)
            self._watch(is_up, when_up)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _watch(self, is_up: Callable[[], bool], when_up: Callable[[], None]) -> None:
        told, asked_s = False, 0.0
        while not self._stop.wait(0.1):
            for child in self._children:
                self._mend(child)
            now = time.monotonic()
            if not told and now - asked_s > 0.3:
                told, asked_s = is_up(), now
                if told:
                    when_up()
                    for child in self._children:
                        if child.when_up:
                            self._start_first(child)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _start_first(self, child: Child) -> None:
        if self._stop.is_set():
            return
        child.start()
        deadline = time.monotonic() + READY_PATIENCE_S
        while child.is_ready is not None and not self._stop.wait(0.02):
            process = child.process
            if process is not None and process.poll() is not None:
                raise CannotRun(_epitaph(child, process.returncode))
            if child.is_ready():
                return
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"{child.name} did not become ready within {READY_PATIENCE_S:.0f} s: see its log lines."
                )

    def _mend(self, child: Child) -> None:
        process = child.process
        if process is None:
            return
        now = time.monotonic()
        if process.poll() is None:
            if child.is_stuck is not None and now - child.asked_s >= ASK_EVERY_S:
                child.asked_s = now
                if child.is_stuck():
                    log.error("child is stuck, it is ended", child=child.name)
                    process.terminate()
            return
        if child.restart_s is None:
            if process.returncode == BAD_INVOCATION:
                raise CannotRun(_epitaph(child, process.returncode))
            child.deaths = 1 if now - child.started_s > STEADY_S else child.deaths + 1
            delay_s = min(LAST_DELAY_S, FIRST_DELAY_S * 2 ** (child.deaths - 1))
            child.restart_s = now + delay_s
            log.error("child died", child=child.name, code=process.returncode, restart_in_s=delay_s)
        elif now >= child.restart_s:
            child.start()
            log.warning(
                "child restarted", child=child.name, deaths=child.deaths, pid=child.process and child.process.pid
            )

    def _stop_all(self) -> None:
        for child in reversed(self._children):
            child.stop()


def _epitaph(child: Child, code: int) -> str:
    trace = child.trace() if child.trace else ""
    return f"{child.name} ended with code {code}{': ' + trace if trace else '; its log lines above say why'}."
