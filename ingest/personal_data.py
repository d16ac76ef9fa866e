"""Takes out of a person's report who made it, before it is kept in quarantine.

Comes in: a payload of a hotline or a citizens' system that could not be decoded, so that nothing in it can be
trusted to stand where it should. Goes out: the same, without what names or reaches a person. The sender still has
it under the number. Source: PIPL art. 6 and 28; lines of the process page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from grid.sources import Source
from ingest.http_request import HttpRequest

OF_PEOPLE = frozenset({"hotline", "citizen", "media", "worker"})
NAMES = (
    "name", "first_name", "last_name", "phone", "tel", "telephone", "mobile", "email", "contact", "linkman",
    "account_id", "device_id", "id_card", "idcard", "api_key", "token", "姓名", "电话", "手机", "联系人",
    "联系电话", "身份证",
)  # fmt: skip
WHEREABOUTS = ("lat", "lon", "latitude", "longitude", "location", "coords", "cell", "wifi", "address")
"""Of a source of positions: nobody who is not of the roster leaves one behind."""

REMOVED = b"removed"
# A mobile or fixed number, an identity number, an address of e-mail, wherever they stand.
_NUMBERS = re.compile(
    rb"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8}|\d{17}[\dXx])(?!\d)|[\w.+-]{1,64}(?:@|%40)[\w-]{1,60}(?:\.[\w-]{1,30}){0,4}"
)


def drop_personal(payload: bytes, source: Source) -> bytes:
    """Return the payload as it may be kept: unchanged where no people report through this source."""
    if source.kind not in OF_PEOPLE:
        return payload
    named = (str(source.options.get(key) or "").rpartition(".")[2] for key in ("caller_name", "caller_phone"))
    names = {*WHEREABOUTS, *(set(NAMES) - {"device_id"})} if source.kind == "worker" else set(NAMES)
    for pattern, kept in _patterns({*names, *(name for name in named if name)}):
        payload = pattern.sub(kept, payload)
    return _NUMBERS.sub(REMOVED, payload)


def drop_from_request(request: HttpRequest | None, source: Source) -> HttpRequest | None:
    """Return how the message came, as it may be kept: a query can hold what a body does."""
    if request is None or source.kind not in OF_PEOPLE or not request.query:
        return request
    return msgspec.structs.replace(request, query=drop_personal(request.query.encode(), source).decode())


def _patterns(names: Iterable[str]) -> list[tuple[re.Pattern[bytes], bytes]]:
    """Return what finds the value of these names in JSON, XML and forms, and what stands there afterwards."""
    any_name = "|".join(sorted(map(re.escape, names), key=len, reverse=True)).encode()
    json_value = rb'("(?:[^"\\]|\\.)*"?|[^,}\]\s"]+)'
    return [
        (re.compile(rb'("(?:' + any_name + rb')"\s*:\s*)' + json_value, re.IGNORECASE), rb'\1"' + REMOVED + b'"'),
        (re.compile(rb"(<(?:\w+:)?(?:" + any_name + rb")(?:\s[^>]*)?>)[^<]*", re.IGNORECASE), rb"\1" + REMOVED),
        (re.compile(rb"((?:^|[&?\n])(?:" + any_name + rb")=)[^&\n]*", re.IGNORECASE), rb"\1" + REMOVED),
    ]
