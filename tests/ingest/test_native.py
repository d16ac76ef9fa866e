"""Our own format: what is understood, what is refused and why, and that nothing of it ever raises."""

from __future__ import annotations

import json
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from grid.coordinates import LonLat, from_wgs84
from ingest.judge import Senses
from ingest.observation import Observation, Phase, Quarantined
from tests.ingest.instruments import NOW, Sender

DEVICE = "air-station-001"
AT = NOW.isoformat()
ALARM = {"id": "a1", "at": AT, "category": "UM-01003", "phase": "begin"}


def alarm(**changes: Any) -> str:
    return json.dumps({k: v for k, v in {**ALARM, **changes}.items() if v is not ...}, ensure_ascii=False)


def take_one(
    senses: Senses, sender: Sender, payload: bytes | str, kind: str = "alarm"
) -> Observation | Quarantined:
    taken = senses.take(sender.native(DEVICE, kind, payload))
    assert len(taken.records) == 1
    return taken.records[0]


def observed(senses: Senses, sender: Sender, payload: str) -> Observation:
    record = take_one(senses, sender, payload)
    assert isinstance(record, Observation), record
    return record


def test_our_own_receipt_that_comes_back_is_nothing(senses: Senses, sender: Sender) -> None:
    taken = senses.take(sender.native(DEVICE, "receipt", '{"id": "a-1", "outcome": "recorded"}'))
    assert taken.ignored == "native_receipt" and not taken.records


def test_an_alarm_takes_its_place_from_the_register(senses: Senses, sender: Sender) -> None:
    told = observed(senses, sender, alarm())
    device = sender.city.register.find_device(DEVICE)
    assert device is not None
    assert (told.lon, told.lat, told.place_how) == (device.lonlat.lon, device.lonlat.lat, "register")
    assert (told.id, told.phase, told.category) == ("a1", Phase.BEGIN, "UM-01003")
    assert (told.device, told.receipt_to, told.kind) == (DEVICE, DEVICE, "device")
    assert told.flags == () and told.at == NOW and not told.replay


@pytest.mark.parametrize("system", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_a_place_in_any_datum_becomes_wgs84(senses: Senses, sender: Sender, system: str) -> None:
    real = LonLat(118.3301, 33.9602)
    lon, lat = from_wgs84(real, system)
    told = observed(senses, sender, alarm(lon=lon, lat=lat, coord_sys=system))
    assert told.place_how == "message"
    assert (told.lon, told.lat) == (pytest.approx(real.lon, abs=1e-7), pytest.approx(real.lat, abs=1e-7))


@pytest.mark.parametrize(("lon", "lat"), [(0, 0), (-1, -1), (181, 33), (118, 91), (118.3, ...)])
def test_a_place_that_cannot_be_is_the_registers(senses: Senses, sender: Sender, lon: Any, lat: Any) -> None:
    told = observed(senses, sender, alarm(lon=lon, lat=lat))
    assert told.place_how == "register" and "implausible_place" in told.flags


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Shanghai")])
def test_a_time_without_a_zone_is_the_citys_or_utc_whichever_is_nearer(
    senses: Senses, sender: Sender, zone: tzinfo
) -> None:
    told = observed(senses, sender, alarm(at=NOW.astimezone(zone).replace(tzinfo=None).isoformat()))
    assert told.at == NOW and told.flags == ()


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_an_epoch_is_a_time_in_any_unit(senses: Senses, sender: Sender, unit: int) -> None:
    epoch = int(NOW.timestamp()) * unit
    assert observed(senses, sender, alarm(at=epoch)).at == observed(senses, sender, alarm(at=str(epoch))).at == NOW


def test_only_addresses_that_a_screen_may_open_are_evidence(senses: Senses, sender: Sender) -> None:
    good = [f"https://video.example/{n}.jpg" for n in range(30)]
    bad = ["javascript:alert(1)", "file:///etc/passwd", "http://", "https://x/" + "y" * 2000, "http://a b", "x"]
    told = observed(senses, sender, alarm(evidence=[*bad, good[0], "http://10.0.0.1/a"]))
    assert told.evidence == (good[0], "http://10.0.0.1/a") and told.flags == ("evidence_dropped",)
    many = observed(senses, sender, alarm(evidence=good))
    assert many.evidence == tuple(good[:20]) and many.flags == ("evidence_dropped",)
    assert observed(senses, sender, alarm(evidence=good[:2])).flags == ()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"severity": 9}, ("a1", 5, "begin")),
        ({"at": "yesterday"}, ("a1", 5, "begin")),
        ({"phase": "over"}, ("a1", 5, None)),
        ({"seq": 1.5}, ("a1", None, "begin")),
        ({"id": 7}, (None, None, None)),
    ],
)
def test_the_refusal_names_the_alarm_where_its_id_can_be_read(
    senses: Senses, sender: Sender, changes: dict[str, Any], named: tuple[Any, ...]
) -> None:
    record = take_one(senses, sender, alarm(**({"seq": 5} | changes)))
    assert isinstance(record, Quarantined) and record.reason == "wrong_shape"
    assert (record.alarm_id, record.seq, record.phase) == named


