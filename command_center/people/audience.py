"""Who may see one incident, as data: stored beside it and with every entry about it.

Written by the brain when place, holder or orders change (``command_center/cases/audience_rows.py`` keeps the
table in step); read by ``Scope`` here and by its SQL twin, so that both always say the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of an incident that decide who may see it.

    ``also`` are domains besides the incident's own. ``areas`` is the incident's own path, root first, down
    to the grid. ``shared`` are areas that were asked to assist. ``parties`` are departments, teams and posts
    with an order, as holder, or in a consultation. ``workers`` have or had an order that is not cancelled.
    A ``patrol`` is no incident: screens leave it out.
    """

    domain: str
    also: tuple[str, ...] = ()
    privacy_class: int = 0
    areas: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    patrol: bool = False

    def concerns(self, domains: Iterable[str]) -> bool:
        """Return whether one of the domains is among those of the incident."""
        wanted = frozenset(domains)
        return self.domain in wanted or not wanted.isdisjoint(self.also)

    def to_document(self) -> dict[str, Any]:
        """Return the audience as it is stored in a journal entry."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document


def from_document(document: dict[str, Any]) -> Audience:
    """Return the audience that ``to_document`` wrote."""
    return msgspec.convert(document, Audience)
