"""A screen as the live tests see it: it applies what it is sent and holds the protocol to its word."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from websockets.sync.client import ClientConnection

from tests.dashboards.served import decode


class Screen:
    """One socket; ``incidents`` is what stands on the screen now."""

    def __init__(self, socket: ClientConnection, view: str = "wall", **wanted: Any) -> None:
        self.socket = socket
        self.wanted = {"type": "subscribe", "view": view, **wanted}
        self.incidents: dict[int, dict[str, Any]] = {}
        self.entries: list[dict[str, Any]] = []
        self.gone: list[int] = []
        self.positions: list[dict[str, Any]] = []
        self.shows: list[dict[str, Any]] = []
        self.frames: list[str] = []
        self.overview: dict[str, Any] | None = None
        self.epoch, self.number = "", 0

    def subscribe(self, **more: Any) -> None:
        self.socket.send(msgspec.json.encode({**self.wanted, **more}).decode())

    def start(self) -> Screen:
        self.subscribe()
        self.read_until("snapshot")
        return self

    def read(self, timeout_s: float = 20.0) -> dict[str, Any]:
        frame = decode(self.socket.recv(timeout_s))
        self.frames.append(frame["type"])
        getattr(self, f"_take_{frame['type']}")(frame)
        return frame

    def read_until(self, kind: str, timeout_s: float = 20.0) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            frame = self.read(max(0.01, deadline - time.monotonic()))
            if frame["type"] == kind:
                return frame
        raise AssertionError(f"no {kind} within {timeout_s} s, but {self.frames}")

    def read_quiet(self, quiet_s: float = 0.6) -> None:
        """Read until nothing but heartbeats comes for a while."""
        deadline = time.monotonic() + quiet_s
        while time.monotonic() < deadline:
            try:
                if self.read(max(0.01, deadline - time.monotonic()))["type"] != "heartbeat":
                    deadline = time.monotonic() + quiet_s
            except TimeoutError:
                return

    def _take_snapshot(self, frame: dict[str, Any]) -> None:
        self.epoch, self.number = frame["epoch"], frame["number"]
        self.incidents = {incident["number"]: incident for incident in frame["incidents"]}
        self.overview = frame["overview"]

    def _take_entries(self, frame: dict[str, Any]) -> None:
        assert frame["epoch"] == self.epoch
        assert frame["from"] == self.number + 1, (frame["from"], self.number)
        assert frame["to"] >= frame["from"] and (frame["entries"] or frame["gone"])
        numbers = [entry["number"] for entry in frame["entries"]]
        assert numbers == sorted(set(numbers)) and all(frame["from"] <= n <= frame["to"] for n in numbers)
        self.number = frame["to"]
        self.entries += frame["entries"]
        for entry in frame["entries"]:
            if entry["state_after"] is not None:
                assert "remaining_s" not in str(entry["state_after"])
                self.incidents[entry["incident"]] = entry["state_after"]
        for number in frame["gone"]:
            self.gone.append(number)
            self.incidents.pop(number, None)
        self.overview = frame.get("overview", self.overview)

    def _take_heartbeat(self, frame: dict[str, Any]) -> None:
        assert frame["number"] >= self.number
        self.number = frame["number"]

    def _take_positions(self, frame: dict[str, Any]) -> None:
        self.positions += frame["items"]

    def _take_show(self, frame: dict[str, Any]) -> None:
        self.shows.append(frame)

    def _take_reset(self, frame: dict[str, Any]) -> None:
        self.incidents = {}
