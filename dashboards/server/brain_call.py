"""A person's action on its way to the brain and back.

Comes in: who, what, the body, the ``Idempotency-Key``. Goes out: the brain's answer, or its refusal as the
web tells it. The web decides nothing here; the same key may be sent again and acts once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Header

from command_center.moves.requests import ActionAnswer, ActionRequest
from dashboards.server.errors import Refused, from_brain
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Web
from foundation.bus.connection import BusUnavailable
from foundation.ids import canonical_json, new_id, sha256_hex

IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")
]


MADE_HERE = frozenset({"password_hash", "token_digest", "secret"})
"""What the web makes anew at every try: no part of what was asked for, so no part of its digest."""


class Deed(msgspec.Struct, kw_only=True, frozen=True):
    """What is asked of the brain, before it has a key."""

    action: str
    data: dict[str, Any]
    incident: int | None = None
    order: int | None = None
    version: int | None = None
    after: str | None = None
    at: datetime | None = None

    def digest(self) -> str:
        """Return the digest by which a second request under one key is known to be the same."""
        asked = {name: value for name, value in self.data.items() if name not in MADE_HERE}
        said = canonical_json({**msgspec.to_builtins(self), "data": msgspec.to_builtins(asked)})
        if b"\\u0000" in said:
            raise Refused("invalid", "A text contains a NUL character.")
        return sha256_hex(said)


async def carry(web: Web, caller: Caller, deed: Deed, *, key: str | None, trace_id: str) -> ActionAnswer:
    """Have the deed done and return the brain's answer.

    Raises:
        Refused: The brain refuses, or does not answer now.
    """
    request = ActionRequest(
        account=caller.account,
        action=deed.action,
        key=key or new_id(),
        body_digest=deed.digest(),
        trace_id=trace_id,
        incident=deed.incident,
        order=deed.order,
        version=deed.version,
        after=deed.after,
        at=deed.at,
        data=deed.data,
    )
    try:
        answer = await web.ask(request)
    except BusUnavailable as error:
        detail = "The command centre does not answer now; send the same again with the same Idempotency-Key."
        raise Refused("not_now", detail, headers={"Retry-After": "1"}) from error
    if answer.refusal is not None:
        raise from_brain(answer.refusal)
    return answer
