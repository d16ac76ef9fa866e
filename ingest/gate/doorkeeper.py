"""Judges who knocks: the password, then whose client id it is. A thief is refused before the victim is evicted.

Comes in: a ``Knock`` of the engine. Goes out: a ``Grant``, or the reason of a refusal. ``gate.py`` holds it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from foundation.bus.admission import Connected
from foundation.bus.callout import Grant, Knock
from foundation.clock import monotonic_s
from ingest.gate.credentials import Book
from ingest.gate.engine_log import Unadmitted

RESERVED = "citybrain-"
"""The client ids of our own senses begin so."""

FRESH_S = 3.0
"""So long after a grant the engine may not list the connection yet."""

STRANGER = "(unknown)"
GATE_AWAY = "gate_away"
MOST_TOLD = 20_000
FindLive = Callable[[str], Awaitable[list[Connected]]]


class Holder(msgspec.Struct, frozen=True):
    """Who was last admitted with a client id, on which connection, and when."""

    name: str
    cid: int
    since_s: float


class Doorkeeper:
    """Knows the book, and who holds which client id; ``find_live`` asks the engine who is connected by one."""

    def __init__(self, book: Book, find_live: FindLive) -> None:
        self.book = book
        self._find_live = find_live
        self._holders: dict[str, Holder] = {}
        self._names: dict[int, str] = {}
        self._told_cids: deque[int] = deque(maxlen=MOST_TOLD)
        self.admitted = 0
        self.refused: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def remember(self, connected: Iterable[Connected]) -> None:
        """Take over who is connected, after a start and now and then."""
        listed = [one for one in connected if one.mqtt_client]
        fresh = {id: held for id, held in self._holders.items() if monotonic_s() - held.since_s < FRESH_S}
        known = {one.mqtt_client: Holder(one.authorized_user, one.cid, 0.0) for one in listed}
        self._holders = {**known, **fresh}
        recent = {held.cid: held.name for held in fresh.values()}
        self._names = {one.cid: one.authorized_user for one in listed} | recent

    def name_of(self, cid: int) -> str | None:
        """Return under which credential a connection was admitted."""
        return self._names.get(cid)

    async def judge(self, knock: Knock) -> Grant | str:
        """Admit, or say why not."""
        verdict = await self._weigh(knock)
        if isinstance(verdict, str):
            self._told_cids.append(knock.cid)
        return verdict

    def note_unadmitted(self, one: Unadmitted) -> None:
        """Count a connection that the engine turned away because nobody answered: the gate was away, or late."""
        if one.cid in self._told_cids:
            return  # our own refusal, which the engine's log tells again
        self._told_cids.append(one.cid)
        self._refuse(one.username if one.username in self.book.by_name else STRANGER, GATE_AWAY)

    async def _weigh(self, knock: Knock) -> Grant | str:
        credential = self.book.by_name.get(knock.username)
        if credential is None or not credential.fits(knock.password):
            return self._refuse(knock.username if credential else STRANGER, "wrong_password")
        if not knock.is_mqtt:
            return self._refuse(credential.name, "not_mqtt")
        if credential.client_id and knock.client_id != credential.client_id:
            return self._refuse(credential.name, "wrong_client_id")
        if not await self._may_use(credential.name, knock.client_id):
            return self._refuse(credential.name, "client_id_of_another")
        self._holders[knock.client_id] = Holder(credential.name, knock.cid, monotonic_s())
        self._names[knock.cid] = credential.name
        self.admitted += 1
        return self.book.grant(credential)

    async def _may_use(self, name: str, client_id: str) -> bool:
        """Tell whether the client id is reserved for nobody else, nor used by anybody else now."""
        if client_id.startswith(RESERVED) or self.book.owners.get(client_id, name) != name:
            return False
        holder = self._holders.get(client_id)
        if holder is None or holder.name == name or not client_id:
            return True
        if monotonic_s() - holder.since_s < FRESH_S:
            return False
        return all(one.authorized_user == name for one in await self._find_live(client_id))

    def _refuse(self, name: str, reason: str) -> str:
        self.refused[name] += 1
        self.reasons[reason] += 1
        return reason
