"""What the brain counts about itself, for ``/readyz`` and ``/metrics`` of the web server.

The loops of ``brain.py`` count here; every few seconds the figures are written as rows of ``brain_states``,
since web and brain are two processes and perhaps two machines.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from command_center.running.brain_tables import BrainState
from foundation.database import Database

HELP = {
    "citybrain_brain_records": "Records taken in, by outcome",
    "citybrain_brain_batches": "Batches taken in",
    "citybrain_brain_batch_seconds": "Seconds spent taking batches in",
    "citybrain_brain_actions": "Actions of people, by action and answer",
    "citybrain_brain_action_seconds": "Seconds spent on actions",
    "citybrain_brain_timers_fired": "Timers fired",
    "citybrain_watchdog_overdue": "What should have happened and did not, now, by kind",
    "citybrain_watchdog_found": "What the watchdog found since the start, by kind",
    "citybrain_brain_retries": "Attempts that failed because database or bus was busy or away",
    "citybrain_brain_journal_number": "Number of the newest entry rung",
}
GAUGES = frozenset({"citybrain_brain_journal_number", "citybrain_watchdog_overdue"})


class BrainFigures:
    """Counts of one brain process since its start."""

    def __init__(self) -> None:
        self._values: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        """Add to a counter of ``HELP``."""
        self._values[name, tuple(sorted(labels.items()))] += by  # type: ignore[assignment]

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge of ``GAUGES``."""
        self._values[name, tuple(sorted(labels.items()))] = value  # type: ignore[assignment]

    def to_list(self) -> list[dict[str, Any]]:
        """Return the figures as the web renders them."""
        return [
            {
                "name": name,
                "kind": "gauge" if name in GAUGES else "counter",
                "help": HELP[name],
                "labels": dict(labels),
                "value": value,
            }
            for (name, labels), value in sorted(self._values.items())
        ]


def write_states(database: Database, brain: str, now: datetime, states: dict[str, dict[str, Any]]) -> None:
    """Write one row a loop: ``states`` is data by the loop's name."""
    with database.write() as session:
        for name, data in states.items():
            session.merge(BrainState(name=name, brain=brain, at=now, data=data))
