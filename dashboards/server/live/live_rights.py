"""Ends live connections whose right has ended: 4401 after log-out, 4403 after a change of rights.

Looks once a second, at once when the bus rings ``rings.rights``; so a socket never outlives its right by two
seconds (interfaces.md, Live). A look asks for one mark of all accounts, assignments and sessions; only when that
has changed are all connections judged, else those that are new or whose session runs out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import cache, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from command_center.people.account_tables import Account, Assignment, SessionRow
from command_center.people.roles import Role
from dashboards.server.live.live_journal import LiveEntry
from dashboards.server.sessions.session_store import NEVER, lasts_until
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


class Standing(NamedTuple):
    """What the account of a session may do, in a form that can be compared, and how long it stands by itself."""

    rights: Rights
    until: datetime


def read_rights(
    session: Session, digests: Iterable[str], *, now: datetime, settings: Settings
) -> dict[str, Standing]:
    """Return for each session that stands what its account may do."""
    rows: list[Any] = []
    wanted = sorted(set(digests))
    for start in range(0, len(wanted), CHUNK):
        rows += session.execute(_questions()["sessions"], {"wanted": wanted[start : start + CHUNK]}).all()
    held = _read_held(session, {row.account for row in rows})
    standing: dict[str, Standing] = {}
    for row in rows:
        roles, prints = held.get(row.account, _NOTHING)
        until = lasts_until(row, roles, settings=settings)
        if now < until:
            standing[row.digest] = Standing((row.worker, *prints), until)
    return standing


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
        "mark": select(
            select(_text_of(account.id, account.is_disabled, account.worker)).scalar_subquery(),
            select(_text_of(held.account, held.role, held.area, held.domains, held.department)).scalar_subquery(),
            func.count(),
            func.count(opened.ended_at),
            func.max(opened.created_at),
        ).select_from(SessionRow.__table__),
    }


def _text_of(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    """Return all rows of a table as one text: compared as a whole, some thousand rows cost next to nothing."""
    told: list[ColumnElement[str]] = [func.coalesce(cast(column, String), "") for column in columns]
    lines: Any = reduce(lambda before, one: before + "|" + one, told)
    return func.aggregate_strings(lines, ",")


def _fingerprint(row: Any) -> tuple[str, str, str, str]:
    domains = ",".join(sorted(row.domains)) if row.domains is not None else "*"
    return (row.role, row.area, domains, row.department or "")


def has_new_rights(session: Session, account: str, entries: Iterable[LiveEntry]) -> bool:
    """Return whether the rights of an account were changed in this stretch of the journal."""
    changed = {entry.shown["data"].get("account") for entry in entries if entry.shown["kind"] == "account_changed"}
    return bool(changed) and session.scalar(select(Account.username).where(Account.id == account)) in changed


class Seen(NamedTuple):
    """What one look found: the mark of everything, and how those stand who are judged."""

    mark: tuple[Any, ...]
    judged: list[LiveClient]
    standing: dict[str, Standing]
    disabled: set[str]


class RightsWatch:
    """Compares what every connection was opened with to what stands now."""

    def __init__(self, hub: LiveHub, settings: Settings) -> None:
        self._hub = hub
        self._settings = settings
        self._rung = asyncio.Event()
        self._mark: tuple[Any, ...] = ()
        self._joins = 0
        self._soonest = NEVER

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
        """Judge whoever is new or at the end of their session; everybody when anything was changed."""
        clients = list(self._hub.clients)
        if not clients:
            return
        now, joins, due = self._hub.clock.now(), self._hub.joins, list["LiveClient"]()
        if joins != self._joins or self._soonest <= now:
            due = [client for client in clients if client.stands_until <= now]
        seen = await asyncio.to_thread(self._read, clients, due, now)
        for client in seen.judged:
            self._judge(client, seen.standing.get(client.session), seen.disabled)
        self._mark, self._joins = seen.mark, joins
        if seen.judged:
            self._soonest = min(client.stands_until for client in clients)

    def _judge(self, client: LiveClient, stands: Standing | None, disabled: set[str]) -> None:
        if client.scope.account in disabled:
            client.end(RIGHTS_CHANGED)
        elif stands is None:
            client.end(LOGGED_OUT)
        elif client.rights != stands.rights:
            client.end(RIGHTS_CHANGED)
        else:
            client.stands_until = stands.until

    def _read(self, clients: list[LiveClient], due: list[LiveClient], now: datetime) -> Seen:
        with self._hub.database.read() as session:
            # before the rights: what changes in between is another mark at the next look
            mark = tuple(session.execute(_questions()["mark"]).one())
            judged = due if mark == self._mark else clients
            if not judged:
                return Seen(mark, [], {}, set())
            sessions = {client.session for client in judged}
            standing = read_rights(session, sessions, now=now, settings=self._settings)
            accounts = sorted({client.scope.account for client in judged})
            return Seen(mark, judged, standing, _read_disabled(session, accounts))


def _read_disabled(session: Session, accounts: list[str]) -> set[str]:
    shut: set[str] = set()
    for start in range(0, len(accounts), CHUNK):
        chunk = {"wanted": accounts[start : start + CHUNK]}
        shut.update(session.execute(_questions()["shut"], chunk).scalars())
    return shut
