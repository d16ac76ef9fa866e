"""The supervisor with real processes: order, restarts, ends; nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from foundation import processes
from foundation.processes import CannotRun, Child, Supervisor

ROOT = Path(__file__).parent.parent.parent
SLEEPER = """
import signal, sys, time
name, log = sys.argv[1:3]
def end(*_):
    open(log, "a").write(f"stopped {name}\\n"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(log, "a").write(f"started {name}\\n")
time.sleep(60)
"""


def sleeper(name: str, log: Path, **more: object) -> Child:
    return Child(name=name, command=[sys.executable, "-c", SLEEPER, name, str(log)], **more)  # type: ignore[arg-type]


def read(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def wait_for(holds: object, patience_s: float = 10.0) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def run_beside(supervisor: Supervisor, script: object) -> None:
    """Run the supervisor here, where signals go, and a script of the test beside it."""
    failure: list[BaseException] = []

    def play() -> None:
        try:
            script()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failure.append(error)
        finally:
            supervisor.stop()

    beside = threading.Thread(target=play)
    beside.start()
    supervisor.run(lambda: True, lambda: None)
    beside.join()
    if failure:
        raise failure[0]


def test_children_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    log = tmp_path / "log"
    names = ["one", "two", "three"]
    children = [sleeper(n, log, is_ready=lambda n=n: f"started {n}" in read(log)) for n in names]
    run_beside(Supervisor(children), lambda: wait_for(lambda: len(read(log)) == 3))
    assert read(log) == [*(f"started {n}" for n in names), *(f"stopped {n}" for n in reversed(names))]


def test_a_child_that_dies_is_started_again_with_growing_delay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    log = tmp_path / "log"
    child = sleeper("one", log)
    times: list[float] = []

    def kill_it_thrice() -> None:
        for count in (1, 2, 3):
            wait_for(lambda count=count: len(read(log)) == count)
            assert child.process is not None
            child.process.kill()
            times.append(time.monotonic())
        wait_for(lambda: len(read(log)) == 4)
        times.append(time.monotonic())

    run_beside(Supervisor([child]), kill_it_thrice)
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[0] >= 0.1 and waits[1] >= 0.2 and waits[2] >= 0.4 and waits[2] < 5
    said = capsys.readouterr().out + caplog.text  # the one or the other, as another test has left the logs
    assert said.count("child died") == 3 and said.count("child restarted") == 3


def test_a_child_that_is_stuck_is_ended_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ASK_EVERY_S", 0.05)
    log = tmp_path / "log"
    child = sleeper("one", log, is_stuck=lambda: len(read(log)) == 1)
    run_beside(Supervisor([child]), lambda: wait_for(lambda: len(read(log)) == 3))
    assert read(log)[:3] == ["started one", "stopped one", "started one"]


def test_one_that_must_be_ready_and_dies_is_explained(tmp_path: Path) -> None:
    dead = Child(
        name="engine",
        command=[sys.executable, "-c", "raise SystemExit(3)"],
        is_ready=lambda: False,
        trace=lambda: "[FTL] no room",
    )
    later = sleeper("later", tmp_path / "log")
    with pytest.raises(CannotRun, match=r"engine ended with code 3: \[FTL\] no room"):
        Supervisor([dead, later]).run(lambda: True, lambda: None)
    assert read(tmp_path / "log") == []


def test_a_child_that_was_started_wrongly_is_not_started_again() -> None:
    wrong = Child(name="web", command=[sys.executable, "-c", "raise SystemExit(2)"])
    with pytest.raises(CannotRun, match="web ended with code 2"):
        Supervisor([wrong]).run(lambda: True, lambda: None)


def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    stubborn = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "open(sys.argv[1], 'w').close(); time.sleep(60)"
    )
    child = Child(name="stubborn", command=[sys.executable, "-c", stubborn, str(marker)], stop_s=0.3)
    run_beside(Supervisor([child]), lambda: wait_for(marker.exists))
    assert child.process is not None and child.process.returncode == -signal.SIGKILL


def test_what_waits_for_the_whole_starts_last(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = Supervisor([sleeper("guest", log, when_up=True), sleeper("host", log)])
    asked: list[float] = []

    def is_up() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 2 and read(log) == ["started host"]

    threading.Thread(target=lambda: (wait_for(lambda: "started guest" in read(log)), supervisor.stop())).start()
    greeted: list[list[str]] = []
    supervisor.run(is_up, lambda: greeted.append(read(log)))
    assert greeted == [["started host"]]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_killing_the_supervisor_leaves_no_orphans(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}]
from foundation.processes import Child, Supervisor
child = Child(name="one", command=[sys.executable, "-c", {SLEEPER!r}, "one", {str(log)!r}])
Supervisor([child]).run(lambda: True, lambda: None)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    wait_for(lambda: read(log) == ["started one"], 20)
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: read(log) == ["started one", "stopped one"])


def test_a_signal_stops_everything(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = Supervisor([sleeper("one", log)])

    def send() -> None:
        wait_for(lambda: read(log) == ["started one"])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=send).start()
    supervisor.run(lambda: True, lambda: None)
    assert read(log) == ["started one", "stopped one"]
