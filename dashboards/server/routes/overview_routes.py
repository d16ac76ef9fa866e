"""The figures of the boards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from dashboards.server.answers import answer, raw_answer
from dashboards.server.errors import Refused
from dashboards.server.figures.kpi import KpiQuestion, make_kpi
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
    domains = _read_domains(domain)
    about = check_area(caller.scope, web.city.get(), area)
    return raw_answer(web.hub.overviews.get(eyes_of(caller.scope, Narrowing(about, domains))))


@router.get("/kpi")
def get_kpi(
    *,
    web: Tools,
    caller: Viewer,
    from_: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    to: AwareDatetime | None = None,
    area: Word = None,
    domain: Word = None,
    department: Word = None,
    category: Word = None,
    by: Literal["area", "domain", "department", "category"] | None = None,
) -> Response:
    """Return the indicators of a period (without one, the last 30 days), each with numerator and denominator."""
    city = web.city.get()
    end: datetime = to or web.clock.now()
    begin: datetime = from_ or end - MONTH
    if begin >= end:
        raise Refused("invalid", "from is not before to.", fields={"from": "not before to"})
    about = check_area(caller.scope, city, area) if area else None
    question = KpiQuestion(
        begin=begin,
        end=end,
        narrowing=Narrowing(about, _read_domains(domain)),
        department=department,
        category=category,
        by=by,
    )
    with web.database.read() as session:
        return answer(make_kpi(session, city, caller.scope, question))


def _read_domains(domain: str | None) -> frozenset[str] | None:
    if domain is None:
        return None
    wanted = frozenset(domain.split(","))
    if not wanted <= set(DOMAINS):
        raise Refused("invalid", f"The domains are {', '.join(DOMAINS)}.", fields={"domain": "unknown domain"})
    return wanted
