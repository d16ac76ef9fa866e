"""What a source's table ``[name.options]`` in ``sources.toml`` may hold, by format. Strict: no typo is lost.

``city check`` reads it through ``OPTIONS``; the decoder of the format reads it with ``read_options``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct, convert

from grid.sources import Source

Word = Annotated[str, Meta(min_length=1)]
Path = Annotated[str, Meta(min_length=1, max_length=200)]
"""Where a value stands: names with dots between, as ``data.order.no``; a column's name; a form's field."""


class Options(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A table in which every key must be known."""


class WorkOrderOptions(Options, frozen=True, kw_only=True):
    """How one hotline or city platform writes its work orders, since no two agree.

    ``items``: where the list of orders stands, if not on top. ``text``, ``place_text`` and ``category`` may name
    several values, joined in order. ``words``: word → category code, looked for in the category's values, then
    in the text; the longest found wins. ``anonymous_words`` and ``reply_words``: what the field says for yes.
    ``end_words``: what ``state`` says of an order that was withdrawn. ``accepted`` and ``refused`` are the JSON
    that the producer expects for an answer; in the second ``{reason}`` and ``{detail}`` are code and sentence.
    ``refused_status``: 422, or 200 for a platform that sends for ever what is answered otherwise.
    """

    system: Word
    number: Path
    text: list[Path]
    items: Path | None = None
    place_text: list[Path] = []
    town: Path | None = None
    lon: Path | None = None
    lat: Path | None = None
    at: Path | None = None
    due_at: Path | None = None
    category: list[Path] = []
    words: dict[str, Word] = {}
    caller_name: Path | None = None
    caller_phone: Path | None = None
    anonymous: Path | None = None
    anonymous_words: tuple[str, ...] = ("1", "true", "是", "匿名")
    wants_reply: Path | None = None
    reply_words: tuple[str, ...] = ("1", "true", "是", "需要")
    attachments: Path | None = None
    state: Path | None = None
    end_words: tuple[str, ...] = ("撤单", "已撤销", "作废")
    accepted: str | None = None
    refused: str | None = None
    refused_status: Literal[422, 400, 200] = 422


class Open311Options(Options, frozen=True, kw_only=True):
    """``services``: service_code → category code, offered as the list of services."""

    services: dict[str, Word] = {}
    jurisdiction_id: str | None = None


class CapOptions(Options, frozen=True, kw_only=True):
    """``events``: a word of the event or its code → category code, the longest found wins; ``other``: the rest.

    ``languages``: which of several is shown, best first. ``drills``: Test and Exercise open drills, else nothing.
    """

    events: dict[str, Word] = {}
    other: str | None = None
    languages: tuple[str, ...] = ("zh", "en")
    drills: bool = True


class PlatformOptions(Options, frozen=True, kw_only=True):
    """CTWing and OneNET. ``events``: a word of an event's type or content → category code, the longest found wins.

    ``scales``: path of a value → factor, since units are not in the message. ``names``: path of a value → what
    the city's rules call it; one that is not named keeps its path. ``token``: what OneNET signs its
    check of our address with.
    """

    events: dict[str, Word] = {}
    scales: dict[str, float] = {}
    names: dict[str, Word] = {}
    token: str | None = None


class PositionOptions(Options, frozen=True, kw_only=True):
    """``units``: the id that a phone or terminal sends → the worker who carries it; a vehicle is in the register.

    ``alarms``: what the terminal calls an alarm (``sos``) → category code.
    """

    units: dict[str, Word] = {}
    alarms: dict[str, Word] = {}


OPTIONS: Mapping[str, type[Options]] = {
    "work_order": WorkOrderOptions,
    "open311": Open311Options,
    "cap": CapOptions,
    "ctwing": PlatformOptions,
    "onenet": PlatformOptions,
    "positions": PositionOptions,
}

T = TypeVar("T", bound=Options)


def read_options(source: Source, shape: type[T]) -> T:
    """Return the options of a source as ``city check`` has found them right."""
    return convert(dict(source.options), shape)
