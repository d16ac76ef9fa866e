"""Turns an uploaded clip or voice note into one that is safe to serve, or says why not.

Comes in: a finished file that begins as WebM or MP4. Goes out: the same pictures and sounds in a fresh container,
without metadata, covers, subtitles or what hides behind the end. ``clip_child.py`` does it in a process of its
own that may use little memory and little time: what a strange file can do to a decoder ends there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from dashboards.server.attachments.photo_check import BadPicture

CLIP_TYPES = {
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "audio/mp4": ".m4a",
    "audio/webm": ".weba",
}
CLIP_SIZE_MAX = 50 * 1024 * 1024
PATIENCE_S = 60.0

_remuxing = BoundedSemaphore(1)


def clean_clip(source: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """Write the clip anew to ``target``; return its content type and the metadata worth keeping.

    Raises:
        BadPicture: Neither MP4 nor WebM, too long, too large a picture, or broken.
    """
    command = [sys.executable, "-I", str(Path(__file__).with_name("clip_child.py")), str(source), str(target)]
    with _remuxing:
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise BadPicture("the clip cannot be read in time") from error
    told: dict[str, Any] = {"fault": "the clip is broken"}
    if done.returncode == 0 and done.stdout:
        told = json.loads(done.stdout)
    if "fault" in told:
        target.unlink(missing_ok=True)
        raise BadPicture(str(told["fault"]))
    return str(told["content_type"]), dict(told["facts"])
