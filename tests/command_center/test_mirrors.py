"""For every action: the snapshot before + its entries = the snapshot after, for everybody; and played back too."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from command_center.cases.case_file import ENDED_STATES
from command_center.moves.table import MOVES
from tests.command_center.mirror import Mirrors
from tests.command_center.rare_moves import RARE_MOVES, Guide
from tests.command_center.recording import play_in_the_pages_store, record
from tests.command_center.stage import Stage
from tests.command_center.test_random_walks import open_case
from tests.command_center.walker import Walker, hire_everybody

ONWARD = ("accept", "file", "dispatch", "assign", "sign", "arrive", "dispose", "send_check", "check", "close")


class Tourist(Walker):
    """Goes where nobody has been: whatever was not done yet comes first; a refusal is no matter here."""

    def __init__(self, cast: Stage, number: int, partner: int, random: Random, done: set[str]) -> None:
        super().__init__(cast, number, partner, random)
        self.done = done
        self.failed: dict[str, object] = {}
        self.is_going_home = False  # by the shortest way to closing, which chance may never find

    def step(self) -> str:
        self.hire_holders()
        found = [(who, offer) for who in self.cast.cast for offer in self.offers(who)]
        new = [pair for pair in found if pair[1]["action"] not in self.done | self.failed.keys()]
        steady = [pair for pair in found if self.wants(pair[1]["action"])]
        if not found:
            state = self.cast.incident(self.number).state
            assert state in ENDED_STATES, f"nobody can go on: {state}"
            return ""
        onward = [pair for pair in found if pair[1]["action"] in ONWARD] if self.is_going_home else []
        farthest = max((ONWARD.index(offer["action"]) for _, offer in onward), default=0)
        home = [pair for pair in onward if pair[1]["action"] == ONWARD[farthest]]
        who, offer = self.random.choice(home or new or steady or found)
        action, order = offer["action"], offer["order"]
        if action == "assign" and not self.worker_of(order):
            self.failed[action] = "nobody to assign"
            return ""
        answer = self.cast.do(
            who, action, None if order else self.number, order=order, **self.least_form(who, offer)
        )
        if answer.refusal is not None:
            self.failed[action] = answer.refusal
            return ""
        return str(action)


def tour(cast: Stage, mirrors: Mirrors, *, cases: int, steps: int) -> tuple[set[str], dict[str, object]]:
    """Lead cases through the table of moves, holding every screen after each; return what was done."""
    done: set[str] = set()
    failed: dict[str, object] = {}
    for index in range(cases):
        cast.clock.advance(7)
        how = ("device", "call", "words", "own find")[index % 4]
        place = cast.manhole().lonlat
        partner = cast.must(
            "town", "report", category="UM-03001", text="另一件", lon=place.lon, lat=place.lat
        ).incident
        number = open_case(cast, how)
        assert partner is not None
        walker = Tourist(cast, number, partner, Random(f"{how} {index}"), done)
        walker.is_going_home = index == cases - 1
        for _ in range(steps):
            mirrors.follow()
            cast.clock.advance(7)
            done.add(step := walker.step())
            state = cast.incident(number).state
            if state in ENDED_STATES - {"closed"} or (state == "closed" and not step):
                break
        failed |= walker.failed
        mirrors.follow()
    return done - {""}, failed


def test_what_a_screen_shows_is_what_a_fresh_one_would(cast: Stage, tmp_path: Path) -> None:
    hire_everybody(cast)
    mirrors = Mirrors(cast)
    done, _ = tour(cast, mirrors, cases=2, steps=6)
    assert len(done) >= 8 and mirrors.play_back(every=4) > 100
    if cast.database.is_sqlite:  # the pages are the same on either
        assert record(mirrors, tmp_path / "tour.json", frozenset({"district", "worker", "wall"})) == 6
        play_in_the_pages_store(tmp_path / "tour.json")


@pytest.mark.prove
def test_every_action_is_mirrored(cast: Stage, tmp_path: Path) -> None:
    hire_everybody(cast)
    mirrors = Mirrors(cast)
    done, failed = tour(cast, mirrors, cases=24, steps=25)
    missing = set(MOVES) - done - RARE_MOVES
    assert not missing, {action: failed.get(action, "never offered") for action in missing}
    mirrors.play_back(every=10)
    if cast.database.is_sqlite:
        assert record(mirrors, tmp_path / "tour.json") >= 20
        play_in_the_pages_store(tmp_path / "tour.json")


@pytest.mark.prove
def test_every_rare_action_is_mirrored(cast: Stage, tmp_path: Path) -> None:
    hire_everybody(cast)
    mirrors = Mirrors(cast)
    missing = RARE_MOVES - Guide(cast, mirrors.follow).walk()
    assert not missing
    mirrors.play_back(every=10)
    if cast.database.is_sqlite:
        assert record(mirrors, tmp_path / "rare.json") >= 20
        play_in_the_pages_store(tmp_path / "rare.json")
