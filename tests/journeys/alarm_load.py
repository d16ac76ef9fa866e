"""A steady stream of alarms through one gateway connection, and which of them the broker acknowledged."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


class AlarmLoad:
    """Publishes ``per_s`` alarms a second (bounded) until stopped. Loopback only."""

    def __init__(
        self, port: int, login: dict[str, str], devices: list[tuple[str, str]], *, per_s: int, most: int
    ) -> None:
        self.run = uuid.uuid4().hex[:8]
        self.receipts: dict[str, dict[str, Any]] = {}
        self.receipt_at: dict[str, float] = {}
        self._devices = devices
        self._per_s = per_s
        self._most = most
        self._sent: list[tuple[int, str]] = []
        self._acknowledged_mids: list[int] = []
        self._stop = threading.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"load-{self.run}", clean_session=False, protocol=mqtt.MQTTv311
        )
        self._client.username_pw_set(login["username"], login["password"])
        self._client.max_inflight_messages_set(1000)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._published
        self._client.on_connect = lambda client, *_: client.subscribe("citybrain/v1/devices/+/receipt", qos=1)
        self._client.on_message = self._receipt
        self._client.connect("127.0.0.1", port, keepalive=10)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._publish_all, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def acknowledged(self) -> set[str]:
        """Return the alarms that the broker has acknowledged: the n-th use of an id, the n-th answer."""
        answers = Counter(list(self._acknowledged_mids))
        done = set()
        for mid, alarm in list(self._sent):
            if answers[mid] > 0:
                answers[mid] -= 1
                done.add(alarm)
        return done

    def send(self, device: str, category: str, alarm_id: str) -> None:
        body = {"id": alarm_id, "at": datetime.now(UTC).isoformat(), "category": category, "phase": "begin"}
        info = self._client.publish(f"citybrain/v1/devices/{device}/alarm", json.dumps(body), qos=1)
        self._sent.append((info.mid, alarm_id))

    def _publish_all(self) -> None:
        began = time.monotonic()
        for n in range(self._most):
            if self._stop.is_set():
                return
            device, category = self._devices[n % len(self._devices)]
            self.send(device, category, f"kill-{self.run}-{n:06d}")
            time.sleep(max(0.0, began + n / self._per_s - time.monotonic()))

    def _published(self, _client: Any, _data: Any, mid: int, _reason: Any, _properties: Any) -> None:
        # called with paho's own lock held: only append, never wait
        self._acknowledged_mids.append(mid)

    def _receipt(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        receipt = json.loads(message.payload)
        if receipt.get("id"):
            self.receipts.setdefault(receipt["id"], receipt)
            self.receipt_at.setdefault(receipt["id"], time.monotonic())

    def finish(self, patience_s: float) -> None:
        """Wait until everything is published."""
        self._thread.join(patience_s)

    def stop(self, patience_s: float = 30.0) -> None:
        """Stop publishing and wait until everything published is acknowledged."""
        self._stop.set()
        self._thread.join(10)
        deadline = time.monotonic() + patience_s
        while len(self._acknowledged_mids) < len(self._sent) and time.monotonic() < deadline:
            time.sleep(0.1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
