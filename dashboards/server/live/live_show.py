"""What a seat puts up on the walls of an area: an incident or a camera, told once to the walls that listen now.

Comes in: the ring ``rings.show``, as ``routes/wall_routes.py`` rings it. Goes out: an unnumbered frame for each
live client that is a wall of that area and may see what is shown. Nothing is stored: the latest push rules.
"""

from __future__ import annotations

from typing import Any

import msgspec

from command_center.people.audience import Audience
from command_center.people.scope import Scope
from foundation.clock import monotonic_s
from foundation.logs import get_logger

WAITS_S = 60.0
"""So long a push waits for a wall whose network sleeps."""

log = get_logger("show")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One push as it travels on the bus. Neither incident nor camera: the wall shows its own view again."""

    id: str
    area: str
    at: str
    by_role: str
    incident: int | None = None
    camera: str | None = None
    camera_path: tuple[str, ...] = ()
    audience: Audience | None = None

    def to_frame(self) -> dict[str, Any]:
        """Return the members of the frame."""
        names = ("id", "area", "at", "by_role", "incident", "camera")
        return {name: getattr(self, name) for name in names}


_DECODER = msgspec.json.Decoder(Shown)


class ShowBoard:
    """The latest push to each area, with a counter that tells what is new."""

    def __init__(self) -> None:
        self._latest: dict[str, tuple[int, float, Shown]] = {}
        self.count = 0

    def take(self, payload: bytes) -> bool:
        """Take one push from the bus; return whether it is one."""
        try:
            shown = _DECODER.decode(payload)
        except msgspec.DecodeError as error:
            log.warning("a push to the wall cannot be read", error=str(error))
            return False
        self.count += 1
        self._latest[shown.area] = (self.count, monotonic_s(), shown)
        return True

    def list_since(self, count: int, scope: Scope) -> list[Shown]:
        """Return the pushes newer than a counter for a wall with this scope, unless they waited too long."""
        before_s = monotonic_s() - WAITS_S
        found = [shown for number, at_s, shown in self._latest.values() if number > count and at_s > before_s]
        return [shown for shown in found if may_be_shown(scope, shown)]


def may_be_shown(scope: Scope, shown: Shown) -> bool:
    """Return whether the push is for a wall with this scope, and within what it may see."""
    if not any(grant.area == shown.area for grant in scope.grants):
        return False
    if shown.incident is not None:
        return shown.audience is not None and scope.sees(shown.audience)
    return shown.camera is None or scope.sees_area(shown.camera_path)
