"""Which source a topic belongs to, from the city's ``sources.toml``.

Comes in: a topic as the broker delivers it. Goes out: the source, the producer's own topic without our
prefixes, and whether it is a replay. Next is the decoder of the source's format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
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

    A filter keeps its session whatever the number of sessions: a persistent session keeps its subscriptions. Those
    that overlap stand in different ones as far as there are: the engine sends a message once for each.
    """
    shares: dict[int, list[str]] = {k: [f"{PARTITION}{k}/{NATIVE_SPREAD}"] for k in range(sessions)}
    plain = min(PLAIN_SESSIONS, sessions)
    for topic_filter in sorted({*filters, f"{REPLAY}#"} - {NATIVE_SPREAD}):
        first = (
            0 if topic_filter[0] in "+#" else crc32(topic_filter.encode()) % plain
        )  # the wide ones keep together
        rooms = [(first + step) % plain for step in range(plain)]
        free = (k for k in rooms if not any(may_overlap(topic_filter, other) for other in shares[k]))
        shares[next(free, first)].append(topic_filter)
    return shares


def may_overlap(one: str, other: str) -> bool:
    """Tell whether some topic fits both filters."""
    for mine, its in zip_longest(one.split("/"), other.split("/")):
        if "#" in (mine, its):
            return True
        if mine is None or its is None or ("+" not in (mine, its) and mine != its):
            return False
    return True


def find_copying(shares: Mapping[int, Iterable[str]], topic: str) -> frozenset[int]:
    """Return the sessions that hear of the topic what the one with the most particular filter hears as well."""
    fitting = [
        (*_generality(each), k) for k, share in shares.items() for each in share if fits_filter(each, topic)
    ]
    return frozenset(k for *_, k in fitting) - {min(fitting)[-1]} if fitting else frozenset()
