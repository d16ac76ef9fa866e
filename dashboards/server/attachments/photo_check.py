"""Turns what somebody uploaded into a picture that is safe to serve, or says why not.

Comes in: a finished file of unknown content. Goes out: a freshly encoded JPEG, PNG or WebP without metadata,
and the metadata apart. Nothing of the original bytes is served: what hides behind or inside a picture is gone.
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

FORMATS = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "WEBP": ("image/webp", ".webp")}
CONTENT_TYPES = frozenset(content_type for content_type, _ in FORMATS.values())
SIZE_MAX = 15 * 1024 * 1024
PIXELS_MAX = 40_000_000
EXIF_KEPT = frozenset({"DateTime", "DateTimeOriginal", "OffsetTimeOriginal", "Make", "Model", "Orientation"})
GPS_KEPT = frozenset({"GPSLatitude", "GPSLatitudeRef", "GPSLongitude", "GPSLongitudeRef", "GPSDateStamp"})

_decoding = BoundedSemaphore(2)  # 40 million pixels are 160 MB in memory


class BadPicture(ValueError):
    """No picture that we take; the message says why."""


def clean_picture(source: Path, target: Path) -> tuple[str, dict[str, Any]]:
    """Write the picture anew to ``target``; return its content type and the metadata worth keeping.

    Raises:
        BadPicture: Not JPEG, PNG or WebP, broken, or too many pixels.
    """
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(source, formats=tuple(FORMATS)) as picture:
                return _rewrite(picture, target)
        except BadPicture:
            raise
        except UnidentifiedImageError as error:
            raise BadPicture("neither JPEG, PNG nor WebP") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise BadPicture(f"more than {PIXELS_MAX} pixels") from error
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, IndexError, TypeError) as error:
            raise BadPicture("the picture is broken") from error


def _rewrite(picture: Image.Image, target: Path) -> tuple[str, dict[str, Any]]:
    width, height = picture.size
    if width * height > PIXELS_MAX:  # known from the header, before anything is decoded
        raise BadPicture(f"{width} x {height} is more than {PIXELS_MAX} pixels")
    kind = str(picture.format)
    content_type, _ = FORMATS[kind]
    exif = read_exif(picture)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    mode = (
        "RGB"
        if kind == "JPEG"
        else "RGBA"
        if "A" in upright.getbands() or "transparency" in upright.info
        else "RGB"
    )
    plain = Image.new(mode, upright.size)
    plain.paste(upright.convert(mode))
    options: dict[str, Any] = {} if kind == "PNG" else {"quality": 88}
    plain.save(target, format=kind, **options)
    return content_type, exif


def read_exif(picture: Image.Image) -> dict[str, Any]:
    """Return when, with what and where the picture says it was taken; only known tags, as text."""
    exif = picture.getexif()
    found: dict[str, Any] = {}
    for tags, names, kept in (
        (exif, ExifTags.TAGS, EXIF_KEPT),
        (exif.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS, EXIF_KEPT),
        (exif.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS, GPS_KEPT),
    ):
        for tag, value in tags.items():
            name = names.get(tag, "")
            if name in kept:
                found[name] = str(value).replace("\x00", "")[:100]
    return found | _read_place(exif.get_ifd(ExifTags.IFD.GPSInfo))


def _read_place(gps: dict[int, Any]) -> dict[str, float]:
    """Return where the picture was taken in degrees, besides the words of its tags."""
    try:
        lat, lon = (_degrees(gps[tag], str(gps[tag - 1])) for tag in (2, 4))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return {}
    return {"lon": lon, "lat": lat} if abs(lat) <= 90 and abs(lon) <= 180 else {}


def _degrees(parts: Any, side: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    size = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(size):
        raise ValueError(size)
    return round(-size if side.strip("\x00 ").upper() in ("S", "W") else size, 6)
