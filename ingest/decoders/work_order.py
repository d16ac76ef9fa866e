"""Work orders of a hotline (12345) or a city platform, by the city's own mapping: no two of them agree.

Comes in: a ``Message`` by HTTP as JSON, form, XML or CSV, one order or many. Goes out: an ``Alarm`` each, with
what the caller said, the number and the due time upstream; an order that was withdrawn ends. Where a value
stands is in ``[name.options]`` of ``sources.toml`` (``grid/source_options.py: WorkOrderOptions``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from grid.city import City
from grid.source_options import WorkOrderOptions, read_options
from ingest.decoders.plain_facts import read_moment, read_moment_or_none, read_place, read_words
from ingest.decoders.safe_urls import list_safe_urls
from ingest.decoders.strict_json import ANY, read_json
from ingest.decoders.strict_xml import name_of, read_xml
from ingest.http_body import list_fields
from ingest.http_request import HttpReply, Outcome, read_form
from ingest.messages import MAX_PAYLOAD_BYTES, Alarm, Decoded, Message, Refused, Unread
from ingest.observation import Caller, Phase, Said
from ingest.shedding import SHED

MOST_ORDERS = 200
LONGEST_TEXT = 4000
REPLY_OWED = "waiting"


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what is asked of the city; one broken order hides no other. Raises ``Refused`` if none can be."""
    options = read_options(message.source, WorkOrderOptions)
    orders = _list_orders(_read_body(message), options)
    if len(orders) > MOST_ORDERS:
        raise Refused("wrong_shape", f"The message holds {len(orders)} orders; {MOST_ORDERS} are the most.")
    decoded = [_decode_one(order, options, message, city) for order in orders]
    broken = [one for one in decoded if isinstance(one, Unread)]
    if broken and len(broken) == len(decoded):
        raise Refused(broken[0].reason, broken[0].detail)
    return decoded


def reply(message: Message, outcome: Outcome) -> HttpReply | None:
    """Return what this platform expects to hear; None where the city does not say: then our own answer."""
    options = read_options(message.source, WorkOrderOptions)
    if outcome.refused in ("not_now", SHED):
        return None
    if not outcome.refused:
        return HttpReply(status=200, body=options.accepted.encode()) if options.accepted is not None else None
    if options.refused is None:
        return None
    body = options.refused.replace("{reason}", outcome.refused).replace("{detail}", _in_quotes(outcome.detail))
    return HttpReply(status=options.refused_status, body=body.encode())


def _in_quotes(text: str) -> str:
    """Return the text as it stands between the quotes of JSON."""
    return msgspec.json.encode(text).decode()[1:-1]


def _read_body(message: Message) -> Any:
    media = message.request.media_type if message.request is not None else ""
    if len(message.payload) > MAX_PAYLOAD_BYTES and not media.endswith("csv"):
        raise Refused(
            "too_large", f"The message has {len(message.payload)} bytes; {MAX_PAYLOAD_BYTES} are the most."
        )
    if media == "application/x-www-form-urlencoded":
        return dict(read_form(_read_text(message.payload)))
    if media == "multipart/form-data" and message.request is not None:
        return dict(list_fields(message.payload, message.request.content_type))
    if media.endswith("csv"):
        return _read_rows(_read_text(message.payload))
    if media.endswith("xml") or message.payload.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return _to_builtins(read_xml(message.payload))
    return read_json(_read_text(message.payload).encode(), ANY)


def _read_rows(text: str) -> list[dict[str, Any]]:
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise Refused("not_csv", f"The message is not CSV: {error}.") from error
    if not rows:
        raise Refused("wrong_shape", "The table holds no order.")
    return rows


