"""Several things in one message: what cannot be understood hides none of the others.

Comes in: the things, and what decodes one. Goes out: what all of them say, an ``Unread`` for each that is broken;
the refusal itself where nothing else was said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ingest.messages import Decoded, Refused, Unread

T = TypeVar("T")


def decode_each(things: Iterable[T], decode_one: Callable[[T], list[Decoded]]) -> list[Decoded]:
    """Return what the things say, in order. Raises ``Refused`` if none of them can be understood."""
    decoded: list[Decoded] = []
    refusals: list[Refused] = []
    for thing in things:
        try:
            decoded += decode_one(thing)
        except Refused as refused:
            refusals.append(refused)
    if refusals and not decoded:
        raise refusals[0]
    return [*decoded, *(Unread(one.reason, one.detail, one.source_id) for one in refusals)]
