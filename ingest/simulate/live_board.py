"""What one person's screen shows: the incidents in their scope, kept in step over the live feed.

Comes in: a session. Goes out: ``incidents`` by number, and a call for each that changed. Reconnects for ever;
after a gap it starts from a snapshot, as a browser does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any

import msgspec
import websockets
from websockets.asyncio.client import connect

from ingest.simulate.http_session import API, HttpSession, Refused

PAUSE_S = 2.0
PROPERLY_SILENT_S = 20.0  # the feed beats every 5 s; longer silence means that nobody is there

Incident = dict[str, Any]


class LiveBoard:
    """One subscribed screen. ``on_change`` is called with the number of an incident and its new state or None."""

    def __init__(
        self, session: HttpSession, base_url: str, *, view: str, on_change: Callable[[int, Incident | None], None]
    ) -> None:
        self.incidents: dict[int, Incident] = {}
        self.entries = 0
        self._session = session
        self._base_url = base_url
        self._view = view
        self._on_change = on_change

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            try:
                await self._follow()
            except (OSError, TimeoutError, websockets.WebSocketException, Refused, msgspec.MsgspecError):
                await asyncio.sleep(PAUSE_S)

    async def _follow(self) -> None:
        if not self._session.cookie:
            await self._session.log_in()
        async with self._open() as socket:
            await socket.send(msgspec.json.encode({"type": "subscribe", "view": self._view}).decode())
            with contextlib.suppress(websockets.ConnectionClosedOK):
                while True:
                    # not wait_for: before Python 3.12 it swallows a cancellation that comes together with a frame
                    async with asyncio.timeout(PROPERLY_SILENT_S):
                        text = await socket.recv()
                    if not self._take(msgspec.json.decode(text)):
                        return
        if socket.close_code == 4401:
            await self._session.log_in()

    def _open(self) -> connect:
        address = self._base_url.replace("http", "ws", 1) + API + "/live"
        secure: dict[str, Any] = {}
        if address.startswith("wss"):
            # the demo's own certificate, on this machine; nothing that leaves it is trusted by this
            secure["ssl"] = ssl._create_unverified_context()
        return connect(
            address,
            additional_headers={"Cookie": self._session.cookie},
            origin=self._base_url,  # type: ignore[arg-type]
            max_size=64 * 1024 * 1024,
            proxy=None,
            **secure,
        )

    def _take(self, frame: dict[str, Any]) -> bool:
        """Take one frame in; False when the feed says to start anew."""
        if frame["type"] == "snapshot":
            self.incidents = {incident["number"]: incident for incident in frame["incidents"]}
            for number, incident in list(self.incidents.items()):
                self._on_change(number, incident)
        elif frame["type"] == "entries":
            self._take_entries(frame)
        return bool(frame["type"] != "reset")

    def _take_entries(self, frame: dict[str, Any]) -> None:
        for entry in frame["entries"]:
            self.entries += 1
            state = entry.get("state_after")
            if state is not None:
                self.incidents[state["number"]] = state
                self._on_change(state["number"], state)
        for number in frame.get("gone", ()):
            self.incidents.pop(number, None)
            self._on_change(number, None)
        self._forget_ended()

    def _forget_ended(self) -> None:
        if len(self.incidents) > 3000:
            ended = [n for n, incident in self.incidents.items() if incident.get("closed_at")]
            for number in ended[:1000]:
                del self.incidents[number]
