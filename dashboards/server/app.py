"""Puts the web application together from what it is handed: routes, handlers, the live feed. Nothing is global.

Called by ``web.py`` for the running product and by tests with whatever edges they hand in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter, FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from dashboards.server import pages
from dashboards.server.attachments.attachment_files import AttachmentFiles
from dashboards.server.attachments.attachment_sweep import sweep_for_ever
from dashboards.server.attachments.camera_pictures import CameraPictures
from dashboards.server.edges import Edge
from dashboards.server.figures.metrics import Metrics
from dashboards.server.live.live_hub import LiveHub
from dashboards.server.live.live_rights import RightsWatch
from dashboards.server.notify_hook import notify_for_ever
from dashboards.server.refusal_handlers import add_handlers
from dashboards.server.routes import (
    account_routes,
    act_routes,
    approval_routes,
    attachment_routes,
    audit_routes,
    caller_routes,
    camera_routes,
    consultation_routes,
    delivery_routes,
    device_routes,
    grid_routes,
    handover_routes,
    health_routes,
    history_routes,
    inbox_routes,
    incident_routes,
    ingest_routes,
    kpi_routes,
    level_routes,
    live_routes,
    member_routes,
    message_routes,
    open311_routes,
    openapi_routes,
    overview_routes,
    playback_routes,
    register_routes,
    response_routes,
    routing_routes,
    rule_routes,
    session_routes,
    shift_routes,
    task_routes,
    token_routes,
    triage_routes,
    wall_routes,
    worker_routes,
)
from dashboards.server.routes.described_answers import describe_answers
from dashboards.server.toolbox import Ask, BusDoor, CityKeeper, Web
from foundation import __version__
from foundation.bus import subjects
from foundation.clock import Clock, SystemClock
from foundation.database import Database
from foundation.settings import Settings

BODY_MAX = 1024 * 1024
THREADS = 20  # requests that read at the same time; with the feed's own fewer than the database's connections
STATIC = Path(__file__).parent.parent / "static"
ROUTERS: tuple[APIRouter, ...] = (
    session_routes.router,
    inbox_routes.router,
    incident_routes.router,
    member_routes.router,
    act_routes.router,
    history_routes.router,
    consultation_routes.router,
    caller_routes.router,
    attachment_routes.router,
    grid_routes.router,
    device_routes.router,
    register_routes.router,
    camera_routes.router,
    worker_routes.router,
    message_routes.router,
    delivery_routes.router,
    shift_routes.router,
    handover_routes.router,
    task_routes.router,
    triage_routes.router,
    approval_routes.router,
    routing_routes.router,
    rule_routes.router,
    overview_routes.router,
    playback_routes.router,
    kpi_routes.router,
    level_routes.router,
    response_routes.router,
    open311_routes.router,
    ingest_routes.router,
    live_routes.router,
    account_routes.router,
    token_routes.router,
    audit_routes.router,
    wall_routes.router,
    openapi_routes.router,
    health_routes.router,
    pages.router,
)


def create_app(
    settings: Settings,
    *,
    database: Database,
    bus: BusDoor,
    ask: Ask,
    clock: Clock | None = None,
    static: Path = STATIC,
) -> FastAPI:
    """Return the application; its background work runs while it is served."""
    clock = clock or SystemClock()
    city, metrics = CityKeeper(database), Metrics()
    web = Web(
        settings=settings,
        database=database,
        clock=clock,
        bus=bus,
        ask=ask,
        city=city,
        hub=LiveHub(database, clock, city.get, metrics),
        static=static,
        metrics=metrics,
    )
    app = bare_app(_make_lifespan(web))
    app.state.web = web
    app.state.camera_pictures = CameraPictures()
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=BODY_MAX)
    app.add_middleware(Edge, metrics=web.metrics, is_secure=settings.is_secure)
    add_handlers(app)
    return app


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def bare_app(lifespan: Lifespan | None = None) -> FastAPI:
    """Return the application with its routes alone, as the documents are generated from it."""
    app = FastAPI(
        title="CityBrain",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    describe_answers(app)
    return app


def _make_lifespan(web: Web) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        rights = RightsWatch(web.hub, web.settings)
        await web.bus.listen(subjects.RING, web.hub.hear_ring)
        await web.bus.listen(subjects.POSITIONS, web.hub.positions.hear)
        await web.bus.listen(subjects.RIGHTS, rights.hear)
        await web.bus.listen(subjects.SHOW, web.hub.hear_show)
        current_default_thread_limiter().total_tokens = THREADS
        files = AttachmentFiles(web.settings.data / "attachments")
        work = (
            web.hub.run(),
            web.hub.keep_pace(),
            rights.run(),
            sweep_for_ever(web.database, files, web.clock),
            notify_for_ever(web),
        )
        tasks = [asyncio.create_task(one) for one in work]
        try:
            yield
        finally:
            web.hub.close()
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    return lifespan
