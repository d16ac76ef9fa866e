"""The figures of the boards."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from dashboards.server.answers import raw_answer
from dashboards.server.errors import Refused
from dashboards.server.figures.overview import DOMAINS
from dashboards.server.incidents.narrowing import Narrowing
from dashboards.server.incidents.sight import check_area
from dashboards.server.live.live_frames import eyes_of
from dashboards.server.sessions.admission import VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools

MONTH = timedelta(days=30)
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
Word = Annotated[str | None, Query(max_length=64)]

router = APIRouter(prefix="/api/v1", tags=["figures"])


@router.get("/overview")
def get_overview(web: Tools, caller: Viewer, area: Word = None, domain: Word = None) -> Response:
    """Return the figures of an area (without one, the person's own) and of all domains or one."""
    domains = read_domains(domain)
    about = check_area(caller.scope, web.city.get(), area)
    return raw_answer(web.hub.overviews.get(eyes_of(caller.scope, Narrowing(about, domains))))


def read_domains(domain: str | None) -> frozenset[str] | None:
    """Return the domains of a query; None: all.

    Raises:
        Refused: One of them is none.
    """
    if domain is None:
        return None
    wanted = frozenset(domain.split(","))
    if not wanted <= set(DOMAINS):
        raise Refused("invalid", f"The domains are {', '.join(DOMAINS)}.", fields={"domain": "unknown domain"})
    return wanted
