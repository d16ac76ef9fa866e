"""Steps of sources' credentials: added and revoked by the security administrator, each with a line in the journal.

The web makes token and secret and shows them once; what travels here is the token's digest and the secret.
"""

from __future__ import annotations

import re

from command_center.administration.account_steps import KEEPERS
from command_center.moves.act import Act, invalid, refuse
from command_center.people.account_tables import SourceCredential
from foundation.ids import sha256_hex

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def add_token(act: Act) -> None:
    """Add a credential of a source."""
    _check_keeper(act)
    name, source, digest, secret = (act.words(field) for field in ("name", "source", "token_digest", "secret"))
    if not NAME.fullmatch(name):
        raise invalid(name="1 to 64 letters, digits, points, dashes")
    if source not in act.ledger.city.sources:
        raise invalid(source="is no source of the city")
    if act.ledger.session.get(SourceCredential, name) is not None:
        raise invalid(name=f"there is a token {name} already")
    if len(digest) != len(sha256_hex(b"")) or not secret:
        raise invalid(token="was not given as it is kept")
    act.ledger.session.add(
        SourceCredential(name=name, source=source, token_digest=digest, secret=secret, created_at=act.ledger.now)
    )
    act.ledger.append("token_added", act.actor, data={"token": name, "source": source})
    act.result = {"name": name, "mark": digest[:16]}


def revoke_token(act: Act) -> None:
    """Make a credential worthless."""
    _check_keeper(act)
    row = act.ledger.session.get(SourceCredential, act.words("name"))
    if row is None:
        raise refuse("not_found", "there is no such token")
    if row.revoked_at is None:
        row.revoked_at = act.ledger.now
        act.ledger.append("token_revoked", act.actor, data={"token": row.name, "source": row.source})
    act.result = {"name": row.name}


def _check_keeper(act: Act) -> None:
    if not act.scope.has_role(KEEPERS):
        raise refuse("forbidden", "credentials are kept by the security administrator")
