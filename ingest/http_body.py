"""The body of a request or message as the senses want it: unpacked, and without pictures.

Comes in: bytes and headers as received (a signature is checked over those). Goes out: what travels on the bus.
Pictures show faces and plates, weigh a hundred times the message, and no decoder reads them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import msgspec

MOST_BYTES = 1024 * 1024
LONG_BYTES = 16 * 1024
PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM")
LIGHT_TYPES = ("text/", "application/json", "application/xml", "application/x-www-form-urlencoded")
_WORDS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[<{\[]|Code=)")
_FIELD = re.compile(r"\bname=\"?([^\";]{1,100})", re.IGNORECASE)
_FIRST_LINE = re.compile(rb"\s*--([^\r\n]{1,70})\r?\n")
# In JSON a slash may be written as \/, and long texts may be broken by \r\n.
_BASE64 = rb"[A-Za-z0-9+/=\\\s]"
_MAGIC = rb"(?:/9j/|\\/9j\\/|iVBORw0KGgo|R0lGOD|UklGR)"
_LONG = _MAGIC + _BASE64 + rb"{200,}|" + _BASE64 + rb"{16384,}"
_INLINE = re.compile(rb'(?<=[">])(?:data:image/[a-z+.-]{1,20};base64,)?(?:' + _LONG + rb')(?=["<])')


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
    def field(self) -> str:
        """Its name in a form; empty where it has none."""
        found = _FIELD.search(self.headers.get("content-disposition", ""))
        return found[1] if found is not None else ""

    @property
    def is_field(self) -> bool:
        """Whether it is one of a form's plain values and no file."""
        told = self.headers.get("content-disposition", "").lower()
        is_plain = bool(self.field) and "filename" not in told and self.headers.get("content-type", "") == ""
        return is_plain and len(self.content) < LONG_BYTES and not self.content.startswith(PICTURES)

    @property
    def is_light(self) -> bool:
        """Whether it may be words; what does not say, or calls itself bytes, is looked at."""
        if self.is_field:
            return True
        if self.headers.get("content-type", "") == "" or self.media_type == "application/octet-stream":
            return not self.content.startswith(PICTURES) and _WORDS.match(self.content) is not None
        return self.media_type.startswith(LIGHT_TYPES) or self.media_type.endswith(("+json", "+xml"))


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


def list_fields(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Return the plain values of a form that came in parts, by name, without its files."""
    fields = [part for part in list_parts(body, content_type) if part.is_field]
    return [(part.field, part.content.decode("utf-8", "replace").strip()) for part in fields]


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


def find_undeclared_boundary(body: bytes) -> bytes | None:
    """Return the boundary that the body itself begins with, as producers and bridges send that name none."""
    first = _FIRST_LINE.match(body[:200])
    return first[1].strip() if first is not None else None


def lighten(body: bytes, content_type: str) -> bytes:
    """Return the body with empty pictures: parts of a multipart body, and base64 within words."""
    boundary = find_boundary(content_type) or find_undeclared_boundary(body)
    parts = [] if boundary is None else [_read_part(chunk) for chunk in _split(body, boundary)]
    if boundary is None or all(part.is_light for part in parts):
        return drop_inline_pictures(body)
    light = bytearray()
    for part in parts:
        light += b"--" + boundary + b"\r\n"
        light += b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in part.headers.items())
        light += b"\r\n" + (drop_inline_pictures(part.content) if part.is_light else b"") + b"\r\n"
    return bytes(light) + b"--" + boundary + b"--\r\n"


def drop_inline_pictures(words: bytes) -> bytes:
    """Return JSON or XML without the pictures that stand in it as base64.

    They are known by their first bytes, or are so long that nothing else a sensor says is it.
    """
    return _INLINE.sub(b"", words)


def lighten_long(payload: bytes) -> bytes:
    """Return a message of a broker without pictures, if it is so long that it may hold one."""
    return payload if len(payload) <= LONG_BYTES else lighten(payload, "")
