"""The demo's credentials, as ``citybrain up --demo`` wrote them: accounts, MQTT users, tokens.

Comes in: ``demo-accounts.json``, ``demo-mqtt.json`` and ``demo-http.json`` in the data folder. Goes out:
``DemoAccess``. The simulated city has no other way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec


class NoDemoAccess(Exception):
    """The credentials are not there; the message says which file and what would write it."""


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account as the file lists it; fields that a later version adds are ignored."""

    username: str
    password: str
    role: str
    area: str = ""
    domains: list[str] | None = None
    department: str | None = None


class MqttLogin(msgspec.Struct, frozen=True):
    """A user of the broker."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """Everything that lets the simulated city in."""

    accounts: tuple[DemoAccount, ...]
    gateway: MqttLogin
    devices: Mapping[str, MqttLogin]
    http: Mapping[str, Mapping[str, str]]

    def list_accounts(self, *roles: str) -> list[DemoAccount]:
        """Return the accounts of these roles, in the order of the file."""
        return [account for account in self.accounts if account.role in roles]

    def get_account(self, role: str, area: str | None = None) -> DemoAccount:
        """Return the first account of a role, of one area if given; raises ``NoDemoAccess``."""
        found = [a for a in self.list_accounts(role) if area in (None, a.area)]
        if not found:
            where = f" of {area}" if area else ""
            raise NoDemoAccess(f"demo-accounts.json has no {role}{where}; `citybrain up --demo` writes it")
        return found[0]


def read_demo_access(data: Path) -> DemoAccess:
    """Return the credentials of the data folder.

    Raises:
        NoDemoAccess: A file is missing or unreadable.
    """
    accounts = _read(data / "demo-accounts.json", list[DemoAccount])
    mqtt = _read(data / "demo-mqtt.json", dict[str, Any])
    http = _read(data / "demo-http.json", dict[str, dict[str, str]])
    try:
        gateway = msgspec.convert(mqtt["gateway"], MqttLogin)
        devices = msgspec.convert(mqtt.get("devices", {}), dict[str, MqttLogin])
    except (KeyError, msgspec.ValidationError) as error:
        raise NoDemoAccess(
            f"{data / 'demo-mqtt.json'} lacks {error}; `citybrain up --demo` writes it anew"
        ) from error
    return DemoAccess(tuple(accounts), gateway, devices, http)


def _read(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise NoDemoAccess(
            f"{path} cannot be read ({error.strerror}); start the product with `citybrain up --demo` first"
        ) from error
    except msgspec.MsgspecError as error:
        raise NoDemoAccess(f"{path} is not as expected ({error}); `citybrain up --demo` writes it anew") from error
