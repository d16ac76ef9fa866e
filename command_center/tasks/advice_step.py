"""A lead department says what it sees (巡网督网): advice stands in the record, and decides nothing."""

from __future__ import annotations

from command_center.moves.act import Act


def advise(act: Act) -> None:
    """Write the advice down; holder, state and clocks stay as they are."""
    act.record("advised", text=act.words("text"))
