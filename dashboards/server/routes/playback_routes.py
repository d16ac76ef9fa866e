"""Playback: a period of the journal as the live feed would have told it, for reviews and training."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from command_center.journal.history import KEPT
from dashboards.server.answers import answer
from dashboards.server.errors import Refused
from dashboards.server.incidents.narrowing import Narrowing
from dashboards.server.incidents.paging import Cursor, decode_cursor, encode_cursor
from dashboards.server.incidents.sight import check_area
from dashboards.server.live.live_frames import eyes_of
from dashboards.server.live.playback import (
    Stretch,
    find_number,
    read_past_page,
    read_past_snapshot,
)
from dashboards.server.moments import Moment
from dashboards.server.routes.overview_routes import Word, read_domains
from dashboards.server.sessions.admission import VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools

Viewer = Annotated[Caller, Depends(admit(VIEWERS))]
From = Annotated[Moment, Query(alias="from")]

router = APIRouter(prefix="/api/v1", tags=["figures"])


@router.get("/playback")
def play_back(
    *, web: Tools, caller: Viewer, begin: From, to: Moment, area: Word = None, domain: Word = None,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Return the snapshot at `from` (first page) and the frames up to `to`, each with its time."""
    now = web.clock.now()
    _check_period(begin, to, now)
    city = web.city.get()
    about = check_area(caller.scope, city, area) if area else None
    stretch = Stretch(eyes_of(caller.scope, Narrowing(about, read_domains(domain))), city, min(to, now))
    with web.database.read() as session:
        after = decode_cursor(cursor, int) if cursor else find_number(session, begin)
        snapshot = None if cursor else read_past_snapshot(session, stretch, after, begin)
        page = read_past_page(session, stretch, after)
    following = encode_cursor(page.after) if page.after is not None else None
    return answer({"snapshot": snapshot, "items": page.frames, "next": following, "kept_since": now - KEPT})


def _check_period(begin: datetime, to: datetime, now: datetime) -> None:
    fault = ""
    if begin >= to:
        fault = "from is not before to"
    elif begin > now:
        fault = "from lies in the future"
    elif begin < now - KEPT:
        fault = f"states are kept for {KEPT.days} days: from lies before that"
    if fault:
        raise Refused("invalid", f"The period cannot be played back: {fault}.", fields={"from": fault})
