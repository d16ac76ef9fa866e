"""The interface described in its own words: OpenAPI, for whoever has an account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from dashboards.server.answers import answer
from dashboards.server.sessions.admission import EVERYBODY, admit
from dashboards.server.sessions.session_store import Caller

Anybody = Annotated[Caller, Depends(admit(EVERYBODY))]

router = APIRouter(prefix="/api/v1", include_in_schema=False)


@router.get("/openapi.json")
def get_openapi(request: Request, caller: Anybody) -> Response:
    """Return the OpenAPI document."""
    return answer(request.app.openapi())
