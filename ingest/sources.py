"""Which source a topic belongs to, from the city's ``sources.toml``.

Comes in: a topic as the broker delivers it. Goes out: the source, the producer's own topic without our
prefixes, and whether it is a replay. Next is the decoder of the source's format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import count, takewhile, zip_longest
from operator import itemgetter
from typing import Generic, TypeVar
from zlib import crc32

from grid.sources import Source

Value = TypeVar("Value")
PARTITION = "part/"
REPLAY = "replay/"
PLAIN_SESSIONS = 4
SPARE_SESSIONS = 1000
"""From this number on stand the embedded engine's sessions of filters that overlap in each session before them."""

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


class FilterIndex(Generic[Value]):
    """Values by MQTT topic filter, found by a topic's first two levels: each device has topics of its own."""

    def __init__(self, filtered: Iterable[tuple[str, Value]]) -> None:
        ordered = sorted(filtered, key=lambda one: _generality(one[0]))
        self.filters = list(dict.fromkeys(each for each, _ in ordered))
        self._by_head: dict[str, list[tuple[int, str, Value]]] = {}
        for rank, (each, value) in enumerate(ordered):
            self._by_head.setdefault(_head(each), []).append((rank, each, value))

    def list_fitting(self, topic: str) -> list[Value]:
        """Return what stands under the filters that cover the topic, the most particular first."""
        first, _, rest = topic.partition("/")
        heads = (f"{first}/{rest.partition('/')[0]}", first, "")
        found = [one for head in heads for one in self._by_head.get(head, ()) if fits_filter(one[1], topic)]
        return [value for _, _, value in sorted(found, key=itemgetter(0))]


def _head(topic_filter: str) -> str:
    """Return the first two levels as far as they are words."""
    words = list(takewhile(lambda level: level not in ("+", "#"), topic_filter.split("/")))
    return "/".join(words[:2])


class SourceFinder:
    """The city's MQTT sources, the most particular filter first."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._index = FilterIndex((each, source) for source in sources.values() for each in source.filters)

    def find_source(self, topic: str) -> Source | None:
        """Return the source whose filter covers the producer's own topic."""
        return next(iter(self._index.list_fitting(topic)), None)

    def list_filters(self) -> list[str]:
        """Return every source's filter, once."""
        return self._index.filters


def _generality(topic_filter: str) -> tuple[int, int]:
    return topic_filter.count("#"), topic_filter.count("+")


def share_filters(filters: Iterable[str], sessions: int) -> dict[int, list[str]]:
    """Return which session subscribes to which plain filters; those of mapped devices are in every one.

    A filter keeps its session whatever the number of sessions: a persistent session keeps its subscriptions.
    No two that overlap stand in one: the engine sends a message once for each, and copies in one look like news.
    Where the sessions do not suffice, the wider of two hears for both, or one of them has a spare session.
    """
    shares: dict[int, list[str]] = {k: [f"{PARTITION}{k}/{NATIVE_SPREAD}"] for k in range(sessions)}
    plain, wanted = min(PLAIN_SESSIONS, sessions), {*filters, f"{REPLAY}#"} - {NATIVE_SPREAD}
    for topic_filter in sorted(wanted):
        first = (
            0 if topic_filter[0] in "+#" else crc32(topic_filter.encode()) % plain
        )  # the wide ones keep together
        _put(topic_filter, shares, [(first + step) % plain for step in range(plain)], wanted)
    return shares


def join_filters(filters: Iterable[str]) -> list[str]:
    """Return filters that bring what these do, each topic by one alone: of two that overlap what covers both.

    For a broker of the city's own, where all of us is one session: it may make the user's name the client id.
    """
    joined: list[str] = []
    for each in dict.fromkeys([f"{REPLAY}#", *filters]):
        wide = each
        while overlapping := [other for other in joined if may_overlap(wide, other)]:
            joined = [other for other in joined if other not in overlapping]
            wide = reduce(_cover_both, overlapping, wide)
        joined.append(wide)
    return joined


def _cover_both(one: str, other: str) -> str:
    """Return the narrowest filter that covers two which overlap."""
    levels: list[str] = []
    for mine, its in zip_longest(one.split("/"), other.split("/")):
        if "#" in (mine, its) or None in (mine, its):
            return "/".join([*levels, "#"])
        levels.append(mine if mine == its else "+")
    return "/".join(levels)


def _put(topic_filter: str, shares: dict[int, list[str]], rooms: Iterable[int], others: Iterable[str]) -> None:
    """Add the filter to the first room where it overlaps with none; what another brings needs no spare one."""

    def is_free(k: int) -> bool:
        return not any(may_overlap(topic_filter, other) for other in shares.get(k, ()))

    room = next(filter(is_free, rooms), None)
    if room is None and not _is_heard(topic_filter, others):
        room = next(filter(is_free, count(SPARE_SESSIONS)))
    if room is not None:
        shares.setdefault(room, []).append(topic_filter)


def _is_heard(topic_filter: str, others: Iterable[str]) -> bool:
    """Tell whether another filter brings all that this one would."""
    return any(other != topic_filter and covers_filter(other, topic_filter) for other in others)


def covers_filter(wide: str, narrow: str) -> bool:
    """Tell whether every topic of the one filter fits the other."""
    for its, mine in zip_longest(wide.split("/"), narrow.split("/")):
        if its == "#":
            return True
        if its is None or mine in (None, "#") or its not in ("+", mine):
            return False
    return True


def may_overlap(one: str, other: str) -> bool:
    """Tell whether some topic fits both filters."""
    for mine, its in zip_longest(one.split("/"), other.split("/")):
        if "#" in (mine, its):
            return True
        if mine is None or its is None or ("+" not in (mine, its) and mine != its):
            return False
    return True


def index_sessions(shares: Mapping[int, Iterable[str]]) -> FilterIndex[int]:
    """Return which session hears a topic by which filter."""
    return FilterIndex((each, k) for k, share in sorted(shares.items()) for each in share)


def find_copying(sessions: FilterIndex[int], topic: str) -> frozenset[int]:
    """Return the sessions that hear of the topic what the one with the most particular filter hears as well."""
    fitting = sessions.list_fitting(topic)
    return frozenset(fitting[1:]) - set(fitting[:1])
