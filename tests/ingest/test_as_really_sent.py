"""What producers really send, whatever they document: no alarm is lost by a mark, a code page or a neighbour."""

from __future__ import annotations

import dataclasses
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from grid.city import City
from grid.registers import Camera, Register
from ingest.http_body import lighten
from ingest.messages import Message, Taken
from ingest.observation import IMPLAUSIBLE_PLACE, Observation, Phase, Quarantined
from ingest.receive_http import _answer_of
from tests.ingest.pushing import NOW, Pusher

MARK = b"\xef\xbb\xbf"
AT_S = int(NOW.timestamp())
FORM = "application/x-www-form-urlencoded"
ORDER = {"order_no": "W1", "title": "井盖缺失"}


def camera_of(city: City, source: str) -> Camera:
    return next(camera for camera in city.register.list_cameras() if camera.source == source)


def told(taken: Taken) -> list[str]:
    return [record.category for record in taken.records if isinstance(record, Observation)]


def kept(taken: Taken) -> list[str]:
    return [record.reason for record in taken.records if isinstance(record, Quarantined)]


CHANNEL = "<channelID>1</channelID>"


def notice(city: City, name: str = "路口", encoding: str = "UTF-8", channel: str = CHANNEL) -> str:
    mac = camera_of(city, "hikvision").source_id.partition("/")[0]
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        f"<EventNotificationAlert><macAddress>{mac}</macAddress>{channel}"
        f"<eventType>fireDetection</eventType><eventState>active</eventState><channelName>{name}</channelName>"
        "</EventNotificationAlert>"
    )


def test_a_byte_order_mark_stands_before_json_as_well(city: City) -> None:
    camera = camera_of(city, "dahua").source_id
    alarm = {"device_id": city.register.list_devices()[0].id, "id": "a", "at": NOW.isoformat()}
    sent: list[tuple[str, Any, str]] = [
        ("native", alarm | {"category": "UM-01003", "phase": "begin"}, ""),
        ("dahua", {"Code": "FireDetection", "Action": "Start", "Index": 0}, camera),
        ("hotline", ORDER, ""),
        ("open311", [{"service_request_id": "7", "service_code": "001"}], ""),
    ]
    for source, body, rest in sent:
        taken = Pusher(city, source).push(MARK + json.dumps(body).encode(), rest=rest)
        assert len(told(taken)) == 1 and not kept(taken), (source, taken)
    where = {"id": city.workers.list_workers()[0].id, "lat": 33.95, "lon": 118.3}
    assert Pusher(city, "positions").push(MARK + json.dumps(where).encode()).ignored == "position"


@pytest.mark.parametrize("lonlat", [(0, 33.9), (-1, 33.9), (118.3, -1), (9999999, 9999999), (30.33, -40.55)])
def test_a_placeholder_is_no_place_in_our_own_format_either(city: City, lonlat: tuple[float, float]) -> None:
    device = city.register.list_devices()[0]
    body = {"device_id": device.id, "id": "a", "at": NOW.isoformat(), "category": "UM-01003", "phase": "begin"}
    (alarm,) = Pusher(city, "native").told(json.dumps(body | {"lon": lonlat[0], "lat": lonlat[1]}))
    assert (alarm.lon, alarm.lat, alarm.place_how) == (*device.lonlat, "register")
    assert IMPLAUSIBLE_PLACE in alarm.flags


def test_chinese_code_pages(city: City) -> None:
    camera = Pusher(city, "hikvision")
    xml = notice(city, name="镕基路", encoding="gb2312").encode("gb18030")  # 镕 is not of GB 2312 itself
    assert told(camera.push(xml, "application/xml")) == ["EM-04001"]
    for body, kind in [
        (json.dumps(ORDER, ensure_ascii=False).encode("gb18030"), "application/json; charset=GBK"),
        (urlencode(ORDER, encoding="gb18030").encode(), FORM),
    ]:
        (order,) = Pusher(city, "hotline").told(body, kind)
        assert (order.text, order.category) == ("井盖缺失", "UM-01003")


