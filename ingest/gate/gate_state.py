"""How the gate is: whom it admitted and what it refused; answered on ``requests.gate-state``, for /metrics."""

from __future__ import annotations

import msgspec


class GateState(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since the process started; ``reasons`` of refused connections, ``publishes`` by credential."""

    is_ready: bool
    credentials: int
    admitted: int
    reasons: dict[str, int]
    publishes: dict[str, int]


_DECODER = msgspec.json.Decoder(GateState)


def encode(state: GateState) -> bytes:
    return msgspec.json.encode(state)


def decode_state(payload: bytes) -> GateState:
    """Return the state that the gate answered with."""
    return _DECODER.decode(payload)
