"""What the senses take out of a broker's bytes themselves, and what they leave to paho."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ingest.mqtt_packets import Packet, PacketSocket

Ends = tuple[PacketSocket, socket.socket]
ALARM = Packet(b"citybrain/v1/devices/d/alarm", b"{}", mid=513, qos=1, dup=True)
KEPT = Packet(b"t", b"", retain=True)
LONG = Packet(b"long", b"x" * 300_000, mid=7, qos=1)
PING_ANSWER, ACKNOWLEDGEMENT = b"\xd0\x00", b"\x40\x02\x00\x09"


def write(packet: Packet) -> bytes:
    """Source: MQTT 3.1.1 sections 2.2.3 and 3.3."""
    body = len(packet.topic).to_bytes(2, "big") + packet.topic
    body += packet.mid.to_bytes(2, "big") * bool(packet.qos) + packet.payload
    length, left = bytearray(), len(body)
    while left or not length:
        left, digit = divmod(left, 128)
        length.append(digit | 0x80 if left else digit)
    return bytes([0x30 | packet.dup << 3 | packet.qos << 1 | packet.retain]) + bytes(length) + body


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, brokers = socket.socketpair()
    ours.setblocking(False)
    with ours, brokers:
        yield PacketSocket(ours), brokers


def read_all(found: PacketSocket, *, limit: int = 100) -> tuple[list[Packet], bytes]:
    """Return the messages, and what paho reads between them by as many bytes as it asks for."""
    inbox: list[Packet] = []
    others = b""
    while found.read_into(inbox, limit):
        while True:
            try:
                others += found.recv(1)
            except BlockingIOError:
                break
    return inbox, others


def test_messages_are_whole_wherever_the_bytes_are_cut(ends: Ends) -> None:
    found, broker = ends
    told = write(ALARM) + PING_ANSWER + write(KEPT) + ACKNOWLEDGEMENT + write(ALARM)
    for cut in range(len(told) + 1):
        inbox: list[Packet] = []
        others = b""
        for part in (told[:cut], told[cut:]):
            broker.sendall(part)
            some, more = read_all(found)
            inbox, others = inbox + some, others + more
        assert inbox == [ALARM, KEPT, ALARM] and others == PING_ANSWER + ACKNOWLEDGEMENT, cut


def test_a_long_message_comes_in_pieces(ends: Ends) -> None:
    found, broker = ends
    told, inbox = write(LONG), []
    for start in range(0, len(told), 50_000):
        assert inbox == []
        broker.sendall(told[start : start + 50_000])
        inbox, _ = read_all(found)
    assert inbox == [LONG]


def test_what_is_over_a_burst_is_told_to_be_waiting(ends: Ends) -> None:
    """A selector sees nothing of what has been read already."""
    found, broker = ends
    broker.sendall(write(ALARM) * 5 + write(ALARM)[:9])
    assert [len(read_all(found, limit=2)[0]) for _ in range(2)] == [2, 2] and found.is_waiting()
    assert len(read_all(found, limit=2)[0]) == 1
    assert not found.is_waiting(), "half a message is nothing to turn for"


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param(b"\x34\x05\x00\x01t\x00\x01", id="QoS 2"),
        pytest.param(b"\x32\x03\x00\x09t", id="a topic longer than its packet"),
        pytest.param(b"\x32\x04\x00\x01t\x00", id="no room for the packet's number"),
        pytest.param(b"\x30\x01\x00", id="no room for a topic"),
        pytest.param(b"\x30\xff\xff\xff\xff\xff", id="a length of five bytes"),
    ],
)
def test_what_is_not_as_it_must_be_is_paho_s_to_refuse(ends: Ends, theirs: bytes) -> None:
    found, broker = ends
    broker.sendall(write(ALARM) + theirs)
    inbox: list[Packet] = []
    assert found.read_into(inbox, 100) and inbox == [ALARM]
    assert found.recv(100) in (theirs, theirs[:-1])


def test_the_end_is_told_after_the_last_message(ends: Ends) -> None:
    found, broker = ends
    broker.sendall(write(ALARM) * 3)
    broker.close()
    inbox: list[Packet] = []
    assert not found.read_into(inbox, 2) and len(inbox) == 2
    assert not found.read_into(inbox, 4) or found.recv(1) == b""
    assert len(inbox) == 3
    assert found.read_into(inbox, 4) and found.recv(1) == b""
