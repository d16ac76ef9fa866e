"""How many sessions ingest opens: those of the present number of partitions, and those of the last one.

Comes in: the data folder and the setting ``partitions``. Goes out: a count. When the number shrinks, the
sessions above it still hold messages: they are opened until they have been silent, then forgotten.
"""

from __future__ import annotations

from pathlib import Path

from foundation.bus.credentials import write_private

FILE = "partitions"
SILENT_S = 30.0


def count_sessions(data: Path, partitions: int) -> int:
    """Return how many sessions to open: never fewer than were open before."""
    return max(partitions, _read(data))


def settle(data: Path, partitions: int) -> None:
    """Remember that nothing waits in any session above the present number."""
    if _read(data) != partitions:
        write_private(data / FILE, f"{partitions}\n".encode())


def _read(data: Path) -> int:
    try:
        return int((data / FILE).read_text())
    except (OSError, ValueError):
        return 0
