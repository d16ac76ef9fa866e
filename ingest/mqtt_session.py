"""One persistent MQTT session: connect, subscribe, receive, acknowledge, and prove that it still hears.

Comes in: packets, driven by the one thread of ``receive_mqtt.py``. Goes out: messages into its inbox.
Nothing may raise out of a callback: paho's reading would end while it still says that it is connected.
"""

from __future__ import annotations

import ssl
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from foundation.clock import monotonic_s
from foundation.logs import get_logger
from ingest.mqtt_packets import Packet, PacketClient

QOS = 1  # decision 3: QoS 2 is not used
KEEPALIVE_S = 15
CONNECT_PATIENCE_S = 5.0
ANSWER_PATIENCE_S = 10.0
CANARY_EVERY_S, CANARY_LATE_S, CANARY_LOST_S = 5.0, 10.0, 25.0
LOST_TOLD_S = 60.0  # so long a session that the broker forgot is told of
RETRY_S = (0.1, 0.25, 0.5, 1.0, 2.0)
BURST = 100  # messages read from one session before the others have their turn

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

PUBACK_TYPE, PUBACK = 0x40, struct.Struct("!BBH")  # Source: MQTT 3.1.1 section 3.4
log = get_logger("mqtt")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A broker. ``pinned``: the only certificate that is believed; else the system's authorities.

    ``session_secret`` ends the client ids: a broker hands a session to whoever names it. ``movable``: the
    filters of which a session takes back those that it may have had before and has no more.
    """

    host: str
    port: int
    username: str = ""
    password: str = ""
    tls: bool = False
    pinned: Path | None = None
    session_secret: str = field(default="", repr=False)
    movable: tuple[str, ...] = ()

    def tls_context(self) -> ssl.SSLContext:
        """Return how the broker's certificate is judged."""
        if self.pinned is None:
            return ssl.create_default_context()
        context = ssl.create_default_context(cafile=str(self.pinned))
        context.check_hostname = False  # our own engine on this machine: its very certificate is what we believe
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context


class Stage(StrEnum):
    DOWN = "down"
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    READY = "ready"


class RefusedByBroker(Exception):
    """The broker will never give what we ask for; receiving without it would lose messages silently."""


class Sockets(Protocol):
    """Whoever waits for sockets to have something to read."""

    def watch(self, found: SocketLike, session: MqttSession) -> None: ...

    def unwatch(self, found: SocketLike) -> None: ...


