"""Anchors of the journal outside the database, so that whoever cuts off its end is found out.

The brain's timers loop writes the head's number and hash as a line of a file; ``citybrain journal verify``
reads them back. A restored database has a new epoch: anchors of older epochs say nothing about it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from sqlalchemy import select

from command_center.journal.journal_tables import JournalHead
from foundation.database import Database

FILE_NAME = "journal-anchor.log"


class AnchorLine(msgspec.Struct, frozen=True):
    epoch: str
    number: int
    hash: str
    at: str


def anchor_file(data: Path) -> Path:
    """Return where the anchors of a data folder stand."""
    return data / FILE_NAME


def anchor_head(database: Database, path: Path, *, at: str, last: int = -1) -> int:
    """Write the head as one more line, unless it is still at ``last``; return its number."""
    with database.read() as session:
        head = session.scalars(select(JournalHead)).one_or_none()
        if head is None or head.number in (0, last):
            return last
        line = AnchorLine(head.epoch, head.number, head.hash, at)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return line.number


def read_anchors(path: Path, epoch: str) -> dict[int, str]:
    """Return the anchored hashes by number; a line that was torn by a power cut is passed over."""
    if not path.exists():
        return {}
    anchors: dict[int, str] = {}
    for raw in path.read_bytes().splitlines():
        try:
            line = msgspec.json.decode(raw, type=AnchorLine)
        except msgspec.DecodeError:
            continue
        if line.epoch == epoch:
            anchors[line.number] = line.hash
    return anchors
