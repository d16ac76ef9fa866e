"""Backup and restore: every table and every attachment in one file, read at one moment, on either database.

Comes in: a database and the data folder. Goes out: a gzipped tar of JSON lines, and the same read back into an
empty place, under a new epoch, so that every screen starts from a snapshot. What still waits in the engine is
not part of it. Called by ``backup_commands.py``.
"""

from __future__ import annotations

import base64
import gzip
import io
import os
import shutil
import tarfile
import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import IO, Any

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Date, Integer, LargeBinary, Table, Time, func, insert, select, text
from sqlalchemy.orm import Session

from command_center.every_table import METADATA
from command_center.journal.journal_tables import JournalHead
from foundation import __version__
from foundation.clock import to_rfc3339
from foundation.database import Database, Shape, UtcDateTime
from foundation.ids import new_id
from foundation.processes import CannotRun, WrongInput
from foundation.schema import wanted_revision

ATTACHMENTS = "attachments"
MANIFEST = "manifest.json"
PARTIAL = ".part"  # an upload that is still growing begins anew
BATCH = 500


class Manifest(msgspec.Struct, frozen=True):
    """What a backup is: made when, by which program, at which revision, how many rows of each table."""

    made_at: str
    program: str
    revision: str
    rows: dict[str, int]
    attachments: int


def write_backup(database: Database, data: Path, file: Path) -> Manifest:
    """Write everything to the file, mode 0600; the product may run meanwhile.

    Raises:
        CannotRun: The file cannot be written.
    """
    partial = file.with_name(file.name + ".partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=5) as packed:
            with tarfile.open(fileobj=packed, mode="w") as archive:
                manifest = _write_all(database, data, archive)
            packed.flush()
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CannotRun(f"The backup {file} cannot be written: {error.strerror or error}.") from error
    return manifest


def _write_all(database: Database, data: Path, archive: tarfile.TarFile) -> Manifest:
    rows: dict[str, int] = {}
    with database.read() as session:
        for table in METADATA.sorted_tables:
            with tempfile.TemporaryFile() as lines:
                rows[table.name] = _write_rows(session, table, lines)
                _add(archive, f"tables/{table.name}.jsonl", lines)
    folder = data / ATTACHMENTS
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != PARTIAL)
    for path in files:
        archive.add(path, arcname=f"{ATTACHMENTS}/{path.relative_to(folder).as_posix()}")
    manifest = Manifest(to_rfc3339(datetime.now(UTC)), __version__, wanted_revision(), rows, len(files))
    _add(archive, MANIFEST, io.BytesIO(msgspec.json.encode(manifest)))
    return manifest


def _write_rows(session: Session, table: Table, lines: IO[bytes]) -> int:
    count = 0
    for row in session.execute(select(table).execution_options(yield_per=BATCH)):
        lines.write(msgspec.json.encode(list(row), enc_hook=_plain) + b"\n")
        count += 1
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, BaseGeometry):
        return shapely.to_wkb(value, hex=True)
    raise NotImplementedError(type(value).__name__)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    archive.addfile(entry, content)


def read_backup(database: Database, data: Path, file: Path) -> Manifest:
    """Read everything back into an empty, migrated database and a data folder without attachments.

    Raises:
        WrongInput: The file is no backup, is of another revision, or the target is not empty.
    """
    try:
        with tarfile.open(file, "r:gz") as archive:
            manifest = _read_manifest(archive, file)
            _check_empty(database, data)
            with database.write() as session:
                for table in METADATA.sorted_tables:
                    _read_rows(session, table, archive)
                _begin_epoch(session)
            _read_attachments(archive, data / ATTACHMENTS)
    except (OSError, tarfile.TarError, EOFError, msgspec.DecodeError) as error:
        raise WrongInput(f"{file} is not a backup that can be read: {error}.") from error
    return manifest


def _read_manifest(archive: tarfile.TarFile, file: Path) -> Manifest:
    manifest = msgspec.json.decode(_open(archive, MANIFEST).read(), type=Manifest)
    if manifest.revision != wanted_revision():
        raise WrongInput(
            f"{file} was made at revision {manifest.revision}, this program has {wanted_revision()}: restore it"
            f" with the program {manifest.program} and migrate afterwards."
        )
    return manifest


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = archive.extractfile(name)
    except KeyError as error:
        raise tarfile.ReadError(f"it has no {name}") from error
    if found is None:
        raise tarfile.ReadError(f"{name} is no file")
    return found


def _check_empty(database: Database, data: Path) -> None:
    with database.read() as session:
        for table in METADATA.sorted_tables:
            if session.execute(select(func.count()).select_from(table)).scalar():
                raise WrongInput(
                    f"The database is not empty (table {table.name}): restore into an empty one, named by"
                    " CITYBRAIN_DATABASE_URL or CITYBRAIN_DATA."
                )
    folder = data / ATTACHMENTS
    if folder.is_dir() and any(folder.iterdir()):
        raise WrongInput(f"{folder} is not empty: restore into another data folder.")


def _read_rows(session: Session, table: Table, archive: tarfile.TarFile) -> None:
    batch: list[dict[str, Any]] = []
    for line in _open(archive, f"tables/{table.name}.jsonl"):
        values = msgspec.json.decode(line)
        batch.append({c.name: _restored(c.type, v) for c, v in zip(table.columns, values, strict=True)})
        if len(batch) == BATCH:
            session.execute(insert(table), batch)
            batch = []
    if batch:
        session.execute(insert(table), batch)
    for column in table.primary_key.columns:
        if (
            isinstance(column.type, Integer)
            and column.autoincrement
            and session.get_bind().dialect.name == "postgresql"
        ):
            _set_sequence(session, table.name, column.name)


def _set_sequence(session: Session, table: str, column: str) -> None:
    """Let PostgreSQL count on from the greatest key; a column without a sequence is left alone."""
    sequence = session.execute(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table, "c": column}).scalar()
    if sequence:
        greatest = f"SELECT setval('{sequence}', COALESCE((SELECT MAX({column}) FROM {table}), 0) + 1, false)"
        session.execute(text(greatest))


def _restored(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Time):
        return time.fromisoformat(value)
    if isinstance(kind, Shape):
        return shapely.from_wkb(value)
    return base64.b64decode(value) if isinstance(kind, LargeBinary) else value


def _begin_epoch(session: Session) -> None:
    head = session.get(JournalHead, 1)
    if head is not None:
        head.epoch = new_id()


def _read_attachments(archive: tarfile.TarFile, folder: Path) -> None:
    for entry in archive.getmembers():
        parts = Path(entry.name).parts
        if parts[0] != ATTACHMENTS or not entry.isfile():
            continue
        if ".." in parts:
            raise tarfile.ReadError(f"it holds the name {entry.name!r}, which leads outside")
        target = folder.joinpath(*parts[1:])
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("wb") as out:
            shutil.copyfileobj(_open(archive, entry.name), out)
