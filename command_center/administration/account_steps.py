"""Steps of accounts: added, changed, shut, opened again, given a new password; each with its line in the journal.

``actions.py`` calls them as actions about no incident. No password comes here: the web hashes, the hash travels.
Entries name the account, what it held and what it holds now; no names of people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from command_center.moves.act import Act, invalid, refuse
from command_center.people.account_tables import Account, Assignment, SessionRow
from command_center.people.accounts import (
    BadAccount,
    NewAccount,
    check_separation,
    find_account,
    grant_assignments,
    store_account,
)
from command_center.people.roles import SEES_BY_DEPARTMENT, Role
from command_center.people.scope import Grant
from foundation.ids import sha256_hex
from grid.city import City

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")
ASSIGNMENTS_MAX = 20
KEEPERS = frozenset({Role.SECURITY_ADMIN})


def add_account(act: Act) -> None:
    """Add an account with its assignments; its password holds until it is first used."""
    _check_keeper(act)
    username = act.words("username")
    if not USERNAME.fullmatch(username):
        raise invalid(username="3 to 64 letters, digits, points, dashes; begins with a letter or digit")
    grants = read_grants(act.data.get("assignments"), act.ledger.city)
    wanted = NewAccount(
        username=username, name=_read_name(act), password="", grants=grants, worker=_read_worker(act)
    )
    try:
        account = store_account(act.ledger.session, wanted, act.ledger.now, _read_hash(act))
    except BadAccount as error:
        raise invalid(username=str(error)) from error
    account.must_change = True
    _record(act, "account_added", account, after=_tell(grants))


def change_account(act: Act) -> None:
    """Change the name, the roster's id or the assignments; a change of rights ends live connections."""
    _check_keeper(act)
    account = _find(act)
    before = _held(act, account)
    if act.data.get("name") is not None:
        account.name = _read_name(act)
    if "worker" in act.data:
        account.worker = _read_worker(act)
    after = before
    if act.data.get("assignments") is not None:
        _check_not_own(act, account)
        after = read_grants(act.data["assignments"], act.ledger.city)
        act.ledger.session.execute(delete(Assignment).where(Assignment.account == account.id))
        grant_assignments(act.ledger.session, account, after)
    _record(act, "account_changed", account, before=_tell(before), after=_tell(after))


def disable_account(act: Act) -> None:
    """Shut an account; its sessions end."""
    _check_keeper(act)
    account = _find(act)
    _check_not_own(act, account)
    account.is_disabled = True
    _end_sessions(act, account)
    _record(act, "account_disabled", account)


def enable_account(act: Act) -> None:
    """Open an account again."""
    _check_keeper(act)
    account = _find(act)
    account.is_disabled, account.failures, account.locked_until = False, 0, None
    _record(act, "account_enabled", account)


def reset_password(act: Act) -> None:
    """Set a password that holds until it is first used; sessions under the old one end."""
    _check_keeper(act)
    account = _find(act)
    account.password_hash, account.must_change = _read_hash(act), True
    account.failures, account.locked_until = 0, None
    _end_sessions(act, account)
    _record(act, "account_password_reset", account)


def change_own_password(act: Act) -> None:
    """Set one's own password; the session in which it was done goes on, the others end."""
    account = act.account
    account.password_hash, account.must_change = _read_hash(act), False
    keep = act.words("session")
    act.ledger.session.execute(
        delete(SessionRow).where(SessionRow.account == account.id, SessionRow.digest != keep)
    )
    _record(act, "account_password_changed", account)


def read_grants(wanted: Any, city: City) -> tuple[Grant, ...]:
    """Return the assignments as they are to be kept.

    Raises:
        ActRefused: One cannot be; the fault names it by its place in the list.
    """
    if not isinstance(wanted, list) or not wanted or len(wanted) > ASSIGNMENTS_MAX:
        raise invalid(assignments=f"1 to {ASSIGNMENTS_MAX} of role, area, domains, department")
    faults: dict[str, str] = {}
    grants = []
    for place, one in enumerate(wanted):
        fault = _fault_of(one, city)
        if fault is not None:
            faults[f"assignments.{place}.{fault[0]}"] = fault[1]
        else:
            domains = frozenset(one["domains"]) if one.get("domains") else None
            grants.append(Grant(Role(one["role"]), one["area"], domains, one.get("department") or None))
    if faults:
        raise invalid(**faults)
    try:
        check_separation(grants)
    except BadAccount as error:
        raise invalid(assignments=str(error)) from error
    return tuple(dict.fromkeys(grants))


def _fault_of(one: Mapping[str, Any], city: City) -> tuple[str, str] | None:
    if one.get("role") not in set(Role):
        return "role", "is no role"
    if city.tree.find_area(str(one.get("area"))) is None:
        return "area", "is no area of the city"
    domains = {category.domain for category in city.catalogue.list_categories()}
    if not set(one.get("domains") or ()) <= domains:
        return "domains", f"are of {', '.join(sorted(domains))}"
    department = one.get("department")
    if department and department not in city.departments and city.posts.find_post(department) is None:
        return "department", "is no department or team of the city"
    if one["role"] in SEES_BY_DEPARTMENT and not department:
        return "department", "is needed for this role"
    return None


def _check_keeper(act: Act) -> None:
    if not act.scope.has_role(KEEPERS):
        raise refuse("forbidden", "accounts are kept by the security administrator")


def _check_not_own(act: Act, account: Account) -> None:
    if account.id == act.account.id:
        raise refuse("forbidden", "nobody changes their own rights: another security administrator does")


def _find(act: Act) -> Account:
    account = find_account(act.ledger.session, act.words("username"))
    if account is None:
        raise refuse("not_found", "there is no such account")
    return account


def _read_name(act: Act) -> str:
    name = act.words("name")
    if not name or len(name) > 80:
        raise invalid(name="1 to 80 characters")
    return name


def _read_worker(act: Act) -> str | None:
    worker = act.words("worker")
    if worker and act.ledger.city.workers.find_worker(worker) is None:
        raise invalid(worker="is nobody on the roster")
    return worker or None


def _read_hash(act: Act) -> str:
    kept = act.words("password_hash")
    if not kept.startswith("$argon2id$") or len(kept) > 200:
        raise invalid(password="was not given as it is kept")
    return kept


def _end_sessions(act: Act, account: Account) -> None:
    act.ledger.session.execute(delete(SessionRow).where(SessionRow.account == account.id))


def _held(act: Act, account: Account) -> tuple[Grant, ...]:
    rows = act.ledger.session.scalars(
        select(Assignment).where(Assignment.account == account.id).order_by(Assignment.id)
    )
    return tuple(
        Grant(
            Role(row.role), row.area, frozenset(row.domains) if row.domains is not None else None, row.department
        )
        for row in rows
    )


def _tell(grants: tuple[Grant, ...]) -> list[dict[str, Any]]:
    return [
        {
            "role": str(grant.role),
            "area": grant.area,
            "domains": sorted(grant.domains) if grant.domains is not None else None,
            "department": grant.department,
        }
        for grant in grants
    ]


def _record(act: Act, kind: str, account: Account, **data: Any) -> None:
    act.ledger.append(kind, act.actor, data={"account": account.username, **data})
    act.result = {"username": account.username, "mark": sha256_hex(account.password_hash.encode())[:16]}
