"""A policy document as the key of a cache: by identity, since a loaded city never changes in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class PolicyKey:
    """Two keys are equal when they hold the very same document."""

    __slots__ = ("document",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyKey) and other.document is self.document
