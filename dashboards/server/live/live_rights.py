"""Ends live connections whose right has ended: 4401 after log-out, 4403 after a change of rights.

Looks once a second at the sessions of all connections, at once when the bus rings ``rings.rights``; so a
socket never outlives its right by two seconds (interfaces.md, Live).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
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
        rows += session.execute(
            select(SessionRow, Account.worker)
            .join(Account, Account.id == SessionRow.account)
            .where(SessionRow.digest.in_(wanted[start : start + CHUNK]), Account.is_disabled.is_(False))
        ).all()
    assignments = _read_assignments(session, {row.account for row, _ in rows})
    rights: dict[str, Rights] = {}
    for row, worker in rows:
        held = assignments.get(row.account, [])
        roles = frozenset(Role(assignment.role) for assignment in held)
        if is_alive(row, roles, now=now, settings=settings):
            rights[row.digest] = (worker, *sorted(_fingerprint(assignment) for assignment in held))
    return rights


def _read_assignments(session: Session, accounts: set[str]) -> dict[str, list[Assignment]]:
    held: dict[str, list[Assignment]] = {}
    wanted = sorted(accounts)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        for assignment in session.scalars(select(Assignment).where(Assignment.account.in_(chunk))):
            held.setdefault(assignment.account, []).append(assignment)
    return held


def _fingerprint(assignment: Assignment) -> tuple[str, str, str, str]:
    domains = ",".join(sorted(assignment.domains)) if assignment.domains is not None else "*"
    return (assignment.role, assignment.area, domains, assignment.department or "")


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
            shut = select(Account.id).where(Account.id.in_(sorted(accounts)), Account.is_disabled.is_(True))
            return stands, set(session.scalars(shut))
