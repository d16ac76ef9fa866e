"""Fills a broker with a backlog of telemetry, faster than any client library: packets written in one stream.

Called by ``bench_ingest.py`` alone. QoS 1; it ends when the broker has acknowledged everything.
Source of the packets: MQTT 3.1.1 sections 3.1 and 3.3.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

WINDOW = 8_000
CONNECT, PUBLISH_QOS1, PUBACK_BYTES = b"\x10", b"\x32", 4
CLEAN_WITH_LOGIN = 0xC2
CHUNK = 30_000
PATIENCE_S = 120.0


def publish_backlog(port: int, login: tuple[str, str], topics: Sequence[str], messages: int) -> None:
    """Publish ordinary readings, round the devices."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as found:
        _connect(found, login)
        room = threading.Semaphore(WINDOW)
        reader = threading.Thread(target=_read_acknowledgements, args=(found, messages, room), daemon=True)
        reader.start()
        chunk = bytearray()
        for packet in _list_packets(topics, messages):
            if not room.acquire(blocking=False):
                found.sendall(chunk)
                chunk.clear()
                room.acquire()
            chunk += packet
            if len(chunk) > CHUNK:
                found.sendall(chunk)
                chunk.clear()
        found.sendall(chunk)
        reader.join(PATIENCE_S)


def _connect(found: socket.socket, login: tuple[str, str]) -> None:
    header = _text("MQTT") + bytes([4, CLEAN_WITH_LOGIN]) + struct.pack("!H", 60)
    found.sendall(_packet(CONNECT, header + _text("bench-backlog") + _text(login[0]) + _text(login[1])))
    if found.recv(4)[3] != 0:
        raise ConnectionError("the broker refuses the benchmark's publisher")


def _read_acknowledgements(found: socket.socket, messages: int, room: threading.Semaphore) -> None:
    received = 0
    while received < messages * PUBACK_BYTES:
        before = received // PUBACK_BYTES
        received += len(found.recv(65536))
        for _ in range(received // PUBACK_BYTES - before):
            room.release()


def _list_packets(topics: Sequence[str], messages: int) -> Iterator[bytes]:
    begin = datetime.now(UTC)
    for number in range(messages):
        at = (begin + timedelta(milliseconds=number)).isoformat()
        values = {"water_level_m": 0.01 + number % 7 / 1000, "battery_ratio": 0.9, "temperature_c": 21.5}
        payload = json.dumps({"at": at, "seq": number // len(topics), "values": values}).encode()
        packet_id = struct.pack("!H", number % 65_535 + 1)
        yield _packet(PUBLISH_QOS1, _text(topics[number % len(topics)]) + packet_id + payload)


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text.encode())) + text.encode()


def _packet(kind: bytes, body: bytes) -> bytes:
    length, left = bytearray(), len(body)
    while True:
        left, digit = divmod(left, 128)
        length.append(digit | 0x80 if left else digit)
        if not left:
            return kind + bytes(length) + body