def _read_text(payload: bytes) -> str:
    """Return text in UTF-8, or as older Chinese systems write it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("not_utf8", "The message is neither UTF-8 nor GB 18030.")


def _to_builtins(element: Any) -> Any:
    """Return an XML element as objects, lists and text, as its JSON would be."""
    if len(element) == 0:
        return (element.text or "").strip()
    told: dict[str, Any] = {}
    for child in element:
        name, value = name_of(child), _to_builtins(child)
        if name in told:
            told[name] = [*(told[name] if isinstance(told[name], list) else [told[name]]), value]
        else:
            told[name] = value
    return told


def _list_orders(body: Any, options: WorkOrderOptions) -> list[dict[str, Any]]:
    found = _find(body, options.items)
    found = body if found is None else found
    orders = found if isinstance(found, list) else [found]
    if not all(isinstance(order, dict) for order in orders):
        raise Refused("wrong_shape", f"There is no order at {options.items or 'the top'}.")
    return orders


def _find(value: Any, path: str | None) -> Any:
    """Return what stands at the path (``a.b``); a name that itself holds the dots comes first."""
    if path is None:
        return None
    whole = _get(value, path) if isinstance(value, dict) else None
    if whole is not None:
        return whole
    for name in path.split("."):
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict):
            value = _get(value, name)
        else:
            return None
    return value


def _get(told: dict[str, Any], name: str) -> Any:
    """Return the value of this name, else of the one that differs in case, blanks or a byte order mark alone."""
    if name in told:
        return told[name]
    wanted = _plain(name)
    return next((value for key, value in told.items() if isinstance(key, str) and _plain(key) == wanted), None)


def _plain(name: str) -> str:
    return "".join(name.replace("\ufeff", "").split()).casefold()


def _join(order: Any, paths: Iterable[str], mark: str) -> str:
    return mark.join(dict.fromkeys(words for words in (read_words(_find(order, path)) for path in paths) if words))


def _decode_one(order: Any, options: WorkOrderOptions, message: Message, city: City) -> Decoded:
    try:
        return _decode_order(order, options, message, city)
    except Refused as refused:
        return Unread(refused.reason, refused.detail)


def _decode_order(order: Any, options: WorkOrderOptions, message: Message, city: City) -> Alarm:
    number = read_words(_find(order, options.number))[:80]
    text = _join(order, options.text, "\n")[:LONGEST_TEXT]
    if not number or not text:
        missing = options.number if not number else " and ".join(options.text)
        raise Refused("wrong_shape", f"The order has nothing at {missing}.", alarm_id=number or None)
    lonlat = read_place(_find(order, options.lon), _find(order, options.lat), message.source.coord_sys)
    files = read_words(_find(order, options.attachments)).replace("，", ",").split(",")
    evidence, flags = list_safe_urls(url.strip() for url in files if url.strip())
    is_ended = read_words(_find(order, options.state)) in options.end_words
    return Alarm(
        device=None,
        id=number,
        phase=Phase.END if is_ended else Phase.BEGIN,
        category=_find_category(_join(order, options.category, " "), text, options, city),
        at=_read_time(order, options.at, city) or message.received_at,
        text=text,
        lon=lonlat and lonlat.lon,
        lat=lonlat and lonlat.lat,
        evidence=evidence,
        flags=flags,
        said=_read_said(order, number, options, city),
    )


def _read_said(order: Any, number: str, options: WorkOrderOptions, city: City) -> Said:
    upstream = {"system": options.system, "number": number, "reply_state": REPLY_OWED}
    due_at = read_moment(_find(order, options.due_at), city.timezone)  # who owes an answer by then must know it
    if due_at is not None:
        upstream["due_at"] = due_at.astimezone(city.timezone).isoformat()
    return Said(
        place_text=_join(order, options.place_text, "")[:200],
        town=read_words(_find(order, options.town)),
        upstream=upstream,
        caller=Caller(
            name=read_words(_find(order, options.caller_name))[:80],
            phone=read_words(_find(order, options.caller_phone))[:40],
            anonymous=_is_yes(_find(order, options.anonymous), options.anonymous_words),
            wants_reply=_is_yes(_find(order, options.wants_reply), options.reply_words),
        ),
    )


def _read_time(order: Any, path: str | None, city: City) -> datetime | None:
    return read_moment_or_none(_find(order, path), city.timezone)


def _is_yes(told: Any, words: tuple[str, ...]) -> bool:
    return told is True or read_words(told).lower() in words


def _find_category(named: str, text: str, options: WorkOrderOptions, city: City) -> str:
    """Return the category's code, or nothing: then an acceptor names it."""
    known = city.catalogue.find_category(named) if named else None
    if known is not None:
        return known.code
    for words in (named, text):
        found = [word for word in options.words if word and word in words]
        if found:
            return options.words[max(found, key=len)]
    return ""
