"""``GET /api/v1/live``: the WebSocket's door. Checks who and from where, then hands over to ``LiveClient``."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
from fastapi import APIRouter, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect, WebSocketState

from dashboards.server.errors import Refused
from dashboards.server.incidents.sight import check_area
from dashboards.server.live.live_client import LiveClient, Subscribe, TooSlow
from dashboards.server.live.live_line import line_of
from dashboards.server.live.live_rights import LOGGED_OUT, RIGHTS_CHANGED, Rights, read_rights
from dashboards.server.sessions.admission import VIEWERS, get_caller, refuse_given_password
from dashboards.server.sessions.origins import is_own_origin
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Web, get_web
from foundation.logs import get_logger

BAD_MESSAGE, NO_SUCH_AREA, TOO_SLOW, FAILED = 4400, 4404, 4408, 1011

router = APIRouter(prefix="/api/v1")
log = get_logger("live")
_SUBSCRIBE = msgspec.json.Decoder(Subscribe)


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """Serve one screen until it leaves, its session ends or its rights change."""
    web = get_web(socket)
    if not is_own_origin(socket.headers.get("origin", ""), socket, web.settings):
        # before accepting: the handshake answers 403; a client that is no browser names our address as its Origin
        await socket.close(1008)
        return
    await socket.accept()
    try:
        caller, rights = await run_in_threadpool(_admit, web, socket)
    except Refused as refused:
        await socket.close(LOGGED_OUT if refused.status == 401 else RIGHTS_CHANGED, refused.type)
        return
    client = LiveClient(
        web.hub,
        scope=caller.scope,
        session=caller.session,
        rights=rights,
        line=line_of(socket),
        metrics=web.metrics,
    )
    web.hub.join(client)
    try:
        await _serve(socket, client)
    finally:
        web.hub.leave(client)
    await _close(socket, client.end_code)


def _admit(web: Web, socket: WebSocket) -> tuple[Caller, Rights]:
    caller = get_caller(web, socket)
    refuse_given_password(caller)
    if caller.scope.roles().isdisjoint(VIEWERS):
        raise Refused("forbidden", "Administrators see no incidents.")
    with web.database.read() as session:
        standing = read_rights(session, [caller.session], now=web.clock.now(), settings=web.settings)
    if caller.session not in standing:
        raise Refused("not_logged_in", "The session has just ended.")
    return caller, standing[caller.session].rights


async def _serve(socket: WebSocket, client: LiveClient) -> None:
    """Run sender and listener side by side until one of them ends or the client is ended."""
    sender = asyncio.create_task(client.run())
    listener = asyncio.create_task(_hear(socket, client))
    ended = asyncio.create_task(client.ended.wait())
    tasks = (sender, listener, ended)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        failure = sender.exception() if sender.done() else None
        if failure is not None:
            client.end_code = TOO_SLOW if isinstance(failure, TooSlow) else FAILED
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(
                result, (WebSocketDisconnect, TooSlow, RuntimeError)
            ):
                log.error("a live connection failed", error=repr(result))
        client.stop()


async def _hear(socket: WebSocket, client: LiveClient) -> None:
    """Take what the screen says until it leaves; nonsense ends the connection.

    So does an area that is none of theirs: figures that are all zero would look like a quiet day.
    """
    web = get_web(socket)
    while True:
        try:
            wanted = _SUBSCRIBE.decode(await socket.receive_text())
            if wanted.area is not None:
                check_area(client.scope, await run_in_threadpool(web.city.get), wanted.area)
        except (msgspec.MsgspecError, KeyError) as error:  # KeyError: Starlette's word for a binary frame
            log.info("a live message is not understood", error=str(error))
            return client.end(BAD_MESSAGE)
        except Refused as refused:
            return client.end(NO_SUCH_AREA if refused.status == 404 else FAILED)
        client.subscribe(wanted)


async def _close(socket: WebSocket, code: int) -> None:
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)
