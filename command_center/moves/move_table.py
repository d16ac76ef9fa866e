"""The table of moves as a document, made from its rows. ``docs/moves.md`` is its output.

``python -m command_center.moves.move_table > docs/moves.md`` writes it; a test fails when it has drifted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from command_center.moves.case_states import ANY_KIND, EVER, EVERY_STAGE, OPEN
from command_center.moves.move import EVERYBODY, SAME, Move
from command_center.moves.table import MOVES

HEAD = """# The table of moves

Made from the code by `python -m command_center.moves.move_table`; do not edit. One row an action: from which
states (of the order too, where an order is meant), to which, who may, with which fields, which clocks start, stop,
pause and go on. *who* names the roles; whether a person acts at the level that holds the case, above it, or for
the post of the order, is judged by the guard of the row (`command_center/moves/*_moves.py`). Forms that depend on
the case say so. `GET /api/v1/incidents/{number}/actions` offers what a person may do now; nothing else is done.
"""
COLUMNS = ("action", "from", "order", "to", "who", "others must agree", "fields", "clocks")


def write_table() -> str:
    """Return the document."""
    rows = [f"| {' | '.join(_row(move))} |" for move in MOVES.values()]
    rule = f"|{'---|' * len(COLUMNS)}"
    return "\n".join([HEAD, f"| {' | '.join(COLUMNS)} |", rule, *rows, ""])


def _row(move: Move) -> list[str]:
    return [
        f"`{move.action}` {move.zh}",
        _states(move.states),
        _order(move),
        _to(move),
        "everybody" if move.may.roles == EVERYBODY else _codes(move.may.roles),
        "yes" if move.chain is not None else "",
        _fields(move),
        _clocks(move),
    ]


def _codes(names: Iterable[str]) -> str:
    return ", ".join(sorted(str(name) for name in names))


def _states(states: frozenset[str]) -> str:
    if states == EVER:
        return "any"
    if states >= OPEN:
        return ", ".join(["any open", *sorted(states - OPEN)])
    return _codes(states)


def _order(move: Move) -> str:
    if not move.order_kinds:
        return ""
    kinds = "any" if move.order_kinds == ANY_KIND else _codes(move.order_kinds)
    return f"{kinds}: {_codes(move.order_states)}"


def _to(move: Move) -> str:
    named = sorted(move.to - {SAME})
    return ", ".join([*named, "stays"] if SAME in move.to else named)


def _fields(move: Move) -> str:
    if not isinstance(move.form, dict):
        return "by the case"
    needed = set(move.form["required"])
    return ", ".join(f"**{name}**" if name in needed else name for name in move.form["properties"])


def _clocks(move: Move) -> str:
    told = (("start", move.starts), ("stop", move.stops), ("pause", move.pauses), ("go on", move.resumes))
    return "; ".join(
        f"{word} {'all' if stages >= EVERY_STAGE else _codes(stages)}" for word, stages in told if stages
    )


if __name__ == "__main__":
    sys.stdout.write(write_table())
