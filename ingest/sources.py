"""Which source a topic belongs to, from the city's ``sources.toml``.

Comes in: a topic as the broker delivers it. Goes out: the source, the producer's own topic without our
prefixes, and whether it is a replay. Next is the decoder of the source's format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

from grid.sources import Source

PARTITION = "part/"
REPLAY = "replay/"
PLAIN_SESSIONS = 4
NATIVE_SPREAD = "citybrain/v1/devices/+/+"


def fits_filter(topic_filter: str, topic: str) -> bool:
    """Tell whether an MQTT topic filter covers the topic. Source: MQTT 3.1.1 section 4.7."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in ("+", levels[index]):
            return False
    return len(wanted) == len(levels)


def plain_topic(topic: str) -> tuple[str, bool]:
    """Return the producer's own topic, and whether it came as a replay."""
    if topic.startswith(PARTITION):
        topic = topic.split("/", maxsplit=2)[-1]
    if topic.startswith(REPLAY):
        return topic[len(REPLAY) :], True
    return topic, False


class SourceFinder:
    """The city's MQTT sources, the most particular filter first."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        listening = [(each, source) for source in sources.values() for each in source.filters]
        self._sources = sorted(listening, key=lambda filtered: _generality(filtered[0]))

    def find_source(self, topic: str) -> Source | None:
        """Return the source whose filter covers the producer's own topic."""
        return next((source for each, source in self._sources if fits_filter(each, topic)), None)

    def list_filters(self) -> list[str]:
        """Return every source's filter, once."""
        return list(dict.fromkeys(each for each, _ in self._sources))


def _generality(topic_filter: str) -> tuple[int, int]:
    return topic_filter.count("#"), topic_filter.count("+")


def share_filters(filters: Iterable[str], sessions: int) -> dict[int, list[str]]:
    """Return which session subscribes to which plain filters; those of mapped devices are in every one.

    A filter keeps its session whatever the number of sessions: a persistent session keeps its subscriptions.
    """
    shares: dict[int, list[str]] = {k: [f"{PARTITION}{k}/{NATIVE_SPREAD}"] for k in range(sessions)}
    for topic_filter in sorted({*filters, f"{REPLAY}#"} - {NATIVE_SPREAD}):
        shares[crc32(topic_filter.encode()) % min(PLAIN_SESSIONS, sessions)].append(topic_filter)
    return shares