def by_http(senses: Senses, sender: Sender, body: Any) -> list[Observation | Quarantined]:
    message = sender.message("native", "", json.dumps(body))
    return senses.take(msgspec.structs.replace(message, transport="http")).records


def test_by_http_a_device_sends_telemetry_and_alarms(senses: Senses, sender: Sender) -> None:
    heard: list[tuple[str, int | None]] = []
    senses.hear = lambda device, _at, seq: heard.append((device, seq))
    telemetry = {"device_id": DEVICE, "at": AT, "seq": 3, "values": {"pm10_ugm3": 20.0}}
    assert by_http(senses, sender, telemetry) == []
    assert heard == [(DEVICE, 3)]
    (told,) = by_http(senses, sender, [telemetry, {**ALARM, "device_id": DEVICE}])
    assert isinstance(told, Observation) and told.id == "a1"
    for wrong, reason in [
        ({**telemetry, "device_id": "nobody"}, "unknown_device"),
        ({"at": AT, "values": {}}, "wrong_shape"),
        ({**telemetry, "values": {"pm10_ugm3": "20"}}, "wrong_shape"),
        ({**telemetry, "extra": 1}, "wrong_shape"),
        ({**ALARM, "device_id": DEVICE, "extra": 1}, "wrong_shape"),
    ]:
        (record,) = by_http(senses, sender, wrong)
        assert isinstance(record, Quarantined) and record.reason == reason


def test_what_was_replayed_is_quarantined_as_such_and_answered_to_nobody(senses: Senses, sender: Sender) -> None:
    (record,) = senses.take(sender.native(DEVICE, "alarm", b"{", replay=True)).records
    assert isinstance(record, Quarantined) and record.device is None
    assert record.topic == f"replay/citybrain/v1/devices/{DEVICE}/alarm"


def test_an_alias_names_the_category(senses: Senses, sender: Sender) -> None:
    aliased = next(c for c in sender.city.catalogue.list_categories() if c.aliases)
    assert observed(senses, sender, alarm(category=aliased.aliases[0])).category == aliased.code


@pytest.mark.parametrize(
    ("at", "flag"),
    [
        ("1970-01-01T00:00:00Z", "clock_suspect"),
        ("2099-01-01T00:00:00Z", "clock_suspect"),
        ("2026-03-01T08:04:59Z", None),
        ("2026-03-01T08:06:00Z", "clock_suspect"),
        ("2026-03-01T07:00:00Z", "late"),
        ("2026-02-26T08:00:00+08:00", "late"),
        ("2026-02-01T08:00:00Z", "clock_suspect"),
    ],
)
def test_a_clock_that_cannot_be_right_is_flagged(
    senses: Senses, sender: Sender, at: str, flag: str | None
) -> None:
    told = observed(senses, sender, alarm(at=at))
    assert told.flags == ((flag,) if flag else ())
    assert told.happened_at == (NOW if flag == "clock_suspect" else told.at)


def test_a_redelivery_has_the_same_key_even_when_the_clock_is_wrong(senses: Senses, sender: Sender) -> None:
    first = observed(senses, sender, alarm(at="1970-01-01T00:00:00Z"))
    sender.at = NOW.replace(hour=9)
    assert observed(senses, sender, alarm(at="1970-01-01T00:00:00Z")).source_key() == first.source_key()


def test_fields_that_we_do_not_know_do_not_cost_an_alarm(senses: Senses, sender: Sender) -> None:
    assert observed(senses, sender, alarm(firmware={"version": [1, 2]})).id == "a1"


