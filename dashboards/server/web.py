"""The role ``web``: opens database and bus, serves the application until told to stop.

Called by the roof. TLS where certificate and key are set; on SIGTERM sockets are closed and requests finished.
"""

from __future__ import annotations

import asyncio

import uvicorn
from fastapi import FastAPI

from command_center.moves.requests import ActionAnswer, ActionRequest, decode_answer, encode
from dashboards.server.app import create_app
from dashboards.server.live.live_line import LinedProtocol
from dashboards.server.toolbox import Ask
from foundation.bus import subjects
from foundation.bus.connection import Bus, BusUnavailable, open_bus
from foundation.bus.credentials import bus_url
from foundation.database import Database
from foundation.logs import get_logger
from foundation.settings import Settings

SOCKET_MESSAGE_MAX = 64 * 1024
KEEP_ALIVE_S = 30  # longer than clients keep an idle connection (5 s is common), or both let go at once
GRACE_S = 5
PING_S = 60  # heartbeats keep lines alive; a ping finds who is long gone, at the cost of several

log = get_logger("web")


def run_web(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_serve(settings))


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def ask_over(bus: Bus) -> Ask:
    """Return how an action travels to the brain: as a request on the bus."""

    async def ask(request: ActionRequest) -> ActionAnswer:
        return decode_answer(await bus.ask(subjects.ACTIONS, encode(request)))

    return ask


async def _serve(settings: Settings) -> None:
    database = Database(settings.database)
    bus = await _open_patiently(settings)
    try:
        app = create_app(settings, database=database, bus=bus, ask=ask_over(bus))
        await uvicorn.Server(server_config(app, settings)).serve()
    finally:
        await bus.close()
        database.dispose()


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn serves the application."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_keep_alive=KEEP_ALIVE_S,
        ws=LinedProtocol,
        ws_max_size=SOCKET_MESSAGE_MAX,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        proxy_headers=bool(settings.public_url),
        forwarded_allow_ips="127.0.0.1",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )


async def _open_patiently(settings: Settings) -> Bus:
    while True:
        try:
            return await open_bus(bus_url(settings, "web"), name="web")
        except BusUnavailable as error:
            log.warning("the bus is away", error=str(error))
