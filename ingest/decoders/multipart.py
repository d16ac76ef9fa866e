"""Bodies in parts, as cameras post them: a notice in XML or JSON and the pictures beside it.

Comes in: the bytes of a message, with or without the header that names the boundary. Goes out: the parts that
are text; pictures are left behind, since what they show are people.
"""

from __future__ import annotations

import re

from ingest.messages import Message, Refused

MAX_PARTS = 64
_FIRST_LINE = re.compile(rb"^\s*--([^\r\n]{1,70})\r?\n")
_NAMED = re.compile(r"boundary=\"?([^\";,]{1,70})\"?", re.IGNORECASE)
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM")


def list_texts(message: Message) -> list[bytes]:
    """Return the parts that are no pictures, without their headers; the whole payload where it has no parts.

    Raises:
        Refused: ``wrong_shape``: it has parts, and none of them is text.
    """
    boundary = _find_boundary(message)
    if boundary is None:
        return [message.payload]
    parts = message.payload.split(b"--" + boundary)[1:MAX_PARTS]
    texts = [text for part in parts if (text := _body_of(part)) and not text.startswith(_IMAGES)]
    if not texts:
        raise Refused("wrong_shape", "None of the message's parts is text.")
    return texts


def _find_boundary(message: Message) -> bytes | None:
    declared = message.request.content_type if message.request is not None else ""
    named = _NAMED.search(declared) if "multipart" in declared.lower() else None
    if named is not None and b"--" + named[1].encode() in message.payload:
        return named[1].encode()
    first = _FIRST_LINE.match(message.payload[:200])
    return first[1].strip() if first is not None else None


def _body_of(part: bytes) -> bytes:
    """Return what follows the part's headers; some producers send a part without any."""
    if part.startswith(b"--"):
        return b""
    part = part.lstrip(b"\r\n")
    head, blank, body = part.partition(b"\r\n\r\n")
    if not blank:
        head, blank, body = part.partition(b"\n\n")
    return (body if blank and b":" in head.split(b"\n")[0] and not head.startswith((b"<", b"{")) else part).strip()
