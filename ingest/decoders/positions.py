"""Positions of workers and vehicles: OsmAnd's queries, Traccar Client's JSON, and what Traccar forwards.

Comes in: a ``Message`` by GET or POST. Goes out: a ``Fix`` of a worker of the roster or a vehicle of the register;
nobody else's position is taken. Terminals of JT/T 808 (buses, sanitation, taxis) speak to Traccar, which forwards.
Source: Traccar's OsmAndProtocolDecoder and its forwarding as JSON or URL; a bare time there means UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from grid.city import City
from grid.registers import TERMINAL_DIGITS, Device
from grid.source_options import PositionOptions, read_options
from ingest.decoders.plain_facts import (
    read_moment,
    read_moment_or_none,
    read_number,
    read_place,
    read_words,
)
from ingest.decoders.several import decode_each
from ingest.decoders.strict_json import ANY, MARK, read_json
from ingest.http_request import HttpReply, Outcome, read_form
from ingest.messages import Alarm, Decoded, Fix, Ignored, Message, Refused
from ingest.observation import IMPLAUSIBLE_PLACE, Phase

IDS = ("id", "deviceid", "device_id", "uniqueId", "uniqueid")
TIMES = ("timestamp", "fixTime", "deviceTime", "eventTime")
OLDEST = timedelta(days=7)
"""Raw positions live so long at most. Source: the process page."""

AHEAD = timedelta(minutes=5)
MOST = 1000
Facts = Mapping[str, Any]


def decode(message: Message, city: City) -> list[Decoded]:
    """Return where somebody is. Raises ``Refused``, also with ``unknown_device`` for whoever is not ours."""
    facts = list(_list_facts(message))
    if not 0 < len(facts) <= MOST:
        raise Refused("wrong_shape", f"The message holds {len(facts)} positions; 1 to {MOST} are taken.")
    return decode_each(facts, lambda fact: _decode_one(fact, message, city))


def reply(message: Message, outcome: Outcome) -> HttpReply | None:
    """Return an empty 200 for all that is stored: a phone sends again for ever what is refused."""
    if outcome.refused == "not_now":
        return None
    return HttpReply(status=400 if outcome.refused == "no_id" else 200, content_type="text/plain")


def _list_facts(message: Message) -> Iterable[Facts]:
    """Yield the facts of each position: of the query, of a form, or of JSON in any of its three shapes."""
    request = message.request
    query = dict(read_form(request.query)) if request is not None else {}
    body = message.payload.removeprefix(MARK).strip()
    if not body:
        yield query
        return
    if body[:1] not in (b"{", b"["):
        if b"=" not in body:
            raise Refused("wrong_shape", "The message is no position; frames of JT/T 808 come through Traccar.")
        lines = (line.strip() for line in body.decode("utf-8", "replace").splitlines())
        yield from ({**query, **dict(read_form(line.lstrip("/?")))} for line in lines if line)  # a backlog
        return
    told = read_json(body, ANY)
    for one in told if isinstance(told, list) else [told]:
        yield from _flatten(one, query)


def _flatten(told: Any, query: Facts) -> Iterable[Facts]:
    if not isinstance(told, dict):
        raise Refused("wrong_shape", "The message holds no position.")
    if isinstance(told.get("device"), dict):  # Traccar forwards a position, or an event with its position
        position, event = told.get("position"), told.get("event")
        yield {
            **told["device"],
            **(position if isinstance(position, dict) else {}),
            **({**_alarm_of(event), "eventTime": event.get("eventTime")} if isinstance(event, dict) else {}),
            "id": told["device"].get("uniqueId"),
        }
        return
    located = told.get("location")
    fixes = located if isinstance(located, list) else [located]
    if not any(isinstance(fix, dict) for fix in fixes):
        yield {**query, **told}
        return
    for fix in fixes:
        if isinstance(fix, dict):
            coords = fix.get("coords")
            flat = {**fix, **(coords if isinstance(coords, dict) else {})}
            yield {**query, **flat, "id": told.get("device_id") or query.get("id")}


def _alarm_of(facts: Facts) -> Facts:
    """Return the alarm among the attributes of a position or an event, if there is one."""
    attributes = facts.get("attributes")
    told = facts.get("alarm") or (attributes.get("alarm") if isinstance(attributes, dict) else None)
    return {"alarm": told} if told else {}


def _decode_one(facts: Facts, message: Message, city: City) -> list[Decoded]:
    id = next((words for words in (read_words(facts.get(name)) for name in IDS) if words), "")
    if not id:
        raise Refused("no_id", "The position names no device: send id.")
    options = read_options(message.source, PositionOptions)
    worker, vehicle = _find_whose(id, options, message, city)
    fix = _read_fix(facts, message)
    if isinstance(fix, Fix):
        fix = msgspec.structs.replace(fix, worker=worker, vehicle=vehicle.id if vehicle is not None else "")
    return [fix, *_find_alarm(facts, fix, (worker, vehicle), (options, message.received_at))]


def _read_fix(facts: Facts, message: Message) -> Fix | Ignored:
    """Return where it is, as yet of nobody, or why that is not taken."""
    lat, lon = _read_axes(facts)
    place = read_place(lon, lat, message.source.coord_sys)
    if place is None or read_words(facts.get("valid")).lower() in ("0", "false") or facts.get("valid") is False:
        return Ignored("position_absent")
    if facts.get("mock") is True:
        return Ignored("position_mock")
    is_alarm = bool(_alarm_of(facts))
    at = _read_time(facts, message.received_at, is_alarm=is_alarm)
    if message.received_at - at > OLDEST:
        return Ignored("position_old")
    accuracy_m = read_number(facts.get("accuracy"))
    return Fix(
        lon=place.lon,
        lat=place.lat,
        at=at,
        accuracy_m=accuracy_m if accuracy_m is not None and 0 < accuracy_m < 100_000 else None,
    )


def _find_whose(id: str, options: PositionOptions, message: Message, city: City) -> tuple[str, Device | None]:
    """Return the worker, or the vehicle with its driver if it has one on the roster."""
    worker = options.units.get(id, id)
    if city.workers.find_worker(worker) is not None:
        return worker, None
    whole = id.zfill(TERMINAL_DIGITS) if id.isdecimal() else id  # a number has lost its zeros
    vehicle = city.register.find_spelled(message.source.name, id) or city.register.find_spelled(
        message.source.name, whole
    )
    if vehicle is None:
        raise Refused(
            "unknown_device", f"{id[:64]!r} is no worker's phone and no vehicle of ours.", device=id[:64]
        )
    driver = str(vehicle.parameters.get("worker") or "")
    return (driver if city.workers.find_worker(driver) is not None else ""), vehicle


def _read_axes(facts: Facts) -> tuple[Any, Any]:
    """Return latitude and longitude, in this order, as every one of them writes it."""
    location = facts.get("location")
    if isinstance(location, str) and "," in location:
        lat, _, lon = location.partition(",")
        return lat, lon
    return facts.get("lat", facts.get("latitude")), facts.get("lon", facts.get("longitude"))


def _read_time(facts: Facts, received_at: datetime, *, is_alarm: bool) -> datetime:
    """Return when it was; a clock that runs ahead of ours is not believed, nor is an alarm lost by its time."""
    told = next((facts[name] for name in TIMES if facts.get(name)), None)
    at = (read_moment_or_none if is_alarm else read_moment)(told, UTC) or received_at
    return received_at if at - received_at > AHEAD else at


def _find_alarm(
    facts: Facts, fix: Fix | Ignored, whose: tuple[str, Device | None], how: tuple[PositionOptions, datetime]
) -> list[Decoded]:
    """Return the call for help that a worker or driver pressed, where the city has a category for it.

    It counts without a fix as well, and however old its fix is.
    """
    (worker, vehicle), (options, received_at) = whose, how
    words = read_words(_alarm_of(facts).get("alarm")).split(",")  # several at once stand with commas between
    told = {word.lower(): category for word, category in options.alarms.items()}
    category = next((told[word] for word in (w.strip().lower() for w in words) if word in told), None)
    if category is None:
        return []
    place = fix if isinstance(fix, Fix) else None
    at = place.at if place is not None else _read_time(facts, received_at, is_alarm=True)
    return [
        Alarm(
            device=vehicle,
            worker=worker if vehicle is None else None,
            id=f"{(vehicle.id if vehicle is not None else worker)[:80]}-{at:%Y%m%d%H%M%S}",
            phase=Phase.BEGIN,
            category=category,
            at=at,
            lon=place.lon if place is not None else None,
            lat=place.lat if place is not None else None,
            flags=() if place is not None or vehicle is None else (IMPLAUSIBLE_PLACE,),
        )
    ]
