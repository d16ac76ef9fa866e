"""How the senses are: sessions, canary, counts, memory; answered on the bus subject ``requests.ingest-state``.

Comes in from ``receive.py``. Goes out to the web server, which shows it in ``/readyz`` and ``/metrics``.
"""

from __future__ import annotations

import msgspec

from foundation.clock import monotonic_s


class SessionState(msgspec.Struct, frozen=True):
    """One MQTT session; ``canary_age_s``: since its own message last came back to it."""

    number: int
    stage: str
    is_hearing: bool
    canary_age_s: float


class IngestState(msgspec.Struct, frozen=True, kw_only=True):
    """The senses of one process; figures count since its start. ``detail`` says what is missing."""

    is_ready: bool
    detail: str
    sessions: list[SessionState]
    sessions_wanted: int
    sessions_hearing: int
    in_flight: int
    received: dict[str, int]
    told: dict[str, int]
    quarantined: dict[str, int]
    ignored: dict[str, int]
    store_failures: int
    city_version: str
    started_s_ago: float
    flagged: dict[str, int] = {}
    shed: dict[str, int] = {}


def describe_sessions(deaf: list[int], robbed: list[int]) -> str:
    """Return one sentence on the sessions: which do not hear, and which the broker forgot with their messages."""
    faults = [f"sessions {deaf} do not hear"] if deaf else []
    if robbed:
        faults.append(f"sessions {robbed} were lost at the broker a moment ago: messages may be missing")
    return "; ".join(faults) or "every session hears"


_DECODER = msgspec.json.Decoder(IngestState)


def decode_state(payload: bytes) -> IngestState:
    """Return the state that ingest answered with."""
    return _DECODER.decode(payload)


def seconds_since(moment_s: float) -> float:
    return round(monotonic_s() - moment_s, 3)
