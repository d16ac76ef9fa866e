"""Which source a topic is of, and which session listens to what."""

from __future__ import annotations

import pytest

from grid.city import City
from ingest.mqtt_packets import Packet
from ingest.routes import Routes
from ingest.sources import (
    SourceFinder,
    covers_filter,
    find_copying,
    fits_filter,
    index_sessions,
    join_filters,
    plain_topic,
    share_filters,
)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "fits"),
    [
        ("frigate/#", "frigate/events", True),
        ("frigate/#", "frigate", True),
        ("frigate/#", "frigates/events", False),
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a/b/c/d", False),
        ("a/+", "a", False),
        ("+/+", "/a", True),
        ("#", "anything/at/all", True),
        ("a/b", "a/b", True),
        ("a/b", "a/B", False),
    ],
)
def test_filters_cover_what_mqtt_says(topic_filter: str, topic: str, fits: bool) -> None:
    assert fits_filter(topic_filter, topic) is fits


@pytest.mark.parametrize(
    ("topic", "plain"),
    [
        ("part/3/citybrain/v1/devices/x/alarm", ("citybrain/v1/devices/x/alarm", False)),
        ("replay/frigate/events", ("frigate/events", True)),
        ("frigate/events", ("frigate/events", False)),
        ("part/3", ("3", False)),
    ],
)
def test_our_own_prefixes_are_taken_off(topic: str, plain: tuple[str, bool]) -> None:
    assert plain_topic(topic) == plain


def test_every_source_is_heard_by_exactly_one_session(city: City) -> None:
    filters = SourceFinder(city.sources).list_filters()
    shares = share_filters(filters, 16)
    assert sorted(shares) == list(range(16))
    plain = [f for share in shares.values() for f in share if not f.startswith("part/")]
    assert sorted(plain) == sorted([*(f for f in filters if not f.startswith("citybrain/")), "replay/#"])
    assert all(f"part/{k}/citybrain/v1/devices/+/+" in share for k, share in shares.items())


@pytest.mark.parametrize(
    "topic", ["onvif/cam/onvif-ej/a", "replay/My/onvif-ej/a", "My/onvif-ej/a", "frigate/events"]
)
def test_what_several_filters_bring_is_one_sessions(city: City, topic: str) -> None:
    """The engine sends a message once for each filter that fits, in whichever sessions they stand."""
    shares = share_filters(SourceFinder(city.sources).list_filters(), 16)
    hearing = [k for k, share in shares.items() for each in share if fits_filter(each, topic)]
    assert len(hearing) == len(set(hearing)), "a session with two of them could not tell the copies apart"
    copying = find_copying(index_sessions(shares), topic)
    assert copying < set(hearing) and len(copying) == len(hearing) - 1
    routes = Routes(city.sources, shares)
    route = routes.find(Packet(topic.encode(), b""))
    assert route is not None and route.copying == copying
    assert find_copying(index_sessions(shares), "elsewhere") == frozenset()


WIDE_AND_NARROW = ["a/#", "a/b/#", "a/b/c", "a/+/d", "a", "+/x", "e/+/f", "e/g/f"]


@pytest.mark.parametrize(
    "shares",
    [share_filters(WIDE_AND_NARROW, 1), share_filters(WIDE_AND_NARROW, 4), {0: join_filters(WIDE_AND_NARROW)}],
)
@pytest.mark.parametrize("topic", ["a/x", "a/b/c", "a/1/d", "e/g/f", "a", "z/x", "replay/x"])
def test_a_message_acts_once_however_filters_overlap(shares: dict[int, list[str]], topic: str) -> None:
    hearing = [k for k, share in shares.items() for each in share if fits_filter(each, topic)]
    assert hearing and len(hearing) == len(set(hearing)), (
        "a session with two of them could not tell the copies apart"
    )
    assert len(set(hearing) - find_copying(index_sessions(shares), topic)) == 1


@pytest.mark.parametrize(
    ("filters", "joined"),
    [
        (["a/b/#", "c/d", "a/#"], ["replay/#", "c/d", "a/#"]),
        (["+/b/c", "x/y"], ["+/#"]),
        (["a/+/c", "a/b/+", "x/y"], ["replay/#", "a/+/+", "x/y"]),
        (["on/#", "+/ej/#", "x"], ["+/#"]),
        (["#", "a/b"], ["#"]),
    ],
)
def test_a_foreign_broker_is_asked_for_each_topic_by_one_filter(filters: list[str], joined: list[str]) -> None:
    assert join_filters(filters) == joined
    assert all(any(covers_filter(wide, each) for wide in joined) for each in filters)


def test_the_source_is_found_by_its_filter(city: City) -> None:
    finder = SourceFinder(city.sources)
    found = {
        topic: finder.find_source(topic) for topic in ("frigate/events", "application/a/device/b/event/up", "x")
    }
    assert [source and source.name for source in found.values()] == ["frigate", "chirpstack", None]
