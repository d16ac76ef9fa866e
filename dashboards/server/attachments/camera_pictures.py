"""Single pictures of cameras, asked for at the source's own address and made safe to serve.

Comes in: a camera of the register. Goes out: a freshly encoded picture, or why there is none. The address is the
one pattern that the city's ``sources.toml`` names; the register fills in the camera's id, percent-encoded. No
redirect is followed, no proxy of the environment asked. Several screens that look share one question.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from dashboards.server.attachments.content_head import ENOUGH, judge_head
from dashboards.server.attachments.media_child import BadPicture
from dashboards.server.attachments.photo_check import clean_picture
from foundation.clock import monotonic_s
from foundation.logs import get_logger
from grid.city import City
from grid.registers import Camera, Device

SIZE_MAX = 8 * 1024 * 1024
PATIENCE_S = 5.0
FRESH_S = 2.0
AT_ONCE = 6
KEPT = 32

log = get_logger("cameras")
Picture = tuple[str, bytes]


class NoPicture(Exception):
    """The camera gives none now; the message says why."""


def find_snapshot_url(city: City, thing: Device | Camera) -> str | None:
    """Return where a picture of this camera is to be had; None where its source gives none."""
    source = city.sources.get(thing.source)
    if not isinstance(thing, Camera) or source is None or not source.snapshot or set(thing.source_id) <= {"."}:
        return None
    return source.snapshot.replace("{id}", quote(thing.source_id, safe=""))


class CameraPictures:
    """The pictures of one web process: at most a few questions at once, one for each camera."""

    def __init__(self) -> None:
        self._fresh: OrderedDict[str, tuple[float, Picture]] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._few = asyncio.Semaphore(AT_ONCE)

    async def get(self, url: str) -> Picture:
        """Return content type and bytes of the picture at an address of the register.

        Raises:
            NoPicture: No answer in time, too large, or no picture.
        """
        lock = self._locks.setdefault(url, asyncio.Lock())
        try:
            async with lock:
                told_s, picture = self._fresh.get(url, (float("-inf"), ("", b"")))
                if monotonic_s() - told_s > FRESH_S:
                    async with self._few:
                        picture = await self._ask(url)
                    self._keep(url, picture)
                return picture
        finally:
            if not lock.locked():
                self._locks.pop(url, None)

    def _keep(self, url: str, picture: Picture) -> None:
        self._fresh[url] = (monotonic_s(), picture)
        self._fresh.move_to_end(url)
        while len(self._fresh) > KEPT:
            self._fresh.popitem(last=False)

    async def _ask(self, url: str) -> Picture:
        import httpx  # here: a city without cameras' pictures does not hold the library

        try:
            async with asyncio.timeout(PATIENCE_S):
                content = await _fetch(url)
        except TimeoutError as error:
            raise NoPicture("the camera did not answer in time") from error
        except httpx.HTTPError as error:
            log.info("a camera gave no picture", error=type(error).__name__)
            raise NoPicture("the camera cannot be reached") from error
        return await asyncio.to_thread(_clean, content)


async def _fetch(url: str) -> bytes:
    import httpx

    content = bytearray()
    async with (
        httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False, follow_redirects=False) as client,
        client.stream("GET", url) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise NoPicture(f"the camera answered {answer.status_code}")
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > SIZE_MAX:
                raise NoPicture(f"the picture has more than {SIZE_MAX} bytes")
    return bytes(content)


def _clean(content: bytes) -> Picture:
    try:
        if judge_head(content[:ENOUGH]) != "photo":
            raise NoPicture("the camera sent a clip")
        with TemporaryDirectory(prefix="citybrain-camera-") as folder:
            given, clean = Path(folder, "given"), Path(folder, "clean")
            given.write_bytes(content)
            content_type, _ = clean_picture(given, clean)
            return content_type, clean.read_bytes()
    except BadPicture as error:
        raise NoPicture(f"what the camera sent is no picture: {error}") from error
