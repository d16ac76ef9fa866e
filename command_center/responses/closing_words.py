"""Steps of a response that keep words and change no state: what was told to the public, what was learnt."""

from __future__ import annotations

from command_center.moves.act import Act
from command_center.people.masking import mask_numbers
from command_center.responses.response_file import COMMANDERS, STAFF, open_file
from command_center.responses.response_tables import ResponseRelease


def release_info(act: Act) -> None:
    """Keep what was told to the public."""
    file = open_file(act)
    file.must_be("warning", "response", "recovery")
    file.must_have(COMMANDERS)
    row = ResponseRelease(
        response=file.response.id,
        channel=act.words("channel"),
        text=mask_numbers(act.words("text")),
        at=act.ledger.now,
        by=act.account.id,
    )
    act.ledger.session.add(row)
    act.ledger.session.flush()
    file.record("info_released", release=row.id)
    file.result()


def evaluate(act: Act) -> None:
    """Say afterwards what went well and what did not."""
    file = open_file(act)
    file.must_be("recovery", "ended")
    file.must_have(STAFF)
    file.response.evaluation, file.response.evaluated_at = mask_numbers(act.words("text")), act.ledger.now
    file.record("response_evaluated")
    file.result()
