"""CTWing and OneNET: what they push of a device, again and again, in whatever form."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest

from grid.city import City
from grid.registers import Register
from ingest.decoders import ctwing, onenet
from ingest.http_request import Outcome
from ingest.messages import Alarm, Ignored, Reading, Refused, Unread
from tests.ingest.pushing import NOW, Pusher

IMEI = "861234567890123"
AT_MS = int(NOW.timestamp() * 1000)


@pytest.fixture(params=["ctwing", "onenet"])
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pusher_of(city: City, source: str, **options: Any) -> Pusher:
    """Return a sender for which one manhole of the city hangs on the platform."""
    manhole = city.register.list_devices("manhole_cover")[0]
    known = dataclasses.replace(manhole, source=source, source_id=IMEI)
    others = [device for device in city.register.list_devices() if device.id != manhole.id]
    return Pusher(dataclasses.replace(city, register=Register([known, *others])), source, **options)


def read(pusher: Pusher, body: Any) -> list[Any]:
    """Return what the decoder makes of it."""
    decode = {"ctwing": ctwing.decode, "onenet": onenet.decode}[pusher.source.format]
    return decode(pusher.message(json.dumps(body)), pusher.senses.city)


def report(**changed: Any) -> dict[str, Any]:
    return {
        "messageType": "dataReport", "deviceId": "d-1", "IMEI": IMEI, "IMSI": "undefined", "protocol": "lwm2m",
        "timestamp": AT_MS, "upDataSN": 7, "payload": {"lean_angle": 21.5, "battery_voltage": "36"},
    } | changed  # fmt: skip


def point(**changed: Any) -> dict[str, Any]:
    return {"type": 1, "dev_id": 5, "imei": IMEI, "ds_id": "3200_0_5750", "at": AT_MS, "value": 3} | changed


def test_ctwing_reports_in_every_wrapping(city: City) -> None:
    pusher = pusher_of(city, "ctwing", scales={"battery_voltage": 0.1})
    (reading,) = read(pusher, report())
    assert reading.at == NOW and reading.seq == 7
    assert reading.values["lean_angle_deg"] == 21.5 and reading.values["battery_voltage"] == pytest.approx(3.6)
    inner = {"lean_angle": 21.5}
    packed = base64.b64encode(json.dumps(inner).encode()).decode()
    for payload in ({"APPdata": packed}, {"msg": json.dumps(inner).encode().hex()}, json.dumps(inner), [inner]):
        assert read(pusher, report(payload=payload))[0].values == {"lean_angle_deg": 21.5}
    assert read(pusher, [report(), report(upDataSN=-1)])[1].seq is None
    service = {"serviceId": "S", "data": inner, "eventTime": NOW.strftime("%Y%m%dT%H%M%SZ")}
    older = {"notifyType": "deviceDataChanged", "deviceId": IMEI, "requestId": None, "service": service}
    for notice in (older, {"notifyType": "deviceDatasChanged", "deviceId": IMEI, "services": [service]}):
        assert [(one.values, one.at) for one in read(pusher, notice)] == [({"lean_angle_deg": 21.5}, NOW)]


def test_a_vendors_names_are_translated_and_one_unknown_device_hides_no_other(city: City, platform: str) -> None:
    pusher = pusher_of(city, platform)
    nested = {"data": {"lean_angle": "25.5"}}
    if platform == "ctwing":
        body: Any = [report(payload=nested), report(deviceId="x", IMEI="y")]
    else:
        body = {"msg": [point(value=nested), point(dev_id="x", imei="y")]}
    reading, unread = read(pusher, body)
    assert reading.values == {"lean_angle_deg": 25.5}
    assert isinstance(unread, Unread) and unread.source_id == "x"


def test_a_meters_day_in_one_message_has_its_own_times(city: City) -> None:
    day = [{"readTime": f"2026-03-01 {hour:02}:00:00", "flow": f"0{hour}"} for hour in range(10)]
    readings = read(pusher_of(city, "ctwing"), report(payload=day))
    assert [reading.at.hour for reading in readings][-2:] == [0, 1], "local time, without a zone"
    assert readings[9].values == {"flow": 9.0}


@pytest.mark.parametrize(
    ("notice", "reason"),
    [
        (report(messageType="deviceOnlineOfflineReport"), "ctwing_deviceonlineofflinereport"),
        (report(messageType="deviceCommandResponse"), "ctwing_devicecommandresponse"),
        (report(payload={"APPdata": "gAABAR4="}), "ctwing_needs_codec"),
        (report(payload={"msg": "800001011e0692001a"}), "ctwing_needs_codec"),
        (report(payload={"state": "NULL"}), "ctwing_no_values"),
        (
            report(messageType="deviceEvent", eventType="battery_low", eventContent={}),
            "ctwing_event_of_no_category",
        ),
    ],
)
def test_what_ctwing_says_beside_values(city: City, notice: dict[str, Any], reason: str) -> None:
    assert read(pusher_of(city, "ctwing"), notice) == [Ignored(reason)]


def test_events_become_alarms_once(city: City, platform: str) -> None:
    pusher = pusher_of(city, platform)
    studio = {
        "notifyType": "event",
        "deviceName": IMEI,
        "data": {"params": {"manhole": {"value": 1, "time": AT_MS}}},
    }
    event = report(messageType="deviceEvent", eventType="alarm", eventContent='{"manhole": 1}')
    body = event if platform == "ctwing" else studio
    (alarm,) = read(pusher, body)
    assert isinstance(alarm, Alarm) and alarm.category == "UM-01003" and alarm.at == NOW
    first, again = pusher.told(json.dumps(body)), pusher.told(json.dumps(body))
    assert first[0].source_key() == again[0].source_key(), "a retry takes effect once"


def test_onenet_old_and_new(city: City) -> None:
    pusher = pusher_of(city, "onenet")
    (reading,) = read(pusher, {"msg": point(), "msg_signature": "x", "nonce": "y"})
    assert isinstance(reading, Reading) and reading.values == {"3200_0_5750": 3.0} and reading.at == NOW
    assert read(pusher, {"msg": [point(value="3.5"), point(value={"a": 1})]})[1].values == {"a": 1.0}
    assert read(pusher, {"msg": json.dumps(point())})[0].values == {"3200_0_5750": 3.0}
    assert read(pusher, {"msg": point(value="0a0b")}) == [Ignored("onenet_needs_codec")]
    assert read(pusher, {"msg": point(type=2, status=0)}) == [Ignored("onenet_online")]
    assert read(pusher, {"msg": point(type=7)}) == [Ignored("onenet_command")]
    params = {
        "t": {"value": "21.5", "time": AT_MS},
        "h": {"value": 40, "time": AT_MS},
        "x": {"value": 1, "time": 1},
    }
    studio = {"notifyType": "property", "productId": "p", "deviceName": IMEI, "data": {"params": params}}
    old, both = read(pusher, studio)
    assert old.values == {"x": 1.0} and both.values == {"t": 21.5, "h": 40.0}
    life = {"messageType": "lifeCycle", "deviceName": IMEI, "data": {"status": "online", "time": AT_MS}}
    assert read(pusher, {"msg": json.dumps(life), "nonce": "n"}) == [Ignored("onenet_notice")]
    with pytest.raises(Refused, match="encrypted"):
        read(pusher, {"msg": "Zm9vYmFy", "nonce": "n"})


def test_onenet_checks_our_address(city: City) -> None:
    pusher = pusher_of(city, "onenet", token="abc")
    signature = onenet.sign("abc", "n", "hello")
    good = pusher.message("", "", method="GET", query=f"msg=hello&nonce=n&signature={signature}")
    assert onenet.decode(good, city) == [Ignored("onenet_address_check")]
    echo = onenet.reply(good, Outcome(ignored="x"))
    assert echo is not None and (echo.status, echo.body) == (200, b"hello")
    forged = pusher.message("", "", method="GET", query="msg=hello&nonce=n&signature=AAAA")
    with pytest.raises(Refused, match="not signed"):
        onenet.decode(forged, city)
    refused = onenet.reply(forged, Outcome(refused="wrong_signature"))
    assert refused is not None and refused.status == 403


@pytest.mark.parametrize(
    "body", ["", "{", "[1]", '"x"', "{}", '{"messageType": "x"}', '{"msg": [1]}', '{"a": 01}']
)
def test_broken_pushes_are_refused_and_answered_with_200(city: City, platform: str, body: str) -> None:
    pusher = pusher_of(city, platform)
    assert pusher.refused(body) in ("empty", "not_json", "wrong_shape")
    reply = {"ctwing": ctwing.reply, "onenet": onenet.reply}[platform]
    answer = reply(pusher.message(body), Outcome(refused="not_json"))
    assert answer is not None and answer.status == 200, "else the platform goes silent for a minute"
    assert reply(pusher.message(body), Outcome(refused="not_now")) is None


def test_unknown_devices_are_named(city: City, platform: str) -> None:
    pusher = Pusher(city, platform)
    (record,) = pusher.push(json.dumps(report() if platform == "ctwing" else {"msg": point(dev_id="77")})).records
    assert getattr(record, "reason", "") == "unknown_device" and getattr(record, "device", "") in ("d-1", "77")
