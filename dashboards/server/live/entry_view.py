"""A journal entry as the live feed and the timeline tell it; redacted for who sees only a part.

Entries hold no personal data (architecture decision 4). Who was only asked to assist learns that something
happened to the shared incident, but not who of the neighbour did what (process.md, `assist`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from command_center.cases.entry_words import with_words

SHARED_FACTS = ("area", "area_name", "category", "category_name", "state", "level", "urgency", "drill", "replay")

SHARED_KINDS = frozenset(
    {"incident_opened", "signal_joined", "signal_updated", "signal_ended", "filed", "closed", "reopened"}
)
"""What somebody who was only asked to assist is told of the shared incident besides their own orders."""
CHANGED = "incident_changed"
"""In place of what a neighbour did: that something changed, not what."""


class Told(Protocol):
    """The columns of a journal entry."""

    number: Any
    at: Any
    kind: Any
    incident: Any
    actor_kind: Any
    actor: Any
    data: Any


def show_entry(entry: Told, words: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the whole entry; ``words`` are what people typed (``command_center/cases/entry_words.py``)."""
    number: int = entry.number
    at: datetime = entry.at
    data = with_words(entry.data, words)
    return {
        "number": number,
        "at": at,
        "incident": entry.incident,
        "kind": entry.kind,
        "actor": show_actor(entry.actor_kind, entry.actor, data),
        "data": data,
    }


def show_actor(kind: str, actor: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return ``{kind, name, role}``; a person's name is the masked one that the brain wrote."""
    name = data.get("actor_name", "") if kind == "person" else actor
    return {"kind": kind, "name": name, "role": data.get("actor_role")}


def redact_entry(shown: dict[str, Any], own: frozenset[int]) -> dict[str, Any]:
    """Return the entry for somebody who sees only these orders of the incident."""
    if is_own(shown["data"], own):
        return shown
    data = {key: value for key, value in shown["data"].items() if key in SHARED_FACTS}
    kind = shown["kind"] if shown["kind"] in SHARED_KINDS else CHANGED
    return {
        **shown,
        "kind": kind,
        "data": data,
        "actor": {"kind": shown["actor"]["kind"], "name": "", "role": None},
    }


def is_own(data: dict[str, Any], own: frozenset[int]) -> bool:
    """Return whether an entry is about one of these orders."""
    return data.get("order") in own
