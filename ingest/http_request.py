"""How a message came by HTTP, beside its body, and the answer that its producer understands.

Comes in from ``dashboards/server/routes/ingest_routes.py``, which took credentials out. Decoders read it in
``Message.request``; a quarantined message keeps it, so that a retry comes as the first time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

import msgspec

KEPT_HEADERS = frozenset({"user-identify", "user-agent", "accept", "host"})
"""What decoders may need beside the content type; credentials never travel."""


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``rest`` is what the producer appended to our address, without the leading slash; ``query`` is raw."""

    method: str = "POST"
    rest: str = ""
    query: str = ""
    content_type: str = ""
    headers: dict[str, str] = {}

    @property
    def media_type(self) -> str:
        """The content type alone, in lower case: ``application/json``."""
        return self.content_type.partition(";")[0].strip().lower()

    def parameters(self) -> dict[str, str]:
        """Return the query's parameters; the last of a repeated one."""
        return dict(read_form(self.query))


class HttpReply(msgspec.Struct, frozen=True, kw_only=True):
    """What a producer's protocol wants to hear in place of our own answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message: ids of what was told, or why it was ignored or refused (``not_now``: later)."""

    ids: list[str] = []
    ignored: str | None = None
    refused: str | None = None
    detail: str = ""


def read_form(text: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form or query in order, as UTF-8 or as Chinese systems write.

    What is neither becomes the sign of a lost one.
    """
    try:
        yield from list(parse_qsl(text, keep_blank_values=True, max_num_fields=500, errors="strict"))
    except UnicodeDecodeError:
        yield from parse_qsl(text, True, max_num_fields=500, encoding="gb18030", errors="replace")


def keep_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return of the headers what a decoder may need."""
    return {name: headers[name][:400] for name in sorted(KEPT_HEADERS) if name in headers}
