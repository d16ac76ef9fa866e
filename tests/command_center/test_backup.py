"""Backup and restore: everything comes back, on either database, under a new epoch; nothing is overwritten."""

from __future__ import annotations

import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from command_center.every_table import METADATA
from command_center.journal.backup import read_backup, write_backup
from command_center.journal.journal import verify_journal
from command_center.signals.signal_tables import QuarantineRow
from foundation.database import Database
from foundation.ids import canonical_json
from foundation.processes import CannotRun, WrongInput
from foundation.schema import migrate
from tests.command_center.stage import NOON, Stage


def everything(database: Database) -> dict[str, list[Any]]:
    with database.read() as session:
        return {
            table.name: sorted([tuple(show(value) for value in row) for row in session.execute(select(table))])
            for table in METADATA.sorted_tables
            if table.name != "journal_head"
        }


def show(value: Any) -> str:
    """Return a value as text: JSONB keeps no order of keys."""
    return canonical_json(value).decode() if isinstance(value, dict | list) else str(value)


@pytest.fixture
def lived(cast: Stage, tmp_path: Path) -> Stage:
    """Return a stage on which something has happened, with an attachment beside it."""
    cast.take_in(cast.alarm())
    with cast.database.write() as session:
        session.add(
            QuarantineRow(
                id="q1", state="open", source="native", transport="mqtt", topic="t", payload=b"\x00\xff",
                reason="not_json", detail="坏", received_at=NOON,
            )
        )  # fmt: skip
    (tmp_path / "from" / "attachments" / "ab").mkdir(parents=True)
    (tmp_path / "from" / "attachments" / "ab" / "abc.picture").write_bytes(b"picture")
    (tmp_path / "from" / "attachments" / "ab" / "abc.part").write_bytes(b"half")
    return cast


def test_everything_comes_back_under_a_new_epoch(lived: Stage, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.tgz"
    written = write_backup(lived.database, tmp_path / "from", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert written.rows["incidents"] == 1 and written.attachments == 1
    target = Database(database_url.replace("citybrain.db", "restored.db"))
    try:
        migrate(target)
        read_backup(target, tmp_path / "to", file)
        assert everything(target) == everything(lived.database)
        assert head(target)[0] != head(lived.database)[0] and head(target)[1:] == head(lived.database)[1:]
        assert (tmp_path / "to" / "attachments" / "ab" / "abc.picture").read_bytes() == b"picture"
        assert not (tmp_path / "to" / "attachments" / "ab" / "abc.part").exists()
        with target.read() as session:
            assert verify_journal(session) == (head(target)[1], None)
        again = Stage(target, lived.city, lived.clock, lived.cast)
        again.must("town", "report", category="UM-01003", text="又一处", lon=118.33, lat=33.95)
        with pytest.raises(WrongInput, match="The database is not empty"):
            read_backup(target, tmp_path / "elsewhere", file)
    finally:
        target.dispose()


def head(database: Database) -> list[Any]:
    with database.read() as session:
        return list(session.execute(select(METADATA.tables["journal_head"].c["epoch", "number", "hash"])).one())


def test_a_folder_with_attachments_is_not_overwritten(lived: Stage, tmp_path: Path) -> None:
    file = tmp_path / "backup.tgz"
    write_backup(lived.database, tmp_path / "from", file)
    target = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    migrate(target)
    with pytest.raises(WrongInput, match="is not empty: restore into another data folder"):
        read_backup(target, tmp_path / "from", file)
    target.dispose()


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\x1f\x8b\x08\x00"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    target = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(WrongInput, match="is not a backup"):
        read_backup(target, tmp_path, tmp_path / "file")
    target.dispose()


def test_a_name_that_leads_outside_is_refused(lived: Stage, tmp_path: Path) -> None:
    file = tmp_path / "backup.tgz"
    (tmp_path / "from" / "attachments" / "x").write_text("evil")
    write_backup(lived.database, tmp_path / "from", file)
    evil = tmp_path / "evil.tgz"
    with tarfile.open(file) as good, tarfile.open(evil, "w:gz") as bad:
        for entry in good.getmembers():
            content = good.extractfile(entry)
            entry.name = entry.name.replace("attachments/x", "attachments/../../x")
            bad.addfile(entry, content)
    target = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    migrate(target)
    with pytest.raises(WrongInput, match="leads outside"):
        read_backup(target, tmp_path / "to", evil)
    assert not (tmp_path / "x").exists()
    target.dispose()


def test_a_place_that_cannot_be_written_is_said(lived: Stage, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="cannot be written"):
        write_backup(lived.database, tmp_path, tmp_path / "no" / "folder" / "backup.tgz")
