"""``POST /ingest/{source}``: a source's message in its own format, over HTTP.

Here the sender proves who it is; judging and storing is the senses' (``ingest/receive_http.py``), asked over
the bus. The answer 202 means that the bus has stored what was told.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboards.server.answers import answer
from dashboards.server.edges import trace_id_of
from dashboards.server.errors import Refused, not_found
from dashboards.server.sessions.admission import admit_public
from dashboards.server.sessions.source_proof import check_proof
from dashboards.server.toolbox import Tools, Web
from foundation.bus import subjects
from foundation.bus.connection import BusUnavailable
from ingest.receive_http import HttpAnswer, HttpDelivery, decode_answer, encode

BODY_MAX = 1024 * 1024
PATIENCE_S = 12.0
PROVEN = "a source proves itself by bearer token or signature, not by a session"

router = APIRouter(prefix="/api/v1", tags=["ingest"])


@router.post(
    "/ingest/{source}",
    status_code=202,
    dependencies=[Depends(admit_public(PROVEN, any_query=True))],
    max_body_size=BODY_MAX,
)
async def take_message(
    request: Request,
    web: Tools,
    source: Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$")],
    event: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Take one message; answers with the ids of what it was worth telling, or why it is ignored.

    Native: an alarm as over MQTT with its ``device_id``, or telemetry ``{"device_id", "at", "seq"?, "values"}``,
    or a list of them. What a producer appends to the address is not refused; ``event`` is ChirpStack's kind.
    """
    body = await request.body()
    city = await run_in_threadpool(web.city.get)
    if source not in city.sources:
        raise not_found()
    await run_in_threadpool(
        check_proof, web.database, source, headers=request.headers, body=body, now=web.clock.now()
    )
    delivery = HttpDelivery(
        source=source,
        body=body,
        received_at=web.clock.now(),
        trace_id=trace_id_of(request.state),
        topic=f"event/{event}" if event else "",
    )
    told = await tell_senses(web, delivery)
    ignored = {"ignored": told.ignored} if told.ignored else {}
    return answer({"ids": told.ids, "accepted": len(told.ids), **ignored}, 202)


async def tell_senses(web: Web, delivery: HttpDelivery) -> HttpAnswer:
    """Have the senses judge and store a message.

    Raises:
        Refused: It cannot be decoded (422 with the reason), or the bus does not store it now (503).
    """
    try:
        told = decode_answer(await web.bus.ask(subjects.INGEST_HTTP, encode(delivery), timeout_s=PATIENCE_S))
    except BusUnavailable:
        told = HttpAnswer(refused="not_now", detail="The senses do not answer now.")
    outcome = {None: "stored", "not_now": "not_now"}.get(told.refused, "refused")
    web.metrics.ingested.labels(delivery.source, outcome).inc()
    if told.refused == "not_now":
        raise _not_now(told.detail)
    if told.refused is not None:
        raise Refused("undecodable", told.detail, facts={"reason": told.refused})
    return told


def _not_now(detail: str) -> Refused:
    return Refused("not_now", f"{detail} Send the same message again.", headers={"Retry-After": "1"})
