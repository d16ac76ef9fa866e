"""How the people of the demo city behave: who answers at once, who is slow, who does not answer.

Comes in: the seed and the number of an order. Goes out: a ``Temper`` for ``phone.py`` and
``desk_hand.py``. It hangs on the order, never on a town, so that missed clocks spread evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Temper:
    """Seconds from one act to the next, and how it ends: ``done``, ``cannot_handle`` or ``returned``."""

    read_s: float
    sign_s: float
    arrive_s: float
    done_s: float
    outcome: str
    silent: bool = False


PROMPT_RATIO = 0.72
SLOW_RATIO = 0.20  # the rest, 8 in 100, do not answer for half an hour
QUICK_KINDS = {"verify": 0.6, "check": 0.5}  # to look is quicker than to mend


def judge_temper(seed: int, order: int, kind: str) -> Temper:
    """Return how this order will be answered; the same for the same seed and order."""
    draw = Random(f"{seed}/order/{order}")
    share = draw.random()
    outcome = _judge_outcome(draw, kind)
    quick = QUICK_KINDS.get(kind, 1.0)
    if share < PROMPT_RATIO:
        arrive_s, done_s = draw.uniform(20, 80), draw.uniform(30, 150)
        return Temper(draw.uniform(2, 9), draw.uniform(4, 25), arrive_s * quick, done_s * quick, outcome)
    if share < PROMPT_RATIO + SLOW_RATIO:
        arrive_s, done_s = draw.uniform(90, 300), draw.uniform(120, 420)
        return Temper(draw.uniform(20, 70), draw.uniform(60, 280), arrive_s * quick, done_s * quick, outcome)
    wait_s = draw.uniform(1200, 2400)
    return Temper(
        wait_s, draw.uniform(30, 200), draw.uniform(60, 240), draw.uniform(60, 300), outcome, silent=True
    )


def _judge_outcome(draw: Random, kind: str) -> str:
    share = draw.random()
    if share < 0.04:
        return "cannot_handle"
    if share < 0.08 and kind == "dispose":
        return "returned"
    return "done"


def judge_check(seed: int, incident: int, round_: int) -> bool:
    """Return whether a check passes; one in twelve does not, and never twice."""
    return round_ > 0 or Random(f"{seed}/check/{incident}").random() > 1 / 12


def judge_satisfaction(seed: int, incident: int) -> str:
    """Return what a caller says when called back."""
    share = Random(f"{seed}/satisfaction/{incident}").random()
    return "very_satisfied" if share < 0.45 else "satisfied" if share < 0.95 else "dissatisfied"
