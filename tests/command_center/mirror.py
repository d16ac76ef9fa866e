"""What stands on the screens of a whole cast, kept by the frames alone, and held against fresh snapshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from command_center.people.accounts import load_scope
from dashboards.server.incidents.narrowing import Narrowing
from dashboards.server.live.live_frames import Eyes, cut_entries, entries_frame, eyes_of, snapshot_frame
from dashboards.server.live.live_journal import read_batch
from dashboards.server.live.live_snapshot import ENDED_KEPT, read_snapshot
from dashboards.server.live.playback import Stretch, find_number, read_past_page, read_past_snapshot
from foundation.clock import from_rfc3339
from tests.command_center.stage import Stage

ENDED = frozenset({"closed", "archived", "rejected", "void", "merged"})
Shown = dict[int, dict[str, Any]]


@dataclass
class Mirror:
    """One screen: its incidents by number, and the frames that made them, each with the mark it belongs to."""

    eyes: Eyes
    shown: Shown = field(default_factory=dict)
    frames: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    number: int = 0

    def take(self, frame: dict[str, Any]) -> None:
        """Apply a frame as the interface says."""
        if frame["type"] == "snapshot":
            self.shown = {one["number"]: one for one in frame["incidents"]}
            self.number = frame["number"]
        elif frame["type"] == "entries":
            assert frame["from"] == self.number + 1 and (frame["entries"] or frame["gone"])
            for entry in frame["entries"]:
                if entry["state_after"] is not None:
                    self.shown[entry["incident"]] = entry["state_after"]
            for number in frame["gone"]:
                self.shown.pop(number, None)
            self.number = frame["to"]
        elif frame["type"] == "heartbeat":
            self.number = frame["number"]

    def drop_old(self, now: Any) -> Shown:
        """Forget what ended an hour ago, as screens do; return what stands."""
        before = now - ENDED_KEPT
        for number, one in list(self.shown.items()):
            if one["state"] in ENDED and from_rfc3339(one["updated_at"]) < before:
                del self.shown[number]
        return self.shown


def decode(frame: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(frame)
    return decoded


class Mirrors:
    """The screens of everybody on a stage, as a desk and as a phone look at it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.number = 0
        self.of: dict[tuple[str, str], Mirror] = {}
        self.marks: list[tuple[Any, dict[tuple[str, str], Shown]]] = []
        self.heads: list[int] = []

    def follow(self) -> None:
        """Take what is new to every screen and hold each to a fresh snapshot; who is new starts from one."""
        stage = self.stage
        with stage.database.read() as session:
            batch = read_batch(session, self.number, stage.city)
            for who in stage.cast:
                scope = load_scope(session, who)
                for view in ("desk", "field"):
                    eyes = eyes_of(scope, Narrowing(patrols=view == "field"))
                    fresh = read_snapshot(session, eyes, stage.city, stage.clock.now())
                    start = decode(
                        snapshot_frame(
                            epoch=fresh.epoch, number=fresh.number, incidents=fresh.incidents, overview=b"null"
                        )
                    )
                    mirror = self.of.get((who, view))
                    if mirror is None:
                        mirror = self.of[who, view] = Mirror(eyes)
                        mirror.take(start)
                        mirror.frames.append((len(self.marks), start))
                        continue
                    self._tell(mirror, batch)
                    wanted = {one["number"]: one for one in start["incidents"]}
                    assert mirror.drop_old(stage.clock.now()) == wanted, (who, view)
        self.number = batch.head
        self.heads.append(batch.head)
        self.marks.append((stage.clock.now(), {key: dict(mirror.shown) for key, mirror in self.of.items()}))

    def _tell(self, mirror: Mirror, batch: Any) -> None:
        cut = cut_entries(batch.entries, batch.states, mirror.eyes)
        if cut:
            first, last = mirror.number + 1, batch.head
            frame = decode(entries_frame(cut, epoch=batch.epoch, first=first, last=last, overview=None))
            mirror.take(frame)
            mirror.frames.append((len(self.marks), frame))
        mirror.number = batch.head

    def play_back(self, *, every: int = 1) -> int:
        """Hold the snapshot and the frames of the past to what stood on each screen then; return how many."""
        stage, held = self.stage, 0
        begin, end = self.marks[0][0], self.marks[-1][0]
        with stage.database.read() as session:
            for key, live in self.of.items():
                stretch = Stretch(live.eyes, stage.city, end)
                replayed = Mirror(live.eyes)
                number = find_number(session, begin)
                replayed.take(msgspec.to_builtins(read_past_snapshot(session, stretch, number, begin)))
                frames = _list_frames(session, stretch, number)
                for index, (at, shown) in enumerate(self.marks):
                    while frames and from_rfc3339(frames[0]["at"]) <= at:
                        replayed.take(frames.pop(0))
                    if key not in shown:
                        continue
                    assert replayed.drop_old(at) == shown[key], (key, at)
                    held += 1
                    if index % every == 0:
                        past = read_past_snapshot(session, stretch, find_number(session, at), at)
                        assert {one["number"]: one for one in msgspec.to_builtins(past)["incidents"]} == shown[key]
        return held


def _list_frames(session: Any, stretch: Stretch, number: int) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    after: int | None = number
    while after is not None:
        page = read_past_page(session, stretch, after)
        frames += decode(msgspec.json.encode(page.frames))  # type: ignore[arg-type]
        after = page.after
    return frames
