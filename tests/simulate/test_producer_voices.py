"""What the simulated producers send is what the real ones send: shape, ids, phases, nothing about people."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from foundation.settings import DEFAULT_CITY
from ingest.simulate.habits import judge_check, judge_temper
from ingest.simulate.photo import draw_photo
from ingest.simulate.speak_chirpstack import compose_uplink
from ingest.simulate.speak_frigate import Sighting, compose_object, compose_review
from ingest.simulate.speak_native import compose_alarm, compose_telemetry
from ingest.simulate.stage_reader import read_stage

NOW = datetime(2026, 5, 4, 8, 30, 15, 250_000, tzinfo=UTC)


def test_native_telemetry_and_alarm() -> None:
    report = compose_telemetry("lamp-1", NOW, {"lamp_fault_ratio": 1.0}, seq=7)
    assert report.topic == "citybrain/v1/devices/lamp-1/telemetry" and report.qos == 0
    assert json.loads(report.payload) == {
        "at": "2026-05-04T08:30:15.250Z",
        "seq": 7,
        "values": {"lamp_fault_ratio": 1.0},
    }
    alarm = compose_alarm("lamp-1", "a1", "begin", at=NOW, category="UM-01037", confidence=None)
    assert alarm.topic.endswith("/alarm") and alarm.qos == 1
    assert json.loads(alarm.payload) == {
        "id": "a1",
        "phase": "begin",
        "at": "2026-05-04T08:30:15.250Z",
        "category": "UM-01037",
    }


def test_chirpstack_uplink_reads_like_one() -> None:
    topic = "application/app-1/device/70b3ac902c3de3eb/event/up"
    first = json.loads(compose_uplink(topic, "70b3ac902c3de3eb", NOW, {"lean_angle_deg": 31.5}, count=0).payload)
    second = json.loads(compose_uplink(topic, "70b3ac902c3de3eb", NOW, {"lean_angle_deg": 31.5}, count=1).payload)
    assert "fCnt" not in first and second["fCnt"] == 1, "zero values are left out"
    assert first["deduplicationId"] != second["deduplicationId"]
    assert first["time"] == "2026-05-04T08:30:15.250000000+00:00"
    assert first["deviceInfo"]["devEui"] == "70b3ac902c3de3eb"
    assert first["deviceInfo"]["applicationId"] == "app-1"
    assert first["object"] == {"lean_angle_deg": 31.5}


def test_one_review_keeps_its_id_from_new_to_end() -> None:
    sighting = Sighting("cam-1", ("person", "person"), ("hall",), NOW, salt="x")
    messages = [
        compose_review(sighting, kind, NOW + timedelta(seconds=after))
        for after, kind in ((0, "new"), (20, "update"), (90, "end"))
    ]
    documents = [json.loads(message.payload) for message in messages]
    assert {m.topic for m in messages} == {"frigate/reviews"}
    assert [d["type"] for d in documents] == ["new", "update", "end"]
    assert len({d["after"]["id"] for d in documents}) == 1
    assert documents[0]["before"] == documents[0]["after"]
    assert documents[0]["after"]["end_time"] is None
    assert documents[2]["after"]["end_time"] == (NOW + timedelta(seconds=90)).timestamp()
    assert all(d["after"]["data"]["sub_labels"] == [] for d in documents)
    assert documents[0]["after"]["data"]["objects"] == ["person"]
    assert len(documents[0]["after"]["data"]["detections"]) == 2


def test_tracked_object_carries_no_plate_and_no_face() -> None:
    document = json.loads(compose_object(Sighting("cam-1", ("car",), (), NOW), "new", NOW).payload)
    assert document["before"]["false_positive"] is True
    assert document["after"]["sub_label"] is None
    assert document["after"]["recognized_license_plate"] is None


def test_tempers_are_the_same_for_the_same_seed_and_most_answer() -> None:
    tempers = [judge_temper(3, order, "dispose") for order in range(2000)]
    assert tempers == [judge_temper(3, order, "dispose") for order in range(2000)]
    assert 0.04 < sum(t.silent for t in tempers) / 2000 < 0.12
    outcomes = Counter(t.outcome for t in tempers)
    assert outcomes["done"] > 1700 and outcomes["cannot_handle"] > 20 and outcomes["returned"] > 20
    assert judge_check(3, 7, 1)


def test_the_photo_is_a_small_jpeg_that_says_demo() -> None:
    photo = draw_photo(["处置后", "井盖已复位"], "seed")
    with Image.open(io.BytesIO(photo)) as image:
        assert image.format == "JPEG" and image.size == (960, 720)
    assert len(photo) < 200_000
    assert draw_photo(["处置后", "井盖已复位"], "seed") == photo


@pytest.mark.parametrize("kind", ["manhole_cover", "underpass_water"])
def test_lorawan_devices_of_the_demo_have_an_uplink_topic(kind: str) -> None:
    stage = read_stage(DEFAULT_CITY)
    devices = [d for d in stage.list_all_devices() if d.kind == kind]
    assert devices and all(d.topic.endswith(f"{d.source_id}/event/up") for d in devices)
