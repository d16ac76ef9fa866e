"""The people of the demo by what they answer for: who sits at which desk, who carries which phone.

Comes in: the demo accounts and the stage. Goes out: sessions, opened when first needed. Where a town has no
operator of its own among the accounts, the district's takes its place, as at night.
"""

from __future__ import annotations

import httpx

from ingest.simulate.demo_access import DemoAccess, DemoAccount, NoDemoAccess
from ingest.simulate.http_session import HttpSession
from ingest.simulate.stage import Stage

FIELD_ROLES = ("grid_worker", "handler")


class People:
    """Everybody who may log in, found by post."""

    def __init__(self, access: DemoAccess, stage: Stage, client: httpx.AsyncClient) -> None:
        self._access = access
        self._stage = stage
        self._client = client
        self._sessions: dict[str, HttpSession] = {}

    def session(self, account: DemoAccount) -> HttpSession:
        """Return the one session of an account."""
        if account.username not in self._sessions:
            self._sessions[account.username] = HttpSession(self._client, account)
        return self._sessions[account.username]

    def get_overseer(self) -> HttpSession:
        """Return who sees the whole district and may decide: the duty leader; else an operator of the district."""
        return self.session(self._first("duty_leader", self._stage.code) or self._operator_of_district())

    def get_operator(self, town: str) -> HttpSession:
        """Return who sits at a town's desk, or at the district's for it."""
        return self.session(self._first("town_operator", town) or self._operator_of_district())

    def get_district_operator(self) -> HttpSession:
        return self.session(self._operator_of_district())

    def list_for_holder(self, kind: str, code: str, path: list[str]) -> list[HttpSession]:
        """Return who may act for what a post holds, the nearest first; ``path`` is of the incident's area."""
        nearest_first = list(reversed(path))
        found: list[DemoAccount | None] = []
        if kind == "department":
            found += self._of_department(code.removeprefix("dept-"))
        if kind == "team":
            found += self._of_department(code)
        if kind in ("community", "grid"):
            found += [self._first("community_operator", area) for area in nearest_first]
        if kind != "department":
            found += [self._first("town_operator", area) for area in nearest_first]
        found += [self._first("district_operator", path[0] if path else ""), self._first("duty_leader", "")]
        return list(dict.fromkeys(self.session(account) for account in found if account is not None))

    def list_phones(self, limit: int) -> list[DemoAccount]:
        """Return the accounts that carry a phone, spread over the towns, at most ``limit``."""
        by_town: dict[str, list[DemoAccount]] = {}
        for account in self._access.list_accounts(*FIELD_ROLES):
            by_town.setdefault(self.town_of(account.area), []).append(account)
        rounds = [[accounts[n] for accounts in by_town.values() if n < len(accounts)] for n in range(limit)]
        return [account for one_round in rounds for account in one_round][:limit]

    def town_of(self, area: str) -> str:
        """Return the town that an area lies in, or the area itself above the towns."""
        code = area
        while code and code not in self._stage.towns:
            code = self._stage.parents.get(code, "")
        return code or area

    def _of_department(self, department: str) -> list[DemoAccount | None]:
        return [a for a in self._access.list_accounts("liaison", "handler") if a.department == department]

    def _first(self, role: str, area: str) -> DemoAccount | None:
        return next((a for a in self._access.list_accounts(role) if not area or a.area == area), None)

    def _operator_of_district(self) -> DemoAccount:
        found = self._first("district_operator", "")
        if found is None:
            raise NoDemoAccess("demo-accounts.json has no district_operator; `citybrain up --demo` writes it")
        return found
