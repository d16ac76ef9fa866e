"""What the visit looks at and how it acts: incidents on the wall, orders, and people who sign.

Comes in: the wired city and its cast. Goes out: ``VisitWatch`` for the scenes ``visit_cover.py``,
``visit_water.py`` and ``visit_dispute.py``.
"""

from __future__ import annotations

from typing import Any

from ingest.simulate.city_life import CityLife
from ingest.simulate.doing import do_action
from ingest.simulate.http_session import HttpSession
from ingest.simulate.live_board import Incident
from ingest.simulate.storyteller import Storyteller
from ingest.simulate.visit_cast import VisitCast


class VisitWatch:
    """The story's eyes and hands. ``cover_case`` is the number of the manhole's incident once there is one."""

    def __init__(self, city: CityLife, cast: VisitCast) -> None:
        self.city = city
        self.cast = cast
        self.story = Storyteller()
        self.cover_case = 0

    def of_device(self, device: str) -> Incident | None:
        """Return the newest incident with a running signal of that device."""
        for number in sorted(self.city.desks.board.incidents, reverse=True):
            incident = self.city.desks.board.incidents[number]
            if any(s.get("device") == device and not s.get("ended_at") for s in incident["sources"]):
                return incident
        return None

    async def order(self, number: int, kind: str, holder: str = "") -> dict[str, Any] | None:
        """Return the newest order of that kind, of that holder if given, as the duty leader sees it."""
        incident = await self.cast.leader.get(f"/incidents/{number}")
        for order in reversed(incident["orders"]):
            if order["kind"] == kind and holder in order["holder"]["code"]:
                return dict(order)
        return None

    async def act(
        self, person: HttpSession, number: int, action: str, order: int | None = None, **known: Any
    ) -> None:
        """Do what is offered; what somebody else has done already is left alone."""
        await do_action(person, number, action, order, **known)

    async def sign_for(self, number: int, department: str, what: str, kind: str = "dispose") -> None:
        """Let a department's liaison sign its order, and look."""
        order = await self.order(number, kind, department)
        if order is not None:
            await self.act(self.cast.liaisons[department], number, "sign", order["id"])

        async def signed() -> dict[str, Any] | None:
            seen = await self.order(number, kind, department)
            return seen if seen and seen["signed_at"] else None

        await self.story.expect(what, signed, within_s=6, show=show_order)


def show_case(incident: Incident) -> str:
    sources = ", ".join(sorted(source["kind"] for source in incident["sources"]))
    return f"#{incident['number']} {incident['title']}, from {sources}, held by {incident['holder']['name']}"


def show_order(order: dict[str, Any]) -> str:
    who = (order.get("assignee") or {}).get("name") or order["holder"]["name"]
    return f"{order['kind']} order {order['id']} with {who}, {order['state']}"
