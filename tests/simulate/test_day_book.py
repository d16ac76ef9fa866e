"""The plan of the simulated city as pure data: the same seed is the same city, spread evenly."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from foundation.settings import DEFAULT_CITY
from ingest.simulate.day_book import Happening, write_hour, write_opening
from ingest.simulate.plays import list_plays
from ingest.simulate.stage import Stage
from ingest.simulate.stage_reader import BadCityFolder, read_stage

DOMAINS = {"emergency", "public_order", "urban_management", "transport"}


@pytest.fixture(scope="module")
def stage() -> Stage:
    return read_stage(DEFAULT_CITY)


@pytest.fixture(scope="module")
def morning(stage: Stage) -> list[Happening]:
    return write_hour(stage, 1, 0, 8, rate=10)


def test_same_seed_same_city(stage: Stage, morning: list[Happening]) -> None:
    assert write_hour(stage, 1, 0, 8, rate=10) == morning
    assert write_hour(stage, 2, 0, 8, rate=10) != morning


def test_happenings_come_in_order_within_their_hour(morning: list[Happening]) -> None:
    seconds = [happening.at_s for happening in morning]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 8 * 3600 and seconds[-1] < 9 * 3600


def test_every_town_gets_the_same(stage: Stage, morning: list[Happening]) -> None:
    counts = Counter(happening.town for happening in morning)
    assert set(counts) == set(stage.towns)
    assert max(counts.values()) - min(counts.values()) <= 4


@pytest.mark.parametrize("hour", [3, 8, 14, 21])
def test_every_domain_has_work_at_every_hour(stage: Stage, hour: int) -> None:
    counts = Counter(h.play.domain for h in write_hour(stage, 5, 0, hour, rate=10))
    assert set(counts) == DOMAINS
    assert min(counts.values()) >= 0.12 * sum(counts.values())


def test_more_happens_by_day_and_the_markets_wake_at_dawn(stage: Stage) -> None:
    def several(hour: int) -> list[Happening]:
        return [happening for seed in range(5) for happening in write_hour(stage, seed, 0, hour, rate=10)]

    night, dawn, noon = several(2), several(6), several(12)
    assert len(night) < 0.7 * len(noon)

    def share(book: list[Happening]) -> float:
        return sum(happening.play.of == "market" for happening in book) / len(book)

    assert share(dawn) > 1.5 * share(noon)


def test_rate_is_happenings_a_minute(stage: Stage) -> None:
    whole = sum(len(write_hour(stage, 1, 1, hour, rate=4)) for hour in range(24))
    assert whole == pytest.approx(4 * 60 * 24, rel=0.08)


def test_one_thing_often_has_several_sources(morning: list[Happening]) -> None:
    several = sum(
        len({(s.voice, s.speaker, s.after_s) for s in h.signals if s.phase == "begin"}) > 1 for h in morning
    )
    assert several > 0.08 * len(morning)


def test_a_wall_that_always_shouts_is_not_looked_at(stage: Stage, morning: list[Happening]) -> None:
    loud = [h for h in morning if stage.urgencies[h.play.category] == "emergency"]
    assert 0 < len(loud) < 0.1 * len(morning)


def test_speakers_stand_in_the_city(stage: Stage, morning: list[Happening]) -> None:
    known = {one.id for one in [*stage.list_all_devices(), *stage.list_all_cameras()]}
    for happening in morning:
        assert all(s.speaker in known for s in happening.signals if s.voice in ("measure", "alarm", "see"))


def test_the_opening_fills_a_wall_within_twenty_seconds(stage: Stage) -> None:
    opening = write_opening(stage, 1, 36, at_s=50_000)
    assert 30 <= len(opening) <= 40
    assert max(h.at_s for h in opening) < 50_020
    assert {h.play.domain for h in opening} == DOMAINS
    assert len({h.town for h in opening}) == 15
    later = write_opening(stage, 1, 36, at_s=60_000)
    assert [h.signals for h in later] == [h.signals for h in opening]


def test_lines_that_are_not_crossed(stage: Stage) -> None:
    # deaths, mass gatherings, petitions, epidemics, persons under supervision, crime leads
    forbidden = ("TR-01003", "PO-03001", "PO-06007", "EM-07001", "EM-07002", "PO-05005", "PO-05006", "PO-05007")
    plays = list_plays()
    assert not [p for p in plays if p.category.startswith(forbidden)]
    assert not [p.name for p in plays if not stage.has_category(p.category)]
    for play in plays:
        for text in play.texts:
            assert not any(char.isdigit() for char in text), f"{play.name}: no phones or addresses"


def test_every_device_is_calm_when_calm_and_alarming_when_not(stage: Stage) -> None:
    with_rules = [device for device in stage.list_all_devices() if device.rule]
    assert len(with_rules) == 400
    for device in with_rules:
        rule = device.rule
        assert rule is not None
        for share in (0.0, 0.5, 1.0):
            calm, loud = rule.calm_value(share), rule.alarming_value(share)
            if rule.is_below:
                assert calm > rule.clear and loud < rule.limit
            else:
                assert calm < rule.clear or calm == 0.0
                assert loud > rule.limit
                assert loud <= 1.0 or not rule.quantity.endswith("_ratio")


def test_a_folder_that_is_no_city_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadCityFolder, match="cannot be played"):
        read_stage(tmp_path)
