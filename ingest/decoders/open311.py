"""Open311 GeoReport v2: a citizen's report of another system, as form, JSON or XML.

Comes in: a ``Message`` of ``POST requests.{json|xml}``, or a list of requests as ``GET requests`` answers it.
Goes out: an ``Alarm`` each, with the caller apart; a closed request ends. The sender hears a token, under which it
can ask for the number. Source: GeoReport v2 of open311.org; FixMyStreet's updates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from foundation.ids import sha256_hex
from grid.city import City
from grid.source_options import Open311Options, read_options
from ingest.decoders.plain_facts import read_moment_or_none, read_place, read_words
from ingest.decoders.safe_urls import list_safe_urls
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, read_json
from ingest.decoders.strict_xml import list_named, name_of, read_xml
from ingest.http_body import list_fields
from ingest.http_request import HttpReply, Outcome, read_form
from ingest.messages import Alarm, Decoded, Ignored, Message, Refused
from ingest.observation import Caller, Phase, Said

MOST_REQUESTS = 1000  # Source: the specification's own limit of one answer
LONGEST_TEXT = 4000
ENDED = frozenset({"closed", "fixed", "duplicate", "no_further_action", "not_councils_responsibility", "archived"})
OTHER_ROOTS = frozenset({"services", "service_definition", "errors", "discovery"})
UPDATE = "update_id"
FORM_START = re.compile(rb"\s*[A-Za-z_][\w\[\]%.-]*=")

Fields = Mapping[str, Any]


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what citizens report. Raises ``Refused``."""
    requests = _list_requests(message)
    if isinstance(requests, Ignored):
        return [requests]
    if len(requests) > MOST_REQUESTS:
        raise Refused("wrong_shape", f"The message holds {len(requests)} requests; {MOST_REQUESTS} are the most.")
    return decode_each(requests, lambda fields: [_decode_request(fields, message, city)]) or [
        Ignored("open311_empty")
    ]


def reply(message: Message, outcome: Outcome) -> HttpReply | None:
    """Return token or error in the form that was asked for."""
    if outcome.refused == "not_now":
        return None
    request = message.request
    wants_xml = request is not None and (
        request.rest.endswith(".xml") or "xml" in request.headers.get("accept", "")
    )
    status = 400 if outcome.refused else 200
    if outcome.refused:
        root, row, facts = "errors", "error", [{"code": status, "description": outcome.detail}]
    else:
        notice = "The report is taken in; ask for its number with the token."
        root, row = "service_requests", "request"
        facts = [{"token": id, "service_notice": notice, "account_id": None} for id in outcome.ids]
    if not wants_xml:
        return HttpReply(status=status, body=msgspec.json.encode(facts))
    rows = "".join(f"<{row}>{''.join(_tag(*pair) for pair in fact.items())}</{row}>" for fact in facts)
    body = f'<?xml version="1.0" encoding="utf-8"?><{root}>{rows}</{root}>'
    return HttpReply(status=status, body=body.encode(), content_type="text/xml")


def _tag(name: str, value: Any) -> str:
    return f"<{name}>{escape(str(value)) if value is not None else ''}</{name}>"


def _list_requests(message: Message) -> list[Fields] | Ignored:
    media = message.request.media_type if message.request is not None else ""
    start = message.payload.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if media.endswith("xml") or start == b"<":
        return _list_xml(read_xml(message.payload))
    if media == "application/x-www-form-urlencoded" or FORM_START.match(message.payload):
        return [_read_fields(message.payload)]
    if media == "multipart/form-data" and message.request is not None:  # beside photos
        return [_join_repeated(list_fields(message.payload, message.request.content_type))]
    told = read_json(message.payload, ANY)
    if isinstance(told, dict):
        told = next((told[key] for key in ("service_requests", "requests") if key in told), [told])
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise Refused("wrong_shape", "The message holds no service request.")
    if told and all("service_request_id" not in one and "service_name" in one for one in told):
        return Ignored("open311_services")
    return told


