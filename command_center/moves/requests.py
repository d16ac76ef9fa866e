"""What a person's action looks like on its way to the brain, and the brain's answer.

Comes in from ``dashboards/server`` over the bus subject ``requests.actions``; goes to the door
``command_center/actions.py``. The web server knows HTTP; the brain knows none of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that one person wants done.

    ``version`` is the version that the person saw; ``after`` (offline) is the idempotency key of the
    action that this one follows, in place of a version. ``at`` is the device's time of the act,
    already corrected by the phone's known offset. ``data`` are the fields of the action's own schema.
    """

    account: str
    action: str
    key: str
    body_digest: str
    trace_id: str
    incident: int | None = None
    order: int | None = None
    version: int | None = None
    after: str | None = None
    at: datetime | None = None
    data: dict[str, Any] = {}


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an action was not done: a stable ``type``, one sentence, and facts for the screen.

    Types: ``not_found``, ``forbidden``, ``invalid`` (``fields`` names them), ``move_not_allowed`` (facts: state,
    wanted, allowed), ``version_conflict`` (facts: winner {actor, action, at}, version, state), ``key_reused``,
    ``in_progress``, ``unplaceable``, ``not_now``.
    """

    type: str
    detail: str
    fields: dict[str, str] = {}
    facts: dict[str, Any] = {}


class ActionAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of it: the incident that it concerns, or the refusal; ``result`` is the action's own."""

    incident: int | None = None
    entry: int | None = None
    refusal: Refusal | None = None
    result: dict[str, Any] = {}


_REQUEST = msgspec.json.Decoder(ActionRequest)
_ANSWER = msgspec.json.Decoder(ActionAnswer)


def encode(message: ActionRequest | ActionAnswer) -> bytes:
    """Return the message as it travels on the bus."""
    return msgspec.json.encode(message)


def decode_request(payload: bytes) -> ActionRequest:
    """Return the request that ``encode`` wrote."""
    return _REQUEST.decode(payload)


def decode_answer(payload: bytes) -> ActionAnswer:
    """Return the answer that ``encode`` wrote."""
    return _ANSWER.decode(payload)
