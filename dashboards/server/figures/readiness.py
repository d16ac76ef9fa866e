"""Whether the product can do its work now, check by check; every check is bounded in time.

Asks the database, the bus, the senses (over the bus) and what the brain wrote about itself.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy import func, select

from command_center.running.brain_tables import BrainState
from dashboards.server.toolbox import Web
from foundation.bus import subjects
from foundation.bus.connection import BusUnavailable
from foundation.bus.server import ROOM_BYTES
from foundation.clock import monotonic_s
from foundation.schema import find_revision, wanted_revision
from ingest.gate.gate_state import GateState
from ingest.gate.gate_state import decode_state as decode_gate
from ingest.receive_state import IngestState, decode_state

CHECK_MAX_S = 2.0
CANARY_MAX_S = 20.0  # the senses send one every few seconds
TIMERS_MAX_S = 15.0
WATCHDOG_MAX_S = 60.0
BRAIN_ANSWERS_S, BEAT_MAX_S = 1.0, 5.0
GATE_ANSWERS_S = 1.0
STREAM_FULL_RATIO = 0.95
LOW_DISK_RATIO = 0.1

Check = Callable[[Web], Awaitable[dict[str, Any]]]


class NotReady(Exception):
    """A check fails; the message is one sentence."""


async def check_all(web: Web) -> dict[str, dict[str, Any]]:
    """Return the outcome of every check by name: ``ok``, ``detail``, ``duration_ms`` and its own facts."""
    outcomes = await asyncio.gather(*(_bounded(check, web) for check in CHECKS.values()))
    return dict(zip(CHECKS, outcomes, strict=True))


async def _bounded(check: Check, web: Web) -> dict[str, Any]:
    started_s = monotonic_s()
    try:
        async with asyncio.timeout(CHECK_MAX_S):
            outcome: dict[str, Any] = {"ok": True, **await check(web)}
    except NotReady as error:
        outcome = {"ok": False, "detail": str(error)}
    except TimeoutError:
        outcome = {"ok": False, "detail": f"no answer within {CHECK_MAX_S:.0f} s"}
    except Exception as error:  # noqa: BLE001 the edge of a check: whatever fails is the answer
        outcome = {"ok": False, "detail": type(error).__name__}
    outcome["duration_ms"] = round((monotonic_s() - started_s) * 1000, 1)
    return outcome


async def _check_database(web: Web) -> dict[str, Any]:
    await asyncio.to_thread(web.database.ping)
    return {"detail": "a writing transaction can be opened"}


async def _check_disk(web: Web) -> dict[str, Any]:
    if not web.settings.data.is_dir():
        return {"detail": "no data folder here"}
    usage = await asyncio.to_thread(shutil.disk_usage, web.settings.data)
    facts = {"free_bytes": usage.free, "total_bytes": usage.total}
    if usage.free < ROOM_BYTES:
        raise NotReady("the disk of the data folder is full: nothing can be stored; make room")
    if usage.free < LOW_DISK_RATIO * usage.total:
        return {"detail": f"the disk of the data folder is {1 - usage.free / usage.total:.0%} full", **facts}
    return {"detail": "there is room", **facts}


async def _check_migration(web: Web) -> dict[str, Any]:
    def read() -> str | None:
        with web.database.read() as session:
            return find_revision(session)

    found, wanted = await asyncio.to_thread(read), wanted_revision()
    if found != wanted:
        raise NotReady(f"the database stands at {found or 'nothing'}, {wanted} is wanted: run citybrain migrate")
    return {"detail": f"at {found}"}


async def _check_city(web: Web) -> dict[str, Any]:
    city = await asyncio.to_thread(web.city.get)
    return {"detail": f"{city.name} {city.version}", "warnings": city.list_warnings(web.clock.now())}


async def _check_bus(web: Web) -> dict[str, Any]:
    if not web.bus.is_connected:
        raise NotReady("not connected")
    state = await web.bus.stream_state()
    full = state["bytes"] / state["max_bytes"] if state["max_bytes"] > 0 else 0.0
    if full > STREAM_FULL_RATIO:
        raise NotReady(f"the stream is {full:.0%} full")
    return {"detail": f"{state['messages']} observations wait", **state}


async def read_ingest(web: Web) -> IngestState:
    """Return how the senses are, as they say themselves."""
    return decode_state(await web.bus.ask(subjects.INGEST_STATE, b"", timeout_s=CHECK_MAX_S))


async def _check_sessions(web: Web) -> dict[str, Any]:
    state = await read_ingest(web)
    facts = {"wanted": state.sessions_wanted, "hearing": state.sessions_hearing}
    if not state.is_ready or state.sessions_hearing < state.sessions_wanted:
        raise NotReady(state.detail)
    return {"detail": state.detail, **facts}


async def _check_canary(web: Web) -> dict[str, Any]:
    state = await read_ingest(web)
    oldest_s = max((session.canary_age_s for session in state.sessions), default=float("inf"))
    if oldest_s > CANARY_MAX_S:
        raise NotReady(f"a canary through the broker has not come back for {oldest_s:.0f} s")
    return {"detail": "every session hears itself", "oldest_s": oldest_s}


async def read_gate(web: Web) -> GateState:
    """Return how the gate is, as it says itself."""
    return decode_gate(await web.bus.ask(subjects.GATE_STATE, b"", timeout_s=GATE_ANSWERS_S))


async def _check_gate(web: Web) -> dict[str, Any]:
    if web.settings.nats_url:
        return {"detail": "another engine admits devices in its own way"}
    try:
        state = await read_gate(web)
    except BusUnavailable as error:
        raise NotReady("the gate does not answer: no device can connect") from error
    if not state.is_ready:
        raise NotReady("the gate has lost the engine: no device can connect")
    return {"detail": f"{state.credentials} credentials are admitted", "admitted": state.admitted}


async def _check_brain(web: Web) -> dict[str, Any]:
    try:
        state = msgspec.json.decode(await web.bus.ask(subjects.BRAIN_STATE, b"", timeout_s=BRAIN_ANSWERS_S))
    except BusUnavailable as error:
        raise NotReady("the brain does not answer") from error
    age_s = float(state["beat_age_s"])
    if age_s > BEAT_MAX_S:
        raise NotReady(f"the brain's clockwork has stood still for {age_s:.0f} s")
    return {"detail": f"turned {age_s:.1f} s ago", "age_s": age_s}


async def _check_timers(web: Web) -> dict[str, Any]:
    def read() -> Any:
        with web.database.read() as session:
            return session.scalar(select(func.max(BrainState.at)).where(BrainState.name == "timers"))

    last_at = await asyncio.to_thread(read)
    if last_at is None:
        raise NotReady("the brain's timers have never run")
    age_s = round((web.clock.now() - last_at).total_seconds(), 1)
    if age_s > TIMERS_MAX_S:
        raise NotReady(f"the brain's timers last ran {age_s:.0f} s ago")
    return {"detail": f"ran {age_s} s ago", "age_s": age_s}


async def _check_watchdog(web: Web) -> dict[str, Any]:
    """Tell what the watchdog finds; only one that is silent itself makes the product unready."""

    def read() -> BrainState | None:
        with web.database.read() as session:
            newest = select(BrainState).where(BrainState.name == "watchdog").order_by(BrainState.at.desc())
            return session.scalars(newest.limit(1)).first()

    row = await asyncio.to_thread(read)
    if row is None:
        return {"detail": "has not looked yet", "overdue": {}}
    age_s = round((web.clock.now() - row.at).total_seconds(), 1)
    if age_s > WATCHDOG_MAX_S:
        raise NotReady(f"the watchdog last looked {age_s:.0f} s ago")
    overdue = {kind: count for kind, count in row.data["overdue"].items() if count}
    return {"detail": f"{sum(overdue.values())} things should have happened", "age_s": age_s, "overdue": overdue}


async def _check_live(web: Web) -> dict[str, Any]:
    if not web.hub.is_fresh:
        raise NotReady(f"the journal was last read {web.hub.age_s:.0f} s ago")
    return {"detail": f"at entry {web.hub.head}", "clients": len(web.hub.clients)}


CHECKS: dict[str, Check] = {
    "database": _check_database,
    "disk": _check_disk,
    "migration": _check_migration,
    "city": _check_city,
    "bus": _check_bus,
    "sessions": _check_sessions,
    "canary": _check_canary,
    "gate": _check_gate,
    "brain": _check_brain,
    "timers": _check_timers,
    "live": _check_live,
    "watchdog": _check_watchdog,
}
