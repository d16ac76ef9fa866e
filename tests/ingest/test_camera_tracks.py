"""Tracks of people as a video system tells them: who enters and leaves, and how many there are at once.

The tracks are real (MOTChallenge), beside the project; what the recorder would say of them is composed here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.decoders.frigate import decode
from ingest.judge import Senses
from ingest.messages import Reading, Sighting
from ingest.observation import Observation, Phase
from tests.ingest.instruments import NOW, Sender

CAMERA, FRAMES_PER_S = "cam-sh-001", 25


def read_tracks(path: Path) -> dict[int, set[int]]:
    """Return who is seen in each frame: frame, track, left, top, width, height, …"""
    seen: dict[int, set[int]] = defaultdict(set)
    for line in path.read_text().split():
        frame, track = (int(float(value)) for value in line.split(",")[:2])
        if track >= 0:
            seen[frame].add(track)
    return dict(seen)


@pytest.mark.parametrize("name", ["TUD-Campus__gt.txt", "TUD-Stadtmitte__gt.txt"])
def test_every_track_is_one_alarm_and_every_count_a_reading(
    senses: Senses, sender: Sender, shared: Path, name: str
) -> None:
    frames = read_tracks(shared / "data" / "mot_tracks" / name)
    told: dict[str, list[Phase]] = defaultdict(list)
    here: set[int] = set()
    began: dict[int, int] = {}
    counted: list[float] = []
    for frame in range(min(frames), max(frames) + 2):
        at = (NOW + timedelta(seconds=frame / FRAMES_PER_S)).timestamp()
        now = frames.get(frame, set())
        for track, kind in [*((t, "new") for t in now - here), *((t, "end") for t in here - now)]:
            after = {
                "id": f"{NOW.timestamp()}-{track:06d}-{frame if kind == 'new' else began[track]}",
                "camera": CAMERA, "label": "person", "start_time": at, "frame_time": at, "top_score": 0.9,
                "end_time": at if kind == "end" else None, "max_severity": "alert", "current_zones": ["hall"],
            }  # fmt: skip
            if kind == "new":
                began[track] = frame
            body = json.dumps({"type": kind, "after": after})
            for record in senses.take(sender.message("frigate", "frigate/events", body)).records:
                assert isinstance(record, Observation)
                told[record.id].append(record.phase)
        here = now
        message = sender.message("frigate", f"frigate/{CAMERA}/person", str(len(now)))
        (reading,) = decode(message, sender.city)
        assert isinstance(reading, Reading) and not isinstance(reading, Sighting)
        counted.append(reading.values["person_count"])
    assert max(counted) == max(len(tracks) for tracks in frames.values())
    assert len(told) >= len(set().union(*frames.values()))
    assert all(phases == [Phase.BEGIN, Phase.END] for phases in told.values())
