"""Log in, log out, who am I."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.accounts import find_account, verify_password, waste_time
from dashboards.server.answers import answer
from dashboards.server.errors import Refused
from dashboards.server.sessions.admission import EVERYBODY, admit, admit_public
from dashboards.server.sessions.login_guard import check_tries
from dashboards.server.sessions.me import show_me
from dashboards.server.sessions.origins import is_own_origin
from dashboards.server.sessions.session_store import (
    COOKIE,
    Caller,
    OpenedSession,
    digest_of,
    end_session,
    find_caller,
    open_session,
)
from dashboards.server.toolbox import Tools, Web
from foundation.bus import subjects

WALL_MAX_AGE_S = 400 * 86400  # the longest that browsers keep a cookie; a wall never logs out

Anybody = Annotated[Caller, Depends(admit(EVERYBODY, before_change=True))]

router = APIRouter(prefix="/api/v1", tags=["session"])


class LoginBody(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=64)
    password: str = Field(max_length=256)


@router.post("/session", dependencies=[Depends(admit_public("whoever logs in has no session yet"))])
async def log_in(request: Request, web: Tools, body: LoginBody) -> Response:
    """Log in; answers with the CSRF token and who I am, and sets the session cookie."""
    origin = request.headers.get("origin")
    if origin is not None and not is_own_origin(origin, request, web.settings):
        raise Refused("foreign_origin", "The request comes from a page of another site.")
    address = check_tries(request, web, body.username)
    async with web.hashing:
        account = await run_in_threadpool(_verify, web, body)
    web.guard.note(body.username, address, succeeded=account is not None)
    web.metrics.logins.labels("done" if account else "refused").inc()
    if account is None:
        raise Refused("bad_credentials", "Name or password is wrong.")
    old = request.cookies.get(COOKIE)
    opened, shown, is_wall = await run_in_threadpool(_open, web, account, old)
    response = answer(shown)
    _set_cookie(response, web, opened.cookie, is_wall=is_wall)
    return response


@router.get("/session", dependencies=[Depends(admit_public("a page asks before it has anybody"))])
def get_session(request: Request, web: Tools) -> Response:
    """Return whether this browser has a session, without a refusal where it has none."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return answer({"logged_in": False})
    with web.database.read() as session:
        found = find_caller(session, digest_of(cookie), now=web.clock.now(), settings=web.settings)
    return answer({"logged_in": found is not None})


@router.delete("/session")
async def log_out(web: Tools, caller: Anybody) -> Response:
    """Log out; live connections of this session end with it."""

    def end() -> None:
        with web.database.write() as session:
            end_session(session, caller.session, web.clock.now())

    await run_in_threadpool(end)
    await web.bus.ring(subjects.RIGHTS, msgspec.json.encode({"session": caller.session}))
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=web.settings.is_secure)
    return response


@router.get("/me")
def get_me(web: Tools, caller: Anybody) -> Response:
    """Return who this session belongs to, with assignments and the city."""
    with web.database.read() as session:
        return answer(show_me(session, caller, web.city.get(), web.settings))


def _verify(web: Web, body: LoginBody) -> str | None:
    """Return the account's id if name and password fit; an unknown name takes just as long."""
    with web.database.read() as session:
        account = find_account(session, body.username)
    if account is None:
        waste_time(body.password)
        return None
    fits = verify_password(account.password_hash, body.password)
    return account.id if fits and not account.is_disabled else None


def _open(web: Web, account: str, old: str | None) -> tuple[OpenedSession, dict[str, Any], bool]:
    """Open a session under a fresh id, ending the one that this browser had."""
    now = web.clock.now()
    with web.database.write() as session:
        if old:
            end_session(session, digest_of(old), now)
        opened = open_session(session, account, now)
    with web.database.read() as session:
        found = find_caller(session, opened.digest, now=now, settings=web.settings)
        if found is None:
            raise Refused("bad_credentials", "This account may do nothing here.")
        caller, _ = found
        shown: dict[str, Any] = {
            "csrf_token": opened.csrf,
            "me": show_me(session, caller, web.city.get(), web.settings),
        }
        return opened, shown, caller.is_wall


def _set_cookie(response: Response, web: Web, cookie: str, *, is_wall: bool) -> None:
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=WALL_MAX_AGE_S if is_wall else web.settings.session_total_s,
        path="/",
        httponly=True,
        samesite="strict",
        secure=web.settings.is_secure,
    )
