"""Accounts, tokens, the demo's cast, the commands that keep them."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from command_center.journal import journal_commands
from command_center.people import account_commands, token_commands
from command_center.people.account_tables import Account, SessionRow, SourceCredential
from command_center.people.accounts import (
    BadAccount,
    NewAccount,
    check_password_rules,
    create_account,
    disable_account,
    find_account,
    load_scope,
    make_password,
    set_password,
    verify_password,
)
from command_center.people.demo_accounts import ensure_demo_accounts
from command_center.people.masking import mask_name, mask_numbers, mask_phone
from command_center.people.roles import Role
from command_center.people.scope import Grant
from foundation.database import Database
from foundation.ids import sha256_hex
from foundation.settings import Settings
from grid.city import City
from tests.command_center.stage import NOON

PASSWORD = "Hui-Ma-2026"


def add(database: Database, *grants: Grant, username: str = "op") -> str:
    with database.write() as session:
        wanted = NewAccount(username=username, name="张三", password=PASSWORD, grants=grants)
        return create_account(session, wanted, NOON).id


def test_a_scope_holds_every_assignment_and_nothing_when_disabled(database: Database) -> None:
    id = add(
        database,
        Grant(Role.TOWN_OPERATOR, "t1", frozenset({"transport"})),
        Grant(Role.LIAISON, "d", None, "drainage"),
    )
    with database.read() as session:
        scope = load_scope(session, id)
    assert [g.role for g in scope.grants] == [Role.TOWN_OPERATOR, Role.LIAISON]
    assert scope.grants[0].domains == {"transport"} and scope.grants[1].domains is None
    with database.write() as session:
        session.add(SessionRow(digest="x", account=id, csrf="c", created_at=NOON, seen_at=NOON))
    with database.write() as session:
        account = find_account(session, "op")
        assert account is not None
        disable_account(session, account)
    with database.read() as session:
        assert load_scope(session, id).grants == () and load_scope(session, "nobody").grants == ()
        assert session.get(SessionRow, "x") is None


def test_a_password_is_kept_as_a_slow_hash_only(database: Database) -> None:
    add(database, Grant(Role.WALL, "d"))
    with database.write() as session:
        account = find_account(session, "op")
        assert account is not None and account.password_hash.startswith("$argon2id$")
        assert verify_password(account.password_hash, PASSWORD)
        assert not verify_password(account.password_hash, PASSWORD + "x")
        assert not verify_password("not a hash", PASSWORD)
        set_password(session, account, "Neues-Wort-77")
        assert verify_password(account.password_hash, "Neues-Wort-77")


@pytest.mark.parametrize("password", ["short-A1", "alllowercase", "ALLUPPER1234", "op-Secret-1-op"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(BadAccount):
        check_password_rules(password, "op")


def test_made_passwords_meet_the_rules_and_differ() -> None:
    made = {make_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password_rules(password, "nobody-has-this-name")


def test_nobody_is_two_administrators_and_names_are_unique(database: Database) -> None:
    with pytest.raises(BadAccount, match="nobody is two"):
        add(database, Grant(Role.SYSTEM_ADMIN, "d"), Grant(Role.AUDIT_ADMIN, "d"))
    add(database, Grant(Role.WALL, "d"))
    with pytest.raises(BadAccount, match="already"):
        add(database, Grant(Role.WALL, "d"))


def test_masks() -> None:
    assert (mask_name("张三丰"), mask_name("")) == ("张**", "")
    assert (mask_phone("13812348000"), mask_phone("12345"), mask_phone("")) == ("138****8000", "****45", "")
    assert mask_numbers("打13812348000或0527-1234567，门牌12号") == "打138****8000或0527-****67，门牌12号"


def test_the_demo_has_every_role_and_keeps_its_passwords(
    city_database: Database, city: City, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path)
    told = ensure_demo_accounts(settings, city_database, city)
    assert {account["role"] for account in told} == {str(role) for role in Role}
    towns = {a["area"] for a in told if a["role"] == "town_operator"}
    assert len(towns) >= 2
    workers = [a for a in told if a["role"] == "grid_worker"]
    assert len(workers) >= 12
    assert all(city.workers.find_worker(a["worker"]) for a in workers)
    assert {"traffic_police", "urban_management", "water", "housing"} <= {a["department"] for a in told}
    for name in ("demo-accounts.json", "demo-http.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    again = ensure_demo_accounts(settings, city_database, city)
    assert again == told == json.loads((tmp_path / "demo-accounts.json").read_text())
    with city_database.read() as session:
        for one in told[:3]:
            account = find_account(session, one["username"])
            assert account is not None and verify_password(account.password_hash, one["password"])
        stored = {row.source: row.token_digest for row in session.scalars(select(SourceCredential))}
    tokens = json.loads((tmp_path / "demo-http.json").read_text())
    assert stored == {source: sha256_hex(said["token"].encode()) for source, said in tokens.items()}


def test_commands_add_list_change_and_disable(city_database: Database) -> None:
    settings, run = Settings(database_url=city_database.url), CliRunner().invoke
    added = run(
        account_commands.commands, ["add", "op", "--role", "town_operator", "--area", "321311001"], obj=settings
    )
    assert added.exit_code == 0 and "password" in added.output
    assert run(account_commands.commands, ["add", "op", "--role", "wall"], obj=settings).exit_code == 2
    assert (
        run(account_commands.commands, ["add", "x", "--role", "wall", "--area", "nowhere"], obj=settings).exit_code
        == 2
    )
    assert (
        run(account_commands.commands, ["add", "y", "--role", "wall", "--domains", "a"], obj=settings).exit_code
        == 2
    )
    assert run(account_commands.commands, ["passwd", "op"], obj=settings).exit_code == 0
    assert run(account_commands.commands, ["passwd", "op", "--password", "weak"], obj=settings).exit_code == 2
    assert run(account_commands.commands, ["disable", "op"], obj=settings).exit_code == 0
    assert run(account_commands.commands, ["disable", "nobody"], obj=settings).exit_code == 2
    listed = run(account_commands.commands, ["list"], obj=settings)
    assert "op" in listed.output and "disabled" in listed.output and "321311001" in listed.output
    with city_database.read() as session:
        assert session.scalars(select(Account.is_disabled)).all() == [True]


def test_tokens_are_shown_once_and_can_be_revoked(city_database: Database) -> None:
    settings, run = Settings(database_url=city_database.url), CliRunner().invoke
    added = run(token_commands.commands, ["add", "t", "--source", "native"], obj=settings)
    token = added.output.split()[1]
    assert run(token_commands.commands, ["add", "t", "--source", "native"], obj=settings).exit_code == 2
    assert run(token_commands.commands, ["add", "u", "--source", "nobody"], obj=settings).exit_code == 2
    listed = run(token_commands.commands, ["list"], obj=settings).output
    assert "native" in listed and token not in listed
    assert run(token_commands.commands, ["revoke", "t"], obj=settings).exit_code == 0
    assert run(token_commands.commands, ["revoke", "none"], obj=settings).exit_code == 2
    assert "revoked" in run(token_commands.commands, ["list"], obj=settings).output


def test_the_journal_is_verified_and_exported_by_command(city_database: Database, tmp_path: Path) -> None:
    settings, run = Settings(database_url=city_database.url, data=tmp_path), CliRunner().invoke
    fine = run(journal_commands.commands, ["verify"], obj=settings)
    assert fine.exit_code == 0 and "in order" in fine.output
    assert run(journal_commands.commands, ["export"], obj=settings).exit_code == 0
    away = Settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}", data=tmp_path)
    assert run(journal_commands.commands, ["verify"], obj=away).exit_code == 1
