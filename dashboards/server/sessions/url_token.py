"""Takes a source's token out of the address, before the address is logged or goes on to the senses.

A producer whose form has one field for a URL and none for headers puts it there: ``/ingest/{source}/~{token}``
or ``?token={token}``. Before the senses only; ``source_proof.py`` decides whether the source may.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

MARK = "~"
PARAMETER = "token"


def take_url_token(rest: str, query: str) -> tuple[str, str, str]:
    """Return path and query without the token, and the token; empty when there is none."""
    token = ""
    if rest.startswith(MARK):
        token, _, rest = rest[len(MARK) :].partition("/")
    kept = []
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if name == PARAMETER:
            token = token or unquote_plus(value)
        else:
            kept.append(pair)
    return rest, "&".join(kept), token
