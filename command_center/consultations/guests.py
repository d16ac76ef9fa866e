"""Who is invited to a consultation, and for whom of them a person speaks.

The incident keeps the guests of the consultation under way (``Incident.guests``), so that its audience and the
guards of the table of moves follow from the incident alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from command_center.cases.incident_tables import Incident
from command_center.moves.authority import Authority, Seat
from command_center.people.account_tables import Account
from command_center.people.accounts import find_account, load_scope
from command_center.people.masking import mask_name
from command_center.people.roles import ADMINISTRATORS
from grid.city import City
from grid.posts import Post


@dataclass(frozen=True, slots=True)
class Guest:
    """A member to be: ``account`` is set where one person is meant, at the post ``code``."""

    code: str
    name: Mapping[str, str]
    account: str | None = None


class NoGuest(LookupError):
    """Nobody can be invited under that name; the message says why."""


def guest_of_post(post: Post) -> Guest:
    return Guest(post.code, {"zh": post.name, "en": post.name_en})


def guest_of_account(session: Session, city: City, username: str) -> Guest:
    """Return the person as a guest at their post.

    Raises:
        NoGuest: No such account, an administrator's, or one without a post.
    """
    account = find_account(session, username)
    if account is None or account.is_disabled:
        raise NoGuest(f"there is no user {username}")
    code = _seat_of(session, city, account)
    if code is None:
        raise NoGuest(f"{username} has no post from which to take part")
    masked = mask_name(account.name)
    return Guest(code, {"zh": masked, "en": masked}, account.id)


def _seat_of(session: Session, city: City, account: Account) -> str | None:
    worker = city.workers.find_worker(account.worker) if account.worker else None
    if worker is not None:
        return worker.post
    for grant in load_scope(session, account.id).grants:
        if grant.role in ADMINISTRATORS:
            continue
        desk = city.posts.find_desk(grant.area) or city.posts.find_community_post(grant.area)
        post = city.posts.find_department_post(grant.department) if grant.department else desk
        team = city.posts.find_post(grant.department) if grant.department else None
        if (found := team or post) is not None:
            return found.code
    return None


def invite(incident: Incident, consultation: int, topic: str, members: Iterable[tuple[int, Guest]]) -> None:
    """Keep on the incident who is invited, each with the id of their row."""
    told = [{"member": id, "code": guest.code, "account": guest.account} for id, guest in members]
    incident.guests = {"consultation": consultation, "topic": topic, "members": told}


def list_own_members(incident: Incident, authority: Authority) -> list[int]:
    """Return the ids of the members for whom this person speaks."""
    members = (incident.guests or {}).get("members", ())
    return [int(member["member"]) for member in members if _speaks_for(member, authority)]


def _speaks_for(member: Mapping[str, Any], authority: Authority) -> bool:
    if member["account"]:
        return bool(member["account"] == authority.scope.account)
    post = authority.city.posts.find_post(str(member["code"]))
    return post is not None and authority.acts_for(Seat(post.kind, post.code, post.area))
