"""What the broker sends once more: known again by its number and its bytes, so that nothing is judged twice.

Comes in: each QoS 1 message of ``receive_mqtt.py`` before it is judged. Goes out: whether it still waits for the
bus, was served already, or is news. A broker repeats what is not acknowledged in time; while we are slow the
acknowledgement of the first is often on its way when the second arrives.
"""

from __future__ import annotations

from enum import Enum, auto

from ingest.deliveries import Delivery
from ingest.mqtt_packets import Packet
from ingest.mqtt_session import MqttSession
from ingest.observation import Quarantined

REMEMBERED = 50_000  # messages, twice; a broker has at most some thousand unacknowledged on each session
REPEATED = "repeated_by_broker"


class Standing(Enum):
    """Where a message stands that has come."""

    NEWS = auto()
    WAITS = auto()
    SERVED = auto()


class Lately:
    """A set that forgets its older half."""

    def __init__(self) -> None:
        self._old: set[int] = set()
        self._new: set[int] = set()

    def add(self, one: int) -> None:
        if len(self._new) >= REMEMBERED:
            self._old, self._new = self._new, set()
        self._new.add(one)

    def __contains__(self, one: int) -> bool:
        return one in self._new or one in self._old


class Repeats:
    """What waits for the bus and what was served lately; used by the receiving thread alone."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int, int], Delivery] = {}
        self._prints: dict[tuple[int, int], Delivery] = {}
        self._served, self._unread = Lately(), Lately()

    def find_standing(self, session: MqttSession, packet: Packet, print_: int) -> Standing:
        """Tell whether it is news; what it is the same as is then acknowledged as this."""
        number = (session.number, session.connection, packet.mid)
        served = hash((session.number, session.connection, print_))
        if number in self._waiting:
            return Standing.WAITS
        if packet.dup:
            waiting = self._prints.get((session.number, print_))
            if waiting is not None:
                if waiting.connection != session.connection:
                    self._go_with(waiting, session, packet.mid)
                return Standing.WAITS
            if served in self._served or print_ in self._unread:
                return Standing.SERVED  # also under another number, which brokers give when an answer was late
        self._served.add(served)
        return Standing.NEWS

    def wait(self, delivery: Delivery, print_: int) -> None:
        """Note what must be stored before it is acknowledged."""
        delivery.print = print_
        self._waiting[delivery.key] = delivery
        self._prints[delivery.key[0], print_] = delivery
        if any(isinstance(record, Quarantined) for record in delivery.taken.records):
            self._unread.add(print_)

    def settle(self, delivery: Delivery) -> None:
        """Note that it is stored."""
        self._waiting.pop(delivery.key, None)
        if self._prints.get((delivery.key[0], delivery.print)) is delivery:
            del self._prints[delivery.key[0], delivery.print]

    def _go_with(self, delivery: Delivery, session: MqttSession, mid: int) -> None:
        """Let what waits be acknowledged on the connection that now is: its old number means nothing there."""
        del self._waiting[delivery.key]
        delivery.connection, delivery.mid = session.connection, mid
        self._waiting[delivery.key] = delivery
