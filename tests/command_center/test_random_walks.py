"""What is offered is accepted with the least form, what is not is refused, and no walk gets stuck."""

from random import Random

import pytest

from command_center.cases.case_file import ENDED_STATES
from tests.command_center.stage import TOWN, Stage
from tests.command_center.walker import Walker, hire_everybody

STEPS = 30
REPORTER = {"name": "李四", "phone": "13900000000", "wants_reply": True}


def open_case(cast: Stage, how: str) -> int:
    place = cast.manhole().lonlat
    if how == "device":
        (outcome,) = cast.take_in(cast.alarm())
        assert outcome.incident is not None
        return outcome.incident
    said = {"category": "UM-01003", "lon": place.lon, "lat": place.lat} if how == "call" else {"town": TOWN}
    if how == "own find":
        said = {"category": "UM-02001", "lon": place.lon, "lat": place.lat}
        number = cast.must("worker", "report", text="乱堆物料", **said).incident
    else:
        number = cast.must(
            "district", "report", text="有情况", channel="phone", reporter=REPORTER, **said
        ).incident
    assert number is not None
    return number


@pytest.mark.parametrize("how", ["device", "call", "words", "own find"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_walk_holds_together(cast: Stage, how: str, seed: int) -> None:
    hire_everybody(cast)
    place = cast.manhole().lonlat
    partner = cast.must(
        "town", "report", category="UM-03001", text="另一件", lon=place.lon, lat=place.lat
    ).incident
    number = open_case(cast, how)
    assert partner is not None and partner != number
    walker = Walker(cast, number, partner, Random(f"{how} {seed}"))
    walked: list[str] = []
    for _ in range(STEPS):
        try:
            walked.append(walker.step())
            walker.check()
            walker.try_what_is_not_offered()
        except AssertionError as error:
            raise AssertionError(f"after {walked}: {error}") from error
        if cast.incident(number).state in ENDED_STATES - {"closed"}:
            break
    assert walked
