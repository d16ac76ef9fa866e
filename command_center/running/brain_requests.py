"""The brain's desk for people: a request from the bus becomes an act, and the answer goes back."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy.exc import InterfaceError, OperationalError

from command_center.actions import act
from command_center.moves.requests import ActionAnswer, ActionRequest, Refusal, decode_request, encode
from foundation.clock import monotonic_s
from foundation.logs import get_logger

if TYPE_CHECKING:
    from command_center.running.brain import BrainProcess

CHANGES_CITY = frozenset({"register_thing", "change_thing", "import_things", "accept_device"})
TRIES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

log = get_logger("actions")


class RequestDesk:
    """Answers one request; several may be under way, the writing thread takes them in turn."""

    def __init__(self, brain: BrainProcess) -> None:
        self._brain = brain

    async def answer(self, payload: bytes) -> bytes:
        """Return the answer as it travels; an error of ours is told as such and logged with its trace."""
        try:
            request = decode_request(payload)
        except msgspec.DecodeError as error:
            return encode(_refusal("invalid", f"this is no request: {error}"))
        began_s = monotonic_s()
        try:
            answer = await self._act(request)
        except Exception as error:  # the edge of one request: the others go on
            log.error("action failed", action=request.action, trace_id=request.trace_id, exc_info=error)
            answer = _refusal("ours", "the command centre failed at this; it is logged under the trace id")
        self._note(request, answer, monotonic_s() - began_s)
        if answer.refusal is None:
            await self._brain.ringer.ring()
            if request.action in CHANGES_CITY:
                await asyncio.to_thread(self._brain.city.look)
        return encode(answer)

    async def _act(self, request: ActionRequest) -> ActionAnswer:
        brain = self._brain
        for delay_s in TRIES_S:
            try:
                work = partial(act, brain.database, brain.city.get(), brain.clock, request)
                return await brain.writer.write(work, of_person=True)
            except (OperationalError, InterfaceError) as error:
                brain.figures.count("citybrain_brain_retries")
                log.warning("database busy or away", trace_id=request.trace_id, error=str(error).splitlines()[0])
                await asyncio.sleep(delay_s)
        return _refusal("not_now", "the database does not answer now; send the same again")

    def _note(self, request: ActionRequest, answer: ActionAnswer, took_s: float) -> None:
        told = answer.refusal.type if answer.refusal is not None else "done"
        figures = self._brain.figures
        figures.count("citybrain_brain_actions", action=request.action[:40], answer=told)
        figures.count("citybrain_brain_action_seconds", took_s)
        log.info(
            "action",
            action=request.action,
            answer=told,
            incident=answer.incident,
            trace_id=request.trace_id,
            took_s=round(took_s, 4),
        )


def _refusal(type: str, detail: str) -> ActionAnswer:
    return ActionAnswer(refusal=Refusal(type=type, detail=detail))
