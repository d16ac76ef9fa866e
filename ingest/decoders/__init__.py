"""The formats that we understand, one file each with the same insides; ``sources.toml`` names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grid.city import City
from ingest.decoders import (
    cap,
    chirpstack,
    ctwing,
    dahua,
    frigate,
    gat1400,
    hikvision,
    native,
    onenet,
    onvif,
    open311,
    positions,
    work_order,
)
from ingest.http_request import HttpReply, Outcome
from ingest.messages import Decoded, Message

Decode = Callable[[Message, City], list[Decoded]]
Reply = Callable[[Message, Outcome], HttpReply | None]

DECODERS: Mapping[str, Decode] = {
    "native": native.decode,
    "frigate": frigate.decode,
    "chirpstack": chirpstack.decode,
    "cap": cap.decode,
    "ctwing": ctwing.decode,
    "onenet": onenet.decode,
    "positions": positions.decode,
    "open311": open311.decode,
    "work_order": work_order.decode,
    "hikvision": hikvision.decode,
    "dahua": dahua.decode,
    "onvif": onvif.decode,
    "gat1400": gat1400.decode,
}

REPLIES: Mapping[str, Reply] = {
    "ctwing": ctwing.reply,
    "onenet": onenet.reply,
    "positions": positions.reply,
    "open311": open311.reply,
    "work_order": work_order.reply,
    "hikvision": hikvision.reply,
    "gat1400": gat1400.reply,
}
"""What a producer's protocol wants to hear over HTTP; None leaves it to our own answer."""

ALSO_GET = frozenset({"ctwing", "onenet", "positions", "gat1400"})
"""Formats whose producers send by GET, or check our address with one."""
