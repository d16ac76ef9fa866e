"""The chain: whoever changes, removes or cuts off an entry is found out, and where."""

from pathlib import Path

import pytest
from sqlalchemy import text

from command_center.cases.actors import Actor
from command_center.cases.entry_words import read_words, with_words
from command_center.journal.journal import append, ensure_head, export_journal, verify_journal
from command_center.journal.journal_anchor import anchor_file, anchor_head, read_anchors
from command_center.journal.journal_tables import JournalHead
from foundation.database import Database
from tests.command_center.stage import NOON, Stage


@pytest.fixture
def written(database: Database) -> Database:
    """Return a database with ten entries."""
    for number in range(10):
        with database.write() as session:
            data = {"reason": "换了井盖", "ratio": 0.5, "n": number, "list": ["a", None]}
            append(session, "city_loaded", Actor("system", "system"), at=NOON, data=data, trace_id=f"t{number}")
    return database


def verify(database: Database, anchors: dict[int, str] | None = None) -> tuple[int, int | None]:
    with database.read() as session:
        return verify_journal(session, anchors)


def tamper(database: Database, statement: str) -> None:
    with database.write() as session:
        session.execute(text(statement))


def test_an_untouched_journal_verifies(written: Database) -> None:
    assert verify(written) == (10, None)


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE journal SET actor = 'somebody' WHERE number = 4", 4),
        ("UPDATE journal SET data = '{}' WHERE number = 7", 7),
        ("UPDATE journal SET at = '2026-01-01 00:00:00' WHERE number = 1", 1),
        ("UPDATE journal SET hash = 'x' WHERE number = 5", 5),
        ("DELETE FROM journal WHERE number = 3", 3),
        ("DELETE FROM journal WHERE number = 10", 10),
        ("UPDATE journal SET number = 99 WHERE number = 2", 2),
    ],
)
def test_the_first_bad_entry_is_named(written: Database, statement: str, first_bad: int) -> None:
    tamper(written, statement)
    assert verify(written) == (first_bad - 1, first_bad)


def test_a_cut_off_end_is_found_by_the_anchor_outside(written: Database, tmp_path: Path) -> None:
    path = anchor_file(tmp_path)
    assert anchor_head(written, path, at="2026-11-23T04:00:00Z") == 10
    tamper(written, "DELETE FROM journal WHERE number > 6")
    with written.read() as session:
        last = list(export_journal(session))[-1]
    assert b'"number":6' in last
    hash_6 = last.split(b'"hash":"')[1].split(b'"')[0].decode()
    tamper(written, f"UPDATE journal_head SET number = 6, hash = '{hash_6}'")
    assert verify(written) == (6, None)  # the database alone cannot tell
    with written.read() as session:
        head = session.get(JournalHead, 1)
        assert head is not None
        anchors = read_anchors(path, head.epoch)
    assert verify(written, anchors) == (6, 7)


def test_the_anchor_is_written_once_for_each_new_head(written: Database, tmp_path: Path) -> None:
    path = anchor_file(tmp_path)
    last = anchor_head(written, path, at="a")
    assert anchor_head(written, path, at="b", last=last) == last
    assert len(path.read_bytes().splitlines()) == 1
    path.write_bytes(path.read_bytes() + b'{"torn')
    with written.read() as session:
        head = session.get(JournalHead, 1)
        assert head is not None and read_anchors(path, head.epoch) == {10: head.hash}
        assert read_anchors(path, "another epoch") == {}


def test_an_empty_journal_is_in_order(database: Database) -> None:
    assert verify(database) == (0, None)
    with database.write() as session:
        first = ensure_head(session).epoch
    with database.write() as session:
        assert ensure_head(session).epoch == first
    assert verify(database) == (0, None)


def test_an_export_holds_every_entry_in_order(written: Database) -> None:
    with written.read() as session:
        lines = list(export_journal(session))
    assert len(lines) == 10 and all(line.endswith(b"\n") for line in lines)
    assert "换了井盖".encode() in lines[0]


def test_what_people_typed_can_be_erased_while_the_chain_stands(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    cast.must("drainage", "return", 1, reason_code="other", reason="张三说不归我们管，电话13812348000")
    (entry,) = cast.entries("returned")
    assert "张三" not in str(entry.data) and entry.data["words"]["reason"]
    words = cast.reading(lambda session: read_words(session, [entry]))
    assert words == {entry.number: {"reason": "张三说不归我们管，电话138****8000"}}
    shown = with_words(entry.data, words[entry.number])
    assert shown["reason"].startswith("张三") and "words" not in shown
    tamper(cast.database, "DELETE FROM entry_words")
    assert verify(cast.database)[1] is None
