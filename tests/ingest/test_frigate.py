"""Frigate: a review and its objects are one alarm, whichever is told first; persons are never read."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from grid.city import City
from ingest.decoders import frigate
from ingest.judge import Senses
from ingest.messages import Ignored, Reading, Refused, Taken
from ingest.observation import Observation, Phase, Quarantined
from tests.ingest.instruments import NOW, Sender
from tests.ingest.pushing import Pusher

START = NOW.timestamp()
CAMERA = "cam-sh-001"


def review(kind: str, *, id: str = "1772352000.1-rev001", **changes: Any) -> str:
    data = {"detections": ["1772352000.0-obj001"], "objects": ["person"], "sub_labels": [], "zones": ["hall"]}
    data |= changes.pop("data", {})
    after = {
        "id": id, "camera": CAMERA, "start_time": START, "end_time": START + 9 if kind == "end" else None,
        "severity": "alert", "thumb_path": "/media/x.webp", "data": data | {"audio": []}, **changes,
    }  # fmt: skip
    return json.dumps({"type": kind, "before": after, "after": after})


def event(kind: str, *, id: str = "1772352000.0-obj001", **changes: Any) -> str:
    after = {
        "id": id, "camera": CAMERA, "frame_time": START + 1, "start_time": START,
        "end_time": START + 8 if kind == "end" else None, "label": "person", "sub_label": ["Zhang San", 0.9],
        "top_score": 0.9, "score": 0.8, "false_positive": False, "current_zones": ["hall"], "entered_zones": [],
        "max_severity": "alert", "recognized_license_plate": "苏N12345", "a_new_key": {"of": ["theirs"]},
    } | changes  # fmt: skip
    return json.dumps({"type": kind, "before": {**after, "false_positive": True}, "after": after})


def take(senses: Senses, sender: Sender, topic: str, payload: str) -> Taken:
    return senses.take(sender.message("frigate", f"frigate/{topic}", payload))


def tell(senses: Senses, sender: Sender, *messages: tuple[str, str]) -> list[tuple[str, Phase]]:
    told = [r for topic, payload in messages for r in take(senses, sender, topic, payload).records]
    assert all(isinstance(record, Observation) for record in told), told
    return [(record.id, record.phase) for record in told if isinstance(record, Observation)]


def test_a_review_is_one_alarm_through_its_phases(senses: Senses, sender: Sender) -> None:
    told = tell(senses, sender, *((("reviews", review(kind))) for kind in ("new", "update", "end")))
    assert told == [("1772352000.1-rev001", phase) for phase in (Phase.BEGIN, Phase.UPDATE, Phase.END)]


def test_a_review_has_the_cameras_place_and_the_rules_category(senses: Senses, sender: Sender) -> None:
    (told,) = take(senses, sender, "reviews", review("new")).records
    assert isinstance(told, Observation)
    camera = sender.city.register.find_camera(CAMERA)
    assert camera is not None and (told.lon, told.lat) == tuple(camera.lonlat)
    assert (told.kind, told.device, told.category) == ("camera", CAMERA, "TR-06001")
    assert told.rule is not None and told.rule.startswith("cam-bus-station-person/")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_review_and_its_object_are_one_alarm_in_any_order(
    senses: Senses, sender: Sender, order: tuple[int, ...]
) -> None:
    messages = [("events", event("new")), ("reviews", review("new")), ("events", event("update"))]
    told = tell(
        senses, sender, *(messages[i] for i in order), ("events", event("end")), ("reviews", review("end"))
    )
    assert len({id for id, _ in told}) == 1
    phases = [phase for _, phase in told]
    assert phases.count(Phase.BEGIN) == 1 and phases.count(Phase.END) == 1
    assert phases[0] is Phase.BEGIN and phases[-1] is Phase.END


def test_objects_alone_work_where_no_reviews_come(senses: Senses, sender: Sender) -> None:
    told = tell(senses, sender, *(("events", event(kind)) for kind in ("new", "update", "end")))
    assert [phase for _, phase in told] == [Phase.BEGIN, Phase.UPDATE, Phase.END]


def test_an_object_that_nobody_reviews_yet_says_nothing(senses: Senses, sender: Sender) -> None:
    assert tell(senses, sender, ("events", event("new", max_severity=None))) == []
    assert tell(senses, sender, ("events", event("update"))) == [("1772352000.0-obj001", Phase.BEGIN)]


def test_an_older_frigate_does_not_know_the_severity_of_an_object(senses: Senses, sender: Sender) -> None:
    payload = json.loads(event("new"))
    del payload["after"]["max_severity"]
    assert len(tell(senses, sender, ("events", json.dumps(payload)))) == 1


def test_the_severity_of_a_review_rises(senses: Senses, sender: Sender) -> None:
    told = tell(senses, sender, ("reviews", review("new", severity="detection")), ("reviews", review("update")))
    assert [phase for _, phase in told] == [Phase.BEGIN]


def test_what_is_first_heard_at_its_end_begins_and_ends(senses: Senses, sender: Sender) -> None:
    assert [phase for _, phase in tell(senses, sender, ("reviews", review("end")))] == [Phase.BEGIN, Phase.END]
    assert tell(senses, sender, ("reviews", review("new"))) == []  # redelivered after it


def test_lists_have_no_order(senses: Senses, sender: Sender) -> None:
    told = [
        take(
            Senses(sender.city), sender, "reviews", review("new", data={"objects": objects, "zones": zones})
        ).records
        for objects in (["person", "car-verified"], ["car-verified", "person"])
        for zones in (["hall", "no_parking"], ["no_parking", "hall"])
    ]
    assert len({record.source_key() for (record,) in told if isinstance(record, Observation)}) == 1


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("events", event("new", false_positive=True), "frigate_false_positive"),
        ("events", event("new", top_score=0.3, score=0.2), "no_camera_rule"),
    ],
)
def test_what_is_not_told_has_a_reason(
    senses: Senses, sender: Sender, topic: str, payload: str, reason: str
) -> None:
    taken = take(senses, sender, topic, payload)
    assert taken.records == [] and taken.ignored == reason


def test_an_unknown_camera_is_quarantined_without_the_persons_in_it(senses: Senses, sender: Sender) -> None:
    data = {"sub_labels": ["Zhang San"]}
    for topic, payload in [
        ("events", event("new", camera="nowhere", current_attributes=[{"label": "face", "box": [1, 2, 3, 4]}])),
        ("reviews", review("new", camera="nowhere", data=data)),
        ("events", event("new")[:-5]),
    ]:
        (record,) = take(senses, sender, topic, payload).records
        assert isinstance(record, Quarantined) and record.reason in {"unknown_camera", "not_json"}
        for secret in ("Zhang San", "12345", '"face"'):
            assert secret not in record.payload.decode()


def test_what_was_told_survives_a_restart(city: Any, sender: Sender) -> None:
    before = Senses(city)
    states = {k: v for k, v in take(before, sender, "events", event("new")).states.items() if v is not None}
    after = Senses(city, states)
    told = tell(after, sender, ("reviews", review("new")), ("events", event("end")), ("reviews", review("end")))
    assert told == [("1772352000.0-obj001", Phase.UPDATE), ("1772352000.0-obj001", Phase.END)]


def test_a_replay_never_continues_a_live_alarm(senses: Senses, sender: Sender) -> None:
    tell(senses, sender, ("reviews", review("new")))
    (record,) = senses.take(sender.message("frigate", "frigate/reviews", review("update"), replay=True)).records
    assert isinstance(record, Observation) and record.replay and record.phase is Phase.BEGIN


def test_samples_of_the_real_program_are_understood(city: Any, sender: Sender, shared: Path) -> None:
    folder = shared / "samples" / "frigate"
    for path in sorted(folder.glob("mqttwarn_*.json")) + sorted(folder.glob("*_update.jsonc")):
        payload = path.read_bytes()
        (record,) = Senses(city).take(sender.message("frigate", "frigate/events", payload)).records or [None]
        if path.suffix == ".jsonc":
            assert isinstance(record, Quarantined) and record.reason == "not_json", path.name
            assert b"John Smith" not in record.payload and b"ABC12345" not in record.payload
        elif "after" in json.loads(payload) and not json.loads(payload)["after"].get("false_positive"):
            assert isinstance(record, Quarantined) and record.reason in {"unknown_camera", "wrong_shape"}, (
                path.name
            )


def test_a_summary_after_the_end_brings_its_title_and_opens_nothing(senses: Senses, sender: Sender) -> None:
    told = review("genai", data={"metadata": {"title": "Crowd at the gate", "scene": "a man in a red coat"}})
    assert take(senses, sender, "reviews", told).ignored == "nothing_known_of_it"
    tell(senses, sender, ("reviews", review("new")), ("reviews", review("end")))
    late = review("genai", end_time=START + 9, data={"metadata": {"title": "Crowd at the gate"}})
    (record,) = take(senses, sender, "reviews", late).records
    assert isinstance(record, Observation) and record.phase is Phase.END
    assert record.text.endswith("Crowd at the gate") and "red coat" not in record.text


def test_a_summary_of_somebody_recognised_keeps_the_name_out(senses: Senses, sender: Sender) -> None:
    named = {"metadata": {"title": "Bob at the gate"}, "sub_labels": ["Bob"]}
    assert take(senses, sender, "reviews", review("genai", data=named)).ignored == "frigate_summary_without_title"


@pytest.mark.parametrize("topic", ["available", f"{CAMERA}/status/detect"])
def test_what_was_under_way_ends_when_the_recorder_goes(senses: Senses, sender: Sender, topic: str) -> None:
    tell(senses, sender, ("events", event("new")), ("reviews", review("new")))
    told = take(senses, sender, topic, "offline").records
    assert [r.phase for r in told if isinstance(r, Observation)] == [Phase.END]
    assert not take(senses, sender, topic, "offline").records


def test_counts_are_readings_of_the_camera(sender: Sender) -> None:
    def decode(topic: str, payload: str) -> object:
        return frigate.decode(sender.message("frigate", f"frigate/{topic}", payload), sender.city)[0]

    counted = decode(f"{CAMERA}/person", "42")
    assert isinstance(counted, Reading)
    assert (counted.device.id, counted.values) == (CAMERA, {"person_count": 42.0})
    assert decode("nowhere/person", "1") == Ignored("frigate_count_of_no_camera")
    with pytest.raises(Refused, match="whole number"):
        decode(f"{CAMERA}/person", "NOT_AN_INT")


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("available", "online", "frigate_online"),
        (f"{CAMERA}/motion", "ON", "frigate_state"),
        (f"{CAMERA}/recordings/state", "ON", "frigate_state"),
        (f"{CAMERA}/person/snapshot", "\xff\xd8", "frigate_state"),
        (f"{CAMERA}/audio/speech", "ON", "frigate_audio"),
        (f"{CAMERA}/status/detect", "online", "frigate_status"),
        ("stats", "{}", "frigate_stats"),
        ("profile/state", "home", "frigate_state"),
        ("tracked_object_update", '{"type": "face", "name": "Li Si", "id": "1"}', "frigate_face_update"),
        ("tracked_object_update", '{"type": "lpr", "plate": "苏N12345", "id": "1"}', "frigate_lpr_update"),
        ("tracked_object_update", '{"type": "a_new_kind"}', "frigate_other_update"),
    ],
)
def test_what_is_no_alarm_is_ignored_with_its_reason(
    senses: Senses, sender: Sender, topic: str, payload: str, reason: str
) -> None:
    assert take(senses, sender, topic, payload).ignored == reason


@pytest.mark.parametrize(
    ("rest", "payload", "reason"),
    [
        ("", '{"type": "description", "id": "x", "description": "a man"}', "frigate_description_update"),
        ("tracked_object_update", '{"type": "lpr", "id": "x", "name": null}', "frigate_lpr_update"),
        ("frigate/available", "online", "frigate_online"),
        ("front_door/motion", "ON", "frigate_state"),
    ],
)
def test_by_http_the_topic_is_appended_or_the_shape_tells(
    city: City, rest: str, payload: str, reason: str
) -> None:
    assert Pusher(city, "frigate").push(payload, rest=rest).ignored == reason
