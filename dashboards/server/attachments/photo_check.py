"""Turns what somebody uploaded into a picture that is safe to serve, or says why not.

Comes in: a finished file of unknown content. Goes out: a freshly encoded JPEG, PNG or WebP without metadata,
and the metadata apart. ``photo_child.py`` does it in a process of its own that may use little memory and time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboards.server.attachments.media_child import run_child

PHOTO_TYPES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
SIZE_MAX = 15 * 1024 * 1024
PIXELS_MAX = 40_000_000


def clean_picture(source: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """Write the picture anew to ``target``; return its content type and the metadata worth keeping.

    Raises:
        BadPicture: Not JPEG, PNG or WebP, broken, or too many pixels.
    """
    return run_child("photo_child.py", source, target, what="picture")
