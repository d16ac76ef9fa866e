"""Who may see a photo: its sender, and who may see the incident or order that it belongs to."""

from __future__ import annotations

from sqlalchemy.orm import Session

from command_center.cases.incident_rows import hidden_photos, read_files
from command_center.people.account_tables import Attachment
from dashboards.server.errors import Refused
from dashboards.server.incidents.incident_queries import find_visible
from dashboards.server.incidents.visibility import own_orders
from dashboards.server.sessions.session_store import Caller
from grid.city import City


def may_see_attachment(session: Session, row: Attachment, caller: Caller, city: City) -> bool:
    """Return whether this person may see the photo."""
    if row.account == caller.account:
        return True
    if row.incident is None:
        return False
    try:
        incident = find_visible(session, caller.scope, row.incident)
    except Refused:
        return False
    (file,) = read_files(session, [incident], city)
    return row.id not in hidden_photos(file, own_orders(caller.scope, file.audience, file.orders, city))
