"""Accounts: who may log in and what they hold; kept by the security, read by the audit administrator.

Comes in: requests of administrators, and of anybody about their own password. Goes out: actions to the brain, that
writes account and journal in one transaction; a password is made or hashed here and shown once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import exists, or_, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.account_tables import Account, Assignment
from command_center.people.accounts import (
    BadAccount,
    check_password_rules,
    hash_password,
    hash_random_password,
    make_password,
    verify_password,
)
from command_center.people.roles import Role
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, not_found
from dashboards.server.incidents.incident_shape import PROBLEMS
from dashboards.server.incidents.paging import Cursor, Limit, decode_cursor, encode_cursor, page
from dashboards.server.routes.account_view import show_accounts
from dashboards.server.routes.answer_shapes import PageShape
from dashboards.server.routes.answer_shapes_office import AccountMadeShape, AccountShape
from dashboards.server.sessions.admission import EVERYBODY, admit
from dashboards.server.sessions.login_guard import check_tries
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from foundation.bus import subjects
from foundation.ids import sha256_hex

Keeper = Annotated[Caller, Depends(admit({Role.SECURITY_ADMIN}))]
Reader = Annotated[Caller, Depends(admit({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}))]
Anybody = Annotated[Caller, Depends(admit(EVERYBODY, before_change=True))]
Username = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Word = Annotated[str | None, Query(max_length=64)]
ONE_ACCOUNT: Any = {200: {"model": AccountShape}}
MADE: Any = {201: {"model": AccountMadeShape}}

router = APIRouter(prefix="/api/v1", tags=["accounts"], responses=PROBLEMS)


class Body(BaseModel):
    """Nothing but what is listed."""

    model_config = ConfigDict(extra="forbid")


class AssignmentBody(Body):
    """One {role, area, domains, department}; no domains means all four."""

    role: str = Field(max_length=24)
    area: str = Field(max_length=24)
    domains: list[str] | None = Field(None, max_length=4)
    department: str | None = Field(None, max_length=64)


class AccountBody(Body):
    """A new account; its password is made here and told once."""

    username: str = Field(min_length=3, max_length=64)
    name: str = Field(min_length=1, max_length=80)
    assignments: list[AssignmentBody] = Field(min_length=1, max_length=20)
    worker: str | None = Field(None, max_length=64)


class AccountChangeBody(Body):
    """What is to be otherwise."""

    name: str | None = Field(None, min_length=1, max_length=80)
    assignments: list[AssignmentBody] | None = Field(None, min_length=1, max_length=20)
    worker: str | None = Field(None, max_length=64)


class PasswordBody(Body):
    """The present password and the next."""

    password: str = Field(max_length=256)
    new_password: str = Field(max_length=256)


@router.get("/accounts", responses={200: {"model": PageShape[AccountShape]}})
def list_accounts(
    *,
    web: Tools,
    caller: Reader,
    q: Word = None,
    role: Word = None,
    area: Word = None,
    disabled: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List the accounts by user name, with what each holds and when it was last used."""
    del caller
    statement = select(Account).order_by(Account.username)
    if q and q.strip():
        said = q.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{said}%"
        statement = statement.where(
            or_(Account.username.ilike(like, escape="\\"), Account.name.ilike(like, escape="\\"))
        )
    held = [Assignment.account == Account.id]
    held += [Assignment.role == role] if role else []
    held += [Assignment.area == area] if area else []
    if len(held) > 1:
        statement = statement.where(exists().where(*held))
    if disabled is not None:
        statement = statement.where(Account.is_disabled.is_(disabled))
    if cursor:
        statement = statement.where(Account.username > decode_cursor(cursor, str))
    with web.database.read() as session:
        rows = list(session.scalars(statement.limit(limit + 1)))
        shown = show_accounts(session, rows[:limit], web.city.get())
    return answer(page(shown, encode_cursor(rows[limit - 1].username) if len(rows) > limit else None))


@router.get("/accounts/{username}", responses=ONE_ACCOUNT)
def get_account(web: Tools, caller: Reader, username: Username) -> Response:
    """Show one account."""
    del caller
    return answer(_read(web, username))


