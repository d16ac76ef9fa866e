"""Receives: one thread that drives every MQTT session, decodes and judges, and acknowledges.

Comes in: packets of the broker. Goes out: deliveries to ``storing.py``; a message is acknowledged at once
when nothing is to be told, else after the bus has stored what was. Before it the broker, after it the bus.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from foundation.clock import monotonic_s
from foundation.logs import get_logger
from grid.city import City, spare_city
from ingest.deliveries import Delivery
from ingest.http_body import lighten_long
from ingest.judge import Senses
from ingest.messages import Message, Taken
from ingest.mqtt_packets import Packet
from ingest.mqtt_session import Endpoint, MqttSession, RefusedByBroker
from ingest.receive_counts import Counts
from ingest.repeats import REPEATED, Repeats, Standing
from ingest.routes import Routes

MOST_IN_FLIGHT = 10_000  # what waits for the bus; beyond it nothing is read, and the broker keeps the rest
TEND_EVERY_S = 0.1

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

log = get_logger("receive")
COPY = "copy_of_another_filter"


class MqttReceiver:
    """The receiving thread. ``submit`` is the bus side's; it is called from this thread alone."""

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
        self._hand_over = submit
        self._waiting = 0
        senses.hear = self.counts.hear
        senses.measure = self.counts.measure
        self._routes = Routes(senses.city.sources, shares)
        self._selector = selectors.DefaultSelector()
        self._wake_r, self._wake_w = socket.socketpair()
        self._done: deque[Delivery] = deque()
        self._calls: deque[Callable[[], None]] = deque()
        self._repeats = Repeats()
        self._stopping = threading.Event()
        self._tended_s = 0.0
        self._thread = threading.Thread(target=self._run, name="receive", daemon=True)
        self.sessions = [MqttSession(endpoint, k, filters, self) for k, filters in shares.items()]

    def start(self) -> None:
        for end in (self._wake_r, self._wake_w):
            end.setblocking(False)
        self._selector.register(self._wake_r, selectors.EVENT_READ, None)
        spare_city()
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the sessions stay with the broker, which keeps what comes meanwhile."""
        self._stopping.set()
        self._wake()
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self._selector.close()
            self._wake_r.close()
            self._wake_w.close()

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
            self._routes.replace_sources(city.sources)
            spare_city()

        self.call(replace)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def in_flight(self) -> int:
        """How many deliveries wait for the bus."""
        return self._waiting

    def submit(self, deliveries: list[Delivery]) -> None:
        """Hand deliveries to the bus side; only from the receiving thread."""
        self._waiting += len(deliveries)
        self._hand_over(deliveries)

    def watch(self, found: SocketLike, session: MqttSession) -> None:
        self._selector.register(found, selectors.EVENT_READ, session)

    def unwatch(self, found: SocketLike) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(found)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # it is awake, or has ended
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
        """One round: read what has come, judge it, acknowledge; now and then look after the sessions."""
        self.beat_s = monotonic_s()
        spoke = self._read()
        while self._calls:
            self._calls.popleft()()
        received_at = datetime.now(UTC)
        if spoke:
            self._take_all(spoke, received_at)
        if self._done:
            self._acknowledge_done()
        if self.beat_s - self._tended_s >= TEND_EVERY_S:
            self._tended_s = self.beat_s
            self._tend(received_at)

    def _read(self) -> list[MqttSession]:
        """Return the sessions that have read something."""
        held = [session for session in self.sessions if session.has_buffered()]
        ready = self._selector.select(0 if held else 0.05)
        if self._waiting > MOST_IN_FLIGHT:
            time.sleep(0.01)
            return []
        spoke = [key.data for key, _ in ready if key.data is not None]
        if len(spoke) < len(ready):
            self._wake_r.recv(4096)
        spoke += [session for session in held if session not in spoke]
        for session in spoke:
            session.read()
        return spoke

    def _take_all(self, spoke: list[MqttSession], received_at: datetime) -> None:
        deliveries: list[Delivery] = []
        for session in spoke:
            inbox, session.inbox = session.inbox, []
            for packet in inbox:
                delivery = self._take(session, packet, received_at)
                if delivery is not None:
                    deliveries.append(delivery)
            session.flush()
        if deliveries:
            self.submit(deliveries)

    def _take(self, session: MqttSession, packet: Packet, received_at: datetime) -> Delivery | None:
        """Return what must be stored before the packet is acknowledged; acknowledge it now if nothing must."""
        route = self._routes.find(packet)
        if route is None:
            if not session.hear_canary(packet):
                self.counts.ignored["no_source"] += 1
            session.acknowledge(packet.mid, packet.qos)
            return None
        session.heard_s = self.beat_s
        source, topic, replay, copying = route
        if session.number in copying:
            self.counts.ignored[COPY] += 1
            session.acknowledge(packet.mid, packet.qos)
            return None
        payload = packet.payload
        print_ = hash((topic, replay, payload)) if packet.qos else 0  # only QoS 1 is repeated
        if packet.qos and self._is_repeat(session, packet, print_):
            return None
        message = Message(
            source, topic, lighten_long(payload), received_at, replay=replay, retained=packet.retain,
            repeated=packet.dup,
        )  # fmt: skip
        taken = self.senses.take(message)
        self.counts.count(source.name, taken)
        if not taken.records and not taken.states:
            session.acknowledge(packet.mid, packet.qos)
            return None
        delivery = Delivery(taken, session, session.connection, packet.mid if packet.qos else 0)
        if packet.qos:
            self._repeats.wait(delivery, print_)
        return delivery

    def _is_repeat(self, session: MqttSession, packet: Packet, print_: int) -> bool:
        """Tell whether the broker sent it before: judged again, what has begun would be acknowledged unstored."""
        standing = self._repeats.find_standing(session, packet, print_)
        if standing is Standing.SERVED:
            self.counts.ignored[REPEATED] += 1
            session.acknowledge(packet.mid, packet.qos)
        return standing is not Standing.NEWS

    def _acknowledge_done(self) -> None:
        touched: set[MqttSession] = set()
        while self._done:
            delivery = self._done.popleft()
            self._waiting -= 1
            self._repeats.settle(delivery)
            if delivery.when_stored is not None:
                delivery.when_stored()
            session = delivery.session
            if session is not None and delivery.mid and delivery.connection == session.connection:
                session.acknowledge(delivery.mid, 1)
                touched.add(session)
        for session in touched:
            session.flush()

    def _tend(self, now: datetime) -> None:
        for session in self.sessions:
            if session.refused:
                raise RefusedByBroker(session.refused)
            session.connect_when_due()
            session.tend()
        taken = self.senses.pass_time(now, is_hearing=all(session.is_hearing for session in self.sessions))
        numbers = self.counts.own_numbers.take_changed(now)
        found = [one for one in (taken, Taken(states=numbers)) if one.records or one.states]
        if found:
            self.submit([Delivery(one) for one in found])
