"""Slows down guessing: a growing delay per account and address, never a permanent lock.

Comes in: who tries from where, and whether it succeeded. Goes out: how long the next try must wait. A name
that does not exist is slowed just the same, so that the delay tells nothing.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.server.errors import Refused
from foundation.clock import monotonic_s

if TYPE_CHECKING:
    from fastapi import Request

    from dashboards.server.toolbox import Web

FREE_TRIES = 5
ADDRESS_FREE_TRIES = 40  # many people may sit behind one address
DELAY_MAX_S = 300.0
FORGET_S = 3600.0
KEPT_MAX = 20_000


@dataclass
class _Tries:
    failures: int = 0
    until_s: float = 0.0
    last_s: float = 0.0


class LoginGuard:
    """Failures of the last hour, in memory, bounded."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], _Tries] = OrderedDict()

    def wait_s(self, username: str, address: str) -> float:
        """Return for how many seconds this account must not be tried from this address; 0 is now."""
        now = monotonic_s()
        return max(0.0, *(self._get(key).until_s - now for key in _keys(username, address)))

    def note(self, username: str, address: str, *, succeeded: bool) -> None:
        """Remember how a try ended; success forgives the account at this address."""
        account, everyone = _keys(username, address)
        if succeeded:
            self._tries.pop(account, None)
            return
        self._fail(account, FREE_TRIES)
        self._fail(everyone, ADDRESS_FREE_TRIES)

    def _fail(self, key: tuple[str, str], free: int) -> None:
        tries, now = self._get(key), monotonic_s()
        tries.failures += 1
        tries.last_s = now
        if tries.failures >= free:
            tries.until_s = now + min(DELAY_MAX_S, 2.0 ** (tries.failures - free))
        self._tries[key] = tries
        self._tries.move_to_end(key)
        while len(self._tries) > KEPT_MAX:
            self._tries.popitem(last=False)

    def _get(self, key: tuple[str, str]) -> _Tries:
        tries = self._tries.get(key)
        if tries is None or monotonic_s() - tries.last_s > FORGET_S:
            return _Tries()
        return tries


def _keys(username: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (username.strip().casefold(), address), ("", address)


def check_tries(request: Request, web: Web, username: str) -> str:
    """Return the address that a password is tried from.

    Raises:
        Refused: Too many were wrong for this name from there.
    """
    address = request.client.host if request.client else ""
    wait_s = web.guard.wait_s(username, address)
    if wait_s > 0:
        web.metrics.logins.labels("delayed").inc()
        seconds = math.ceil(wait_s)
        raise Refused(
            "too_many_attempts", f"Too many attempts: wait {seconds} s.", headers={"Retry-After": str(seconds)}
        )
    return address
