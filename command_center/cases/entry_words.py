"""What people typed into an entry, kept beside the journal: so it can be erased while the chain stands.

The entry holds a salted digest of each text under ``words``; who shows entries puts the texts back in with
``with_words``. Telephone and identity numbers are masked before a text is kept at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from command_center.journal.journal_tables import EntryWords
from command_center.journal.ledger import Ledger
from command_center.people.masking import mask_numbers
from foundation.ids import salted_digest

TYPED = frozenset(
    {
        *("reason", "result", "note", "task", "text", "reply", "place_text", "judgement"),
        *("topic", "opinion", "decision"),
    }
)
"""Fields in which people write; everything else in an entry is codes, and a code must stay what it is."""

MARK = "words"


def take_words(ledger: Ledger, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of the entry that is written next, with digests where people's words were."""
    typed = {name: mask_numbers(data[name]) for name in sorted(TYPED & data.keys()) if isinstance(data[name], str)}
    kept = {name: text for name, text in typed.items() if text}
    if kept:
        ledger.write(EntryWords, entry=ledger.head.number + 1, words=kept)
    rest = {name: value for name, value in data.items() if name not in typed}
    digests = {name: salted_digest(ledger.head.salt, text) for name, text in kept.items()}
    return {**rest, MARK: digests} if digests else rest


def read_words(session: Session, entries: Iterable[Any]) -> dict[int, dict[str, str]]:
    """Return the texts that belong to these rows of the journal, by their numbers."""
    numbers = [entry.number for entry in entries if MARK in entry.data]
    if not numbers:
        return {}
    rows = session.execute(select(EntryWords.entry, EntryWords.words).where(EntryWords.entry.in_(numbers)))
    return {number: words for number, words in rows}  # noqa: C416 rows are no pairs to the type checker


def with_words(data: Mapping[str, Any], words: Mapping[str, str] | None) -> dict[str, Any]:
    """Return an entry's data as it is shown: the texts in, their digests out."""
    return {**{name: value for name, value in data.items() if name != MARK}, **(words or {})}
