"""The producers' connections to the broker: one gateway, and a few devices under their own names.

Comes in: a ``Message``. Goes out: an MQTT publish that is kept until the broker has acknowledged it.
Reconnects for ever; ``tally`` of what was published and acknowledged feeds the status line.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ingest.simulate.demo_access import DemoAccess, MqttLogin
from ingest.simulate.speak_native import Message

QUEUE_MAX = 50_000


class MqttProducer:
    """One client. Publishing while the broker is away queues QoS 1 and drops QoS 0."""

    def __init__(self, login: MqttLogin, client_id: str, *, host: str, port: int) -> None:
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv311, clean_session=True
        )
        self._client.username_pw_set(login.username, login.password)
        self._client.reconnect_delay_set(1, 5)
        self._client.max_queued_messages_set(QUEUE_MAX)
        self._client.max_inflight_messages_set(200)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = self._published
        self._host, self._port = host, port
        self._up = threading.Event()
        self._filters: list[str] = []
        self.sent = 0
        self.acknowledged = 0
        self.refusal = ""

    def start(self) -> None:
        """Connect in the background; a broker that is away is tried again and again."""
        self._client.connect_async(self._host, self._port, keepalive=20)
        self._client.loop_start()

    def wait_connected(self, patience_s: float) -> bool:
        return self._up.wait(patience_s)

    @property
    def is_connected(self) -> bool:
        return self._up.is_set()

    def publish(self, message: Message) -> mqtt.MQTTMessageInfo | None:
        """Hand a message over; None when it was dropped: QoS 0 without a broker, or the queue is full."""
        if message.qos == 0 and not self.is_connected:
            return None
        info = self._client.publish(message.topic, message.payload, qos=message.qos)
        if info.rc == mqtt.MQTT_ERR_QUEUE_SIZE:
            return None
        self.sent += 1
        return info

    def listen(self, topic_filter: str, hear: Callable[[bytes], None]) -> None:
        """Call ``hear`` with every payload of the filter, from the client's own thread, also after a reconnect."""
        self._filters.append(topic_filter)
        self._client.message_callback_add(
            topic_filter, lambda _client, _data, message: hear(bytes(message.payload))
        )
        if self.is_connected:
            self._client.subscribe(topic_filter, qos=1)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.refusal = str(reason) if reason.is_failure else ""
        if reason.is_failure:
            return
        for topic_filter in self._filters:
            self._client.subscribe(topic_filter, qos=1)
        self._up.set()

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        self._up.clear()

    def _published(self, _client: Any, _data: Any, _mid: int, _reason: Any, _properties: Any) -> None:
        self.acknowledged += 1


class MqttProducers:
    """The gateway for everybody, and an own connection for the first few devices that have one."""

    def __init__(self, access: DemoAccess, *, host: str, port: int, own: int = 4) -> None:
        run = uuid.uuid4().hex
        where: Mapping[str, Any] = {"host": host, "port": port}
        self.gateway = MqttProducer(access.gateway, f"simulate-{run}", **where)
        self._own = {
            device: MqttProducer(login, device, **where) for device, login in list(access.devices.items())[:own]
        }

    def start(self) -> None:
        for producer in (self.gateway, *self._own.values()):
            producer.start()

    def publish(self, message: Message, *, device: str = "") -> mqtt.MQTTMessageInfo | None:
        """Publish as the device itself where it has a connection of its own, else through the gateway."""
        own = self._own.get(device)
        producer = own if own is not None and own.is_connected else self.gateway
        return producer.publish(message)

    @property
    def sent(self) -> int:
        return self.gateway.sent + sum(own.sent for own in self._own.values())

    @property
    def acknowledged(self) -> int:
        return self.gateway.acknowledged + sum(own.acknowledged for own in self._own.values())

    def stop(self) -> None:
        for producer in (*self._own.values(), self.gateway):
            producer.stop()
