"""What stands where something was told of already: the same thing under a new name. Pure.

A video system that starts anew, or loses sight for a moment, gives every object another id; a parked car must not
be told of once more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

Box = tuple[float, float, float, float]
SAME_PLACE_RATIO = 0.6
FORGOTTEN = timedelta(days=1)
RETURNS = timedelta(minutes=5)
"""What ended while it still stood was lost from sight, not gone: so long it may be back under another id. Ours."""
MOST_STANDING = 200


class Standing(msgspec.Struct, frozen=True):
    """One thing that was told of: under which id, what, and where in the picture (left, top, right, bottom).

    ``also`` are its later ids; ``lost_at`` is when it ended standing; ``has_left`` keeps its ids, not its place.
    """

    id: str
    label: str
    box: Box
    heard_at: datetime
    also: tuple[str, ...] = ()
    lost_at: datetime | None = None
    has_left: bool = False

    def is_at(self, label: str, box: Box, at: datetime) -> bool:
        """Tell whether it is what is seen there now."""
        is_gone = self.has_left or (self.lost_at is not None and at - self.lost_at > RETURNS)
        return not is_gone and self.label == label and overlap_ratio(self.box, box) >= SAME_PLACE_RATIO


def overlap_ratio(one: Box, other: Box) -> float:
    """Return the common part of two boxes over what both cover, 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (_area(one) + _area(other) - common)


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def find_standing(known: list[Standing], id: str, thing: tuple[str, Box], at: datetime) -> Standing | None:
    """Return what was told of under another id, if this is a later id of it or the same ``thing`` at its place."""
    named = (one for one in known if id in one.also)
    label, box = thing
    return next(named, None) or next((one for one in known if one.id != id and one.is_at(label, box, at)), None)


def is_known(known: list[Standing], ids: frozenset[str]) -> bool:
    """Tell whether all of these are later ids of what was told of."""
    return bool(ids) and ids <= {id for one in known for id in one.also}


def keep_standing(known: list[Standing], latest: Standing) -> list[Standing]:
    """Return the list with this one as it stands now, without what has long not been heard of."""
    kept = [one for one in known if one.id != latest.id and latest.heard_at - one.heard_at < FORGOTTEN]
    return [*kept, latest][-MOST_STANDING:]


def end_standing(known: list[Standing], id: str, at: datetime, *, is_standing: bool) -> list[Standing]:
    """Return the list after one has ended, lost where it stood or gone from there."""
    kept: list[Standing] = []
    for one in known:
        if id not in (one.id, *one.also):
            kept.append(one)
        elif is_standing:
            kept.append(msgspec.structs.replace(one, lost_at=at))
        elif one.also:
            kept.append(msgspec.structs.replace(one, has_left=True))
    return kept
