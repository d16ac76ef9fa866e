"""Credentials of sources that send over HTTP: listed, added and revoked; token and secret are told once."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from command_center.people.account_tables import SourceCredential
from command_center.people.roles import ADMINISTRATORS, Role
from dashboards.server.answers import answer
from dashboards.server.brain_call import Deed, IdempotencyKey, carry
from dashboards.server.edges import trace_id_of
from dashboards.server.incidents.incident_shape import PROBLEMS
from dashboards.server.incidents.paging import page
from dashboards.server.routes.answer_shapes import PageShape
from dashboards.server.routes.answer_shapes_office import TokenMadeShape, TokenShape
from dashboards.server.sessions.admission import admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from foundation.ids import sha256_hex

Keeper = Annotated[Caller, Depends(admit({Role.SECURITY_ADMIN}))]
Reader = Annotated[Caller, Depends(admit(ADMINISTRATORS))]
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]

router = APIRouter(prefix="/api/v1", tags=["tokens"], responses=PROBLEMS)


class TokenBody(BaseModel):
    """What it is called, and which source shows it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64)
    source: str = Field(min_length=1, max_length=64)


@router.get("/tokens", responses={200: {"model": PageShape[TokenShape]}})
def list_tokens(web: Tools, caller: Reader) -> Response:
    """List the credentials, without what they are proved with."""
    del caller
    return answer(page(_read_all(web)))


@router.post("/tokens", status_code=201, responses={201: {"model": TokenMadeShape}})
async def add_token(
    *, request: Request, web: Tools, caller: Keeper, body: TokenBody, key: IdempotencyKey = None
) -> Response:
    """Add a credential; token and signing secret are told once."""
    token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    digest = sha256_hex(token.encode())
    deed = Deed(action="token_add", data={**body.model_dump(), "token_digest": digest, "secret": secret})
    done = await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    is_first = done.result["mark"] == digest[:16]
    told: dict[str, Any] = {"token": token, "secret": secret} if is_first else {"token": None, "secret": None}
    return answer({**(await run_in_threadpool(_read, web, body.name)), **told}, 201)


@router.post("/tokens/{name}/revoke", responses={200: {"model": TokenShape}})
async def revoke_token(
    *, request: Request, web: Tools, caller: Keeper, name: Name, key: IdempotencyKey = None
) -> Response:
    """Make a credential worthless, at once."""
    deed = Deed(action="token_revoke", data={"name": name})
    await carry(web, caller, deed, key=key, trace_id=trace_id_of(request.state))
    return answer(await run_in_threadpool(_read, web, name))


def _read(web: Web, name: str) -> dict[str, Any]:
    return next(one for one in _read_all(web) if one["name"] == name)


def _read_all(web: Web) -> list[dict[str, Any]]:
    sources = web.city.get().sources
    with web.database.read() as session:
        rows = session.scalars(select(SourceCredential).order_by(SourceCredential.name)).all()
    return [
        {
            "name": row.name,
            "source": row.source,
            "source_name": {"zh": source.zh, "en": source.en} if (source := sources.get(row.source)) else None,
            "created_at": row.created_at,
            "revoked_at": row.revoked_at,
        }
        for row in rows
    ]
