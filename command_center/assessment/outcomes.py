"""The outcomes of a case as bits of one number, and the moments by which it falls into a period. Pure data.

``case_figures.py`` sets them, ``indicators.py`` reads them.
"""

from __future__ import annotations


class Outcome:
    """What became of a case, as far as an indicator asks. Plain numbers: they are asked a million times."""

    FILED = 1 << 0
    DISPATCHED = 1 << 1
    DISPOSED = 1 << 2
    CLOSED = 1 << 3
    OUT = 1 << 4
    """Void or merged: in no figure about time."""
    MERGED = 1 << 5
    INVALID = 1 << 6
    """Rejected or void: no valid report."""
    SUSPENDED = 1 << 7
    """Put off (缓办): in no denominator while it is."""
    EXEMPT = 1 << 8
    """A missed limit that was excused: told, and not counted."""
    URGENT = 1 << 9
    ACCEPTED = 1 << 10
    ACCEPT_MISSED = 1 << 11
    FILE_MISSED = 1 << 12
    MISFILED = 1 << 13
    DISPATCH_MISSED = 1 << 14
    RETURNED = 1 << 15
    DISPOSE_MISSED = 1 << 16
    CLOSE_MISSED = 1 << 17
    EXTENDED = 1 << 18
    REWORKED = 1 << 19
    REOPENED = 1 << 20
    VERIFY_ASKED = 1 << 21
    VERIFY_MISSED = 1 << 22
    CHECK_ASKED = 1 << 23
    CHECK_MISSED = 1 << 24
    SUPERVISED = 1 << 25
    SUPERVISION_ON_TIME = 1 << 26
    REVISITED = 1 << 27
    SATISFIED = 1 << 28
    SELF_CLOSED = 1 << 29
    WHISTLED = 1 << 30
    WHISTLE_MISSED = 1 << 31
    COMPONENT = 1 << 32
    """About a thing (部件) and not a happening (事件)."""


class Within:
    """Which of a case's moments lie in the period asked about; ``LATE``: its disposal is overdue and open now."""

    OPENED = 1 << 0
    FILED = 1 << 1
    DISPATCHED = 1 << 2
    DUE = 1 << 3
    DISPOSED = 1 << 4
    CLOSE_DUE = 1 << 5
    CLOSED = 1 << 6
    LATE = 1 << 7


MOMENTS = {
    Within.OPENED: "opened_s",
    Within.FILED: "filed_s",
    Within.DISPATCHED: "dispatched_s",
    Within.DUE: "due_s",
    Within.DISPOSED: "disposed_s",
    Within.CLOSE_DUE: "close_due_s",
    Within.CLOSED: "closed_s",
}
