"""The body of an HTTP request as the senses want it: unpacked, and without pictures.

Comes in: bytes and headers as received (a signature is checked over those). Goes out: what travels on the bus.
Pictures show faces and plates, weigh a hundred times the message, and no decoder reads them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec

MOST_BYTES = 1024 * 1024
LIGHT_TYPES = ("text/", "application/json", "application/xml", "application/x-www-form-urlencoded")


class WrongBody(ValueError):
    """Refused: the body cannot be unpacked; the message says why."""


class Part(msgspec.Struct, frozen=True):
    """One part of a multipart body; ``headers`` by lower-case name."""

    headers: dict[str, str]
    content: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()

    @property
    def is_light(self) -> bool:
        """Whether it may be words; what does not say is looked at."""
        named = self.headers.get("content-type", "")
        return not named or self.media_type.startswith(LIGHT_TYPES) or self.media_type.endswith(("+json", "+xml"))


def unpack(body: bytes, encoding: str) -> bytes:
    """Return the body without its content encoding.

    Raises:
        WrongBody: An unknown encoding, a broken stream, or more than ``MOST_BYTES`` inside.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise WrongBody(f"Content-Encoding {encoding[:40]!r} is not taken; send it plain or as gzip.")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        unpacked = inflater.decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise WrongBody(f"The body is not {encoding}: {error}.") from error
    if len(unpacked) > MOST_BYTES:
        raise WrongBody(f"The body holds more than {MOST_BYTES} bytes.")
    if not inflater.eof:
        raise WrongBody(f"The body ends before its {encoding} does.")
    return unpacked


def find_boundary(content_type: str) -> bytes | None:
    """Return the boundary of a multipart content type, or None for any other."""
    if not content_type.strip().lower().startswith("multipart/"):
        return None
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary" and value.strip(' "'):
            return value.strip(' "').encode("latin-1", "replace")
    return None


def list_parts(body: bytes, content_type: str) -> list[Part]:
    """Return the parts of a multipart body, however its lines end; none when it is no multipart.

    Producers leave out the closing line, or the empty line before it; what can be read is read.
    """
    boundary = find_boundary(content_type)
    return [] if boundary is None else [_read_part(chunk) for chunk in _split(body, boundary)]


def _split(body: bytes, boundary: bytes) -> Iterator[bytes]:
    for chunk in (b"\n" + body).split(b"\n--" + boundary)[1:]:
        if chunk.startswith(b"--"):
            return
        yield chunk.partition(b"\n")[2].removesuffix(b"\r")


def _read_part(chunk: bytes) -> Part:
    for ending in (b"\r\n", b"\n"):
        if chunk.startswith(ending):
            return Part({}, chunk[len(ending) :])
    ends = [(chunk.index(blank), len(blank)) for blank in (b"\r\n\r\n", b"\n\n") if blank in chunk]
    at, width = min(ends, default=(len(chunk), 0))
    headers = {}
    for line in chunk[:at].decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Part(headers, chunk[at + width :])


def lighten(body: bytes, content_type: str) -> bytes:
    """Return a multipart body with empty pictures; any other body as it is."""
    boundary = find_boundary(content_type)
    parts = list_parts(body, content_type)
    if boundary is None or all(part.is_light for part in parts):
        return body
    light = bytearray()
    for part in parts:
        light += b"--" + boundary + b"\r\n"
        light += b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in part.headers.items())
        light += b"\r\n" + (part.content if part.is_light else b"") + b"\r\n"
    return bytes(light) + b"--" + boundary + b"--\r\n"
