"""The parts of a camera's message that are text: the notice in XML or JSON, without the pictures beside it.

Comes in: a ``Message`` whose header names the boundary, or that begins with it, as bridges pass streams on. Goes
out: the texts, in order.
"""

from __future__ import annotations

from ingest.http_body import PICTURES, find_undeclared_boundary, list_parts
from ingest.messages import Message, Refused


def list_texts(message: Message) -> list[bytes]:
    """Return the parts that are text; the whole payload where it has no parts.

    Raises:
        Refused: ``wrong_shape``: it has parts, and none of them is text.
    """
    declared = message.request.content_type if message.request is not None else ""
    parts = _contents(message.payload, declared) or _list_undeclared(message.payload)
    if not parts:
        return [message.payload]
    texts = [part for part in parts if part.strip() and not part.startswith(PICTURES)]
    if not texts:
        raise Refused("wrong_shape", "None of the message's parts is text.")
    return texts


def _list_undeclared(payload: bytes) -> list[bytes]:
    boundary = find_undeclared_boundary(payload)
    if boundary is None:
        return []
    return _contents(payload, f"multipart/mixed; boundary={boundary.decode('latin-1')}")


def _contents(payload: bytes, content_type: str) -> list[bytes]:
    return [part.content for part in list_parts(payload, content_type)]
