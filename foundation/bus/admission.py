"""Carries the engine's questions whom to admit, says who is connected, and throws out whoever must go.

Comes in: a judge of ``Knock``s. Goes out: signed answers, connections, kicks. Three connections, because each
lies in an account of its own. ``ingest/gate/gate.py`` is the judge.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from foundation.bus.callout import Grant, Issuer, Knock, read_knock
from foundation.bus.credentials import ISSUER_SEED, read_passwords
from foundation.logs import get_logger
from foundation.settings import Settings

ASKED = "$SYS.REQ.USER.AUTH"
PAGE = 1024
ANSWER_S = 2.0

log = get_logger("admission")
Judge = Callable[[Knock], Awaitable[Grant | str]]


class Connected(msgspec.Struct, frozen=True):
    """Somebody connected: the connection's number, their MQTT client id and the name they were admitted under."""

    cid: int
    mqtt_client: str = ""
    authorized_user: str = ""


class _Connections(msgspec.Struct):
    connections: list[Connected] = []
    total: int = 0


class _Server(msgspec.Struct):
    id: str


class _Connz(msgspec.Struct):
    server: _Server
    data: _Connections


_CONNZ = msgspec.json.Decoder(_Connz)


class AdmissionDesk:
    """The engine's desk for admissions; ``open_desk`` makes it."""

    def __init__(self, issuer: Issuer, *, asked: Client, system: Client, city: Client) -> None:
        self._issuer, self._asked, self._system, self._city = issuer, asked, system, city
        self._server_id = ""

    async def serve(self, judge: Judge) -> None:
        """Answer every question from now on; one that cannot be read is refused by silence."""

        async def receive(message: Msg) -> None:
            try:
                knock = read_knock(message.data)
                verdict = await judge(knock)
                issuer = self._issuer
                if isinstance(verdict, Grant):
                    answer = issuer.grant(knock, verdict)
                else:
                    answer = issuer.refuse(knock, verdict)
                await message.respond(answer)
            except Exception as error:  # noqa: BLE001 - the edge of one question: the next must be answered
                log.error("a question was not answered", error=f"{type(error).__name__}: {error}")

        await self._asked.subscribe(ASKED, cb=receive)
        await self._asked.flush()

    async def answer_state(self, subject: str, state: Callable[[], bytes]) -> None:
        """Answer on the city's bus how the admission is."""

        async def receive(message: Msg) -> None:
            await message.respond(state())

        await self._city.subscribe(subject, queue="gate", cb=receive)

    async def list_connected(self, **only: str) -> list[Connected]:
        """Return who is connected, optionally only of one ``mqtt_client`` or ``user``; empty while it is away."""
        found: list[Connected] = []
        while True:
            asked: dict[str, Any] = {"auth": True, "limit": PAGE, "offset": len(found), **only}
            try:
                reply = await self._system.request(
                    "$SYS.REQ.SERVER.PING.CONNZ", msgspec.json.encode(asked), timeout=ANSWER_S
                )
            except (NatsError, OSError) as error:
                log.warning("the engine does not say who is connected", error=str(error) or type(error).__name__)
                return found
            page = _CONNZ.decode(reply.data)
            self._server_id = page.server.id
            found += page.data.connections
            if len(page.data.connections) < PAGE:
                return found

    async def kick(self, cid: int) -> None:
        """Cut a connection; ``list_connected`` has been asked before."""
        try:
            subject = f"$SYS.REQ.SERVER.{self._server_id}.KICK"
            await self._system.request(subject, msgspec.json.encode({"cid": cid}), timeout=ANSWER_S)
        except (NatsError, OSError) as error:
            log.warning("a connection was not cut", cid=cid, error=str(error) or type(error).__name__)

    @property
    def is_connected(self) -> bool:
        return bool(self._asked.is_connected and self._system.is_connected)

    async def close(self) -> None:
        for client in (self._asked, self._system, self._city):
            await client.close()


async def open_desk(settings: Settings) -> AdmissionDesk:
    """Connect; waits until the engine is there, and comes back by itself whenever it returns."""
    passwords = read_passwords(settings.data)

    async def line(user: str) -> Client:
        return await nats.connect(
            f"nats://{user}:{passwords.get(user, '')}@127.0.0.1:{settings.nats_port}",
            name=user,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,
            connect_timeout=2,
            allow_reconnect=True,
            error_cb=_tell,
        )

    clients = [await line(user) for user in ("citybrain.gate", "citybrain.system", "citybrain.gate-state")]
    return AdmissionDesk(Issuer(passwords[ISSUER_SEED]), asked=clients[0], system=clients[1], city=clients[2])


async def _tell(error: Exception) -> None:
    log.warning("engine away", error=str(error) or type(error).__name__)
