"""Reads a broker's bytes in large pieces and takes the messages out of them; everything else is left to paho.

Comes in: a connected socket. Goes out: a ``Packet`` for each PUBLISH of QoS 0 or 1, and to paho, one at a time,
every other packet (answers to connecting, subscribing, publishing). paho reads a packet by four calls and makes a
lock and a condition for each message: half of what receiving cost (measured, decision 71).
Source of the packets: MQTT 3.1.1 sections 2.2 and 3.3.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import msgspec
from paho.mqtt.client import Client

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

PIECE_BYTES = 65_536
PUBLISH, MOST_QOS = 3, 1
MOST_LENGTH_BYTES, CONTINUED = 4, 128
TOPIC_LENGTH_BYTES = 2


class Packet(msgspec.Struct, frozen=True, gc=False):
    """A message as the broker sent it; the topic's bytes may be no UTF-8."""

    topic: bytes
    payload: bytes
    mid: int = 0
    qos: int = 0
    dup: bool = False
    retain: bool = False


class PacketSocket:
    """A socket as paho wants one. It may read what ``read_into`` has left to it, and nothing else."""

    def __init__(self, found: SocketLike) -> None:
        self._found = found
        self._held = bytearray()
        self._at = 0
        self._left_to_paho = b""
        self._ending: Exception | None = None
        self._has_ended = False
        self.has_more = False

    def read_into(self, inbox: list[Packet], limit: int) -> bool:
        """Put messages into the inbox until it holds so many; tell whether paho has something to read now."""
        self.has_more = False
        if not self._take_out(inbox, limit) and not self._has_ended:
            self._fill()
            self._take_out(inbox, limit)
        return bool(self._left_to_paho) or (self._has_ended and not self.has_more)

    def _take_out(self, inbox: list[Packet], limit: int) -> bool:
        """Take whole packets out of what is held; tell whether it stopped before the last of them."""
        held = self._held
        while (found := _find_body(held, self._at)) is not None:
            if len(inbox) >= limit:
                self.has_more = True
                return True
            body, after = found
            packet = _read_message(held, self._at, body, after)
            if packet is None:
                self._left_to_paho = bytes(held[self._at : after])
            else:
                inbox.append(packet)
            self._at = after
            if packet is None:
                return True
        return False

    def _fill(self) -> None:
        """Read one piece; an end or an error is told to paho, which ends the connection."""
        del self._held[: self._at]
        self._at = 0
        try:
            piece = self._found.recv(PIECE_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            self._ending, self._has_ended = error, True
            return
        self._held += piece
        self._has_ended = not piece

    def recv(self, size: int) -> bytes:
        """Give paho a part of the packet that is left to it."""
        if self._left_to_paho:
            part, self._left_to_paho = self._left_to_paho[:size], self._left_to_paho[size:]
            return part
        if self._ending is not None:
            raise self._ending
        if self._has_ended:
            return b""
        raise BlockingIOError

    def is_waiting(self) -> bool:
        """Tell whether there is something to read that a selector cannot see."""
        return self.has_more or (isinstance(self._found, ssl.SSLSocket) and self._found.pending() > 0)

    def send(self, buffer: bytes | bytearray) -> int:
        return self._found.send(buffer)

    def close(self) -> None:
        self._found.close()

    def fileno(self) -> int:
        return self._found.fileno()

    def setblocking(self, flag: bool) -> None:
        self._found.setblocking(flag)


class PacketClient(Client):
    """paho's client on a ``PacketSocket``."""

    def _create_socket(self) -> SocketLike:
        return PacketSocket(super()._create_socket())

    def find_socket(self) -> PacketSocket | None:
        """Return the socket while there is a connection."""
        found = self.socket()
        return found if isinstance(found, PacketSocket) else None


def _find_body(held: bytearray, at: int) -> tuple[int, int] | None:
    """Return where a packet's body begins and ends; None before all of it has come.

    Source: MQTT 3.1.1 section 2.2.3, remaining length. A length that is too long is paho's to refuse.
    """
    size, factor, place, end = 0, 1, at + 1, len(held)
    while place < end:
        digit = held[place]
        place += 1
        size += (digit & 127) * factor
        if place - at > MOST_LENGTH_BYTES + 1:
            return place, place
        if digit < CONTINUED:
            return (place, place + size) if place + size <= end else None
        factor *= CONTINUED
    return None


def _read_message(held: bytearray, at: int, body: int, after: int) -> Packet | None:
    """Return the message of a packet; None for what is paho's: another kind, QoS 2, or not as it must be."""
    first = held[at]
    qos = first >> 1 & 3
    if first >> 4 != PUBLISH or qos > MOST_QOS or after - body < TOPIC_LENGTH_BYTES:
        return None
    topic_at = body + TOPIC_LENGTH_BYTES
    topic_end = topic_at + (held[body] << 8 | held[body + 1])
    payload_at = topic_end + 2 if qos else topic_end
    if payload_at > after:
        return None
    mid = held[topic_end] << 8 | held[topic_end + 1] if qos else 0
    topic, payload = bytes(held[topic_at:topic_end]), bytes(held[payload_at:after])
    return Packet(topic, payload, mid, qos, bool(first & 8), bool(first & 1))
