"""Runs the child process that reads one strange file: what such a file can do to a decoder ends there.

Comes in: one of our scripts, the strange file, where the clean one goes. Goes out: what the script tells.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0


class BadPicture(ValueError):
    """No picture or clip that we take; the message says why."""


def run_child(script: str, source: Path, target: Path, *, what: str) -> tuple[str, dict[str, Any]]:
    """Let the script write the file anew to ``target``; return its content type and the metadata worth keeping.

    Raises:
        BadPicture: The script says why not, or it came to an end of its own.
    """
    command = [sys.executable, "-I", str(Path(__file__).with_name(script)), str(source), str(target)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as error:
        target.unlink(missing_ok=True)
        raise BadPicture(f"the {what} cannot be read in time") from error
    told: dict[str, Any] = {"fault": f"the {what} is broken"}
    if done.returncode == 0 and done.stdout:
        told = json.loads(done.stdout)
    if "fault" in told:
        target.unlink(missing_ok=True)
        raise BadPicture(str(told["fault"]))
    return str(told["content_type"]), dict(told["facts"])
