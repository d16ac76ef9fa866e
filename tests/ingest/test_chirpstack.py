"""ChirpStack v4: decoded objects become readings, readings beyond a rule one alarm, ended when they are back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grid.registers import Device
from ingest.decoders import chirpstack
from ingest.decoders.plain_facts import list_numbers
from ingest.judge import Senses
from ingest.messages import Decoded, Ignored, Reading, Taken
from ingest.observation import Observation, Phase, Quarantined
from tests.ingest.instruments import NOW, Sender

RULE, BEYOND, BACK = "pressure_mpa", 0.02, 0.4  # the demo city: below 0.1, clear above 0.15, held 60 s


@pytest.fixture
def hydrant(sender: Sender) -> Device:
    return sender.city.register.list_devices("hydrant")[0]


def uplink(device: Device, after_s: float, value: float | None, **changes: Any) -> str:
    message: dict[str, Any] = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": (NOW + timedelta(seconds=after_s)).isoformat().replace("+00:00", ".123456789+00:00"),
        "deviceInfo": {"devEui": device.source_id, "deviceName": "消火栓", "tags": {"asset": "7"}},
        "rxInfo": [{"gatewayId": "00", "location": {"latitude": 1.0, "longitude": 2.0}}],
    }
    return json.dumps(message | ({"object": {RULE: value}} if value is not None else {}) | changes)


def take(
    senses: Senses, sender: Sender, device: Device, after_s: float, value: float | None, **more: Any
) -> Taken:
    sender.at = NOW + timedelta(seconds=after_s)
    topic = f"application/app/device/{device.source_id}/event/up"
    return senses.take(sender.message("chirpstack", topic, uplink(device, after_s, value, **more)))


def phases(taken: Taken) -> list[Phase]:
    return [record.phase for record in taken.records if isinstance(record, Observation)]


def test_a_value_beyond_its_threshold_is_one_alarm_until_it_is_back(
    senses: Senses, sender: Sender, hydrant: Device
) -> None:
    told = [phases(take(senses, sender, hydrant, *step)) for step in [
        (0, BACK), (10, BEYOND), (40, BEYOND), (75, BEYOND), (90, 0.12), (100, BEYOND), (110, BACK), (120, BACK),
    ]]  # fmt: skip
    assert told == [[], [], [], [Phase.BEGIN], [], [], [Phase.END], []]


def test_the_alarm_is_named_by_its_beginning_and_stands_at_the_devices_place(
    senses: Senses, sender: Sender, hydrant: Device
) -> None:
    take(senses, sender, hydrant, 0, BEYOND)
    (begin,) = take(senses, sender, hydrant, 61, BEYOND).records
    (end,) = take(senses, sender, hydrant, 70, BACK).records
    assert isinstance(begin, Observation) and isinstance(end, Observation)
    assert begin.id == end.id and begin.at == NOW + timedelta(microseconds=123457)  # rounded from nanoseconds
    assert (begin.lon, begin.lat, begin.device) == (hydrant.lonlat.lon, hydrant.lonlat.lat, hydrant.id)
    assert begin.values == {RULE: BEYOND} and begin.kind == "device" and begin.flags == ()
    assert begin.rule is not None and begin.rule.startswith("hydrant-pressure/")


@pytest.mark.parametrize("word", ["NULL", "undefined", "nan", "", None])
def test_a_value_that_a_codec_calls_absent_is_none(
    senses: Senses, sender: Sender, hydrant: Device, word: str | None
) -> None:
    taken = take(senses, sender, hydrant, 0, None, object={RULE: word})
    assert taken.ignored == "chirpstack_no_decoded_object" and not taken.records


def test_a_spike_shorter_than_the_hold_says_nothing(senses: Senses, sender: Sender, hydrant: Device) -> None:
    told = [
        take(senses, sender, hydrant, after, value) for after, value in [(0, BEYOND), (30, BACK), (50, BEYOND)]
    ]
    assert not any(taken.records for taken in told)
    assert senses.pass_time(NOW + timedelta(seconds=100)).records == []
    (late,) = senses.pass_time(NOW + timedelta(seconds=111)).records
    assert isinstance(late, Observation) and late.phase is Phase.BEGIN


def test_a_sensor_that_says_it_once_is_believed_when_the_hold_is_over(
    senses: Senses, sender: Sender, hydrant: Device
) -> None:
    take(senses, sender, hydrant, 0, BEYOND)
    assert phases(senses.pass_time(NOW + timedelta(seconds=59))) == []
    assert phases(senses.pass_time(NOW + timedelta(seconds=61))) == [Phase.BEGIN]
    assert phases(senses.pass_time(NOW + timedelta(seconds=200))) == []
    assert phases(take(senses, sender, hydrant, 300, BACK)) == [Phase.END]


def test_an_episode_survives_a_restart_neither_doubled_nor_endless(
    senses: Senses, sender: Sender, hydrant: Device
) -> None:
    kept: dict[str, bytes] = {}

    def restart(taken: Taken) -> Senses:
        for key, content in taken.states.items():
            kept.pop(key, None) if content is None else kept.__setitem__(key, content)
        return Senses(sender.city, dict(kept))

    senses = restart(take(senses, sender, hydrant, 0, BEYOND))
    first = take(senses, sender, hydrant, 61, BEYOND)
    again = restart(Taken())  # killed after telling, before remembering: told once more, under the same key
    second = take(again, sender, hydrant, 61, BEYOND)
    (one,), (two,) = first.records, second.records
    assert isinstance(one, Observation) and isinstance(two, Observation)
    assert one.source_key() == two.source_key()
    senses = restart(second)
    assert phases(take(senses, sender, hydrant, 70, BEYOND)) == []
    ended = take(senses, sender, hydrant, 80, BACK)
    assert phases(ended) == [Phase.END]
    restart(ended)
    assert kept == {}


def test_a_redelivered_reading_from_before_changes_nothing(
    senses: Senses, sender: Sender, hydrant: Device
) -> None:
    take(senses, sender, hydrant, 0, BEYOND)
    take(senses, sender, hydrant, 61, BEYOND)
    take(senses, sender, hydrant, 70, BACK)
    sender.at = NOW + timedelta(seconds=200)
    topic = f"application/app/device/{hydrant.source_id}/event/up"
    taken = senses.take(sender.message("chirpstack", topic, uplink(hydrant, 30, BEYOND)))
    assert taken.records == [] and taken.states == {}


def test_the_hold_runs_by_our_clock_when_theirs_is_wrong(senses: Senses, sender: Sender, hydrant: Device) -> None:
    topic = f"application/app/device/{hydrant.source_id}/event/up"
    told = []
    for after_s in (0, 30, 61):
        sender.at = NOW + timedelta(seconds=after_s)
        payload = uplink(hydrant, 0, BEYOND, time="1970-01-01T00:00:00Z")
        told.append(phases(senses.take(sender.message("chirpstack", topic, payload))))
    assert told == [[], [], [Phase.BEGIN]]


def test_a_replayed_reading_is_another_device(senses: Senses, sender: Sender, hydrant: Device) -> None:
    take(senses, sender, hydrant, 0, BEYOND)
    topic = f"application/app/device/{hydrant.source_id}/event/up"
    sender.at = NOW + timedelta(seconds=61)
    taken = senses.take(sender.message("chirpstack", topic, uplink(hydrant, 61, BEYOND), replay=True))
    assert taken.records == []
    (record,) = senses.pass_time(NOW + timedelta(seconds=122)).records[-1:]
    assert isinstance(record, Observation) and record.replay


@pytest.mark.parametrize("kind", ["status", "join", "ack", "txack", "log", "location", "integration"])
def test_other_happenings_of_the_network_are_ignored(senses: Senses, sender: Sender, kind: str) -> None:
    taken = senses.take(sender.message("chirpstack", f"application/a/device/b/event/{kind}", "{}"))
    assert taken.records == [] and taken.ignored == f"chirpstack_{kind}"


def test_what_befalls_a_known_device(senses: Senses, sender: Sender, hydrant: Device) -> None:
    heard: list[str] = []
    senses.hear = lambda device, _at, _seq: heard.append(device)
    info = {"time": NOW.isoformat(), "deviceInfo": {"devEui": hydrant.source_id.upper()}}

    def read(kind: str, **told: object) -> list[Decoded]:
        topic = f"application/a/device/{hydrant.source_id}/event/{kind}"
        message = sender.message("chirpstack", topic, msgspec.json.encode({**info, **told}))
        senses.take(message)
        return chirpstack.decode(message, sender.city)

    def values(kind: str, **told: object) -> dict[str, float]:
        (reading,) = read(kind, **told)
        assert isinstance(reading, Reading)
        return reading.values

    assert values("status", batteryLevel=88.5) == {"battery_level_percent": 88.5, "link_margin_db": 0.0}
    assert values("status") == {"battery_level_percent": 0.0, "link_margin_db": 0.0}, "what is 0 is left out"
    assert values("status", margin=-3, externalPowerSource=True) == {"link_margin_db": -3.0}
    assert values("location", location={"latitude": 33.9}) == {"location.lat_deg": 33.9, "location.lon_deg": 0.0}
    assert values("integration", object={"a": {"b": 1}}) == {"a.b": 1.0}
    assert read("join", devAddr="00189440")[1:] == [Ignored("chirpstack_join")]
    assert read("log", level="ERROR", code="UPLINK_MIC") == [Ignored("chirpstack_log_uplink_mic")]
    assert heard == [hydrant.id] * 6, "a device that joins or reports its battery lives"
    (refused,) = senses.take(sender.message("chirpstack", "application/a/device/b/event/status", "{")).records
    assert isinstance(refused, Quarantined)


def test_an_uplink_that_no_codec_decoded_is_nothing_to_judge(
    senses: Senses, sender: Sender, hydrant: Device
) -> None:
    assert take(senses, sender, hydrant, 0, None).ignored == "chirpstack_no_decoded_object"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"deviceInfo": {"devEui": "ffffffffffffffff"}}, "device_mismatch"),
        ({"deviceInfo": {}}, "wrong_shape"),
        ({"time": "2026-03-01T08:00:00"}, "wrong_shape"),
        ({"object": {f"v{i}": i for i in range(300)}}, "wrong_shape"),
        ({"object": "x"}, "wrong_shape"),
        ({"object": [1]}, "wrong_shape"),
        ({"object": {RULE: True}}, "wrong_shape"),
        ({"object": {RULE: "much"}}, "wrong_shape"),
        ({"object": {RULE: {"value": 1}}}, "wrong_shape"),
    ],
)
def test_what_is_wrong_is_quarantined(
    senses: Senses, sender: Sender, hydrant: Device, change: dict[str, Any], reason: str
) -> None:
    (record,) = take(senses, sender, hydrant, 0, BEYOND, **change).records
    assert isinstance(record, Quarantined) and record.reason == reason


def test_text_that_is_a_number_is_one_for_what_the_device_measures(
    senses: Senses, sender: Sender, hydrant: Device
) -> None:
    take(senses, sender, hydrant, 0, None, object={RULE: str(BEYOND), "note": "x"})
    assert phases(take(senses, sender, hydrant, 61, None, object={RULE: str(BEYOND)})) == [Phase.BEGIN]


@pytest.mark.parametrize(
    ("event", "ignored"), [("", None), ("up", None), ("join", "chirpstack_join"), ("log", "chirpstack_log")]
)
def test_by_http_the_query_names_the_kind(
    senses: Senses, sender: Sender, hydrant: Device, event: str, ignored: str | None
) -> None:
    topic = f"event/{event}" if event else ""
    message = sender.message("chirpstack", topic, uplink(hydrant, 0, BACK))
    taken = senses.take(msgspec.structs.replace(message, transport="http"))
    assert (taken.records, taken.ignored) == ([], ignored)


def test_numbers_are_found_wherever_a_codec_puts_them() -> None:
    decoded = {"a": 1, "b": {"c": 2.5, "d": {"e": True}}, "name": "x", "list": [1, 2], "none": None}
    assert list_numbers(decoded) == {"a": 1.0, "b.c": 2.5, "b.d.e": 1.0}


def test_samples_of_the_real_program_are_understood(city: Any, sender: Sender, shared: Path) -> None:
    for path in sorted((shared / "samples" / "chirpstack_v4").glob("doc_event_*.json")):
        kind = path.stem.removeprefix("doc_event_")
        topic = f"application/17c82e96/device/0101010101010101/event/{kind}"
        taken = Senses(city).take(sender.message("chirpstack", topic, path.read_bytes()))
        if kind == "up":
            (record,) = taken.records
            assert isinstance(record, Quarantined) and record.reason == "unknown_device"
        else:
            assert taken.ignored is not None and taken.ignored.startswith(f"chirpstack_{kind}")