def _read_fields(payload: bytes) -> Fields:
    """Return the fields of a form; what repeats is joined, and extra attributes keep their names."""
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"The form is not UTF-8: byte {error.start} cannot be read.") from error
    return _join_repeated(read_form(text.strip()))


def _join_repeated(pairs: Iterable[tuple[str, str]]) -> Fields:
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    return fields


def _list_xml(root: etree._Element) -> list[Fields] | Ignored:
    name = name_of(root)
    if name in OTHER_ROOTS:
        return Ignored(f"open311_{name}")
    rows = [root] if name in ("request", "request_update") else []
    rows = rows or [*list_named(root, "request"), *list_named(root, "request_update")]
    if not rows and not name.startswith("service_request"):
        raise Refused("wrong_shape", f"<{name[:40]}> is no message of Open311.")
    return [{name_of(child): (child.text or "").strip() for child in row} for row in rows]


def _decode_request(fields: Fields, message: Message, city: City) -> Decoded:
    number = read_words(fields.get("service_request_id"))[:80]
    status = read_words(fields.get("status")).lower()
    if UPDATE in fields and status not in ENDED:
        return Ignored("open311_update")
    code = read_words(fields.get("service_code"))
    if not number and not code:
        raise Refused("wrong_shape", "service_code is needed.")
    lonlat = read_place(fields.get("long"), fields.get("lat"), message.source.coord_sys)
    address = read_words(fields.get("address_string")) or read_words(fields.get("address"))
    if not number and lonlat is None and not address and not _names_a_place(fields):
        raise Refused("wrong_shape", "lat and long, address_string or address_id is needed.")
    evidence, flags = list_safe_urls(url for url in read_words(fields.get("media_url")).split(",") if url)
    told_at = fields.get("updated_datetime") if status in ENDED else fields.get("requested_datetime")
    return Alarm(
        device=None,
        id=number or _make_token(fields, message),
        phase=Phase.END if status in ENDED else Phase.BEGIN,
        category=_find_category(code, message, city),
        at=read_moment_or_none(told_at, city.timezone) or message.received_at,
        text=_read_text(fields),
        lon=lonlat and lonlat.lon,
        lat=lonlat and lonlat.lat,
        evidence=evidence,
        flags=flags,
        said=Said(place_text=address[:200], upstream=_upstream(number, message), caller=_read_caller(fields)),
    )


def _names_a_place(fields: Fields) -> bool:
    """Tell whether a place is given at all: a phone without a fix sends 0,0, and is heard all the same."""
    has_both = all(str(fields.get(name) or "").strip() for name in ("lat", "long"))
    return has_both or bool(read_words(fields.get("address_id")))


def _make_token(fields: Fields, message: Message) -> str:
    """Return a token that a report sent twice on one day gets twice: senders repeat what was not answered."""
    told = msgspec.json.encode(dict(sorted((k, v) for k, v in fields.items() if k != "api_key")))
    return sha256_hex(message.source.name.encode(), f"{message.received_at:%Y%m%d}".encode(), told)[:32]


def _upstream(number: str, message: Message) -> dict[str, str] | None:
    return {"system": message.source.zh or message.source.name, "number": number} if number else None


def _find_category(code: str, message: Message, city: City) -> str:
    services = read_options(message.source, Open311Options).services
    bare = {known.lstrip("0"): category for known, category in services.items()}  # 001 as a JSON number is 1
    known = services.get(code) or bare.get(code.lstrip("0"), code) if code else ""
    found = city.catalogue.find_category(known) if known else None
    return found.code if found is not None else ""


def _read_text(fields: Fields) -> str:
    text = read_words(fields.get("description")) or read_words(fields.get("service_name"))
    return (text or read_words(fields.get("service_code")))[:LONGEST_TEXT]


def _read_caller(fields: Fields) -> Caller | None:
    name = " ".join(words for words in (read_words(fields.get(n)) for n in ("first_name", "last_name")) if words)
    reach = read_words(fields.get("phone")) or read_words(fields.get("email"))
    if not name and not reach:
        return None
    return Caller(name=name[:80], phone=reach[:40], wants_reply=bool(reach))
