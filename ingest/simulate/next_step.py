"""What somebody at a desk does next with a case, of all that the product offers them. Pure.

Comes in: the incident as their screen shows it and the offers from ``GET …/actions``. Goes out: a ``Step``,
or None when it is somebody else's turn. ``desk_hands.py`` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from ingest.simulate.habits import judge_check, judge_satisfaction, judge_temper

Incident = Mapping[str, Any]
Offer = dict[str, Any]

# by state, the first that is offered is done; while somebody looks, works or checks, their order comes first
CASE_STEPS: Mapping[str, tuple[str, ...]] = {
    "reported": ("accept", "file"),
    "filed": ("arbitrate", "dispatch"),
    "dispatched": ("arbitrate",),
    "handling": ("arbitrate",),
    "disposed": ("reply", "close", "send_check"),
    "closed": ("reply", "revisit"),
}
ORDER_STEPS = ("sign", "arrive", "verify", "check", "dispose", "confirm")
ENQUIRIES = ("PO-06001", "PO-06005")
UNNAMED_CATEGORY = "PO-06002"  # a request for help, until somebody knows better
REPLY = "演示：处理结果已告知来电人"


@dataclass(frozen=True, slots=True)
class Step:
    """One offer to take, and what is known for its form. ``needs_photo``: evidence first."""

    offer: Offer
    known: Mapping[str, Any] = field(default_factory=dict)
    needs_photo: bool = False


def choose_step(
    incident: Incident, offers: Sequence[Offer], seed: int, *, phones: Set[str] = frozenset()
) -> Step | None:
    """Return the next step; an order that lies on one of ``phones`` is left to its worker."""
    by_order = {order["id"]: order for order in incident.get("orders", ())}
    mine = [
        o
        for o in offers
        if o["action"] == "confirm" or not _lies_on_phone(by_order.get(o.get("order") or 0), phones)
    ]
    for action in _case_steps(incident):
        offer = next((o for o in mine if o["action"] == action and o.get("order") is None), None)
        if offer is not None:
            return Step(offer, _know(incident, offer, seed))
    return _choose_order_step(incident, mine, by_order, seed)


def _case_steps(incident: Incident) -> tuple[str, ...]:
    steps = CASE_STEPS.get(incident["state"], ())
    return ("answer", *steps) if incident["category"] in ENQUIRIES else steps


def _choose_order_step(
    incident: Incident, offers: Sequence[Offer], orders: Mapping[int, Any], seed: int
) -> Step | None:
    for action in ORDER_STEPS:
        for offer in offers:
            order = orders.get(offer.get("order") or 0)
            if offer["action"] != action or order is None:
                continue
            if action == "sign" and _gives_back(offers, order, seed):
                returned = next(o for o in offers if o["action"] == "return" and o.get("order") == order["id"])
                return Step(returned, {"reason_code": "wrong_category", "reason": "演示：类别有误"})
            return Step(offer, _know(incident, offer, seed), needs_photo=action in ("dispose", "verify", "check"))
    return None


def _gives_back(offers: Sequence[Offer], order: Mapping[str, Any], seed: int) -> bool:
    is_offered = any(o["action"] == "return" and o.get("order") == order["id"] for o in offers)
    return is_offered and judge_temper(seed, order["id"], order["kind"]).outcome == "returned"


def _lies_on_phone(order: Mapping[str, Any] | None, phones: Set[str]) -> bool:
    return order is not None and (order.get("assignee") or {}).get("id") in phones


def _know(incident: Incident, offer: Offer, seed: int) -> dict[str, Any]:
    """Return what a form may ask for; ``fill_form`` takes what the schema has."""
    number = int(incident["number"])
    passed = judge_check(seed, number, int(incident.get("reworks", 0)))
    known: dict[str, Any] = {"passed": passed, "is_true": True, "reply": REPLY}
    known["satisfaction"] = judge_satisfaction(seed, number)
    if not incident["category"]:
        known["category"] = UNNAMED_CATEGORY
    if offer["action"] == "arbitrate":
        known["lead"] = (incident.get("holder") or {}).get("code")
    return known
