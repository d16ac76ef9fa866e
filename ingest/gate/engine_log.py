"""Reads from the engine's log what it refused: to the device a refused publish looks accepted (measured).

Comes in: new lines of ``DATA/nats.log``. Goes out: each violation of a connection's rights, and each connection
that was not admitted. A log that was turned over is read to its end before the new one; how far it was read
stands in ``DATA/gate-log.json``, so that what the engine refused while the gate was away is counted after it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from foundation.bus.credentials import write_private
from foundation.logs import get_logger

# [pid] date time [ERR] 127.0.0.1:51065 - mid:10 - "client" - Publish Violation - Subject "dev.b.x"
VIOLATION = re.compile(rb' - mid:(\d+) - .*?(Publish|Subscription) Violation - .*?Subject "([^"]*)"')
# [pid] date time [ERR] 127.0.0.1:44275 - mid:198 - "client" - unable to connect: authentication error
# Tried on 2.15.1: this line is told of every refused connection, the one that names the user only sometimes.
UNADMITTED = re.compile(rb' - mid:(\d+) - .*?authentication error - User "([^"]*)"')
READ_BYTES = 1024 * 1024

log = get_logger("gate")


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


class Unadmitted(msgspec.Struct, frozen=True):
    """A connection that the engine did not admit: the gate refused it, or did not answer."""

    cid: int
    username: str


class Mark(msgspec.Struct, frozen=True):
    """How far which file was read."""

    inode: int
    offset: int


def read_line(line: bytes) -> Violation | Unadmitted | None:
    """Return what the line tells, or None for any other line."""
    found = UNADMITTED.search(line)
    return Unadmitted(int(found[1]), found[2].decode(errors="replace")) if found else read_violation(line)


class EngineLog:
    """Follows the log from where an earlier run marked, else from its present end."""

    def __init__(self, path: Path, mark: Path | None = None) -> None:
        self._path, self._mark = path, mark
        self._file: BinaryIO | None = None
        self._rest = b""
        self._kept: Mark | None = None
        self._open_marked()

    def _open_marked(self) -> None:
        """Go on where the mark stands: in the log, or in the one that was turned over meanwhile."""
        try:
            mark = msgspec.json.decode(self._mark.read_bytes(), type=Mark) if self._mark is not None else None
        except (OSError, msgspec.DecodeError):
            mark = None
        files = [file for file in self._path.parent.glob(f"{self._path.name}*") if file.is_file()]
        found = next((file for file in files if mark is not None and file.stat().st_ino == mark.inode), None)
        if mark is None or found is None:
            self._open(at_end=mark is None)
        else:
            self._file = found.open("rb")
            self._file.seek(mark.offset if mark.offset <= found.stat().st_size else 0)

    def keep_mark(self) -> None:
        """Remember how far it was read."""
        if self._mark is None or self._file is None:
            return
        mark = Mark(os.fstat(self._file.fileno()).st_ino, self._file.tell() - len(self._rest))
        if mark != self._kept:
            try:
                write_private(self._mark, msgspec.json.encode(mark))
            except OSError as error:  # a full disk: admitting needs none
                log.warning("the mark in the engine's log cannot be kept", error=str(error))
                return
            self._kept = mark

    def read(self) -> Iterator[Violation | Unadmitted]:
        """Yield what was refused since the last call."""
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

    def _read_open(self) -> Iterator[Violation | Unadmitted]:
        while self._file is not None and (content := self._file.read(READ_BYTES)):
            lines = (self._rest + content).split(b"\n")
            self._rest = lines.pop()
            yield from (found for line in lines if (found := read_line(line)) is not None)