@router.post("/accounts", status_code=201, responses=MADE)
async def add_account(
    *, request: Request, web: Tools, caller: Keeper, body: AccountBody, key: IdempotencyKey = None
) -> Response:
    """Add an account; its password is told once, and must be changed at the first log-in."""
    deed = Deed(action="account_add", data=body.model_dump(exclude_none=True))
    return await _give_password(request, web, caller, deed, key=key, status=201)


@router.patch("/accounts/{username}", responses=ONE_ACCOUNT)
async def change_account(
    *,
    request: Request,
    web: Tools,
    caller: Keeper,
    username: Username,
    body: AccountChangeBody,
    key: IdempotencyKey = None,
) -> Response:
    """Change name, roster's id or assignments; live connections end within two seconds of a change of rights."""
    deed = Deed(action="account_change", data={"username": username, **body.model_dump(exclude_unset=True)})
    return await _carry(request, web, caller, deed, key=key)


@router.post("/accounts/{username}/password", responses={200: {"model": AccountMadeShape}})
async def reset_password(
    *, request: Request, web: Tools, caller: Keeper, username: Username, key: IdempotencyKey = None
) -> Response:
    """Give a new password, told once; it must be changed at the next log-in."""
    deed = Deed(action="account_password", data={"username": username})
    return await _give_password(request, web, caller, deed, key=key, status=200)


@router.post("/accounts/{username}/{change}", responses=ONE_ACCOUNT)
async def shut_or_open_account(
    *,
    request: Request,
    web: Tools,
    caller: Keeper,
    username: Username,
    change: Literal["disable", "enable"],
    key: IdempotencyKey = None,
) -> Response:
    """Shut an account, its sessions with it, or open it again."""
    return await _carry(
        request, web, caller, Deed(action=f"account_{change}", data={"username": username}), key=key
    )


@router.post("/me/password")
async def change_own_password(
    *, request: Request, web: Tools, caller: Anybody, body: PasswordBody, key: IdempotencyKey = None
) -> Response:
    """Set one's own password; other sessions of the account end."""
    try:
        check_password_rules(body.new_password, caller.username)
    except BadAccount as error:
        raise Refused("invalid", str(error), fields={"new_password": str(error)}) from error
    address = check_tries(request, web, caller.username)
    async with web.hashing:
        kept = await run_in_threadpool(_hash_own, web, caller, body)
    web.guard.note(caller.username, address, succeeded=kept is not None)
    if kept is None:
        raise Refused(
            "invalid", "The present password is another.", fields={"password": "not the present password"}
        )
    deed = Deed(action="own_password", data={"password_hash": kept, "session": caller.session})
    await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    await _ring(web, caller.username)
    return answer({"changed": True})


def _hash_own(web: Web, caller: Caller, body: PasswordBody) -> str | None:
    """Return the new password's hash; None where the present one is another."""
    with web.database.read() as session:
        account = session.get(Account, caller.account)
    if account is None or not verify_password(account.password_hash, body.password):
        return None
    if body.new_password == body.password:
        raise Refused("invalid", "The new password is the old one.", fields={"new_password": "the same as before"})
    return hash_password(body.new_password)


async def _give_password(
    request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None, status: int
) -> Response:
    password = make_password()
    async with web.hashing:
        kept = await run_in_threadpool(hash_random_password, password)
    sent = msgspec.structs.replace(deed, data={**deed.data, "password_hash": kept})
    done = await carry(web, caller, sent, key=key, trace_id=trace_id_of(request.state))
    await _ring(web, str(done.result["username"]))
    shown = await run_in_threadpool(_read, web, str(done.result["username"]))
    # a second request under one key got the first's answer: that password was told then and is not known any more
    is_first = done.result["mark"] == sha256_hex(kept.encode())[:16]
    return answer({**shown, "password": password if is_first else None}, status)


async def _carry(request: Request, web: Web, caller: Caller, deed: Deed, *, key: str | None) -> Response:
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    username = str(done.result["username"])
    await _ring(web, username)
    return answer(await run_in_threadpool(_read, web, username))


async def _ring(web: Web, username: str) -> None:
    """Have every web process look at its live connections at once."""
    await web.bus.ring(subjects.RIGHTS, msgspec.json.encode({"account": username}))


def _read(web: Web, username: str) -> dict[str, Any]:
    with web.database.read() as session:
        row = session.scalars(select(Account).where(Account.username == username)).one_or_none()
        if row is None:
            raise not_found()
        return show_accounts(session, [row], web.city.get())[0]
