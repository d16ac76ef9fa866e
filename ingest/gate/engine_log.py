"""Reads from the engine's log what it refused: to the device a refused publish looks accepted (measured).

Comes in: new lines of ``DATA/nats.log``. Goes out: connection, kind and subject of each violation. A log that
was turned over is read to its end before the new one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

# [pid] date time [ERR] 127.0.0.1:51065 - mid:10 - "client" - Publish Violation - Subject "dev.b.x"
VIOLATION = re.compile(rb' - mid:(\d+) - .*?(Publish|Subscription) Violation - .*?Subject "([^"]*)"')
READ_BYTES = 1024 * 1024


class Violation(msgspec.Struct, frozen=True):
    """What one connection was refused; ``subject`` as the engine writes it."""

    cid: int
    is_publish: bool
    subject: str


def read_violation(line: bytes) -> Violation | None:
    """Return what the line tells, or None for any other line."""
    found = VIOLATION.search(line)
    if found is None:
        return None
    return Violation(int(found[1]), found[2] == b"Publish", found[3].decode(errors="replace"))


class EngineLog:
    """Follows the log from its present end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._rest = b""
        self._open(at_end=True)

    def read(self) -> Iterator[Violation]:
        """Yield the violations since the last call."""
        yield from self._read_open()
        if self._was_turned():
            yield from self._read_open()
            self.close()
            self._open(at_end=False)
            yield from self._read_open()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._rest = None, b""

    def _open(self, *, at_end: bool) -> None:
        try:
            self._file = self._path.open("rb")
        except OSError:
            return
        if at_end:
            self._file.seek(0, os.SEEK_END)

    def _was_turned(self) -> bool:
        try:
            found = self._path.stat()
        except OSError:
            return False
        if self._file is None:
            return True
        held = os.fstat(self._file.fileno())
        return found.st_ino != held.st_ino or found.st_size < self._file.tell()

    def _read_open(self) -> Iterator[Violation]:
        while self._file is not None and (content := self._file.read(READ_BYTES)):
            lines = (self._rest + content).split(b"\n")
            self._rest = lines.pop()
            yield from (found for line in lines if (found := read_violation(line)) is not None)
