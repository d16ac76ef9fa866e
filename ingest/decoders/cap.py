"""Public warnings in CAP 1.1 and 1.2: alone, in Atom or RSS, inside EDXL-DE, signed, in several languages.

Comes in: a ``Message`` by HTTP. Goes out: a ``Warned`` for every alert that concerns the city, else ``Ignored``
with the reason; one broken alert of a feed is ``Unread`` and hides no other. A signature is noted, not verified.
Source: OASIS CAP-v1.2 sections 3.2 and 3.3; EDXL-DE 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from lxml import etree

from grid.city import City
from grid.source_options import CapOptions, read_options
from ingest.decoders.plain_facts import read_moment, read_moment_or_none
from ingest.decoders.strict_xml import find_child, list_named, name_of, read_xml, text_of
from ingest.decoders.warned_area import Reach, find_reach
from ingest.messages import Decoded, Ignored, Message, Refused, Unread, Warned

SEVERITIES = {
    "extreme": 1, "severe": 2, "moderate": 3, "minor": 4,
    "red": 1, "orange": 2, "yellow": 3, "blue": 4, "红色": 1, "橙色": 2, "黄色": 3, "蓝色": 4,
}  # fmt: skip
CONFIDENCES = {"observed": 0.95, "likely": 0.8, "possible": 0.5, "unlikely": 0.2}
KINDS = {"alert": "alert", "update": "update", "cancel": "cancel"}
DRILLS = frozenset({"exercise", "test"})
UNREAL = frozenset({"system", "draft"})
NEEDED = ("identifier", "sender", "sent", "status", "msgType", "scope")
NEEDED_INFO = ("event", "urgency", "severity", "certainty")
WITHOUT_EXPIRES = timedelta(hours=24)
"""How long a warning counts that does not say it. Ours."""

UNVERIFIED = "unverified_signature"
LONGEST_TEXT = 4000
Xml: TypeAlias = etree._Element


class Info(msgspec.Struct, frozen=True):
    """One ``info`` block and how much of the city it reaches."""

    xml: Xml
    language: str
    reach: Reach


def decode(message: Message, city: City) -> list[Decoded]:
    """Return what the city is warned of. Raises ``Refused`` when no alert can be read."""
    root = read_xml(message.payload)
    alerts = list(list_named(root, "alert")) or list(_list_wrapped(root))
    if not alerts:
        return [_explain_empty(root)]
    outer = _read_outer_status(root)
    decoded = [_decode_one(alert, outer, message, city) for alert in alerts]
    broken = [one for one in decoded if isinstance(one, Unread)]
    if len(broken) == len(decoded):
        raise Refused(broken[0].reason, broken[0].detail)
    return decoded


def _list_wrapped(root: Xml) -> Iterator[Xml]:
    """Yield the alerts that stand in an envelope as text (CDATA, or escaped), once within."""
    for element in root.iter():
        text = (element.text or "").strip() if isinstance(element.tag, str) else ""
        if text.startswith("<") and "alert" in text:
            with suppress(Refused):  # a description may hold HTML
                yield from list_named(read_xml(text.encode()), "alert")


def _read_outer_status(root: Xml) -> str:
    """Return what the envelope (EDXL-DE) says of all that is in it: an exercise holds no real alert."""
    return text_of(root, "distributionStatus").lower() if name_of(root) == "EDXLDistribution" else ""


def _explain_empty(root: Xml) -> Ignored:
    """Return why a document without any alert is nothing to us; an index only links to them."""
    name = name_of(root)
    if name in ("feed", "rss", "RDF"):
        entries = [*list_named(root, "entry"), *list_named(root, "item")]
        if name == "feed" and (not text_of(root, "id") or not text_of(root, "title")):
            raise Refused("wrong_shape", "The feed has no id or no title.")
        for entry in entries:
            _check_entry(entry)
        return Ignored("cap_index" if entries else "cap_empty_feed")
    if name == "EDXLDistribution":
        return Ignored("cap_no_alert")
    raise Refused("wrong_shape", f"<{name[:40]}> is neither a CAP alert nor a feed of them.")


def _check_entry(entry: Xml) -> None:
    missing = [name for name in ("title", "link") if find_child(entry, name) is None]
    if missing:
        raise Refused("wrong_shape", f"An entry of the feed has no {' and no '.join(missing)}.")


def _decode_one(alert: Xml, outer: str, message: Message, city: City) -> Decoded:
    try:
        return _decode_alert(alert, outer, message, city)
    except Refused as refused:
        return Unread(refused.reason, refused.detail)


def _decode_alert(alert: Xml, outer: str, message: Message, city: City) -> Decoded:
    missing = [name for name in NEEDED if not text_of(alert, name)]
    if missing:
        raise Refused("wrong_shape", f"The alert has no {', '.join(missing)}.")
    options = read_options(message.source, CapOptions)
    status, kind = text_of(alert, "status").lower(), text_of(alert, "msgType").lower()
    status = outer if status == "actual" and outer in DRILLS | UNREAL else status
    reason = _why_not(status, kind, text_of(alert, "scope").lower(), options)
    if reason is not None:
        return Ignored(reason)
    infos = [_read_info(xml, city) for xml in alert if name_of(xml) == "info"]
    if not infos and kind != "cancel":
        return Ignored("cap_no_info")
    warned = _warn(alert, _choose(infos, options), message, city)
    return msgspec.structs.replace(warned, is_drill=status in DRILLS)


def _why_not(status: str, kind: str, scope: str, options: CapOptions) -> str | None:
    """Return why the city does not act on such an alert, or None.

    Raises:
        Refused: ``wrong_shape``, a value that CAP does not have.
    """
    if kind in ("ack", "error"):
        return f"cap_{kind}"
    if kind not in KINDS or status not in {"actual"} | DRILLS | UNREAL:
        raise Refused("wrong_shape", f"CAP has no msgType {kind[:20]!r} with status {status[:20]!r}.")
    if status in UNREAL or (status in DRILLS and not options.drills):
        return f"cap_{status}"
    return "cap_private" if scope == "private" else None


def _read_info(xml: Xml, city: City) -> Info:
    missing = [name for name in NEEDED_INFO if not text_of(xml, name)]
    if missing:
        raise Refused("wrong_shape", f"The alert's info has no {', '.join(missing)}.")
    areas = [child for child in xml if name_of(child) == "area"]
    return Info(xml, text_of(xml, "language") or "en-US", find_reach(areas, city))


def _choose(infos: list[Info], options: CapOptions) -> list[Info]:
    """Return the blocks to read: of the best language that there is, those that reach the city."""
    reaching = [info for info in infos if info.reach.is_inside] or infos
    for language in options.languages:
        found = [info for info in reaching if info.language.lower().startswith(language.lower())]
        if found:
            return found
    return [info for info in reaching if info.language == reaching[0].language] if reaching else []


def _warn(alert: Xml, infos: list[Info], message: Message, city: City) -> Warned:
    options = read_options(message.source, CapOptions)
    sent = _read_time(text_of(alert, "sent"), city)
    grades = [SEVERITIES.get(text_of(info.xml, "severity").lower()) for info in infos]
    is_clear = bool(infos) and all("AllClear" in _texts(info.xml, "responseType") for info in infos)
    reach = next((info.reach for info in infos if info.reach.is_inside), infos[0].reach if infos else Reach())
    return Warned(
        id=_key(text_of(alert, "sender"), text_of(alert, "identifier")),
        references=_read_references(text_of(alert, "references")),
        kind="cancel" if is_clear else KINDS[text_of(alert, "msgType").lower()],
        category=_find_category(infos, options, city),
        severity=min((grade for grade in grades if grade is not None), default=None),
        confidence=CONFIDENCES.get(text_of(infos[0].xml, "certainty").lower()) if infos else None,
        text=_read_text(infos),
        at=sent,
        expires_at=max((_read_expires(info.xml, sent, city) for info in infos), default=sent + WITHOUT_EXPIRES),
        is_outside=reach.is_outside,
        area=reach.area,
        lon=reach.lon,
        lat=reach.lat,
        flags=(UNVERIFIED,) if next(list_named(alert, "Signature"), None) is not None else (),
    )


def _key(sender: str, identifier: str) -> str:
    return f"{sender},{identifier}"


def _read_references(told: str) -> tuple[str, ...]:
    """Return the earlier messages of the chain, the oldest first: ``sender,identifier,sent`` each."""
    found = [reference.split(",") for reference in told.split()]
    whole = sorted((parts for parts in found if len(parts) >= 2), key=lambda parts: parts[2] if parts[2:] else "")
    return tuple(_key(parts[0], parts[1]) for parts in whole)


def _texts(xml: Xml, name: str) -> list[str]:
    return [(child.text or "").strip() for child in xml if name_of(child) == name]


def _read_time(told: str, city: City) -> datetime:
    moment = read_moment(told, city.timezone)
    if moment is None:
        raise Refused("wrong_shape", f"{told[:40]!r} is no time.")
    return moment


def _read_expires(info: Xml, sent: datetime, city: City) -> datetime:
    """Return until when it counts; a time that cannot be read is as good as none."""
    return read_moment_or_none(text_of(info, "expires"), city.timezone) or sent + WITHOUT_EXPIRES


def _read_text(infos: Iterable[Info]) -> str:
    parts: dict[str, None] = {}
    for info in infos:
        words = [text_of(info.xml, name) for name in ("headline", "description", "instruction")]
        parts.update(dict.fromkeys(word for word in words if word))
    return "\n".join(parts)[:LONGEST_TEXT]


def _find_category(infos: list[Info], options: CapOptions, city: City) -> str:
    """Return the category that the event's code or words name; what nothing names is the city's ``other``."""
    for info in infos:
        codes = [text_of(child, "value") for child in info.xml if name_of(child) in ("eventCode", "parameter")]
        told = " ".join([text_of(info.xml, "event"), text_of(info.xml, "headline"), *codes]).lower()
        found = [word for word in options.events if word.lower() in told]
        if found:
            return options.events[max(found, key=len)]
    return options.other or ""
