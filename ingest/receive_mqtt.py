"""Receives: one thread that drives every MQTT session, decodes and judges, and acknowledges.

Comes in: packets of the broker. Goes out: deliveries to ``storing.py``; a message is acknowledged at once
when nothing is to be told, else after the bus has stored what was. Before it the broker, after it the bus.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from paho.mqtt.client import MQTTMessage, SocketLike

from foundation.clock import monotonic_s
from foundation.logs import get_logger
from grid.city import City
from ingest.judge import Senses
from ingest.messages import Message, Taken
from ingest.mqtt_session import Endpoint, MqttSession, RefusedByBroker
from ingest.receive_counts import Counts
from ingest.sources import SourceFinder, plain_topic

MOST_IN_FLIGHT = 10_000  # what waits for the bus; beyond it nothing is read, and the broker keeps the rest
TEND_EVERY_S = 0.5

log = get_logger("receive")


@dataclass(slots=True, eq=False)
class Delivery:
    """What one message (or the passing of time: no session) wants stored, and what to acknowledge then.

    A packet id means nothing on another connection, so ``connection`` counts them.
    """

    taken: Taken
    session: MqttSession | None = None
    connection: int = 0
    mid: int = 0
    when_stored: Callable[[], None] | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        return (self.session.number if self.session else -1, self.connection, self.mid)


class MqttReceiver:
    """The receiving thread. ``submit`` hands deliveries to the bus side; it is called from this thread."""

    def __init__(
        self,
        senses: Senses,
        shares: dict[int, list[str]],
        endpoint: Endpoint,
        submit: Callable[[list[Delivery]], None],
    ) -> None:
        self.senses, self.counts = senses, Counts()
        self.failure: BaseException | None = None
        self.beat_s = monotonic_s()
        self.submit = submit
        senses.hear = self.counts.hear
        self._finder = SourceFinder(senses.city.sources)
        self._selector = selectors.DefaultSelector()
        self._wake_r, self._wake_w = socket.socketpair()
        self._done: deque[Delivery] = deque()
        self._calls: deque[Callable[[], None]] = deque()
        self._flying: dict[tuple[int, int, int], Delivery] = {}
        self._stopping = threading.Event()
        self._tended_s = 0.0
        self._thread = threading.Thread(target=self._run, name="receive", daemon=True)
        self.sessions = [MqttSession(endpoint, k, filters, self) for k, filters in shares.items()]

    def start(self) -> None:
        for end in (self._wake_r, self._wake_w):
            end.setblocking(False)
        self._selector.register(self._wake_r, selectors.EVENT_READ, None)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the sessions stay with the broker, which keeps what comes meanwhile."""
        self._stopping.set()
        self._wake()
        self._thread.join(timeout=5)

    def call(self, function: Callable[[], None]) -> None:
        """Run a function in the receiving thread, between two rounds."""
        self._calls.append(function)
        self._wake()

    def acknowledge(self, deliveries: list[Delivery]) -> None:
        """Let the receiving thread acknowledge what the bus has stored; callable from any thread."""
        self._done.extend(deliveries)
        self._wake()

    def replace_city(self, city: City) -> None:
        """Go on with another edition of the city."""

        def replace() -> None:
            self.senses.replace_city(city)
            self._finder = SourceFinder(city.sources)

        self.call(replace)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def in_flight(self) -> int:
        return len(self._flying)

    def watch(self, found: SocketLike, session: MqttSession) -> None:
        self._selector.register(found, selectors.EVENT_READ, session)

    def unwatch(self, found: SocketLike) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(found)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is awake
            self._wake_w.send(b"\0")

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
        except BaseException as error:
            self.failure = error
            log.error("receiving ended", error=str(error), exc_info=not isinstance(error, RefusedByBroker))
        finally:
            for session in self.sessions:
                session.drop()

    def _turn(self) -> None:
        """One round: connect, read, judge, acknowledge."""
        self.beat_s = monotonic_s()
        for session in self.sessions:
            session.connect_when_due()
        self._read()
        while self._calls:
            self._calls.popleft()()
        received_at = datetime.now(UTC)
        self._take_all(received_at)
        self._acknowledge_done()
        if self.beat_s - self._tended_s >= TEND_EVERY_S:
            self._tended_s = self.beat_s
            self._tend(received_at)

    def _read(self) -> None:
        has_buffered = any(session.has_buffered() for session in self.sessions)
        is_full = len(self._flying) > MOST_IN_FLIGHT
        for key, _ in self._selector.select(0 if has_buffered else 0.1):
            if key.data is None:
                self._wake_r.recv(4096)
            elif not is_full:
                key.data.read()
        for session in self.sessions:
            session.flush()
            if has_buffered and session.has_buffered() and not is_full:
                session.read()

    def _take_all(self, received_at: datetime) -> None:
        deliveries: list[Delivery] = []
        for session in self.sessions:
            if session.inbox:
                inbox, session.inbox = session.inbox, []
                for message in inbox:
                    delivery = self._take(session, message, received_at)
                    if delivery is not None:
                        deliveries.append(delivery)
        if deliveries:
            self.submit(deliveries)

    def _take(self, session: MqttSession, packet: MQTTMessage, received_at: datetime) -> Delivery | None:
        """Return what must be stored before the packet is acknowledged; acknowledge it now if nothing must."""
        try:
            topic = packet.topic
        except UnicodeDecodeError:
            topic = "\N{REPLACEMENT CHARACTER}"
        if topic == session.canary_topic:
            session.hear_canary()
            session.acknowledge(packet.mid, packet.qos)
            return None
        topic, replay = plain_topic(topic)
        source = self._finder.find_source(topic)
        if source is None:
            session.acknowledge(packet.mid, packet.qos)
            self.counts.ignored["no_source"] += 1
            return None
        taken = self.senses.take(Message(source, topic, bytes(packet.payload), received_at, "", "mqtt", replay))
        self.counts.count(source.name, taken)
        if not taken.records and not taken.states:
            session.acknowledge(packet.mid, packet.qos)
            return None
        delivery = Delivery(taken, session, session.connection, packet.mid if packet.qos else 0)
        if packet.qos:
            if delivery.key in self._flying:  # redelivered while the bus is slow; one is enough
                return None
            self._flying[delivery.key] = delivery
        return delivery

    def _acknowledge_done(self) -> None:
        while self._done:
            delivery = self._done.popleft()
            self._flying.pop(delivery.key, None)
            if delivery.when_stored is not None:
                delivery.when_stored()
            session = delivery.session
            if session is not None and delivery.mid and delivery.connection == session.connection:
                session.acknowledge(delivery.mid, 1)

    def _tend(self, now: datetime) -> None:
        for session in self.sessions:
            if session.refused:
                raise RefusedByBroker(session.refused)
            session.tend()
        taken = self.senses.pass_time(now)
        if taken.records or taken.states:
            self.submit([Delivery(taken)])
