"""One act of one person, as the steps get it: the case, the order, the fields, and how to write it down.

``actions.py`` makes it after every check that is the same for all actions; a step changes the case, records
its entry and returns what the answer should carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from command_center.cases.actors import Actor
from command_center.cases.approval_tables import Approval
from command_center.cases.case_file import CaseFile
from command_center.cases.entry_words import take_words
from command_center.journal.ledger import Ledger
from command_center.moves.move import FIELD_ROLES
from command_center.moves.requests import ActionRequest, Refusal
from command_center.moves.situation import Situation
from command_center.orders.order_tables import Order
from command_center.orders.workforce import Workforce
from command_center.people.account_tables import Account, Attachment
from command_center.people.roles import Role
from command_center.people.scope import Scope
from grid.posts import Post

CLOCK_SLACK_S = 2.0
SOUND = "audio/"
OFFLINE_ROLES = FIELD_ROLES | {Role.COMMUNITY_OPERATOR}
REPORT_AGE_MAX = timedelta(days=7)
"""A phone may be away for days; a report that claims to be older is told as of a week ago."""


class ActRefused(Exception):
    """The act is not done, and nothing of it remains; ``refusal`` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def refuse(type: str, detail: str, **more: Any) -> ActRefused:
    """Return a refusal to raise; ``fields`` and ``facts`` as ``Refusal`` has them."""
    return ActRefused(Refusal(type=type, detail=detail, **more))


def invalid(**faults: str) -> ActRefused:
    """Return a refusal that names the fields at fault."""
    return refuse("invalid", f"these fields are wrong: {', '.join(sorted(faults))}", fields=faults)


@dataclass
class Act:
    """What a step may read and use. ``data`` has been held against the action's form."""

    ledger: Ledger
    request: ActionRequest
    account: Account
    scope: Scope
    actor: Actor
    data: Mapping[str, Any]
    workforce: Workforce
    _case: CaseFile | None = None
    _order: Order | None = None
    situation: Situation | None = None
    granted: Approval | None = None
    """The request that this act was the last to agree to; the door then carries it out."""
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def case(self) -> CaseFile:
        """The case that the act is about; only actions without an incident have none."""
        if self._case is None:
            raise LookupError(f"{self.request.action} is about no incident")
        return self._case

    @case.setter
    def case(self, case: CaseFile) -> None:
        self._case = case

    def bring(self, case: CaseFile, order: Order | None, situation: Situation) -> None:
        """Hand the step what it is to act on."""
        self._case, self._order, self.situation = case, order, situation

    def follow(self, granted: Approval, order: Order | None) -> None:
        """Hand the step of a granted request what was asked for."""
        self._order, self.data, self.granted = order, dict(granted.data), granted

    def find_case(self) -> CaseFile | None:
        """Return the case, once there is one."""
        return self._case

    @property
    def order(self) -> Order:
        """The order that the act is about."""
        if self._order is None:
            raise LookupError(f"{self.request.action} is about no order")
        return self._order

    def find_order(self) -> Order | None:
        """Return the order that the act is about, if it is about one."""
        return self._order

    def get_situation(self) -> Situation:
        """Return what the guards judged."""
        if self.situation is None:
            raise LookupError(f"{self.request.action} is about no incident")
        return self.situation

    @property
    def done_at(self) -> datetime:
        """When it was done: the phone's time where that can be true, else now."""
        now, said = self.ledger.now, self.request.at
        begun = self._order.issued_at if self._order is not None else self._begun_without_order()
        return max(begun, min(said, now)) if said is not None else now

    def _begun_without_order(self) -> datetime:
        """Return the earliest time that an act without an order can claim: only field roles tell one."""
        now = self.ledger.now
        if not self.scope.has_role(OFFLINE_ROLES):
            return now
        return self._case.incident.opened_at if self._case is not None else now - REPORT_AGE_MAX

    def words(self, name: str) -> str:
        """Return a text field, empty where it was not given."""
        return str(self.data.get(name) or "").strip()

    def record(self, kind: str, **data: Any) -> int:
        """Append the act's entry; words that people typed are kept beside the journal."""
        late_s = (self.ledger.now - self.done_at).total_seconds()
        if late_s > CLOCK_SLACK_S:
            data["acted_at"] = self.done_at.isoformat()
        return self.case.record(kind, self.actor, **take_words(self.ledger, data))

    def take_photos(self) -> list[str]:
        """Bind the photos to the incident and return their ids.

        Raises:
            ActRefused: One is not there, not complete, or somebody else's; or a field role has none and no reason.
        """
        wanted = list(dict.fromkeys(self.data.get("photos") or ()))
        if not wanted and self.scope.has_role(FIELD_ROLES) and not self.words("no_photo_reason"):
            raise invalid(photos="a photo is needed, or no_photo_reason")
        return self.bind_photos(wanted, "photos")

    def bind_photos(self, wanted: list[str], name: str) -> list[str]:
        """Bind complete attachments of this person to the incident."""
        rows = self.ledger.session.scalars(select(Attachment).where(Attachment.id.in_(wanted))).all()
        usable = {
            row.id: row
            for row in rows
            if row.account == self.account.id
            and row.completed_at is not None
            and row.incident in (None, self.case.number)
            and (name == "attachments" or row.content_type.startswith(SOUND) == (name == "voice"))
        }
        missing = [id for id in wanted if id not in usable]
        if missing:
            kind = "voice note" if name == "voice" else "attachment"
            raise invalid(**{name: f"not a complete {kind} of yours: {', '.join(missing)}"})
        for id in wanted:
            usable[id].incident = self.case.number
        return wanted

    def keep_voice(self) -> None:
        """Bind the voice notes of the act; those about an order stand with its result."""
        wanted = list(dict.fromkeys(self.data.get("voice") or ()))
        if not wanted:
            return
        kept = self.bind_photos(wanted, "voice")
        order = self._order
        if order is not None:
            order.result = {**order.result, "voice": [*(order.result.get("voice") or ()), *kept]}

    def find_post(self, name: str) -> Post:
        """Return the post that a field names: a post, a department, or the desk of an area.

        Raises:
            ActRefused: There is none.
        """
        return self.read_post(str(self.data[name]), name)

    def read_post(self, code: str, name: str) -> Post:
        posts = self.ledger.city.posts
        found = (
            posts.find_post(code)
            or posts.find_department_post(code)
            or posts.find_desk(code)
            or posts.find_community_post(code)
            or posts.find_grid_post(code)
        )
        if found is None:
            raise invalid(**{name: f"{code} is no post, department or area with a desk"})
        return found
