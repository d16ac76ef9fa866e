"""Gaps in a device's own numbering: counted, filled by late messages, never grown by repeats or a restart."""

from __future__ import annotations

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
