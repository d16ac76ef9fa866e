"""What stands where something was told of already: the same thing under a new name. Pure.

A video system that starts anew gives every object another id; a parked car must not be told of once more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

Box = tuple[float, float, float, float]
SAME_PLACE_RATIO = 0.6
FORGOTTEN = timedelta(days=1)
MOST_STANDING = 200


class Standing(msgspec.Struct, frozen=True):
    """One thing that was told of: under which id, what, and where in the picture (left, top, right, bottom)."""

    id: str
    label: str
    box: Box
    heard_at: datetime


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


def find_standing(known: list[Standing], id: str, label: str, box: Box) -> Standing | None:
    """Return what was told of under another id at the same place, if it is the same kind of thing."""
    return next(
        (
            one
            for one in known
            if one.id != id and one.label == label and overlap_ratio(one.box, box) >= SAME_PLACE_RATIO
        ),
        None,
    )


def keep_standing(known: list[Standing], latest: Standing) -> list[Standing]:
    """Return the list with this one as it stands now, without what has long not been heard of."""
    kept = [one for one in known if one.id != latest.id and latest.heard_at - one.heard_at < FORGOTTEN]
    return [*kept, latest][-MOST_STANDING:]
