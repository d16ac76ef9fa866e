"""Turns an uploaded clip or voice note into one that is safe to serve, or says why not.

Comes in: a finished file that begins as WebM or MP4. Goes out: the same pictures and sounds in a fresh container,
without metadata, covers, subtitles or what hides behind the end. ``clip_child.py`` does it in a process of its
own that may use little memory and little time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboards.server.attachments.media_child import run_child

CLIP_TYPES = {
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "audio/mp4": ".m4a",
    "audio/webm": ".weba",
}
CLIP_SIZE_MAX = 50 * 1024 * 1024


def clean_clip(source: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """Write the clip anew to ``target``; return its content type and the metadata worth keeping.

    Raises:
        BadPicture: Neither MP4 nor WebM, too long, too large a picture, or broken.
    """
    return run_child("clip_child.py", source, target, what="clip")
