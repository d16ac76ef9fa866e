"""Ends live connections whose right has ended: 4401 after log-out, 4403 after a change of rights.

Looks once a second at the sessions of all connections, at once when the bus rings ``rings.rights``; so a
socket never outlives its right by two seconds (interfaces.md, Live).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from command_center.people.account_tables import Account, Assignment, SessionRow
from command_center.people.roles import Role
from dashboards.server.live.live_journal import LiveEntry
from dashboards.server.sessions.session_store import is_alive
from foundation.logs import get_logger
from foundation.settings import Settings

if TYPE_CHECKING:
    from dashboards.server.live.live_client import LiveClient
    from dashboards.server.live.live_hub import LiveHub

Rights = tuple[Any, ...]
Held = tuple[frozenset[Role], tuple[tuple[str, str, str, str], ...]]
_NOTHING: Held = (frozenset(), ())
POLL_S = 1.0
LOGGED_OUT, RIGHTS_CHANGED = 4401, 4403
CHUNK = 400

log = get_logger("rights")


def read_rights(
    session: Session, digests: Iterable[str], *, now: datetime, settings: Settings
) -> dict[str, Rights]:
    """Return for each session that stands what its account may do, in a form that can be compared."""
    rows: list[Any] = []
    wanted = sorted(set(digests))
    for start in range(0, len(wanted), CHUNK):
        rows += session.execute(_questions()["sessions"], {"wanted": wanted[start : start + CHUNK]}).all()
    held = _read_held(session, {row.account for row in rows})
    rights: dict[str, Rights] = {}
    for row in rows:
        roles, prints = held.get(row.account, _NOTHING)
        if is_alive(row, roles, now=now, settings=settings):
            rights[row.digest] = (row.worker, *prints)
    return rights


def _read_held(session: Session, accounts: set[str]) -> dict[str, Held]:
    """Return the roles of each account, and what it holds in a form that can be compared."""
    found: dict[str, list[Any]] = {}
    wanted = sorted(accounts)
    for start in range(0, len(wanted), CHUNK):
        for row in session.execute(_questions()["assignments"], {"wanted": wanted[start : start + CHUNK]}):
            found.setdefault(row.account, []).append(row)
    return {
        account: (frozenset(Role(row.role) for row in rows), tuple(sorted(_fingerprint(row) for row in rows)))
        for account, rows in found.items()
    }


@cache
def _questions() -> dict[str, Select[Any]]:
    """Return the statements, made once, for plain rows: asked once a second about thousands of connections."""
    wanted: Any = bindparam("wanted", expanding=True)
    opened, held = SessionRow.__table__.c, Assignment.__table__.c
    account = Account.__table__.c
    return {
        "sessions": select(
            opened.digest, opened.account, opened.ended_at, opened.seen_at, opened.created_at, account.worker
        )
        .join(Account.__table__, account.id == opened.account)
        .where(opened.digest.in_(wanted), account.is_disabled.is_(False)),
        "assignments": select(held.account, held.role, held.area, held.domains, held.department).where(
            held.account.in_(wanted)
        ),
        "shut": select(account.id).where(account.id.in_(wanted), account.is_disabled.is_(True)),
    }


def _fingerprint(row: Any) -> tuple[str, str, str, str]:
    domains = ",".join(sorted(row.domains)) if row.domains is not None else "*"
    return (row.role, row.area, domains, row.department or "")


def has_new_rights(session: Session, account: str, entries: Iterable[LiveEntry]) -> bool:
    """Return whether the rights of an account were changed in this stretch of the journal."""
    changed = {entry.shown["data"].get("account") for entry in entries if entry.shown["kind"] == "account_changed"}
    return bool(changed) and session.scalar(select(Account.username).where(Account.id == account)) in changed


class RightsWatch:
    """Compares what every connection was opened with to what stands now."""

    def __init__(self, hub: LiveHub, settings: Settings) -> None:
        self._hub = hub
        self._settings = settings
        self._rung = asyncio.Event()

    async def hear(self, _payload: bytes) -> None:
        """Look at once."""
        self._rung.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._rung.clear()
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 the edge of a loop: a database that is away comes back
                log.warning("rights cannot be read now", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._rung.wait()

    async def _look(self) -> None:
        sessions = {client.session for client in self._hub.clients}
        if not sessions:
            return
        accounts = {client.scope.account for client in self._hub.clients}
        stands, disabled = await asyncio.to_thread(self._read, sessions, accounts)
        for client in list(self._hub.clients):
            if client.session in sessions:
                self._judge(client, stands.get(client.session), disabled)

    def _judge(self, client: LiveClient, stands: Rights | None, disabled: set[str]) -> None:
        if client.scope.account in disabled:
            client.end(RIGHTS_CHANGED)
        elif stands is None:
            client.end(LOGGED_OUT)
        elif client.rights != stands:
            client.end(RIGHTS_CHANGED)

    def _read(self, sessions: set[str], accounts: set[str]) -> tuple[dict[str, Rights], set[str]]:
        with self._hub.database.read() as session:
            stands = read_rights(session, sessions, now=self._hub.clock.now(), settings=self._settings)
            shut = session.execute(_questions()["shut"], {"wanted": sorted(accounts)})
            return stands, set(shut.scalars())
