"""Several sources and one incident: how many must agree, who counts as near, what several devices add up to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.intake import take_in
from command_center.signals.rule_tables import GroupTelling, RuleCount, ShadowTelling
from command_center.signals.signal_tables import Candidate, DeviceState, SourceCount
from foundation.database import Database
from grid.catalogue import Catalogue
from grid.policies import Policies, Policy
from ingest.observation import SHADOW, Observation, Phase, SourceKind
from tests.command_center.stage import Stage

WATER = "EM-09006"


@pytest.fixture
def change(stage: Stage) -> Callable[..., None]:
    """Change how categories correlate, and the group rules, as another edition of the city would."""

    def apply(code: str = "", group_rules: tuple[dict[str, Any], ...] = (), **settings: Any) -> None:
        categories = stage.city.catalogue.list_categories()
        changed = [replace(c, **settings) if c.code == code else c for c in categories]
        known = {policy.name: policy for policy in stage.city.policies.list_policies()}
        document = {**known["rules"].document, "group_rules": list(group_rules)}
        known["rules"] = Policy("rules", "v-test", date(2026, 1, 1), MappingProxyType(document))
        stage.city = replace(
            stage.city,
            catalogue=Catalogue(changed),
            policies=Policies(known),
            version=f"{stage.city.version}-{len(group_rules)}-{code}",
        )

    return apply


def incidents(stage: Stage) -> list[Incident]:
    return stage.reading(lambda session: list(session.scalars(select(Incident).order_by(Incident.number))))


def candidates(stage: Stage) -> list[Candidate]:
    return stage.reading(lambda session: list(session.scalars(select(Candidate).order_by(Candidate.at))))


def near(stage: Stage, id: str, device: str, **changes: Any) -> Observation:
    """Return an alarm at the first manhole of the town, whatever device says it."""
    place = stage.manhole().lonlat
    return stage.alarm(id, device=device, lon=place.lon, lat=place.lat, place_how="message", **changes)


def test_what_needs_two_sources_waits_for_the_second(stage: Stage, change: Callable[..., None]) -> None:
    change("UM-01003", min_sources=2)
    devices = [device.id for device in stage.city.register.list_devices("manhole_cover")[:3]]
    stage.take_in(near(stage, "a", devices[0]))
    stage.take_in(near(stage, "a2", devices[0]))
    assert incidents(stage) == [] and [c.rule for c in candidates(stage)] == ["correlate.min-sources"] * 2
    (outcome,) = stage.take_in(near(stage, "b", devices[1]))
    (only,) = incidents(stage)
    assert outcome.incident == only.number and only.state == "dispatched"
    assert {c.state for c in candidates(stage)} == {"confirmed"}
    assert {c.incident for c in candidates(stage)} == {only.number}
    stage.take_in(near(stage, "c", devices[2]))
    assert len(incidents(stage)) == 1 and stage.kinds(only.number).count("signal_joined") == 3


def test_two_sources_a_millisecond_apart_in_one_batch(stage: Stage, change: Callable[..., None]) -> None:
    change("UM-01003", min_sources=2)
    devices = [device.id for device in stage.city.register.list_devices("manhole_cover")[:2]]
    later = stage.clock.now() + timedelta(milliseconds=1)
    stage.take_in(near(stage, "a", devices[0]), near(stage, "b", devices[1], at=later, received_at=later))
    assert len(incidents(stage)) == 1 and not [c for c in candidates(stage) if c.state == "open"]


def test_two_brains_hear_two_sources_a_millisecond_apart(stage: Stage, change: Callable[..., None]) -> None:
    """Each brain takes one of the two that must agree: one incident opens, nothing is left waiting, none twice."""
    change("UM-01003", min_sources=2)
    devices = [device.id for device in stage.city.register.list_devices("manhole_cover")[:4]]
    at = [stage.clock.now() + timedelta(milliseconds=n) for n in range(4)]
    heard = [near(stage, f"m-{n}", devices[n], at=at[n], received_at=at[n]) for n in range(4)]
    in_two_brains(stage, heard[::2], heard[1::2])
    (only,) = incidents(stage)
    assert {(c.state, c.incident) for c in candidates(stage)} <= {("confirmed", only.number)}
    assert stage.kinds(only.number).count("signal_joined") == 3
    change("UM-01003", min_sources=1)
    away = [device.id for device in stage.city.register.list_devices("manhole_cover")][-1]
    place = stage.city.register.find_device(away).lonlat  # type: ignore[union-attr]
    spoken = [near(stage, f"n-{n}", devices[n]) for n in range(2)]
    both = [msgspec.structs.replace(one, lon=place.lon, lat=place.lat) for one in spoken]
    in_two_brains(stage, both[:1], both[1:])
    assert len(incidents(stage)) == 2, "two signals of one thing are one card, whoever takes them in"


def test_what_a_rule_tells_of_a_device_is_no_word_of_it(stage: Stage) -> None:
    """A silence rule speaks of a device because it does not: it must not count as heard."""
    device, heard_at = stage.manhole().id, stage.clock.now()
    stage.take_in(near(stage, "own", device, seq=4))
    stage.clock.advance(3600)
    stage.take_in(near(stage, "silent@1", device, rule="silent/v1"))
    state = stage.reading(lambda session: session.get_one(DeviceState, device))
    assert (state.last_seen_at, state.last_seq) == (heard_at, 4)
    stage.take_in(near(stage, "silent@2", device, rule="silent/v1", replay=True))
    assert stage.reading(lambda session: session.get_one(RuleCount, "silent")).told == 1


def in_two_brains(stage: Stage, first: list[Observation], second: list[Observation]) -> None:
    """Take both in at the same moment, each through a database of its own, one by one."""
    other, gate = Database(stage.database.url), Barrier(2)

    def take(database: Database, observations: list[Observation]) -> None:
        gate.wait()
        for observation in observations:
            take_in(database, stage.city, stage.clock, [observation])

    try:
        with ThreadPoolExecutor(2) as pool:
            works = [pool.submit(take, *work) for work in ((stage.database, first), (other, second))]
            for work in works:
                work.result()
    finally:
        other.dispose()


def test_the_same_cell_is_near_enough_where_the_city_says_so(stage: Stage, change: Callable[..., None]) -> None:
    manholes = stage.city.register.list_devices("manhole_cover")
    cells = [stage.city.map.locate(device.lonlat) for device in manholes]
    pair = next(
        (one, other)
        for n, one in enumerate(manholes)
        for m, other in enumerate(manholes)
        if n < m and cells[n] == cells[m] and one.lonlat != other.lonlat
    )
    change("UM-01003", radius_m=0.01)
    stage.take_in(*(stage.alarm(device.id, device=device.id) for device in pair))
    assert len(incidents(stage)) == 2
    change("UM-01003", cells="same")
    stage.clock.advance(5 * 3600)
    stage.take_in(*(stage.alarm(f"again-{device.id}", device=device.id) for device in pair))
    assert len(incidents(stage)) == 3


def test_only_named_kinds_of_source_join(stage: Stage, change: Callable[..., None]) -> None:
    change("UM-01003", joined_by=("camera",))
    devices = [device.id for device in stage.city.register.list_devices("manhole_cover")[:2]]
    stage.take_in(near(stage, "a", devices[0]), near(stage, "b", devices[1]))
    assert len(incidents(stage)) == 2
    stage.take_in(near(stage, "c", devices[0], kind=SourceKind.CAMERA))
    assert len(incidents(stage)) == 2


def test_compatible_families_are_one_happening(stage: Stage) -> None:
    devices = [device.id for device in stage.city.register.list_devices("manhole_cover")[:2]]
    stage.take_in(near(stage, "water", devices[0], category=WATER))
    stage.take_in(near(stage, "drain", devices[1], category="EM-09003"))
    assert [incident.category for incident in incidents(stage)] == [WATER]


GROUP = {
    "id": "many", "kind": "area_count", "watched": ["manhole"], "within": "district", "count": 3, "window_s": 600,
    "category": "EM-05004", "confidence": 0.9, "zh": "多处", "en": "several",
}  # fmt: skip


def manholes_apart(stage: Stage, count: int) -> list[str]:
    return [device.id for device in stage.city.register.list_devices("manhole_cover")[::7]][:count]


def test_so_many_in_an_area_are_a_happening_of_their_own(stage: Stage, change: Callable[..., None]) -> None:
    change(group_rules=(GROUP,))
    for n, device in enumerate(manholes_apart(stage, 5)):
        stage.clock.advance(60)
        stage.take_in(stage.alarm(f"m-{n}", device=device))
    of_the_rule = [incident for incident in incidents(stage) if incident.category == "EM-05004"]
    assert len(of_the_rule) == 1 and of_the_rule[0].last_signal_at is not None
    counts = stage.reading(lambda session: session.get(RuleCount, "many"))
    assert counts is not None and counts.told == 1


@pytest.mark.parametrize("shadow", [False, True])
def test_a_happening_of_several_ends_when_the_last_of_them_has(
    stage: Stage, change: Callable[..., None], shadow: bool
) -> None:
    change(group_rules=({**GROUP, "shadow": shadow},))
    devices = manholes_apart(stage, 4)
    for n, device in enumerate(devices):
        stage.clock.advance(60)
        stage.take_in(stage.alarm(f"m-{n}", device=device))
    for n, device in enumerate(devices):
        assert group_ends(stage) == 0, "some of them go on"
        stage.clock.advance(60)
        stage.take_in(stage.alarm(f"m-{n}", device=device, phase=Phase.END))
    assert group_ends(stage) == 1
    stage.take_in(stage.alarm("again", device=devices[0]))
    assert group_ends(stage) == 1
    stage.take_in(stage.alarm("again", device=devices[0], phase=Phase.END))
    tellings = stage.reading(lambda session: list(session.scalars(select(GroupTelling))))
    assert len(tellings) == 1, "one row a rule and place, told again or over"


def test_an_end_that_overtook_its_begin_keeps_no_happening_of_several_open(
    stage: Stage, change: Callable[..., None]
) -> None:
    change(group_rules=(GROUP,))
    devices = manholes_apart(stage, 4)
    for n, device in enumerate(devices):
        stage.clock.advance(60)
        begun_at = stage.clock.now()
        end = stage.alarm(f"m-{n}", device=device, phase=Phase.END, at=begun_at + timedelta(seconds=30))
        begin = stage.alarm(f"m-{n}", device=device, at=begun_at)
        if n % 2:
            stage.take_in(end)
            stage.take_in(begin)
        else:
            stage.take_in(end, begin)
    assert group_ends(stage) == 1


def group_ends(stage: Stage) -> int:
    """Return how often the rule over several devices has told an end, really or in shadow."""

    def count(session: Session) -> int:
        really = select(IncidentSource).where(
            IncidentSource.rule.like("many/%"), IncidentSource.ended_at.is_not(None)
        )
        shadow = select(ShadowTelling).where(ShadowTelling.rule == "many", ShadowTelling.phase == "end")
        return len(session.scalars(really).all()) + len(session.scalars(shadow).all())

    return stage.reading(count)


def test_one_device_that_repeats_itself_is_not_several(stage: Stage, change: Callable[..., None]) -> None:
    change(group_rules=(GROUP,))
    device = manholes_apart(stage, 1)[0]
    for n in range(6):
        stage.clock.advance(10)
        stage.take_in(stage.alarm(f"m-{n}", device=device))
    assert {incident.category for incident in incidents(stage)} == {"UM-01003"}


def test_n_of_m_counts_its_own_devices_only(stage: Stage, change: Callable[..., None]) -> None:
    chosen = {**GROUP, "kind": "n_of_m", "within": None, "match": {"kind": "street_lamp"}}
    change(group_rules=({key: value for key, value in chosen.items() if value is not None},))
    stage.take_in(*(stage.alarm(f"m-{n}", device=d) for n, d in enumerate(manholes_apart(stage, 4))))
    assert "EM-05004" not in {incident.category for incident in incidents(stage)}


def test_a_rule_in_shadow_only_says_what_it_would_do(stage: Stage, change: Callable[..., None]) -> None:
    change(group_rules=({**GROUP, "shadow": True},))
    stage.take_in(stage.alarm("s-1", rule="trial/v1", flags=(SHADOW,), device=manholes_apart(stage, 1)[0]))
    assert incidents(stage) == []
    for n, device in enumerate(manholes_apart(stage, 4)):
        stage.take_in(stage.alarm(f"m-{n}", device=device))
    stage.take_in(stage.alarm("s-2", rule="trial/v1", flags=(SHADOW,), device=manholes_apart(stage, 1)[0]))
    assert "EM-05004" not in {incident.category for incident in incidents(stage)}
    rows = stage.reading(lambda session: list(session.scalars(select(ShadowTelling).order_by(ShadowTelling.at))))
    assert sorted((row.rule, row.would) for row in rows) == [
        ("many", "open"),
        ("trial", "join"),
        ("trial", "open"),
    ]
    counts = stage.reading(lambda session: {row.rule: row.shadow for row in session.scalars(select(RuleCount))})
    assert counts == {"many": 1, "trial": 2}


def test_what_people_make_of_candidates_is_the_trust_in_a_source(cast: Stage) -> None:
    for n, device in enumerate(manholes_apart(cast, 3)):
        cast.take_in(cast.alarm(f"c-{n}", device=device, confidence=0.1, rule="unsure/v1"))
    waiting = candidates(cast)
    assert len(waiting) == 3
    cast.must("district", "confirm_candidate", id=waiting[0].id)
    for one in waiting[1:]:
        cast.must("district", "dismiss_candidate", id=one.id, reason="误报")
    source = cast.reading(lambda session: session.get(SourceCount, waiting[0].source))
    rule = cast.reading(lambda session: session.get(RuleCount, "unsure"))
    assert (source.confirmed, source.dismissed) == (1, 2) and (rule.confirmed, rule.dismissed) == (1, 2)
    ways = dict(cast.city.policy("ways_in"))
    ways["rules"] = [{**rule, "min_trust": 0.9} for rule in msgspec.to_builtins(ways["rules"])]
    known = {policy.name: policy for policy in cast.city.policies.list_policies()}
    known["ways_in"] = Policy("ways_in", "v-test", date(2026, 1, 1), MappingProxyType(ways))
    cast.city = replace(cast.city, policies=Policies(known))
    cast.take_in(cast.alarm("sure", device=manholes_apart(cast, 6)[5], confidence=0.99))
    assert candidates(cast)[-1].alarm_id == "sure" or "sure" in {c.alarm_id for c in candidates(cast)}


def test_an_end_of_what_waits_is_kept(stage: Stage, change: Callable[..., None]) -> None:
    change("UM-01003", min_sources=2)
    devices = [device.id for device in stage.city.register.list_devices("manhole_cover")[:2]]
    stage.take_in(near(stage, "a", devices[0]))
    stage.take_in(near(stage, "a", devices[0], phase=Phase.END, seq=2))
    stage.take_in(near(stage, "b", devices[1]))
    assert len(incidents(stage)) == 1
