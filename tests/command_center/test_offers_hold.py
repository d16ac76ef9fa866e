"""What ``GET …/actions`` offers is what can be done: every offer, to everybody, in every state, with a good form.

Each is tried in a transaction that is taken back, so that all of them are tried from where the case stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from sqlalchemy.orm import Session

from command_center.people.roles import Role
from foundation.database import Database
from tests.command_center.stage import TOWN, Stage
from tests.command_center.test_random_walks import open_case
from tests.command_center.walker import Walker, hire_everybody

CI_STEPS, CI_SHARE = 5, 0.12
PROOF_STEPS = 16


@contextmanager
def nothing_stays(database: Database) -> Iterator[None]:
    """Have every writing transaction taken back at its end."""
    real = database.write

    @contextmanager
    def write() -> Iterator[Session]:
        with real() as session:
            yield session
            session.rollback()

    database.write = write  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        database.write = real  # type: ignore[method-assign]


def try_offers(walker: Walker, share: float) -> int:
    """Try offers to everybody, this share of them; return how many were tried."""
    cast, tried = walker.cast, 0
    for who in cast.cast:
        for offer in walker.offers(who):
            nobody = offer["action"] == "assign" and walker.worker_of(offer["order"]) is None
            if nobody or walker.random.random() >= share:
                continue
            form, order = walker.least_form(who, offer), offer["order"]
            with nothing_stays(cast.database):
                answer = cast.do(who, offer["action"], None if order else walker.number, order=order, **form)
            state = cast.incident(walker.number).state
            assert answer.refusal is None, (state, who, offer["action"], form, answer.refusal)
            tried += 1
    return tried


def walk(cast: Stage, how: str, seed: int, *, steps: int, share: float) -> int:
    hire_everybody(cast)
    cast.hire("shift", Role.SHIFT_LEADER, cast.city.code)
    cast.hire("supervisor", Role.LEAD_SUPERVISOR, cast.city.code, department="drainage")
    cast.hire("town-shift", Role.SHIFT_LEADER, TOWN)
    place = cast.manhole().lonlat
    said = {"category": "UM-03001", "text": "另一件", "lon": place.lon, "lat": place.lat}
    partner, number = cast.must("town", "report", **said).incident, open_case(cast, how)
    assert partner is not None
    walker, tried = Walker(cast, number, partner, Random(f"offers {how} {seed}")), 0
    for _ in range(steps):
        walker.hire_holders()
        tried += try_offers(walker, share)
        if cast.incident(number).state in ("archived", "void", "merged", "rejected"):
            break
        walker.step()
    return tried


@pytest.mark.parametrize("how", ["call"])
def test_what_is_offered_succeeds(cast: Stage, how: str) -> None:
    assert walk(cast, how, 0, steps=CI_STEPS, share=CI_SHARE) > 0


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("how", ["device", "call", "words", "own find"])
def test_every_offer_succeeds(cast: Stage, how: str, seed: int) -> None:
    assert walk(cast, how, seed, steps=PROOF_STEPS, share=1.0) > 20