def test_a_form_in_parts_beside_a_photo(city: City) -> None:
    fields = {
        "service_code": "001",
        "lat": "33.95",
        "long": "118.3",
        "description": "井盖",
        "order_no": "W1",
        "title": "井盖",
    }
    parts = "".join(f'--B\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
    named = b'--B\r\nContent-Disposition: form-data; name="m"; filename="a.jpg"\r\n'
    photo = named + b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0face"
    kind = "multipart/form-data; boundary=B"
    light = lighten(parts.encode() + photo + b"\r\n--B--\r\n", kind)
    assert b"face" not in light
    (report,) = Pusher(city, "open311").told(light, kind)
    assert (report.category, report.text, report.lat) == ("UM-01003", "井盖", 33.95)
    assert Pusher(city, "hotline").told(light, kind)[0].id == "W1"


def test_one_broken_thing_hides_none_of_the_others(city: City) -> None:
    """And the sender is not asked to send the whole again, of which the rest is taken."""
    device, worker = city.register.list_devices()[0].id, city.workers.list_workers()[0].id
    seen = {"DeviceID": camera_of(city, "gat1400").source_id}
    alarm = {"id": "a", "at": NOW.isoformat(), "category": "UM-01003", "phase": "begin", "device_id": device}
    places = [{"id": worker, "lat": 33.9, "lon": 118.3}, {"id": "nobody", "lat": 33.9, "lon": 118.3}]
    sent: list[tuple[str, Any, str, str]] = [
        ("native", [alarm, alarm | {"category": "nothing"}], "", "unknown_category"),
        ("positions", places, "", "unknown_device"),
        ("open311", [{"service_request_id": "7", "service_code": "001"}, {"x": 1}], "", "wrong_shape"),
        (
            "gat1400",
            {"FaceListObject": {"FaceObject": [seen, {"DeviceID": "9" * 20}]}},
            "VIID/Faces",
            "unknown_camera",
        ),
    ]
    for source, body, rest, reason in sent:
        pusher = Pusher(city, source)
        message = pusher.message(json.dumps(body), rest=rest)
        taken = pusher.senses.take(message)
        answer = _answer_of(taken, message)
        assert kept(taken) == [reason] and answer.refused is None and answer.quarantined, (source, answer)
        assert answer.reply is None or answer.reply.status == 200
    assert Pusher(city, "native").push("[]").ignored == "nothing_in_it"
    assert Pusher(city, "hotline").push('{"orders": []}').ignored == "nothing_in_it", "not an order that is broken"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("lat=0&lon=0", "position_absent"),
        ("", "position_absent"),
        ("lat=33.95&lon=118.3&valid=false", "position_absent"),
        ("lat=33.95&lon=118.3&timestamp=soon", "position"),
        (f"lat=33.95&lon=118.3&timestamp={AT_S - 8 * 86_400}", "position_old"),
    ],
)
def test_a_call_for_help_counts_without_a_fix(city: City, where: str, why: str) -> None:
    bus = dataclasses.replace(city.register.list_devices()[0], id="bus-1", source="positions", source_id="0139")
    with_bus = dataclasses.replace(city, register=Register([*city.register.list_devices(), bus]))
    for id in (city.workers.list_workers()[0].id, "0139"):
        taken = Pusher(with_bus, "positions").push("", query=f"id={id}&{where}&alarm=sos")
        assert told(taken) == ["EM-10003"] and taken.ignored == why
        (alarm,) = taken.records
        assert isinstance(alarm, Observation)
        has_fix = why == "position"
        assert (IMPLAUSIBLE_PLACE in alarm.flags) == (id == "0139" and not has_fix), (
            "a vehicle is not at its depot"
        )
        assert has_fix or alarm.lon in (None, bus.lonlat.lon)


def test_cameras_that_say_less_or_more(city: City) -> None:
    hikvision = Pusher(city, "hikvision")
    assert told(hikvision.push(notice(city, channel=""), "application/xml")) == ["EM-04001"]
    both = [{"eventType": kind, "channelID": 1} for kind in ("smokeDetection", "group")]
    taken = hikvision.push(json.dumps(both), rest=camera_of(city, "hikvision").id)
    assert told(taken) == ["EM-04001", "TR-06001"], "a list of notices are several"
    unheard = hikvision.message("<a/>", "application/xml")
    reply = _answer_of(hikvision.senses.take(unheard), unheard).reply
    assert reply is not None and reply.status == 200 and b"wrong_shape" in reply.body
    dahua = Pusher(city, "dahua")
    for data in ('{"UTC":nan}', '{"UTC":1,'):
        code = "FireDetection" if "nan" in data else "SmokeDetection"
        rest = camera_of(city, "dahua").source_id
        assert told(dahua.push(f"Code={code};action=Start;index=0;data={data}", rest=rest)) == ["EM-04001"]


