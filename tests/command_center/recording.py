"""What a cast's screens were told and what had to stand on them, as one JSON file for the pages' own store.

Comes in: the `Mirrors` of a tour. Goes out: `{"states": [...], "screens": [{"name", "steps": [{"at", "head",
"frames", "wanted": {number: index of a state}}]}]}`, which `dashboards/windows/tests/mirrors.test.ts` plays.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.build_windows import find_node
from foundation.clock import to_rfc3339
from tests.command_center.mirror import Mirrors

WINDOWS = Path(__file__).parents[2] / "dashboards" / "windows"


def play_in_the_pages_store(recording: Path) -> None:
    """Let the store of the pages play a recording; fail with what Vitest says."""
    node, _ = find_node()
    vitest = WINDOWS / "node_modules" / "vitest" / "vitest.mjs"
    if not vitest.exists():
        pytest.skip("`make check-windows` has not installed the tools of the pages")
    done = subprocess.run(
        [str(node), str(vitest), "run", "tests/mirrors.test.ts"],
        cwd=WINDOWS, env={**os.environ, "CITYBRAIN_RECORDING": str(recording), "NO_COLOR": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def record(mirrors: Mirrors, path: Path, roles: frozenset[str] | None = None) -> int:
    """Write the file; return how many screens are in it."""
    states: list[dict[str, Any]] = []
    known: dict[int, int] = {}

    def intern(state: dict[str, Any]) -> int:
        if id(state) not in known:
            known[id(state)] = len(states)
            states.append(state)
        return known[id(state)]

    screens = []
    for key, mirror in mirrors.of.items():
        if roles is not None and key[0] not in roles:
            continue
        told: dict[int, list[dict[str, Any]]] = {}
        for mark, frame in mirror.frames:
            told.setdefault(mark, []).append(frame)
        steps = [
            {
                "at": to_rfc3339(at),
                "head": mirrors.heads[mark],
                "frames": told.get(mark, []),
                "wanted": {str(number): intern(one) for number, one in shown[key].items()},
            }
            for mark, (at, shown) in enumerate(mirrors.marks)
            if key in shown
        ]
        screens.append({"name": key[0], "view": key[1], "steps": steps})
    path.write_bytes(msgspec.json.encode({"states": states, "screens": screens}))
    return len(screens)
