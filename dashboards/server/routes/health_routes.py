"""Alive, ready, and figures: for supervisors, balancers and Prometheus. Outside ``/api/v1``."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from dashboards.server.answers import answer
from dashboards.server.figures.figures import write_figures
from dashboards.server.figures.readiness import check_all
from dashboards.server.sessions.admission import admit_public
from dashboards.server.toolbox import Tools

router = APIRouter(tags=["operations"])
OPEN = [
    Depends(admit_public("asked by supervisors and balancers that have no account; tells nothing of any case"))
]


@router.get("/livez", dependencies=OPEN)
async def livez() -> Response:
    """Answer while the event loop turns; asks nothing of anything else."""
    return answer({"status": "alive"})


@router.get("/readyz", dependencies=OPEN)
async def readyz(web: Tools) -> Response:
    """Answer 200 when every check passes, else 503; the body says which do."""
    checks = await check_all(web)
    is_ready = all(check["ok"] for check in checks.values())
    return answer({"status": "ready" if is_ready else "not ready", "checks": checks}, 200 if is_ready else 503)


@router.get("/metrics", dependencies=OPEN)
async def metrics(web: Tools) -> Response:
    """Return the figures of the web, the brain and the senses."""
    return Response(await write_figures(web), media_type=CONTENT_TYPE_LATEST)
