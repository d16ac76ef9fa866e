"""Turns every exception that leaves a route into a problem document; no traceback ever leaves the server."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboards.server.answers import problem
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, from_validation
from dashboards.server.lost_page import find_page
from foundation.bus.connection import BusUnavailable
from foundation.logs import get_logger

BY_STATUS = {
    400: ("bad_request", "The request cannot be understood."),
    404: ("not_found", "There is nothing under this address."),
    405: ("method_not_allowed", "This address does not offer that method."),
    413: ("too_large", "The body is larger than this address takes."),
    415: ("unsupported_media", "Send application/json."),
}

log = get_logger("web")


def add_handlers(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(Refused, _tell_refused)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(BusUnavailable, _tell_bus)
    app.add_exception_handler(OperationalError, _tell_database)
    app.add_exception_handler(UnicodeEncodeError, _tell_half)
    app.add_exception_handler(Exception, _tell_ours)


def _tell(request: Request, refused: Refused) -> Response:
    page = find_page(request, refused.status)
    return page or problem(refused.document(trace_id_of(request.state)), refused.headers)


async def _tell_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _tell(request, error)


async def _tell_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _tell(request, from_validation(list(error.errors())))


async def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    type, detail = BY_STATUS.get(error.status_code, ("bad_request", str(error.detail)))
    return _tell(request, Refused(type, detail, headers=error.headers))


async def _tell_bus(request: Request, error: Exception) -> Response:
    log.warning("the bus does not answer", error=str(error))
    detail = "The command centre does not answer now; send the same request with the same Idempotency-Key again."
    return _tell(request, Refused("not_now", detail, headers={"Retry-After": "1"}))


async def _tell_database(request: Request, error: Exception) -> Response:
    log.error("the database refused", error=str(error))
    return _tell(request, Refused("not_now", "The database does not answer now.", headers={"Retry-After": "1"}))


async def _tell_half(request: Request, error: Exception) -> Response:
    # JSON can write half of a character ("\\ud800"); no database of ours, and no bus, can carry it
    return _tell(request, Refused("invalid", "A text contains half a character (a lone surrogate)."))


async def _tell_ours(request: Request, error: Exception) -> Response:
    log.error("unexpected", error=repr(error), exc_info=error)
    return _tell(request, Refused("ours", f"This is our fault. Trace id: {trace_id_of(request.state)}."))
