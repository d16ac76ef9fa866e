"""Does an action as a screen does it: asks what is offered, fills in the form, sends it with the version seen.

Comes in: a session, an incident, the name of an action and what the person knows. Goes out: the incident as
the product answered, or None when the action is not offered (somebody else was quicker).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingest.simulate.fill_form import WORDS, fill_form
from ingest.simulate.http_session import HttpSession, Refused

Offer = dict[str, Any]
TRIES = 3


async def list_offers(person: HttpSession, incident: int) -> list[Offer]:
    """Return what this person may do with an incident now; nothing where they do not see it."""
    try:
        answer = await person.get(f"/incidents/{incident}/actions")
    except Refused as refused:
        if refused.status in (403, 404):
            return []
        raise
    items: list[Offer] = answer["items"]
    return items


def find_offer(offers: Sequence[Offer], action: str, order: int | None = None) -> Offer | None:
    """Return the offer of an action, of one order if given."""
    return next((o for o in offers if o["action"] == action and (order is None or o.get("order") == order)), None)


async def do_action(
    person: HttpSession, incident: int, action: str, order: int | None = None, **known: Any
) -> dict[str, Any] | None:
    """Do it; tries again when somebody else's change came between."""
    for attempt in range(TRIES):
        offer = find_offer(await list_offers(person, incident), action, order)
        if offer is None:
            return None
        try:
            return await take_offer(person, incident, offer, **known)
        except Refused as refused:
            if refused.kind != "version_conflict" or attempt == TRIES - 1:
                raise
    return None


async def take_offer(person: HttpSession, incident: int, offer: Offer, **known: Any) -> dict[str, Any]:
    """Send one offered action with its form filled in, at the version that the person sees."""
    seen = await person.get(f"/incidents/{incident}")
    fields = fill_form(offer.get("schema") or {}, {"reason": WORDS, "note": WORDS, **known})
    fields.setdefault("version", seen["version"])
    order = offer.get("order")
    path = f"/orders/{order}" if order is not None else f"/incidents/{incident}"
    answer: dict[str, Any] = await person.post(f"{path}/actions/{offer['action']}", fields)
    return answer
