"""Who may call a route: every route declares it, the table role × route is made from it.

Comes in: a request. Goes out: the ``Caller``, or a refusal: 401 without a session, 403 for a role that has
no business here or a missing CSRF token, 422 for a query parameter that the route does not have.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from starlette.requests import HTTPConnection, Request

from command_center.people.roles import ADMINISTRATORS, Role
from dashboards.server.errors import UNKNOWN_FIELD, Refused
from dashboards.server.sessions.origins import is_own_origin
from dashboards.server.sessions.session_store import COOKIE, Caller, digest_of, find_caller, touch_session
from dashboards.server.toolbox import Web, get_web

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
EVERYBODY = frozenset(Role)
OPERATORS = frozenset(
    {
        Role.DISTRICT_OPERATOR,
        Role.TOWN_OPERATOR,
        Role.COMMUNITY_OPERATOR,
        Role.SHIFT_LEADER,
        Role.DUTY_LEADER,
    }
)
FIELD = frozenset({Role.GRID_WORKER, Role.HANDLER, Role.COMMUNITY_OPERATOR})
ACTORS = OPERATORS | FIELD | {Role.LIAISON, Role.LEAD_SUPERVISOR}
VIEWERS = EVERYBODY - ADMINISTRATORS


class Admission:
    """A dependency that names the roles which a route is for; ``public`` routes ask for nobody."""

    def __init__(
        self,
        roles: Iterable[Role] = (),
        *,
        public: str = "",
        any_query: bool = False,
        before_change: bool = False,
    ) -> None:
        self.roles = frozenset(roles)
        self.public = public
        self.any_query = any_query
        self.before_change = before_change

    def __call__(self, request: Request) -> Caller | None:
        if not self.any_query:
            refuse_unknown_query(request)
        refuse_nul_in_query(request)
        web = get_web(request)
        if self.public:
            return None
        caller = get_caller(web, request)
        if not self.before_change:
            refuse_given_password(caller)
        request.state.account = caller.account
        if request.method not in SAFE_METHODS:
            _check_csrf(web, request, caller)
        if caller.scope.roles().isdisjoint(self.roles):
            raise Refused("forbidden", "Your role has no business with this address.")
        return caller


class Admitted(Admission):
    """An admission that always yields a caller."""

    def __call__(self, request: Request) -> Caller:
        caller = super().__call__(request)
        assert caller is not None
        return caller


def admit(roles: Iterable[Role], *, before_change: bool = False) -> Admitted:
    """Return the policy of a route for people with one of the roles.

    ``before_change``: also for who has not yet made a given password their own.
    """
    return Admitted(roles, before_change=before_change)


def refuse_given_password(caller: Caller) -> None:
    """Raise ``Refused`` while somebody's password is still the one that an administrator gave."""
    if caller.must_change:
        raise Refused("password_must_change", "This password was given to you: first set one of your own.")


def admit_public(why: str, *, any_query: bool = False) -> Admission:
    """Return the policy of a route that asks for no session, and why that is right.

    ``any_query``: who calls appends parameters of its own, which we do not choose.
    """
    return Admission(public=why, any_query=any_query)


def get_caller(web: Web, connection: HTTPConnection) -> Caller:
    """Return who this connection is from.

    Raises:
        Refused: No cookie, or its session does not stand any more.
    """
    cookie = connection.cookies.get(COOKIE)
    found = None
    now = web.clock.now()
    if cookie:
        with web.database.read() as session:
            found = find_caller(session, digest_of(cookie), now=now, settings=web.settings)
    if found is None:
        raise Refused("not_logged_in", "There is no session, or it has ended: log in.")
    caller, is_due = found
    if is_due:
        with web.database.write() as session:
            touch_session(session, caller.session, now)
    return caller


PAGES = ("/wall", "/desk", "/field")
"""What stands behind the question mark of a page (``?lang=en``) is read by the page itself."""


def _check_csrf(web: Web, request: Request, caller: Caller) -> None:
    shown = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(shown.encode(), caller.csrf.encode()):
        raise Refused("bad_csrf_token", "Send the csrf_token of POST /session or GET /me as X-CSRF-Token.")
    origin = request.headers.get("origin")
    if origin is not None and not is_own_origin(origin, request, web.settings):
        raise Refused("foreign_origin", "The request comes from a page of another site.")


def refuse_unknown_query(request: Request) -> None:
    """Refuse query parameters that the route does not declare.

    Raises:
        Refused: Naming every one of them.
    """
    if not request.query_params or request.url.path.startswith(PAGES):
        return
    unknown = sorted(set(request.query_params) - query_names(request.scope["route"].dependant))
    if unknown:
        raise Refused(
            "invalid",
            f"Unknown query parameters: {', '.join(unknown)}.",
            fields=dict.fromkeys(unknown, UNKNOWN_FIELD),
        )


def refuse_nul_in_query(request: Request) -> None:
    """Raise ``Refused`` for a character that no database of ours may hold."""
    if any("\x00" in value for value in request.query_params.values()):
        raise Refused("invalid", "A query parameter contains a NUL character.")


def query_names(dependant: Dependant) -> frozenset[str]:
    """Return the names of the query parameters of a route and of all it depends on."""
    return frozenset(field.alias for field in get_flat_params(dependant))


def find_admission(dependant: Dependant) -> Admission | None:
    """Return the policy that a route declares, if it declares one."""
    for below in dependant.dependencies:
        call: Any = below.call
        found = call if isinstance(call, Admission) else find_admission(below)
        if found is not None:
            return found
    return None