@pytest.mark.parametrize(
    ("topic", "event", "category"),
    [
        ("RuleEngine/LineDetector/Crossed", {"Data": {"ObjectId": 0, "Direction": "0"}}, "PO-02099"),
        ("RuleEngine/FieldDetector/ObjectsInside", {"Data": {"Count": 0, "IsInside": "1"}}, "PO-02099"),
        ("RuleEngine/FieldDetector/ObjectsInside", {"Source": None, "Data": {"IsInside": "true"}}, "PO-02099"),
        ("RuleEngine/FieldDetector/ObjectsInside", {"Source": [], "Data": {"IsInside": True}}, "PO-02099"),
        ("VideoSource/GlobalSceneChange/ImagingService", {"Data": {"State": "true"}}, "UM-01050"),
        ("VideoSource/SignalLoss/AnalyticsService", {"Data": {"State": 1}}, "UM-01050"),
    ],
)
def test_an_onvif_count_or_id_is_no_state(city: City, topic: str, event: dict[str, Any], category: str) -> None:
    camera, pusher = camera_of(city, "onvif"), Pusher(city, "onvif")
    path = f"onvif/{camera.source_id}/onvif-ej/{topic}"
    message = Message(pusher.source, path, json.dumps(event).encode(), NOW)
    assert told(pusher.senses.take(message)) == [category]


@pytest.mark.parametrize("topic", ["RuleEngine/CountAggregation/Counter", "Device/Sensor/Temperature/High"])
def test_an_onvif_event_without_data_is_kept_and_no_fault_of_ours(city: City, topic: str) -> None:
    pusher, camera = Pusher(city, "onvif"), camera_of(city, "onvif")
    message = Message(pusher.source, f"onvif/{camera.source_id}/onvif-ej/{topic}", b'{"Source": {}}', NOW)
    assert kept(pusher.senses.take(message)) == ["wrong_shape"]


def test_a_time_before_the_calendar_is_no_fault_of_ours(city: City) -> None:
    pusher = Pusher(city, "chirpstack")
    eui = next(one.source_id for one in city.register.list_devices() if one.source == "chirpstack")
    uplink = {"deviceInfo": {"devEui": eui}, "time": "0001-01-01T00:00:00+14:00", "object": {"x": 1}}
    for event in ("up", "status"):
        assert kept(pusher.push(json.dumps(uplink), query=f"event={event}")) == ["wrong_shape"]


def test_a_topic_that_was_cleared_and_a_summary_without_words(city: City) -> None:
    pusher, camera = Pusher(city, "frigate"), camera_of(city, "frigate")
    for topic in ("available", f"{camera.source_id}/person"):
        assert (
            pusher.senses.take(Message(pusher.source, f"frigate/{topic}", b"", NOW)).ignored == "frigate_cleared"
        )
    review = {"id": "1.1-a", "camera": camera.source_id, "start_time": AT_S, "severity": "alert"}
    for n, summary in enumerate(({"title": None}, "text", [1])):
        after = review | {"id": f"1.{n}-a", "data": {"objects": ["fire"], "metadata": summary}}
        body = json.dumps({"type": "new", "after": after}).encode()
        assert told(pusher.senses.take(Message(pusher.source, "frigate/reviews", body, NOW))) == ["EM-04001"]


@pytest.mark.parametrize("written", ["202603011559", "20260301155900", "2026年3月1日15时59分", "2026/03/01 15:59"])
def test_a_time_in_digits_alone_is_no_epoch(city: City, written: str) -> None:
    (order,) = Pusher(city, "hotline").told(json.dumps(ORDER | {"accept_time": written}))
    assert order.at.isoformat() == "2026-03-01T07:59:00+00:00" and order.phase is Phase.BEGIN


def test_an_encrypted_push_and_an_empty_one_are_told_apart(city: City) -> None:
    pusher = Pusher(city, "onenet")
    assert pusher.refused('{"msg": "bm90IGpzb24="}') == "encrypted"
    assert pusher.refused('{"msg": null}') == "wrong_shape"
