"""Every action, for every person, in every state of a case: what is offered is accepted, anything else refused."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from command_center.actions import DESK_STEPS
from command_center.moves.situate import situate_offer
from command_center.moves.table import MOVES, describe, list_allowed
from command_center.people.accounts import load_scope
from tests.command_center.stage import Stage

FORMS = Path(__file__).parent.parent.parent / "dashboards" / "windows" / "tests" / "forms.json"

REFUSALS = {"forbidden", "move_not_allowed", "not_found"}
JUNK = {"no_such_field": 1}
"""A field that no form has: whoever may act is told so, and nothing is done."""


def walk(cast: Stage) -> Iterator[tuple[str, int]]:
    """Lead cases through every state and yield (state, number) at each stop."""
    report = {
        "category": "UM-01003",
        "text": "井盖",
        "lon": cast.manhole().lonlat.lon,
        "lat": cast.manhole().lonlat.lat,
    }
    reporter = {"name": "李四", "phone": "13900000000", "wants_reply": False}
    first = cast.must("district", "report", **report, channel="phone", reporter=reporter).incident
    assert first is not None
    yield "verifying", first
    cast.must("worker", "verify", first, is_true=True, no_photo_reason="雨大")
    yield "reported", first
    cast.must("town", "file", first)
    yield "filed", first
    cast.must("town", "dispatch", first)
    yield "dispatched", first
    cast.must("drainage", "sign", first)
    yield "handling", first
    cast.must("drainage", "dispose", first, result="好了")
    yield "disposed", first
    cast.must("town", "send_check", first)
    yield "checking", first
    cast.must("worker", "check", first, passed=True, no_photo_reason="雨大")
    yield "disposed", first
    cast.must("town", "close", first)
    yield "closed", first
    second = cast.must("district", "report", text="什么都没有", town="321311001").incident
    assert second is not None
    cast.must("town", "reject", second, reason="无效")
    yield "rejected", second


def test_what_is_offered_is_accepted_and_nothing_else(cast: Stage) -> None:
    tried: set[str] = set()
    for stop, (state, number) in enumerate(walk(cast)):
        assert cast.incident(number).state == state
        for seat, who in enumerate(("district", "town", "neighbour", "drainage", "worker", "community")):
            allowed = cast.allowed(who, number)
            # each stop and seat tries what is offered and another third of what is not: all of it is tried in time
            others = [action for index, action in enumerate(MOVES) if (index + stop + seat) % 3 == 0]
            for action in {*allowed, *others}:
                refusal = cast.refused(who, action, number, **JUNK)
                expected = {"invalid"} if action in allowed else REFUSALS
                assert refusal in expected, (state, who, action, refusal)
                tried.add(action)
    assert tried == set(MOVES)


def test_every_move_has_a_step_and_every_step_a_move() -> None:
    assert all(callable(move.step) for move in MOVES.values())
    assert not set(MOVES) & set(DESK_STEPS)


def test_every_offer_says_what_it_is_in_two_languages_and_has_a_closed_form(cast: Stage) -> None:
    """What is served stands in forms.json too, from which the tests of the pages draw every form."""
    seen: set[str] = set()
    served: dict[str, dict[str, Any]] = {}
    for _, number in walk(cast):
        incident = cast.incident(number)
        for who in cast.cast:
            with cast.database.read() as session:
                scope = load_scope(session, who)
                offers = list_allowed(session, incident, scope, cast.city, now=cast.clock.now())
                situation = situate_offer(session, incident, scope, city=cast.city, now=cast.clock.now())
                told = [(offer["action"], offer) for offer in offers]
                for action, offer in [
                    (action, describe(MOVES[action], None, situation)) for action in MOVES
                ] + told:
                    assert offer["label"]["zh"] and offer["label"]["en"]
                    schema = offer["schema"]
                    assert schema["additionalProperties"] is False
                    assert all(field["title"] and field["x-en"] for field in schema["properties"].values())
                    richest = len(served.get(action, {"schema": {"properties": ()}})["schema"]["properties"])
                    if action not in served or len(schema["properties"]) > richest:
                        served[action] = {key: offer[key] for key in ("action", "label", "irreversible", "schema")}
                seen.update(action for action, _ in told)
    assert {"accept", "file", "dispatch", "sign", "dispose", "check", "close", "reopen", "revisit"} <= seen
    hold_to_file([served[action] for action in MOVES])


def hold_to_file(served: list[dict[str, Any]]) -> None:
    if os.environ.get("CITYBRAIN_WRITE_FORMS"):
        FORMS.write_text(json.dumps(served, ensure_ascii=False, indent=1) + "\n", "utf-8")
    written = json.loads(FORMS.read_text("utf-8"))
    assert [_fields(one) for one in written] == [_fields(one) for one in served], (
        "run this test once with CITYBRAIN_WRITE_FORMS=1"
    )


def _fields(offer: dict[str, Any]) -> tuple[str, bool, list[tuple[str, str, str]]]:
    properties = offer["schema"]["properties"].items()
    return offer["action"], offer["irreversible"], [(n, f["type"], f.get("x-widget", "")) for n, f in properties]


def test_an_unknown_action_and_an_unknown_incident_are_not_there(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    assert cast.refused("town", "no_such_action", 1) == "not_found"
    assert cast.refused("town", "accept", 999) == "not_found"
    assert cast.refused("town", "sign", order=999) == "not_found"
    assert cast.refused("town", "accept", -5) == "not_found"
    assert cast.refused("nobody", "accept", 1) == "forbidden"


def test_the_document_of_the_table_is_the_table() -> None:
    from command_center.moves.move_table import write_table
    from tests.conftest import SUYU

    written = (SUYU.parent.parent.parent / "docs" / "moves.md").read_text("utf-8")
    assert written == write_table(), "run: python -m command_center.moves.move_table > docs/moves.md"
