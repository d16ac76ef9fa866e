"""Accounts: made, verified, disabled; and what somebody may see, read from their assignments.

The commands, the demo and the log-in of the web come in; ``Scope`` goes out. Passwords are kept as argon2id
hashes only; nothing here knows a default password.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from command_center.people.account_tables import Account, Assignment, SessionRow
from command_center.people.roles import ADMINISTRATORS, Role
from command_center.people.scope import Grant, Scope
from foundation.ids import new_id

PASSWORD_MIN = 10
PASSWORD_KINDS_MIN = 3
"""Source: GB/T 22239-2019 8.1.4.1 asks for complexity and leaves the figures; three kinds of four is common."""

READABLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


class BadAccount(ValueError):
    """Refused: the account or password cannot be as wanted; the message says why."""


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """What an account is to be. ``worker`` is the id on the roster of somebody with a phone."""

    username: str
    name: str
    password: str
    grants: tuple[Grant, ...]
    worker: str | None = None


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id, RFC 9106 low-memory profile


def check_password_rules(password: str, username: str) -> None:
    """Return if the password is good enough.

    Raises:
        BadAccount: It is too short, too plain, or holds the user's name.
    """
    kinds = (
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdigit() for c in password),
        any(not c.isalnum() for c in password),
    )
    if len(password) < PASSWORD_MIN:
        raise BadAccount(f"the password needs at least {PASSWORD_MIN} characters")
    if sum(kinds) < PASSWORD_KINDS_MIN:
        raise BadAccount("the password needs three of: small letters, capitals, digits, signs")
    if username.lower() in password.lower():
        raise BadAccount("the password must not contain the user name")


def make_password() -> str:
    """Return a random password that meets the rules and can be read aloud."""
    while True:
        password = "".join(secrets.choice(READABLE) for _ in range(14))
        if any(c.islower() for c in password) and any(c.isupper() for c in password):
            return f"{password[:5]}-{password[5:10]}-{password[10:]}{secrets.randbelow(10)}"


@cache
def _light_hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    return _hasher().hash(password)


def hash_random_password(password: str) -> str:
    """Return the hash of a password of ``make_password``: 80 random bits need no slow hash against guessing."""
    return _light_hasher().hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Return whether the password is the one that was hashed; takes as long either way."""
    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def waste_time(password: str) -> None:
    """Spend what verifying costs, for a user name that does not exist: timing must not tell."""
    verify_password(_nobody(), password)


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex(16))


def create_account(
    session: Session, wanted: NewAccount, now: datetime, *, password_hash: str | None = None
) -> Account:
    """Add the account with its assignments; ``password_hash`` where it was worked out before.

    Raises:
        BadAccount: The name is taken, the password too weak, or two administrators' roles would meet.
    """
    check_password_rules(wanted.password, wanted.username)
    check_separation(wanted.grants)
    return store_account(session, wanted, now, password_hash or hash_password(wanted.password))


def store_account(session: Session, wanted: NewAccount, now: datetime, password_hash: str) -> Account:
    """Add the account under a password that was judged and hashed before.

    Raises:
        BadAccount: The name is taken.
    """
    if find_account(session, wanted.username) is not None:
        raise BadAccount(f"there is a user {wanted.username} already")
    account = Account(
        id=new_id(),
        username=wanted.username,
        name=wanted.name,
        password_hash=password_hash,
        is_disabled=False,
        worker=wanted.worker,
        failures=0,
        created_at=now,
    )
    session.add(account)
    session.flush()
    grant_assignments(session, account, wanted.grants)
    return account


def grant_assignments(session: Session, account: Account, grants: Iterable[Grant]) -> None:
    """Give the account what it is to hold."""
    for grant in grants:
        domains = sorted(grant.domains) if grant.domains is not None else None
        session.add(
            Assignment(
                account=account.id, role=grant.role, area=grant.area, domains=domains, department=grant.department
            )
        )
    session.flush()


def check_separation(grants: Iterable[Grant]) -> None:
    """Raise ``BadAccount`` where two administrators' roles would meet in one person."""
    held = {grant.role for grant in grants} & ADMINISTRATORS
    if len(held) > 1:
        raise BadAccount("nobody is two of system, security and audit administrator")


def find_account(session: Session, username: str) -> Account | None:
    return session.scalars(select(Account).where(Account.username == username)).one_or_none()


def set_password(session: Session, account: Account, password: str) -> None:
    """Set a new password; sessions under the old one end.

    Raises:
        BadAccount: The password is too weak.
    """
    check_password_rules(password, account.username)
    account.password_hash = hash_password(password)
    account.failures, account.locked_until = 0, None
    session.execute(delete(SessionRow).where(SessionRow.account == account.id))


def disable_account(session: Session, account: Account) -> None:
    """Shut the account; its sessions end."""
    account.is_disabled = True
    session.execute(delete(SessionRow).where(SessionRow.account == account.id))


def load_scope(session: Session, account_id: str) -> Scope:
    """Return what the account may see; of a disabled or unknown one, nothing."""
    return find_person(session, account_id)[1]


def find_person(session: Session, account_id: str) -> tuple[Account | None, Scope]:
    """Return the account, if there is one that is not disabled, and what it may see; with one query."""
    found = session.execute(
        select(Account, Assignment)
        .outerjoin(Assignment, Assignment.account == Account.id)
        .where(Account.id == account_id)
        .order_by(Assignment.id)
    ).all()
    account: Account | None = found[0][0] if found else None
    if account is None or account.is_disabled:
        return None, Scope(account=account_id, grants=())
    grants = tuple(
        Grant(
            role=Role(row.role),
            area=row.area,
            domains=frozenset(row.domains) if row.domains is not None else None,
            department=row.department,
        )
        for _, row in found
        if row is not None
    )
    return account, Scope(account=account_id, grants=grants, worker=account.worker)
