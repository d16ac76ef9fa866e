"""One alarm in any order of arrival, with any repetition, ends the same."""

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from command_center.cases.incident_tables import IncidentSource
from command_center.signals.phases import continue_source, effective_at
from ingest.observation import Observation, Phase, SourceKind
from tests.command_center.stage import NOON, Stage

LIFE = (Phase.BEGIN, Phase.UPDATE, Phase.UPDATE, Phase.END)


def life(numbered: bool) -> list[Observation]:
    return [
        Observation(
            source="native", kind=SourceKind.DEVICE, device="d", id="a", phase=phase, category="UM-01003",
            at=NOON + timedelta(seconds=n), received_at=NOON + timedelta(seconds=n), trace_id="t",
            seq=n if numbered else None, text=f"text {n}", confidence=0.9 + n / 100,
        )
        for n, phase in enumerate(LIFE)
    ]  # fmt: skip


def run(messages: list[Observation]) -> tuple[object, ...]:
    first = messages[0]
    source = IncidentSource(
        incident=1, kind="device", source="native", device="d", alarm_id="a", at=effective_at(first),
        last_at=effective_at(first), last_seq=first.seq, signals=1, confidence=first.confidence, text=first.text,
        evidence=[], ended_at=effective_at(first) if first.phase is Phase.END else None,
    )  # fmt: skip
    for message in messages[1:]:
        continue_source(source, message)
    return (source.last_at, source.last_seq, source.ended_at, source.text, source.confidence)


@given(order=st.permutations(range(4)), numbered=st.booleans())
def test_every_order_of_arrival_ends_the_same(order: list[int], numbered: bool) -> None:
    messages = life(numbered)
    assert run([messages[n] for n in order]) == run(messages)


@given(order=st.lists(st.integers(0, 3), max_size=12), numbered=st.booleans())
def test_repetition_changes_nothing(order: list[int], numbered: bool) -> None:
    messages = life(numbered)
    assert run([messages[n] for n in [*range(4), *order]]) == run(messages)


def test_a_clock_of_1970_or_2099_does_not_rule(stage: Stage) -> None:
    for at in (NOON - timedelta(days=20_000), NOON + timedelta(days=26_000)):
        assert effective_at(stage.alarm(at=at)) == NOON
    assert effective_at(stage.alarm(at=NOON - timedelta(hours=1))) == NOON - timedelta(hours=1)


def test_phases_in_the_wrong_order_are_one_case_with_one_source(stage: Stage) -> None:
    begin, update, _, end = life(numbered=True)
    device = stage.manhole()
    placed = {"lon": device.lonlat.lon, "lat": device.lonlat.lat, "source": device.source, "device": device.id}
    begin, update, end = (msgspec.structs.replace(message, **placed) for message in (begin, update, end))
    first = stage.take_in(end)
    second = stage.take_in(update)
    third = stage.take_in(begin)
    assert [o.incident for o in (*first, *second, *third)] == [None, 1, 1]
    with stage.database.read() as session:
        source = session.scalars(select(IncidentSource)).one()
        assert source.ended_at == end.at and source.signals == 3 and source.last_seq == 3
    assert stage.kinds(1).count("signal_ended") == 1


def test_a_change_that_screens_show_is_an_entry_and_a_mere_repeat_is_none(stage: Stage) -> None:
    begin, update, *_ = life(numbered=True)
    device = stage.manhole()
    placed = {"lon": device.lonlat.lon, "lat": device.lonlat.lat, "source": device.source, "device": device.id}
    stage.take_in(msgspec.structs.replace(begin, **placed))
    stage.take_in(msgspec.structs.replace(update, text="更倾斜了", **placed))
    assert stage.kinds(1).count("signal_updated") == 1
    told = len(stage.kinds(1))
    stage.take_in(
        msgspec.structs.replace(update, text="更倾斜了", seq=9, at=update.at + timedelta(seconds=30), **placed)
    )
    assert len(stage.kinds(1)) == told
