"""A picture that says what it is: a demonstration photo, drawn, with nobody on it.

Comes in: a few words. Goes out: JPEG bytes that ``phone.py`` uploads as evidence.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

SIZE_PX = (960, 720)
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)


def draw_photo(lines: list[str], seed: str) -> bytes:
    """Return a small JPEG: sky, ground, a box in the street, and the lines below the word 演示."""
    draw_seed = Random(seed)
    sky, ground = draw_seed.randrange(150, 210), draw_seed.randrange(90, 130)
    image = Image.new("RGB", SIZE_PX, (sky - 20, sky, sky + 20))
    pen = ImageDraw.Draw(image)
    width, height = SIZE_PX
    pen.rectangle((0, height * 0.55, width, height), fill=(ground, ground, ground - 6))
    for _ in range(6):
        left, top = draw_seed.randrange(0, width), draw_seed.randrange(180, 330)
        shade = draw_seed.randrange(110, 190)
        pen.rectangle(
            (left, top, left + draw_seed.randrange(60, 160), height * 0.55), fill=(shade, shade, shade + 8)
        )
    centre = draw_seed.randrange(300, 660)
    pen.ellipse((centre - 90, 500, centre + 90, 560), fill=(60, 60, 62), outline=(200, 200, 200), width=3)
    _write(pen, [_readable("演示 DEMO"), *map(_readable, lines)])
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=72)
    return buffer.getvalue()


def _write(pen: ImageDraw.ImageDraw, lines: list[str]) -> None:
    for index, line in enumerate(lines):
        where = (28, 24 + index * 46)
        pen.text(where, line, font=_font(), fill=(255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0))


def _readable(line: str) -> str:
    """Without a Chinese font only what the built-in one can draw is left."""
    return line if _font_file() else "".join(c for c in line if ord(c) < 0x250).strip() or "DEMO"


@lru_cache(maxsize=1)
def _font_file() -> Path | None:
    return next((path for path in map(Path, _FONTS) if path.exists()), None)


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    file = _font_file()
    return ImageFont.truetype(str(file), 34) if file else ImageFont.load_default(30)
