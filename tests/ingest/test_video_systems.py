"""What cameras of four makes say, composed here after their field lists: told once, ended, or ignored by name."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grid.registers import Camera
from ingest.decoders import DECODERS, gat1400, hikvision
from ingest.http_body import lighten
from ingest.http_request import HttpRequest, Outcome
from ingest.judge import Senses
from ingest.messages import Gone, Ignored, Message, Reading, Refused, Taken, Unread
from ingest.observation import Observation, Phase, Quarantined
from tests.ingest.instruments import NOW, Sender

LOCAL = "2026-03-01T16:00:00+08:00"  # the senders' NOW where they stand


def camera_of(sender: Sender, source: str) -> Camera:
    return next(camera for camera in sender.city.register.list_cameras() if camera.source == source)


def post(sender: Sender, source: str, body: bytes | str, rest: str = "", content_type: str = "") -> Message:
    content = body.encode() if isinstance(body, str) else body
    request = HttpRequest(rest=rest, content_type=content_type)
    return msgspec.structs.replace(
        sender.message(source, "", content), transport="http", request=request, received_at=sender.at
    )


def told(taken: Taken) -> list[tuple[str, Phase]]:
    assert all(isinstance(record, Observation) for record in taken.records), taken
    return [(record.category, record.phase) for record in taken.records if isinstance(record, Observation)]


def notice(
    sender: Sender, kind: str, *, state: str = "active", time: str = LOCAL, namespace: str = "", **more: str
) -> str:
    mac, _, channel = camera_of(sender, "hikvision").source_id.partition("/")
    fields = {"macAddress": mac.upper(), "channelID": channel, "dateTime": time, "activePostCount": "1"} | more
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    head = f"<EventNotificationAlert version='2.0' {namespace}>"
    return f"{head}{inner}<eventType>{kind}</eventType><eventState>{state}</eventState></EventNotificationAlert>"


def test_a_mac_in_any_spelling_is_the_same_camera(senses: Senses, sender: Sender) -> None:
    mac = camera_of(sender, "hikvision").source_id.partition("/")[0].replace(":", "")
    pairs = [mac[at : at + 2] for at in range(0, 12, 2)]
    for spelled in (mac, "-".join(pairs).upper(), ":".join(pairs), ".".join((mac[:4], mac[4:8], mac[8:]))):
        taken = senses.take(post(sender, "hikvision", notice(sender, "fireDetection", macAddress=spelled)))
        assert taken.ignored == "still_seen" or told(taken) == [("EM-04001", Phase.BEGIN)], spelled


NAMESPACES = [
    "",
    "xmlns='http://www.hikvision.com/ver20/XMLSchema'",
    "xmlns='http://www.isapi.org/ver20/XMLSchema'",
    "xmlns='urn:psialliance-org'",
]


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_hikvision_is_one_alarm_until_it_is_silent(senses: Senses, sender: Sender, namespace: str) -> None:
    def take(seconds: float, state: str = "active") -> Taken:
        later = replace(sender, at=NOW + timedelta(seconds=seconds))
        local = (NOW + timedelta(seconds=seconds, hours=8)).replace(tzinfo=None).isoformat()
        text = notice(sender, "fireDetection", state=state, time=f"{local}+08:00", namespace=namespace)
        return senses.take(post(later, "hikvision", text))

    assert told(take(0)) == [("EM-04001", Phase.BEGIN)]
    assert [take(second).ignored for second in (1, 2, 9)] == ["still_seen"] * 3
    assert not senses.pass_time(NOW + timedelta(seconds=15)).records
    assert told(senses.pass_time(NOW + timedelta(seconds=20))) == [("EM-04001", Phase.END)]
    assert take(9).ignored == "older_than_the_last"
    assert told(take(60)) == [("EM-04001", Phase.BEGIN)]
    assert told(take(61, "inactive")) == [("EM-04001", Phase.END)]


def test_hikvision_in_parts_leaves_the_pictures_behind(senses: Senses, sender: Sender) -> None:
    xml = notice(sender, "AID", aidType="illegalParking")
    body = (
        b'--MIME_boundary\r\nContent-Disposition: form-data; name="a.xml"\r\nContent-Type: text/xml\r\n\r\n'
        + xml.encode() + b"\r\n--MIME_boundary\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0face\xff\xd9\r\n"
        + b"--MIME_boundary--\r\n"
    )  # fmt: skip
    kind = "multipart/form-data; boundary=MIME_boundary"
    assert told(senses.take(post(sender, "hikvision", body, content_type=kind))) == [("TR-07001", Phase.BEGIN)]
    broken = body.replace(b"</EventNotificationAlert>", b"")
    (kept,) = senses.take(post(sender, "hikvision", broken, content_type=kind)).records
    assert isinstance(kept, Quarantined) and kept.reason == "not_xml" and b"face" not in kept.payload


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("videoloss", {"state": "inactive", "activePostCount": "0"}, "hikvision_heartbeat"),
        ("ANPR", {"licensePlate": "苏N12345"}, "hikvision_identity"),
        ("faceSnap", {}, "hikvision_identity"),
        ("AID", {"state": "inactive"}, "hikvision_heartbeat"),
        ("duration", {"relationEvent": "faceSnap"}, "hikvision_identity"),
        ("VMD", {}, "camera_rule_seen-motion"),
        ("somethingNew", {}, "hikvision_unknown_kind"),
        ("fireDetection", {"state": "inactive"}, "end_of_nothing_known"),
    ],
)
def test_hikvision_is_ignored_by_name(
    senses: Senses, sender: Sender, kind: str, fields: dict[str, str], reason: str
) -> None:
    assert senses.take(post(sender, "hikvision", notice(sender, kind, **fields))).ignored == reason


def test_hikvision_json_duration_and_a_camera_named_by_its_address(senses: Senses, sender: Sender) -> None:
    source_id = camera_of(sender, "hikvision").source_id
    body = json.dumps(
        {"eventType": "duration", "dateTime": LOCAL, "relationEvent": "smokeDetection", "channelID": 9}
    )
    assert told(senses.take(post(sender, "hikvision", body, rest=source_id))) == [("EM-04001", Phase.BEGIN)]
    fall = {"eventType": "behaviorResult", "dateTime": LOCAL, "BehaviorResult": [{"type": "failDown"}]}
    assert told(senses.take(post(sender, "hikvision", json.dumps(fall), rest=source_id))) == [
        ("PO-02099", Phase.BEGIN)
    ]
    (kept,) = senses.take(post(sender, "hikvision", body)).records
    assert isinstance(kept, Quarantined) and kept.reason == "unknown_camera"


@pytest.mark.parametrize("time", ["2026-03-01T16:00:0000:00", "nonsense", "2026-03-01T16:00:00", ""])
def test_hikvision_times_as_they_really_come(senses: Senses, sender: Sender, time: str) -> None:
    (record,) = senses.take(post(sender, "hikvision", notice(sender, "group", time=time))).records
    assert isinstance(record, Observation) and record.category == "TR-06001"


def test_a_camera_whose_clock_was_wrong_is_heard_when_it_is_right_again(senses: Senses, sender: Sender) -> None:
    """One notice from the future made everything after it older than the last."""
    begun = []
    for minute, time in enumerate(("2026-03-01T19:00:00", "2026-03-01T16:01:00", "1970-01-01T08:02:00")):
        sender.at = NOW + timedelta(minutes=minute)
        senses.pass_time(sender.at)
        taken = senses.take(post(sender, "hikvision", notice(sender, "group", time=time)))
        begun += [record for record in taken.records if isinstance(record, Observation)]
    assert [record.phase for record in begun] == [Phase.BEGIN] * 3 and len({record.id for record in begun}) == 3
    assert ["clock_suspect" in record.flags for record in begun] == [True, False, True]
    assert begun[0].at.hour == 19, "its own time is kept as data"


def test_hikvision_words_that_call_themselves_bytes_and_our_own_name(senses: Senses, sender: Sender) -> None:
    camera = camera_of(sender, "hikvision")
    body = (
        b"--b\r\nContent-Type: application/octet-stream\r\n\r\n" + notice(sender, "group").encode()
        + b"\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n\xff\xd8\xff\xe0face\r\n--b--\r\n"
    )  # fmt: skip
    kind = "multipart/form-data; boundary=b"
    light = lighten(body, kind)
    assert b"face" not in light
    assert told(senses.take(post(sender, "hikvision", light, content_type=kind))) == [("TR-06001", Phase.BEGIN)]
    own = json.dumps({"eventType": "smokeDetection", "channel": 1, "ipV4": "10.0.0.9", "time": LOCAL})
    message = post(sender, "hikvision", own, rest=camera.id)
    assert told(senses.take(message)) == [("EM-04001", Phase.BEGIN)]
    heard = hikvision.reply(message, Outcome(ids=["x"]))
    assert heard is not None and heard.status == 200, "cameras count another answer as a failure"
    kept, later = (hikvision.reply(message, Outcome(refused=reason)) for reason in ("not_xml", "not_now"))
    assert kept is not None and kept.status == 200, "it is kept: sent again it would be kept again"
    assert later is None, "503: it is not stored and must come again"


def dahua(code: str, action: str = "Start", index: int = 0, data: dict[str, Any] | None = None) -> str:
    tail = f";data={json.dumps(data, indent=1)}" if data is not None else ""
    return f"Code={code};action={action};index={index}{tail}"


def test_dahua_starts_and_stops_and_its_utc_is_local_time(senses: Senses, sender: Sender) -> None:
    name = camera_of(sender, "dahua").source_id
    local_as_utc = int(NOW.timestamp()) + 8 * 3600
    start = dahua("TrafficParking", data={"UTC": local_as_utc, "Object": {"ObjectType": "Vehicle"}})
    (begun,) = senses.take(post(sender, "dahua", start, rest=name)).records
    assert isinstance(begun, Observation) and (begun.category, begun.at) == ("TR-07001", NOW)
    assert senses.take(post(sender, "dahua", start, rest=name)).ignored == "still_seen"
    later = replace(sender, at=NOW + timedelta(seconds=30))
    assert told(senses.take(post(later, "dahua", dahua("TrafficParking", "Stop"), rest=name))) == [
        ("TR-07001", Phase.END)
    ]


def test_dahua_as_a_stream_of_parts_and_as_json(senses: Senses, sender: Sender) -> None:
    name = camera_of(sender, "dahua").source_id
    parts = "".join(
        f"--myboundary\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n{text}\r\n\r\n"
        for text in ("Heartbeat", dahua("FireDetection", "Pulse", data={"RealUTC": int(NOW.timestamp())}))
    )
    assert told(senses.take(post(sender, "dahua", parts, rest=name))) == [("EM-04001", Phase.BEGIN)]
    item = {"Action": "Start", "Code": "CrowdDetection", "Index": 0, "Data": {}}
    rpc = {"method": "client.notifyEventStream", "params": {"SID": 1, "eventList": [item]}}
    message = sender.message("dahua", f"dahua/{name}", json.dumps(rpc))
    assert told(senses.take(message)) == [("TR-06001", Phase.BEGIN)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Heartbeat", "dahua_heartbeat"),
        (dahua("FaceDetection"), "dahua_identity"),
        (dahua("TrafficJunction", data={"TrafficCar": {"PlateNumber": "苏N12345"}}), "dahua_identity"),
        (dahua("NTPAdjustTime", "Pulse"), "dahua_housekeeping"),
        (dahua("VideoMotion"), "camera_rule_seen-motion"),
        (dahua("AlarmLocal", "State"), "dahua_state"),
        (dahua("ANewCode"), "dahua_unknown_kind"),
    ],
)
def test_dahua_is_ignored_by_name(senses: Senses, sender: Sender, text: str, reason: str) -> None:
    assert senses.take(post(sender, "dahua", text, rest=camera_of(sender, "dahua").source_id)).ignored == reason


def test_dahua_several_notices_in_one_body_hide_none_of_the_others(senses: Senses, sender: Sender) -> None:
    camera = camera_of(sender, "dahua")
    data = {"Object": {"ObjectType": "Human"}, "RealUTC": int(NOW.timestamp())}
    lines = ["Heartbeat", dahua("FireWarning", data=data), "Code=;action=Start", "Heartbeat"]
    lines += [dahua("CrowdDetection", "Pulse", data=data), dahua("FireWarning", "Stop")]
    taken = senses.take(post(sender, "dahua", "\r\n".join(lines), rest=camera.source_id))
    kept = [record for record in taken.records if isinstance(record, Quarantined)]
    told_ = [(r.category, r.phase) for r in taken.records if isinstance(r, Observation)]
    assert ("EM-04001", Phase.BEGIN) in told_ and ("TR-06001", Phase.BEGIN) in told_
    assert ("EM-04001", Phase.END) in told_ and [record.reason for record in kept] == ["wrong_shape"]


def test_dahua_is_known_by_the_serial_number_in_its_body(senses: Senses, sender: Sender) -> None:
    camera = camera_of(sender, "dahua")
    pushed = {"Action": "Pulse", "Code": "FireDetection", "Index": 0, "Data": {}, "SerialNo": camera.source_id}
    assert told(senses.take(post(sender, "dahua", json.dumps(pushed)))) == [("EM-04001", Phase.BEGIN)]
    plate = {"Picture": {"Plate": {"PlateNumber": "苏N12345"}}}
    assert senses.take(post(sender, "dahua", json.dumps(plate))).ignored == "dahua_identity"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("hello", "wrong_shape"),
        ("Code=;action=Start;index=0;data={", "wrong_shape"),
        ("[1]", "wrong_shape"),
    ],
)
def test_dahua_that_cannot_be_read_is_kept(senses: Senses, sender: Sender, text: str, reason: str) -> None:
    (kept,) = senses.take(post(sender, "dahua", text)).records
    assert isinstance(kept, Quarantined) and kept.reason == reason


def onvif(senses: Senses, sender: Sender, topic: str, payload: Any, *, retained: bool = False) -> Taken:
    body = payload if isinstance(payload, str) else json.dumps(payload)
    name = camera_of(sender, "onvif").source_id
    message = sender.message("onvif", f"onvif/{name}/{topic}", body)
    return senses.take(msgspec.structs.replace(message, retained=retained))


def test_onvif_a_property_begins_and_its_falsehood_or_deletion_ends_it(senses: Senses, sender: Sender) -> None:
    topic = "onvif-ej/RuleEngine/tns1:TamperDetector/Tamper/&1/2/Rule"
    true = {"UtcTime": "2026-03-01T08:00:00", "Source": {"VideoSource": "1"}, "Data": {"IsTamper": "1"}}
    false = true | {"UtcTime": "2026-03-01T08:00:05Z", "Data": {"IsTamper": False}}
    assert told(onvif(senses, sender, topic, true)) == [("UM-01050", Phase.BEGIN)]
    assert told(onvif(senses, sender, topic, false)) == [("UM-01050", Phase.END)]
    sender.at += timedelta(minutes=1)
    again = true | {"UtcTime": "2026-03-01T08:01:00Z"}
    assert told(onvif(senses, sender, topic, again)) == [("UM-01050", Phase.BEGIN)]
    sender.at += timedelta(seconds=1)
    assert told(onvif(senses, sender, topic, "")) == [("UM-01050", Phase.END)]


def test_onvif_a_retained_state_is_no_news(senses: Senses, sender: Sender) -> None:
    topic, true = (
        "onvif-ej/RuleEngine/TamperDetector/Tamper",
        {"UtcTime": "", "Source": {}, "Data": {"State": "true"}},
    )
    assert onvif(senses, sender, topic, true, retained=True).ignored == "onvif_state_at_subscribing"


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("onvif-ej/Recognition/Face", {"Data": {}}, "onvif_identity"),
        ("onvif-ej/RuleEngine/Recognition/LicensePlate/&1", {"Data": {}}, "onvif_identity"),
        ("onvif-ej/Device/Some/NewThing", {"Data": {"State": "1"}}, "onvif_unknown_topic"),
        (
            "onvif-ej/RuleEngine/CellMotionDetector/Motion",
            {"Data": {"IsMotion": "true"}},
            "camera_rule_seen-motion",
        ),
        ("onvif-mj/VideoAnalytics/1/A", {"Frame": []}, "onvif_no_frame"),
    ],
)
def test_onvif_is_ignored_by_name(senses: Senses, sender: Sender, topic: str, payload: Any, reason: str) -> None:
    assert onvif(senses, sender, topic, payload).ignored == reason


def test_onvif_counts_and_measures(sender: Sender) -> None:
    camera = camera_of(sender, "onvif")

    def read(topic: str, payload: Any) -> Reading:
        message = sender.message("onvif", f"onvif/{camera.source_id}/{topic}", json.dumps(payload))
        (reading,) = DECODERS["onvif"](message, sender.city)
        assert isinstance(reading, Reading) and reading.device == camera
        return reading

    one = {"@ObjectId": 1, "Appearance": {"Class": {"Type": {"@Likelihood": 0.8, "#text": "Human"}}}}
    frame = read("onvif-mj/VideoAnalytics/1/A", {"Frame": {"@UtcTime": "2026-03-01T08:00:00.5", "Object": one}})
    assert frame.values == {"person_count": 1.0, "car_count": 0.0}
    assert frame.at == NOW + timedelta(milliseconds=500)
    high = {"UtcTime": "2026-03-01T08:00:00Z", "Source": {"SensorID": "t1"}, "Data": {"Value": "28.5"}}
    assert read("onvif-ej/Device/Sensor/Temperature/High", high).values == {"temperature": 28.5}
    count = {"UtcTime": "2026-03-01T08:00:00Z", "Source": {}, "Data": {"Count": "7"}}
    assert read("onvif-ej/RuleEngine/CountAggregation/OccupancyCounter", count).values == {"person_count": 7.0}


def test_gat1400_counts_who_passed_and_reads_nobody(sender: Sender) -> None:
    device = camera_of(sender, "gat1400").source_id
    faces = [
        {"FaceID": "1", "DeviceID": device, "ShotTime": "20260301160000", "IDNumber": "32131119900101001X"}
    ] * 2
    cars = [{"DeviceID": device, "PassTime": "2026-03-01 16:00:00", "PlateNo": "苏N12345"}]
    body = {"SubscribeNotificationListObject": {"SubscribeNotificationObject": [
        {"FaceObjectList": {"FaceObject": faces}, "MotorVehicleObjectList": {"MotorVehicleObject": cars}},
    ]}}  # fmt: skip
    message = post(sender, "gat1400", json.dumps(body), rest="VIID/SubscribeNotifications")
    (reading,) = gat1400.decode(message, sender.city)
    assert isinstance(reading, Reading) and reading.at == NOW
    assert reading.values == {"face_count": 2.0, "motor_vehicle_count": 1.0}
    answer = gat1400.reply(message, Outcome(ids=[]))
    (status,) = json.loads(answer.body)["ResponseStatusListObject"]["ResponseStatusObject"]
    assert (answer.status, status["StatusCode"], status["LocalTime"]) == (200, "0", "20260301160000")


def test_gat1400_pictures_in_base64_are_left_behind(sender: Sender) -> None:
    device = camera_of(sender, "gat1400").source_id
    picture = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(300_000)).decode().replace("/", "\\/")
    image = {"ImageID": "1", "Type": "11", "ShotTime": "20260301160000", "Data": "@", "Width": "100"}
    face = {"DeviceID": device, "ShotTime": "20260301160000", "SubImageList": {"SubImageInfoObject": [image]}}
    body = json.dumps({"FaceListObject": {"FaceObject": [face, face]}}).replace("@", picture)
    light = lighten(body.encode(), "application/VIID+JSON")
    assert len(light) < 1000 and b'"Data": ""' in light
    (reading,) = gat1400.decode(post(sender, "gat1400", light, rest="VIID/Faces"), sender.city)
    assert isinstance(reading, Reading) and reading.values == {"face_count": 2.0}


def test_gat1400_tells_the_time_and_one_unknown_camera_hides_no_other(sender: Sender) -> None:
    asked = post(sender, "gat1400", "", rest="VIID/System/Time")
    told_ = json.loads(gat1400.reply(asked, Outcome(ignored="x")).body)
    assert told_["SystemTimeObject"]["LocalTime"] == "20260301160000"
    device = camera_of(sender, "gat1400").source_id
    both = [{"DeviceID": "32131100001329999999"}, {"DeviceID": device}]
    body = json.dumps({"FaceListObject": {"FaceObject": both}})
    reading, unread = gat1400.decode(post(sender, "gat1400", body, rest="VIID/Faces"), sender.city)
    assert isinstance(reading, Reading) and isinstance(unread, Unread)
    assert unread.source_id == "32131100001329999999", "it waits to be accepted"


def test_gat1400_direct_posts_status_and_keepalive(sender: Sender) -> None:
    device = camera_of(sender, "gat1400").source_id

    def decode(rest: str, body: Any) -> list[object]:
        return list(gat1400.decode(post(sender, "gat1400", json.dumps(body), rest=rest), sender.city))

    (people,) = decode("VIID/Persons", {"PersonListObject": {"PersonObject": [{"DeviceID": device}]}})
    assert isinstance(people, Reading) and people.values == {"person_count": 1.0}
    (gone,) = decode("VIID/APEs", {"APEListObject": {"APEObject": [{"ApeID": device, "IsOnline": "2"}]}})
    assert isinstance(gone, Gone) and gone.camera is not None and gone.camera.source_id == device
    assert decode("VIID/System/Keepalive", {}) == [Ignored("gat1400_keepalive")]
    assert decode("VIID/DispositionNotifications", {}) == [Ignored("gat1400_disposition")]
    with pytest.raises(Refused, match="no camera"):
        decode("VIID/Faces", {"FaceListObject": {"FaceObject": [{"DeviceID": "1"}]}})


@pytest.mark.parametrize("source", ["hikvision", "dahua", "onvif", "gat1400", "frigate"])
def test_every_real_sample_is_taken_or_kept_with_its_reason(
    senses: Senses, sender: Sender, shared: Path, source: str
) -> None:
    wanted = {"hikvision": "hikvision_isapi", "onvif": "onvif_mqtt"}.get(source, source)
    files = sorted((shared / "samples").glob(f"{wanted}*/*")) + sorted((shared / "samples").glob(f"*{wanted}*/*"))
    if not files:
        pytest.skip(f"no samples of {source} are here")
    for file in files:
        topics = [
            f"{source}/cam/onvif-ej/x",
            f"{source}/cam/onvif-mj/x",
            f"{source}/events",
            f"{source}/VIID/Faces",
        ]
        for message in [post(sender, source, file.read_bytes())] + [
            sender.message(source, topic, file.read_bytes()) for topic in topics
        ]:
            taken = senses.take(message)
            assert taken.ignored or taken.records or taken.states, file
            assert "fault" not in {r.reason for r in taken.records if isinstance(r, Quarantined)}, taken
