"""Takes a source's token out of the address, before the address is logged or goes on to the senses.

A producer whose form has one field for a URL and none for headers puts it there: ``/ingest/{source}/~{token}``
or ``?token={token}``; Open311 calls it ``api_key``, in the query or in the form. Before the senses only;
``source_proof.py`` decides whether the source may.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

MARK = "~"
PARAMETERS = frozenset({"token", "api_key"})
FORM = "application/x-www-form-urlencoded"
_KEY = re.compile(rb"(?:^|&)api_key=([^&\s]{1,200})")


def take_url_token(rest: str, query: str) -> tuple[str, str, str]:
    """Return path and query without the token, and the token; empty when there is none."""
    token = ""
    if rest.startswith(MARK):
        token, _, rest = rest[len(MARK) :].partition("/")
    kept = []
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if name in PARAMETERS:
            token = token or unquote_plus(value)
        else:
            kept.append(pair)
    return rest, "&".join(kept), token


def find_form_key(body: bytes, content_type: str) -> str:
    """Return the ``api_key`` of a form, or nothing; the body stays as it is, since it may be signed."""
    found = _KEY.search(body[:64_000]) if content_type.strip().lower().startswith(FORM) else None
    return unquote_plus(found[1].decode("latin-1")) if found is not None else ""
