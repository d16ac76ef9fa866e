"""Gaps in a device's own numbering: counted, filled by late messages, never grown by repeats or a restart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.receive_counts import Counts
from tests.ingest.instruments import NOW


def gaps_of(*heard: int) -> int:
    counts = Counts()
    for seq in heard:
        counts.hear("d", NOW, seq)
    return counts.take_heard()["d"].gaps


@pytest.mark.parametrize(
    ("heard", "missing"),
    [
        ((1, 2, 3), 0),
        ((1, 2, 5), 2),
        ((1, 2, 5, 4), 1),
        ((1, 2, 5, 4, 3), 0),
        ((7, 7, 7, 8), 0),
        ((7, 9, 9, 9), 1),
        ((50, 51, 1, 2, 3), 0),
        ((5000, 5001, 7, 8), 0),
        ((10, 9, 8, 11), 0),
        ((1, 1_000_000), 999_998),
    ],
)
def test_missing_numbers(heard: tuple[int, ...], missing: int) -> None:
    assert gaps_of(*heard) == missing


@given(order=st.permutations(range(2, 30)))
def test_any_order_of_everything_leaves_no_gap(order: list[int]) -> None:
    assert gaps_of(2, *order) <= 27
    assert gaps_of(*range(2, 30), *order) == 0
    assert gaps_of(2, 29, *order) == 0


def run_again(before: list[int], after: list[int], *, was_killed: bool) -> int:
    """Return what is missing after a restart; a message a second, and a killed run wrote down none of its last."""
    first, second = Counts(), Counts()
    kept: dict[str, bytes | None] = {}
    for number, seq in enumerate(before):
        first.hear("d", NOW + timedelta(seconds=number), seq)
        kept |= first.own_numbers.take_changed(NOW + timedelta(seconds=number))
    if not was_killed:
        kept |= first.own_numbers.take_all()
    second.own_numbers.restore({key: content for key, content in kept.items() if content is not None})
    for seq in after:
        second.hear("d", NOW + timedelta(seconds=200), seq)
    return second.take_heard()["d"].gaps


@pytest.mark.parametrize("was_killed", [False, True])
def test_a_restart_of_the_senses_goes_on_counting(was_killed: bool) -> None:
    heard = list(range(1, 100))
    assert run_again(heard, [100, 101, 102], was_killed=was_killed) == 0, "nothing is missing, whatever was kept"
    found = run_again(heard, [150, 151], was_killed=was_killed)
    assert found == 50 if not was_killed else 45 <= found <= 50
    assert run_again(heard, [1, 2, 3], was_killed=was_killed) == 0, "the device was restarted, too"
    assert run_again(heard, [98, 97, 100], was_killed=was_killed) == 0, "repeated by the broker"
