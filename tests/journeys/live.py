"""A live connection as a screen has it: frames by type, heard in a thread of its own."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.journeys.product import Person


class LiveScreen:
    """Subscribed from the beginning; ``incidents`` is what the screen shows, ``text`` all that ever came."""

    def __init__(self, person: Person, view: str = "desk", **narrowed: Any) -> None:
        address = person.base_url.replace("http", "ws", 1) + "/api/v1/live"
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                address,
                additional_headers={"Cookie": person.cookie},
                origin=person.base_url,  # type: ignore[arg-type]
                max_size=2**26,
                proxy=None,
            )
        )
        self._wish = json.dumps({"type": "subscribe", "view": view, **narrowed})
        self._socket.send(self._wish)
        self.incidents: dict[int, dict[str, Any]] = {}
        self.entries: list[dict[str, Any]] = []
        self.gone: list[int] = []
        self.text = ""
        self.started = threading.Event()
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()
        assert self.started.wait(10), "no snapshot came"

    def _hear(self) -> None:
        try:
            for message in self._socket:
                text = message if isinstance(message, str) else message.decode()
                self.text += text + "\n"
                self._take(json.loads(text))
        except ConnectionClosed:
            return

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "reset":
            self._socket.send(self._wish)  # as every screen does
        if frame["type"] == "snapshot":
            self.incidents = {incident["number"]: incident for incident in frame["incidents"]}
            self.started.set()
        if frame["type"] == "entries":
            for entry in frame["entries"]:
                self.entries.append(entry)
                if entry.get("state_after"):
                    self.incidents[entry["state_after"]["number"]] = entry["state_after"]
            self.gone += frame["gone"]
            for number in frame["gone"]:
                self.incidents.pop(number, None)

    def close(self) -> None:
        self._open.close()
        self._thread.join(5)
