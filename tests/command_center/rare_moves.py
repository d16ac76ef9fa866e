"""Ways to the moves that no random tour reaches: each leads a case there and has all screens held after each act.

Comes in: a stage with its cast, and who follows (``Mirrors.follow``). Goes out: the actions that were done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count, cycle
from random import Random
from typing import Any

from command_center.people.roles import Role
from command_center.timers import fire_due
from tests.command_center.stage import TOWN, Stage
from tests.command_center.test_patrols import a_patrol
from tests.command_center.walker import Walker

HOUR_S, DAY_S = 3600.0, 86_400.0
RARE_MOVES = frozenset(
    {
        "take_over", "resume", "refuse_feedback", "confirm", "request_arbitration", "appeal", "reply_upstream",
        "self_close", "audit", "unmerge", "visit", "advise",
    }
)  # fmt: skip


class Guide:
    """Leads cases; every act is the least that its form takes, with what matters said."""

    def __init__(self, cast: Stage, follow: Callable[[], None]) -> None:
        self.cast, self.follow, self.done = cast, follow, set[str]()
        self._places = cycle(
            one
            for one in cast.city.register.list_devices("manhole_cover")
            if cast.city.tree.is_within(one.area, TOWN)
        )
        self._serial = count(1)
        cast.hire("lead", Role.LEAD_SUPERVISOR, cast.city.code, department="emergency_management")
        follow()

    def walk(self) -> set[str]:
        """Go every way; return what was done."""
        for way in (
            self._feedback_and_appeal, self._suspend_and_resume, self._arbitrate, self._call_from_above,
            self._merge_and_part, self._take_over, self._settle_and_audit, self._patrol,
        ):  # fmt: skip
            way()
        return self.done

    def act(self, who: str, action: str, number: int, **said: Any) -> None:
        """Have somebody do what they are offered on this case, then hold every screen."""
        self._pass(7)
        walker = Walker(self.cast, number, number, Random(action))
        offer = next((one for one in walker.offers(who) if one["action"] == action), None)
        assert offer is not None, f"{action} is not offered to {who}: {self.cast.allowed(who, number)}"
        form = walker.least_form(who, offer) | said
        self.cast.must(who, action, None if offer["order"] else number, order=offer["order"], **form)
        self.done.add(action)
        self.follow()

    def _pass(self, seconds: float) -> None:
        """Let time pass before anything is done: two marks of one moment could not be told apart in playback."""
        self.cast.clock.advance(seconds)
        while fire_due(self.cast.database, self.cast.city, self.cast.clock):
            pass

    def _alarm(self) -> int:
        self._pass(7)
        device = next(self._places).id
        (outcome,) = self.cast.take_in(self.cast.alarm(f"rare-{next(self._serial)}", device=device))
        self.follow()
        assert outcome.incident is not None
        return outcome.incident

    def _report(self, who: str, **said: Any) -> int:
        self._pass(7)
        place = next(self._places).lonlat
        number = self.cast.must(who, "report", **{"lon": place.lon, "lat": place.lat, **said}).incident
        self.follow()
        assert number is not None
        return number

    def _feedback_and_appeal(self) -> None:
        number = self._alarm()
        self.act("drainage", "assign", number, worker="h-drainage-1")
        for action in ("sign", "arrive", "dispose"):
            self.act("crew", action, number)
        self.act("drainage", "refuse_feedback", number)
        self._pass(10 * DAY_S)
        self.act("crew", "dispose", number)
        self.act("drainage", "confirm", number)
        self.act("drainage", "appeal", number)
        self.act("lead", "advise", self._alarm())

    def _suspend_and_resume(self) -> None:
        number = self._alarm()
        self.act("drainage", "sign", number)
        until = (self.cast.clock.now() + timedelta(days=9)).date().isoformat()
        self.act("crew", "suspend", number, until=until)
        self.act("drainage", "approve", number)
        self.act("district", "approve", number)
        self.act("crew", "resume", number)

    def _arbitrate(self) -> None:
        number = self._alarm()
        self.act("drainage", "sign", number)
        self._pass(26 * HOUR_S)
        self.act("drainage", "request_arbitration", number)

    def _call_from_above(self) -> None:
        upstream = {
            "system": "12345",
            "number": "SQ-7",
            "due_at": (self.cast.clock.now() + timedelta(hours=8)).isoformat(),
        }
        said = {"category": "UM-01003", "text": "上级交办", "channel": "city"}
        number = self._report("district", **said, upstream=upstream)
        self.act("district", "reply_upstream", number)

    def _merge_and_part(self) -> None:
        main, other = (
            self._report("district", category=category, text="来电", channel="phone")
            for category in ("UM-01003", "UM-06010")
        )
        self.act("town", "merge", other, into=main)
        self.act("town", "unmerge", other)

    def _take_over(self) -> None:
        said = {"category": "EM-09006", "town": TOWN, "channel": "worker", "lon": None, "lat": None}
        number = self._report("district", **said)
        self.act("district", "take_over", number)

    def _settle_and_audit(self) -> None:
        place = self.cast.manhole().lonlat
        for _ in range(40):
            said = {"category": "UM-06010", "channel": "citizen", "lon": place.lon, "lat": place.lat}
            number = self._report("community", **said)
            self.act("community", "self_close", number)
            if self.cast.incident(number).audit == "due":
                break
        self.act("town", "audit", number, passed=True)

    def _patrol(self) -> None:
        self._pass(7)
        item, walker = a_patrol(self.cast)
        self.follow()
        answers = {f"check_{one['key']}": True for one in item.checklist if one["kind"] == "yes_no"}
        self.act(walker, "visit", item.incident or 0, lon=item.lon, lat=item.lat, accuracy_m=8.0, **answers)
