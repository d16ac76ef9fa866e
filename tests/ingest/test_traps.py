"""One test for each trap that real producers lay, through the senses; the table is in ``docs/faults.md``.

Messages are composed here. What a decoder makes of each of its kinds stands in that decoder's own tests.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from grid.city import City
from grid.registers import Camera, Device, Register
from ingest.decoders import DECODERS
from ingest.decoders.plain_facts import read_moment, read_place
from ingest.judge import Senses
from ingest.messages import Reading, Taken
from ingest.observation import Observation, Phase, Quarantined
from tests.ingest.instruments import NOW, Sender
from tests.ingest.pushing import Pusher

BEIJING = ZoneInfo("Asia/Shanghai")
AT_S = int(NOW.timestamp())
SITE = "<eventType>fireDetection</eventType><eventState>{}</eventState><dateTime>{}</dateTime>"
Post = Callable[..., Taken]


@pytest.fixture
def post(city: City) -> Post:
    """Return a function that sends a body of a source, as so many seconds after now."""
    senses = Senses(city)

    def send(source: str, body: Any, rest: str = "", after_s: float = 0, **request: Any) -> Taken:
        pusher = Pusher(city, source)
        pusher.senses, pusher.at = senses, NOW + timedelta(seconds=after_s)
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return pusher.push(content, rest=rest, **request)

    return send


def one_of(city: City, source: str) -> Camera:
    return next(camera for camera in city.register.list_cameras() if camera.source == source)


def told(taken: Taken) -> list[tuple[str, Phase]]:
    return [(r.category, r.phase) for r in taken.records if isinstance(r, Observation)]


def kept(taken: Taken) -> list[str]:
    return [r.reason for r in taken.records if isinstance(r, Quarantined)]


def notice(city: City, state: str = "active", time: str = "2026-03-01T16:00:00+08:00", head: str = "") -> str:
    mac, _, channel = one_of(city, "hikvision").source_id.partition("/")
    owner = f"<macAddress>{mac}</macAddress><channelID>{channel}</channelID>"
    body = SITE.format(state, time)
    return f"{head}<EventNotificationAlert>{owner}{body}</EventNotificationAlert>"


@pytest.mark.parametrize(
    "payload",
    [
        '{"a": 1 "b": 2}',
        '{"a": 001}',
        '{"a": nan}',
        '{"a": NaN}',
        '{"a": 1,}',
        '{"a": 1 // why\n}',
        'POST /x HTTP/1.1\r\n\r\n{"a": 1}',
    ],
)
def test_json_that_official_producers_break_is_kept_and_the_next_is_served(
    city: City, sender: Sender, payload: str
) -> None:
    senses = Senses(city)
    for source, topic in (("frigate", "frigate/reviews"), ("chirpstack", "application/a/device/b/event/up")):
        assert kept(senses.take(sender.message(source, topic, payload))) == ["not_json"]
    device = city.register.list_devices("river_level")[0].id
    good = {"id": "a", "at": NOW.isoformat(), "category": "EM-05001", "phase": "begin"}
    assert told(senses.take(sender.native(device, "alarm", json.dumps(good)))) == [("EM-05001", Phase.BEGIN)]


def test_xml_that_lies_about_its_encoding_is_read_and_a_dtd_refused(city: City, post: Post) -> None:
    lies = notice(city, head='<?xml version="1.0" encoding="utf-16"?>')
    assert told(post("hikvision", lies)) == [("EM-04001", Phase.BEGIN)]
    assert told(post("hikvision", b"\xef\xbb\xbf" + notice(city, "inactive").encode(), after_s=1)) == [
        ("EM-04001", Phase.END)
    ]
    latin = notice(
        city, time="2026-03-01T16:01:00+08:00", head='<?xml version="1.0" encoding="ISO-8859-1"?>'
    ).replace("</E", "<n>é</n></E")
    assert told(post("hikvision", latin.encode("latin-1"), after_s=60)) == [("EM-04001", Phase.BEGIN)]
    bomb = notice(city, head='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')
    for source in ("hikvision", "cap", "open311"):
        assert kept(post(source, bomb, content_type="application/xml")) == ["doctype"]


@pytest.mark.parametrize("namespace", ["hikvision.com/ver10", "isapi.org/ver20", "std-cgi.com/ver20", "psia", ""])
@pytest.mark.parametrize("prefix", ["", "ns1:"])
def test_one_message_in_any_namespace_or_none(city: City, post: Post, namespace: str, prefix: str) -> None:
    named = f' xmlns{":" if prefix else ""}{prefix.strip(":")}="{namespace or "x"}"' if namespace or prefix else ""
    text = notice(city).replace("</", "@/").replace("<", f"<{prefix}").replace("@/", f"</{prefix}")
    text = text.replace("EventNotificationAlert>", f"EventNotificationAlert{named}>", 1)
    assert told(post("hikvision", text)) == [("EM-04001", Phase.BEGIN)]


def test_a_time_without_a_zone_is_where_its_producer_stands(city: City, sender: Sender) -> None:
    for text in ("20260301160000", "2026-03-01 16:00:00", "2026/3/1 16:00", "2026-03-01T16:00:00"):
        assert read_moment(text, BEIJING) == NOW, text
    camera = one_of(city, "onvif")
    told_ = {"UtcTime": "2026-03-01T08:00:00", "Source": {}, "Data": {"IsTamper": "1"}}
    topic = f"onvif/{camera.source_id}/onvif-ej/RuleEngine/TamperDetector/Tamper"
    (begun,) = Senses(city).take(sender.message("onvif", topic, json.dumps(told_))).records
    assert isinstance(begun, Observation) and begun.at == NOW, "ONVIF means UTC"


def test_an_epoch_in_any_unit_and_any_type_is_one_moment() -> None:
    for told_ in (AT_S, float(AT_S), f"{AT_S}", f"{AT_S}.000", AT_S * 10**3, f"{AT_S}000", AT_S * 10**6):
        assert read_moment(told_, BEIJING) == NOW, told_
    assert read_moment(AT_S * 10**9, BEIJING) == NOW


@pytest.mark.parametrize("ahead_h", [0, 8])
def test_an_epoch_that_is_really_local_time(city: City, post: Post, ahead_h: int) -> None:
    data = json.dumps({"UTC": AT_S + ahead_h * 3600})
    text = f"Code=FireDetection;action=Start;index=0;data={data}"
    (begun,) = post("dahua", text, one_of(city, "dahua").source_id).records
    assert isinstance(begun, Observation) and begun.at == NOW


def test_a_time_whose_offset_lost_its_sign(city: City, post: Post) -> None:
    (begun,) = post("hikvision", notice(city, time="2026-03-01T16:00:0008:00")).records
    assert isinstance(begun, Observation) and begun.at == NOW


ABSENT = [0, -1, 9999999, "0", "-1", "NaN", "unknown", "undefined", "NULL", "null", "", None]


@pytest.mark.parametrize("absent", ABSENT)
def test_what_means_absent_is_no_place_and_no_value(city: City, post: Post, absent: Any) -> None:
    assert read_place(absent, absent, "wgs84") is None
    order = {"order_no": "1", "title": "井盖", "content": "破损", "lng": absent, "lat": absent}
    (report,) = post("hotline", order).records
    assert isinstance(report, Observation) and (report.lon, report.lat) == (None, None)


@pytest.mark.parametrize(("x", "y"), [(30.33, -40.55), (-40.55, 30.33), (45.29, -75.83), (-75.83, 45.29)])
def test_a_place_that_nobody_configured_is_no_place(x: float, y: float) -> None:
    assert read_place(x, y, "wgs84") is None and read_place(f"{x}1", f"{y}1", "wgs84") is None


def test_the_same_value_as_number_here_and_text_there(city: City, sender: Sender) -> None:
    device = platform_device(city, "onenet")
    point = {"type": 1, "dev_id": 5, "imei": device.source_id, "ds_id": "3200_0_5750", "at": AT_S * 1000}
    pusher = Pusher(with_device(city, device), "onenet")
    values = []
    for changed in ({"value": 3}, {"value": "3"}, {"value": 3.0, "at": f"{AT_S * 1000}", "type": "1"}):
        message = pusher.message(json.dumps({"msg": point | changed}))
        (reading,) = DECODERS["onenet"](message, pusher.senses.city)
        assert isinstance(reading, Reading)
        values.append((reading.at, reading.values))
    assert values == [(NOW, {"3200_0_5750": 3.0})] * 3
    ids = {
        record.id for id in (12, "12") for record in open311(city, id).records if isinstance(record, Observation)
    }
    assert len(ids) == 1


def open311(city: City, id: Any) -> Taken:
    request = {"service_request_id": id, "status": "open", "service_code": "001", "description": "x"}
    return Pusher(city, "open311").push(json.dumps([request]))


def platform_device(city: City, source: str) -> Device:
    manhole = city.register.list_devices("manhole_cover")[0]
    return dataclasses.replace(manhole, source=source, source_id="861234567890123")


def with_device(city: City, device: Device) -> City:
    others = [other for other in city.register.list_devices() if other.id != device.id]
    return dataclasses.replace(city, register=Register([device, *others], city.register.list_cameras()))


def test_latitude_first_or_longitude_first_as_the_format_says(city: City) -> None:
    point = city.register.list_devices()[0].lonlat
    around = [(point.lat + dy, point.lon + dx) for dy, dx in ((-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))]
    info = (
        "<info><event>暴雨</event><urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>"
        f"<area><areaDesc>a</areaDesc><polygon>{' '.join(f'{y},{x}' for y, x in around)}</polygon></area></info>"
    )
    head = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>t</identifier><sender>s</sender>'
    facts = "<sent>2026-03-01T16:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType>"
    facts += "<scope>Public</scope>"
    (warned,) = Pusher(city, "cap").push(f"{head}{facts}{info}</alert>", "application/xml").records
    assert isinstance(warned, Observation) and warned.area == city.code
    native = city.register.list_devices("river_level")[0]
    alarm = {"id": "a", "at": NOW.isoformat(), "category": "EM-05001", "phase": "begin", "lon": point.lon}
    message = Sender(city).native(native.id, "alarm", json.dumps(alarm | {"lat": point.lat}))
    (placed,) = Senses(city).take(message).records
    assert isinstance(placed, Observation) and (placed.lon, placed.lat) == (point.lon, point.lat)


def test_a_begin_without_an_end_an_end_without_a_begin_and_repeats(city: City, post: Post) -> None:
    assert post("hikvision", notice(city, "inactive")).ignored == "end_of_nothing_known"
    assert told(post("hikvision", notice(city))) == [("EM-04001", Phase.BEGIN)]
    later = [notice(city, time=f"2026-03-01T16:00:0{s}+08:00") for s in (1, 2, 3)]
    assert [post("hikvision", text, after_s=s).ignored for s, text in enumerate(later, 1)] == ["still_seen"] * 3
    senses = Senses(city)
    pulse = Pusher(city, "dahua")
    pulse.senses = senses
    pulse.push("Code=FireDetection;action=Pulse;index=0", rest=one_of(city, "dahua").source_id)
    ended = senses.pass_time(NOW + timedelta(seconds=30))
    assert told(ended) == [("EM-04001", Phase.END)], "nobody says when it is over: silence does"


def test_readings_out_of_order_and_repeated_begin_nothing_twice(city: City, sender: Sender) -> None:
    device, senses = city.register.list_devices("gas_detector")[0], Senses(city)
    phases: list[Phase] = []
    for order in (0, 12, 6, 3, 12, 12, 0, 15, 9):
        at = NOW + timedelta(seconds=order)
        said = json.dumps({"at": at.isoformat(), "seq": order, "values": {"methane_lel_ratio": 0.4}})
        taken = senses.take(dataclasses.replace(sender, at=max(at, NOW)).native(device.id, "telemetry", said))
        phases += [phase for _, phase in told(taken)]
    assert phases == [Phase.BEGIN]


def test_what_a_broker_retained_is_no_news(city: City, sender: Sender) -> None:
    camera, senses = one_of(city, "onvif"), Senses(city)
    topic = f"onvif/{camera.source_id}/onvif-ej/RuleEngine/TamperDetector/Tamper"
    message = sender.message("onvif", topic, json.dumps({"UtcTime": "", "Source": {}, "Data": {"State": "1"}}))
    retained = msgspec.structs.replace(message, retained=True)
    assert senses.take(retained).ignored == "onvif_state_at_subscribing"
    state = sender.message("frigate", "frigate/cam-sh-001/detect/state", "ON")
    assert senses.take(msgspec.structs.replace(state, retained=True)).ignored == "frigate_state"


def test_an_empty_payload_deletes_and_is_no_error(city: City, sender: Sender) -> None:
    camera, senses = one_of(city, "onvif"), Senses(city)
    topic = f"onvif/{camera.source_id}/onvif-ej/RuleEngine/TamperDetector/Tamper"
    begun = json.dumps({"UtcTime": NOW.isoformat(), "Source": {}, "Data": {"IsTamper": "True"}})
    assert told(senses.take(sender.message("onvif", topic, begun))) == [("UM-01050", Phase.BEGIN)]
    sender.at += timedelta(seconds=1)
    assert told(senses.take(sender.message("onvif", topic, ""))) == [("UM-01050", Phase.END)]


def test_what_is_left_out_has_its_default(city: City, sender: Sender) -> None:
    hydrant = city.register.list_devices("hydrant")[0]
    uplink = {
        "deduplicationId": "1",
        "time": NOW.isoformat(),
        "deviceInfo": {"devEui": hydrant.source_id},
        "object": {"pressure_mpa": 0.0},
    }
    topic = f"application/app/device/{hydrant.source_id}/event/up"
    (reading,) = DECODERS["chirpstack"](sender.message("chirpstack", topic, json.dumps(uplink)), city)
    assert isinstance(reading, Reading) and reading.values == {"pressure_mpa": 0.0}


def test_a_day_in_one_message_keeps_its_own_times_and_late_alarms_say_so(city: City, post: Post) -> None:
    device = platform_device(city, "ctwing")
    day = [{"readTime": f"2026-02-28 {hour:02}:00:00", "flow": hour} for hour in range(24)]
    packed = base64.b64encode(json.dumps(day).encode()).decode()
    report = {"messageType": "dataReport", "IMEI": device.source_id, "payload": {"APPdata": packed}}
    pusher = Pusher(with_device(city, device), "ctwing")
    readings = DECODERS["ctwing"](pusher.message(json.dumps(report)), pusher.senses.city)
    assert [reading.at for reading in readings if isinstance(reading, Reading)] == [
        datetime(2026, 2, 27, 16, tzinfo=UTC) + timedelta(hours=hour) for hour in range(24)
    ]
    (late,) = post("hikvision", notice(city, time="2026-02-26T16:00:00+08:00")).records
    assert isinstance(late, Observation) and "late" in late.flags


def test_a_will_ends_things_when_it_is_heard_whatever_its_time(city: City, sender: Sender) -> None:
    senses = Senses(city)
    after = {
        "id": "1.1-a", "camera": "cam-sh-001", "start_time": AT_S, "end_time": None, "severity": "alert",
        "data": {"detections": ["1.0-b"], "objects": ["person"], "zones": ["hall"]},
    }  # fmt: skip
    review = json.dumps({"type": "new", "before": after, "after": after})
    assert [phase for _, phase in told(senses.take(sender.message("frigate", "frigate/reviews", review)))] == [
        Phase.BEGIN
    ]
    sender.at += timedelta(minutes=5)
    gone = senses.take(sender.message("frigate", "frigate/available", "offline"))
    (ended,) = gone.records
    assert isinstance(ended, Observation) and (ended.phase, ended.received_at) == (Phase.END, sender.at)
    assert NOW <= ended.at <= sender.at, "as it was last seen, whatever the will says"
