"""The demonstration's credentials of sources: one a source that may deliver over HTTP, in ``demo-http.json``."""

from __future__ import annotations

import msgspec

from command_center.people.account_tables import SourceCredential
from command_center.people.tokens import create_token
from foundation.bus.credentials import write_private
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import Settings
from grid.city import City

FILE = "demo-http.json"


def ensure_demo_tokens(settings: Settings, database: Database, city: City) -> dict[str, dict[str, str]]:
    """Return source → {token, secret}, made where the file or the database does not have them."""
    path = settings.data / FILE
    known: dict[str, dict[str, str]] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    with database.write() as session:
        for name in sorted(city.sources):
            row = session.get(SourceCredential, f"demo-{name}")
            if row is not None and name in known:
                continue
            if row is not None:
                session.delete(row)  # its token is lost with the file
                session.flush()
            token, secret = create_token(session, f"demo-{name}", name, SystemClock().now())
            known[name] = {"token": token, "secret": secret}
    write_private(path, msgspec.json.format(msgspec.json.encode(known), indent=1))
    return known
