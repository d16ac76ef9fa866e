"""Replay: recorded messages through the same decoders, their times moved to now, marked everywhere."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

import citybrain
from foundation.database import Database
from foundation.processes import CannotRun, WrongInput
from foundation.settings import Settings
from ingest.observation import Observation, Quarantined
from ingest.replay import ReplayPlan, replay
from ingest.replay_lines import BadLine, read_line, shift_times
from tests.ingest.instruments import Engine, Receiving

THEN = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
EPOCH = THEN.timestamp()
FAST = ReplayPlan(speed=0)


def line(topic: str, payload: Any, at: datetime | None = THEN, **more: Any) -> str:
    return json.dumps({"topic": topic, "payload": payload, "at": at and at.isoformat()} | more)


ALARM = {"id": "old-1", "at": THEN.isoformat(), "category": "UM-01003", "phase": "begin"}
REVIEW = {
    "type": "new",
    "after": {
        "id": "rev-1", "camera": "cam-sh-001", "start_time": EPOCH, "end_time": None, "severity": "alert",
        "data": {"objects": ["person"], "detections": []},
    },
}  # fmt: skip
LINES = [
    line("citybrain/v1/devices/air-station-001/alarm", ALARM),
    line("frigate/reviews", json.dumps(REVIEW), THEN + timedelta(seconds=1)),
    line("frigate/a topic with blanks", "x"),
    line("frigate/+/events", "x"),
    "not json",
    line("frigate/events", None),
    line("frigate/events", None, payload_base64="!"),
    line("frigate/events", None, payload_base64=base64.b64encode(b"\xff").decode()),
    "",
]


def test_a_replay_goes_the_same_road_and_is_marked(
    engine: Engine, senses_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_text("\n".join(LINES))

    async def play() -> None:
        async with Receiving(engine, senses_database) as receiving:
            report = await asyncio.to_thread(replay, engine.settings, [file], FAST)
            assert report.published == 3
            assert [fault.split(":")[1] for fault in report.faults] == ["3", "4", "5", "6", "7"]
            records = await receiving.read(3)
            told = {r.id: r for r in records if isinstance(r, Observation)}
            assert set(told) == {"old-1", "rev-1"}
            for record in told.values():
                assert record.replay and record.receipt_to is None and record.flags == ()
                assert abs(datetime.now(UTC) - record.at) < timedelta(seconds=30)
            assert [r.reason for r in records if isinstance(r, Quarantined)] == ["not_utf8"]

            await asyncio.to_thread(replay, engine.settings, [file], ReplayPlan(speed=0, keep_time=True))
            kept = [r for r in await receiving.read(2) if isinstance(r, Observation)]
            assert {r.at for r in kept if r.id == "old-1"} <= {THEN}

            await asyncio.to_thread(replay, engine.settings, [file], ReplayPlan(speed=0, live=True))
            live = [r for r in await receiving.read(3) if isinstance(r, Observation)]
            assert {r.id for r in live} == {"old-1", "rev-1"} and not any(r.replay for r in live)

    asyncio.run(play())


def test_messages_keep_their_rhythm(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_text("\n".join(line("frigate/stats", "{}", THEN + timedelta(seconds=s)) for s in (0, 5, 10)))
    began = datetime.now(UTC)
    replay(engine.settings, [file], ReplayPlan(speed=10))
    assert timedelta(seconds=0.9) < datetime.now(UTC) - began < timedelta(seconds=4)


def test_the_command_says_what_it_did(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_text("\n".join(LINES))
    config = tmp_path / "settings.toml"
    config.write_text(f'data = "{engine.settings.data}"\n')
    command = typer.main.get_command(citybrain.commands)
    done = CliRunner().invoke(citybrain.commands, ["--config", str(config), "replay", "--speed", "0", str(file)])
    assert command is not None and done.exit_code == 0, done.output
    assert "3 messages published, 5 lines left out." in done.output
    assert f"{file}:3: the topic 'frigate/a topic with blanks' holds a blank" in done.output


def test_what_is_missing_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_text(LINES[0])
    with pytest.raises(CannotRun, match="start `citybrain up`"):
        replay(Settings(data=tmp_path), [file], FAST)
    with pytest.raises(WrongInput, match="is no file"):
        replay(Settings(data=tmp_path), [tmp_path / "nothing"], FAST)


@pytest.mark.parametrize(
    ("payload", "moved"),
    [
        ({"at": "2024-06-01T12:00:00Z"}, {"at": "2024-06-01T13:00:00.000Z"}),
        (
            {"after": {"start_time": EPOCH, "end_time": None}},
            {"after": {"start_time": EPOCH + 3600, "end_time": None}},
        ),
        (
            {"rxInfo": [{"gwTime": "2024-06-01T12:00:00+08:00"}]},
            {"rxInfo": [{"gwTime": "2024-06-01T05:00:00.000Z"}]},
        ),
        (
            {"time": "yesterday", "frame_time": 0.0, "score": EPOCH},
            {"time": "yesterday", "frame_time": 0.0, "score": EPOCH},
        ),
    ],
)
def test_times_in_known_formats_move(payload: dict[str, Any], moved: dict[str, Any]) -> None:
    assert json.loads(shift_times(json.dumps(payload).encode(), timedelta(hours=1))) == moved


@pytest.mark.parametrize("payload", [b"online", b"\xff\xd8", b"", b"NaN", b"[" * 100_000])
def test_what_is_no_json_stays_as_it_is(payload: bytes) -> None:
    assert shift_times(payload, timedelta(hours=1)) == payload


def test_a_line_without_a_time_has_its_messages_own() -> None:
    assert read_line(line("a/b", ALARM, None).encode()).at == THEN
    assert read_line(line("frigate/reviews", REVIEW, None).encode()).at == THEN
    assert read_line(line("a/b", "x", None).encode()).at is None


@pytest.mark.parametrize("topic", ["", "a\tb", "a b", "a/#", "a/+/b", "a\u3000b", "x" * 70_000])
def test_topics_that_no_broker_takes_are_named(topic: str) -> None:
    with pytest.raises(BadLine):
        read_line(line(topic, "x").encode())
