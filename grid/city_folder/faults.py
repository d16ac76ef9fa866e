"""What is wrong with a city folder: file, row, fault, one line each.

Every reader and checker adds to one list instead of stopping, so that a person mends a folder in one go.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong; ``row`` is the line of the file, 0 for the file as a whole."""

    file: str
    row: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}: {self.text}" if self.row else f"{self.file}: {self.text}"


@dataclass(slots=True)
class Faults:
    """The faults found so far, and the files whose content nobody knows: what refers to them cannot be judged."""

    items: list[Fault] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def add(self, file: str, row: int, text: str) -> None:
        self.items.append(Fault(file, row, text))

    def add_unread(self, file: str, row: int, text: str) -> None:
        self.unread.add(file)
        self.add(file, row, text)

    def sorted(self) -> list[Fault]:
        return sorted(set(self.items))
