"""Judges an upload by its first bytes, before the rest is taken and long before anything is decoded.

Comes in: the beginning of a file. Goes out: what it is ("photo", "clip"), or the refusal with the reason.
Source: PNG (ISO/IEC 15948) 11.2.2 for the header; ISO/IEC 14496-12 4.3 for the brand of a file.
"""

from __future__ import annotations

import struct

from dashboards.server.attachments.media_child import BadPicture
from dashboards.server.attachments.photo_check import PIXELS_MAX

ENOUGH = 32
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})
NO_HEIC = "HEIC is not taken: set the camera to JPEG (most compatible), or take the photo within the app"
NO_PICTURE = "neither JPEG, PNG nor WebP, nor an MP4 or WebM clip"
PNG = b"\x89PNG\r\n\x1a\n"


def judge_head(head: bytes) -> str:
    """Return ``photo`` or ``clip``.

    Raises:
        BadPicture: It is neither, or its header promises more pixels than we decode.
    """
    if head[4:8] == b"ftyp":
        if head[8:12] in HEIC_BRANDS:
            raise BadPicture(NO_HEIC)
        return "clip"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "clip"
    if head[:3] == b"\xff\xd8\xff" or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "photo"
    if head[:8] == PNG:
        width, height = struct.unpack(">II", head[16:24]) if len(head) >= 24 else (0, 0)
        if width * height > PIXELS_MAX:
            raise BadPicture(f"{width} x {height} is more than {PIXELS_MAX} pixels")
        return "photo"
    raise BadPicture(NO_PICTURE)
