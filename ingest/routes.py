"""Whose a topic is, remembered: the same few topics come again and again.

Comes in: a packet of ``receive_mqtt.py``. Goes out: source, the producer's own topic, whether it is a replay, and
which sessions hear a copy of it, since filters that overlap bring a message once for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from grid.sources import Source
from ingest.mqtt_packets import Packet
from ingest.sources import SourceFinder, find_copying, index_sessions, plain_topic

MOST = 200_000  # topics: of every device a few, and each looked up anew costs as much as judging


class Route(NamedTuple):
    """``copying`` are the sessions in which it is a copy; one that hears it by a filter of old has it alone."""

    source: Source
    topic: str
    replay: bool
    copying: frozenset[int]


class Routes:
    """The routes of all topics met so far; used by the receiving thread alone."""

    def __init__(self, sources: Mapping[str, Source], shares: Mapping[int, Iterable[str]]) -> None:
        self._finder, self._sessions = SourceFinder(sources), index_sessions(shares)
        self._known: dict[bytes, Route] = {}

    def replace_sources(self, sources: Mapping[str, Source]) -> None:
        """Go on with another edition of the city's sources."""
        self._finder = SourceFinder(sources)
        self._known.clear()

    def find(self, packet: Packet) -> Route | None:
        """Return the route of a packet; None where it is no source's."""
        route = self._known.get(packet.topic)
        if route is None:
            try:
                topic = packet.topic.decode()
            except UnicodeDecodeError:
                return None
            plain, replay = plain_topic(topic)
            source = self._finder.find_source(plain)
            if source is None:
                return None
            if len(self._known) > MOST:
                self._known.clear()
            route = self._known[packet.topic] = Route(source, plain, replay, find_copying(self._sessions, topic))
        return route