class MqttSession:
    """The session ``citybrain-ingest-<k>-<secret>`` with its topic filters."""

    def __init__(self, endpoint: Endpoint, number: int, filters: list[str], sockets: Sockets) -> None:
        self.number, self.stage, self.connection = number, Stage.DOWN, 0
        self._sockets = sockets
        self.inbox: list[Packet] = []
        self._acks = bytearray()
        self.refused: str | None = None
        self._has_heard, self._lost_s = False, float("-inf")
        self.canary_topic = f"citybrain/v1/canary/{number}"
        self._endpoint = endpoint
        self._filters = [*filters, self.canary_topic]
        self._awaited: int | None = None
        self._failures = 0
        self._retry_at_s = 0.0
        self._stage_since_s = self._canary_sent_s = self.canary_back_s = self.heard_s = monotonic_s()
        self.client = self._make_client()

    def _make_client(self) -> PacketClient:
        client = PacketClient(
            CallbackAPIVersion.VERSION2,
            client_id=f"citybrain-ingest-{self.number}-{self._endpoint.session_secret}",
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_PATIENCE_S
        client.username_pw_set(self._endpoint.username, self._endpoint.password)
        if self._endpoint.tls:
            client.tls_set_context(self._endpoint.tls_context())
        client.suppress_exceptions = True
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_socket_open = lambda _client, _userdata, found: self._sockets.watch(found, self)
        client.on_socket_close = lambda _client, _userdata, found: self._sockets.unwatch(found)
        return client

    def _on_connect(self, client: Client, _userdata: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.refused = f"The broker refuses session {self.number}: {reason}."
            return
        if self._has_heard and not flags.session_present:
            self._lost_s = monotonic_s()
            log.error("the broker has forgotten the session: messages may be lost", session=self.number)
        self.connection += 1
        self._acks.clear()  # their numbers mean nothing on another connection
        self._enter(Stage.SUBSCRIBING)
        _, self._awaited = client.subscribe([(topic_filter, QOS) for topic_filter in self._filters])
        moved = [each for each in self._endpoint.movable if each not in self._filters]
        if moved and flags.session_present:
            client.unsubscribe(moved)

    def _on_subscribe(self, _client: Client, _userdata: Any, mid: int, reasons: Any, _properties: Any) -> None:
        if mid != self._awaited:
            return
        refused = [f for f, reason in zip(self._filters, reasons, strict=False) if reason.is_failure]
        if refused:
            self.refused = f"The broker refuses session {self.number} the topics {', '.join(refused)}."
            return
        self._failures, self.canary_back_s, self._canary_sent_s = 0, monotonic_s(), 0.0
        self._has_heard = True
        self._enter(Stage.READY)

    def _on_disconnect(self, _client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self.stage is Stage.READY:
            log.warning("session lost", session=self.number, reason=str(reason))
        self._fall()

    def _enter(self, stage: Stage) -> None:
        self.stage, self._stage_since_s = stage, monotonic_s()

    def _fall(self) -> None:
        self._enter(Stage.DOWN)
        self._retry_at_s = monotonic_s() + RETRY_S[min(self._failures, len(RETRY_S) - 1)]
        self._failures += 1

    def connect_when_due(self) -> None:
        """Try to connect if it is down and its turn."""
        if self.stage is not Stage.DOWN or monotonic_s() < self._retry_at_s:
            return
        self._enter(Stage.CONNECTING)
        try:
            self.client.connect(self._endpoint.host, self._endpoint.port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as error:
            if self._failures % 20 == 1:
                log.warning("broker away", session=self.number, error=str(error))
            self._fall()

    def acknowledge(self, mid: int, qos: int) -> None:
        """Tell the broker that it may forget a message, at the next ``flush``."""
        if qos:
            self._acks += PUBACK.pack(PUBACK_TYPE, 2, mid)

    def hear_canary(self, packet: Packet) -> bool:
        """Tell whether the packet is this session's own canary, and note that it came back."""
        is_canary = packet.topic == self.canary_topic.encode()
        if is_canary:
            self.canary_back_s = monotonic_s()
        return is_canary

    def flush(self) -> None:
        """Send the acknowledgements in one piece, and what the socket would not take before.

        One write for hundreds of them: a write each was a third of what receiving costs (measured).
        """
        if self._acks:
            acks, self._acks = bytes(self._acks), bytearray()
            self.client._packet_queue(PUBACK_TYPE, acks, 0, 0)
        if self.client.want_write():
            self.client.loop_write()

    @property
    def silent_s(self) -> float:
        """How long nothing but canaries has come."""
        return monotonic_s() - self.heard_s

    def read(self) -> None:
        """Read what has come, up to a burst."""
        found, limit = self.client.find_socket(), len(self.inbox) + BURST
        while found is not None and found.read_into(self.inbox, limit):
            if self.client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return

    def has_buffered(self) -> bool:
        """Tell whether something has been read, or unlocked by TLS, that a selector cannot see."""
        found = self.client.find_socket()
        return found is not None and found.is_waiting()

    def tend(self) -> None:
        """Keep the connection alive and prove that it hears; reconnect a deaf one."""
        if self.stage is Stage.DOWN:
            return
        self.client.loop_misc()
        now = monotonic_s()
        if self.stage is Stage.READY:
            self._send_canary(now)
        elif self.is_waiting and now - self._stage_since_s > ANSWER_PATIENCE_S:
            log.warning("broker does not answer", session=self.number, stage=str(self.stage))
            self.drop()

    def _send_canary(self, now: float) -> None:
        if now - self.canary_back_s > CANARY_LOST_S:
            log.error("session hears nothing, connecting again", session=self.number)
            self.drop()
        elif now - self._canary_sent_s >= CANARY_EVERY_S:
            self._canary_sent_s = now
            self.client.publish(self.canary_topic, b"", qos=QOS)

    def publish(self, topic: str, payload: bytes) -> None:
        """Tell a device something, if the broker is there: it asks again by repeating its alarm."""
        if self.stage is Stage.READY:
            self.client.publish(topic, payload, qos=QOS)

    def drop(self) -> None:
        """Close without a farewell, so that the session stays; it connects again when due."""
        found = self.client.socket()
        if found is not None:
            self._sockets.unwatch(found)
            found.close()
        self.client = self._make_client()
        self.inbox.clear()
        self._acks.clear()
        self._fall()

    @property
    def was_lost_lately(self) -> bool:
        """Whether the broker forgot the session a moment ago, and with it what waited there."""
        return monotonic_s() - self._lost_s < LOST_TOLD_S

    @property
    def is_waiting(self) -> bool:
        """Whether the broker owes us an answer."""
        return self.stage in {Stage.CONNECTING, Stage.SUBSCRIBING}

    @property
    def is_hearing(self) -> bool:
        """Whether it is subscribed and its canary came back in time."""
        return self.stage is Stage.READY and monotonic_s() - self.canary_back_s < CANARY_EVERY_S + CANARY_LATE_S
