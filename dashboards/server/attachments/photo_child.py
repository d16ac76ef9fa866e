"""The child process of ``photo_check.py``: decodes one strange picture under tight limits and writes it anew.

Called as ``photo_child.py SOURCE TARGET``; tells ``{content_type, facts}`` or ``{fault}``. It imports
nothing of ours, so that it starts quickly and has nothing to lose. Nothing of the original bytes is written: what
hides behind or inside a picture is gone; of several frames the first is kept.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import warnings
from typing import Any

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

FORMATS = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "WEBP": ("image/webp", ".webp")}
PIXELS_MAX = 40_000_000
PIXELS_MAX_OF = {"WebP": 12_500_000, "progressive JPEG": 25_000_000}
"""Their decoders hold several copies of a picture; a camera's twelve million still pass."""

SIDE_MAX_PX = 4096
"""What is served is no larger: a decoded picture is made smaller before anything else is made of it."""

STRIP_PIXELS = 1_000_000
MEMORY_MAX = 340 * 1024 * 1024
CPU_MAX_S = 20
EXIF_KEPT = frozenset({"DateTime", "DateTimeOriginal", "OffsetTimeOriginal", "Make", "Model", "Orientation"})
GPS_KEPT = frozenset({"GPSLatitude", "GPSLatitudeRef", "GPSLongitude", "GPSLongitudeRef", "GPSDateStamp"})


class Bad(Exception):
    """Not taken; the message says why."""


def main(source: str, target: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, CPU_MAX_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    sys.stdout.write(json.dumps(judge(source, target)))


def judge(source: str, target: str) -> dict[str, Any]:
    """Write the picture anew; return its content type and facts, or the fault."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=tuple(FORMATS)) as picture:
            return rewrite(picture, target)
    except Bad as fault:
        return {"fault": str(fault)}
    except UnidentifiedImageError:
        return {"fault": "neither JPEG, PNG nor WebP"}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"fault": f"more than {PIXELS_MAX} pixels"}
    except MemoryError:
        return {"fault": "the picture needs too much memory: send a smaller one"}
    except Exception:  # noqa: BLE001 whatever a strange file does to a decoder ends here
        return {"fault": "the picture is broken"}


def rewrite(picture: Image.Image, target: str) -> dict[str, Any]:
    """Decode, turn upright, make smaller, and write pixels alone."""
    width, height = picture.size
    # A JPEG with several pictures (depth, brightness) calls itself MPO; its first one is an ordinary JPEG.
    kind = "JPEG" if picture.format == "MPO" else str(picture.format)
    way = "WebP" if kind == "WEBP" else "progressive JPEG" if picture.info.get("progressive") else ""
    most = PIXELS_MAX_OF.get(way, PIXELS_MAX)
    if width * height > most:  # known from the header, before anything is decoded
        raise Bad(f"{width} x {height} is more than {most} pixels" + (f" of {way}" if way else ""))
    facts = read_exif(picture)
    picture.draft("RGB", (SIDE_MAX_PX, SIDE_MAX_PX))
    picture.load()
    has_alpha = kind != "JPEG" and ("A" in picture.getbands() or "transparency" in picture.info)
    plain = make_small(picture, "RGBA" if has_alpha else "RGB")
    ImageOps.exif_transpose(plain, in_place=True)
    plain.info = {}
    plain.save(target, format=kind, **({} if kind == "PNG" else {"quality": 88}))
    return {"content_type": FORMATS[kind][0], "facts": facts}


def make_small(picture: Image.Image, mode: str) -> Image.Image:
    """Return the picture in that mode, no larger than what is served; a large one strip by strip."""
    width, height = picture.size
    factor = -(-max(width, height) // SIDE_MAX_PX)
    if factor == 1:
        return picture if picture.mode == mode else picture.convert(mode)
    small = Image.new(mode, (-(-width // factor), -(-height // factor)))
    step = max(STRIP_PIXELS // width // factor, 1) * factor
    for top in range(0, height, step):
        strip = picture.crop((0, top, width, min(top + step, height)))
        small.paste(strip.convert(mode).reduce(factor), (0, top // factor))
    return small


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


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