BAD = [
    (b"", "empty"),
    (b"   \n", "empty"),
    (b"\xff\xfe\x00", "not_utf8"),
    (b'{"id": "\xe4\xb8', "not_utf8"),
    (b"hello", "not_json"),
    (b"{", "not_json"),
    (b'{"a": 1,}', "not_json"),
    (b'// a comment\n{"a": 1}', "not_json"),
    (alarm().replace('"begin"', "NaN"), "not_json"),
    (alarm(confidence=...)[:-1] + ', "confidence": NaN}', "not_json"),
    (alarm(lon=...)[:-1] + ', "lon": 1e999}', "wrong_shape"),
    (alarm() + "x", "not_json"),
    ("[" * 100_000 + "]" * 100_000, "too_large"),
    ("[" * 30_000 + "]" * 30_000, "too_deep"),
    (alarm()[:-1] + ', "deep": ' + "[" * 20_000 + "]" * 20_000 + "}", "too_deep"),
    (b"x" * 1024 * 1024, "too_large"),
    (alarm(text="a\u0000b"), "nul"),
    (alarm(id="a\u0000"), "nul"),
    ("[]", "wrong_shape"),
    ("null", "wrong_shape"),
    ("17", "wrong_shape"),
    (alarm(id=""), "wrong_shape"),
    (alarm(id="x" * 129), "wrong_shape"),
    (alarm(id=7), "wrong_shape"),
    (alarm(id=...), "wrong_shape"),
    (alarm(at=...), "wrong_shape"),
    (alarm(at="yesterday"), "wrong_shape"),
    (alarm(at="9999-12-31T23:59:59-12:00"), "wrong_shape"),
    (alarm(phase="over"), "wrong_shape"),
    (alarm(severity=0), "wrong_shape"),
    (alarm(severity=6), "wrong_shape"),
    (alarm(severity="3"), "wrong_shape"),
    (alarm(confidence=1.1), "wrong_shape"),
    (alarm(seq=1 << 63), "wrong_shape"),
    (alarm(seq=1.5), "wrong_shape"),
    (alarm(evidence="http://x"), "wrong_shape"),
    (alarm(category="XX-99999"), "unknown_category"),
    (alarm(coord_sys="utm"), "wrong_coord_sys"),
]


@pytest.mark.parametrize(("payload", "reason"), BAD, ids=[f"{i}-{r}" for i, (_, r) in enumerate(BAD)])
def test_what_cannot_be_understood_is_quarantined_with_its_bytes(
    senses: Senses, sender: Sender, payload: bytes | str, reason: str
) -> None:
    record = take_one(senses, sender, payload)
    assert isinstance(record, Quarantined)
    assert record.reason == reason
    content = payload.encode() if isinstance(payload, str) else payload
    assert record.payload == content[: 64 * 1024]
    assert record.device == DEVICE and record.detail.endswith(".") and "\0" not in record.detail


def test_what_a_refused_alarm_says_of_itself_reaches_its_sender(senses: Senses, sender: Sender) -> None:
    record = take_one(senses, sender, alarm(category="nothing", seq=7, phase="end"))
    assert isinstance(record, Quarantined)
    assert (record.alarm_id, record.seq, record.phase) == ("a1", 7, "end")


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("citybrain/v1/devices/no body/alarm", "unknown_topic"),
        (f"citybrain/v1/devices/{DEVICE}/alarms", "unknown_topic"),
        (f"citybrain/v1/devices/{DEVICE}/alarm/x", "unknown_topic"),
        ("citybrain/v1/devices/cam-sh-001/alarm", "not_its_device"),
    ],
)
def test_only_a_device_of_the_register_may_speak(senses: Senses, sender: Sender, topic: str, reason: str) -> None:
    (record,) = senses.take(sender.message("native", topic, alarm())).records
    assert isinstance(record, Quarantined) and record.reason == reason


@given(payload=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
@limits(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
def test_no_bytes_make_the_senses_raise(senses: Senses, sender: Sender, payload: bytes) -> None:
    for kind in ("alarm", "telemetry"):
        records = senses.take(sender.native(DEVICE, kind, payload)).records
        assert all(isinstance(r, Quarantined) and r.reason != "fault" for r in records)
    for source, topic in [("frigate", "frigate/events"), ("chirpstack", "application/a/device/b/event/up")]:
        (record,) = senses.take(sender.message(source, topic, payload)).records
        assert isinstance(record, Quarantined) and record.reason != "fault"


def test_telemetry_that_no_rule_tells_of_is_nothing_but_heard(senses: Senses, sender: Sender) -> None:
    heard: list[tuple[str, int | None]] = []
    senses.hear = lambda device, _at, seq: heard.append((device, seq))
    payload = json.dumps({"at": AT, "seq": 4, "values": {"pm10_ugm3": 20.0, "unheard_of": 1}})
    taken = senses.take(sender.native(DEVICE, "telemetry", payload))
    assert taken.records == [] and taken.states == {} and heard == [(DEVICE, 4)]


def test_an_alarm_of_an_unknown_device_waits_for_a_person(senses: Senses, sender: Sender) -> None:
    taken = senses.take(sender.native("nobody", "alarm", alarm(lon=118.33, lat=33.96)))
    (told,) = taken.records
    assert isinstance(told, Observation)
    assert (told.device, told.receipt_to, told.place_how) == ("nobody", "nobody", "message")
    assert "unregistered" in told.flags


def test_telemetry_of_an_unknown_device_is_quarantined_under_its_name(senses: Senses, sender: Sender) -> None:
    taken = senses.take(sender.native("nobody", "telemetry", json.dumps({"at": AT, "values": {"x": 1}})))
    (record,) = taken.records
    assert isinstance(record, Quarantined)
    assert (record.reason, record.source_id) == ("unknown_device", "nobody")
