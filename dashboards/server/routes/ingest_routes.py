"""``/ingest/{source}``: a source's message in its own format, over HTTP, of any content type.

Here the sender proves who it is; judging and storing is the senses' (``ingest/receive_http.py``), asked over
the bus. The answer 202 means that the bus has stored what was told; some protocols want another, which their
decoder gives.
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
from dashboards.server.sessions.source_proof import Shown, check_proof
from dashboards.server.sessions.url_token import find_form_key, take_url_token
from dashboards.server.toolbox import Tools, Web
from foundation.bus import subjects
from foundation.bus.connection import BusUnavailable
from grid.sources import Source
from ingest.decoders import ALSO_GET
from ingest.http_body import MOST_BYTES, WrongBody, lighten, unpack
from ingest.http_request import HttpRequest, keep_headers
from ingest.receive_http import HttpAnswer, HttpDelivery, decode_answer, encode

BODY_MAX = 8 * 1024 * 1024  # a message with its pictures; without them it is held to MOST_BYTES
PATIENCE_S = 12.0
PROVEN = "a source proves itself by token, signature or as its protocol can, not by a session"
BELOW = "/ingest/{source}/{rest:path}"

router = APIRouter(prefix="/api/v1", tags=["ingest"])
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
PUBLIC = [Depends(admit_public(PROVEN, any_query=True))]


@router.get("/ingest/{source}", dependencies=PUBLIC, max_body_size=BODY_MAX, include_in_schema=False)
@router.put("/ingest/{source}", dependencies=PUBLIC, max_body_size=BODY_MAX, include_in_schema=False)
@router.post("/ingest/{source}", status_code=202, dependencies=PUBLIC, max_body_size=BODY_MAX)
async def take_message(
    request: Request, web: Tools, source: Name, event: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Take one message; answers with the ids of what it was worth telling, or why it is ignored.

    Native: an alarm as over MQTT with its ``device_id``, or telemetry ``{"device_id", "at", "seq"?, "values"}``,
    or a list of them. What a producer appends to the address is not refused; ``event`` is ChirpStack's kind.
    """
    return await _take(request, web, source, rest="", topic=f"event/{event}" if event else "")


@router.get(BELOW, dependencies=PUBLIC, max_body_size=BODY_MAX, include_in_schema=False)
@router.put(BELOW, dependencies=PUBLIC, max_body_size=BODY_MAX, include_in_schema=False)
@router.post(BELOW, status_code=202, dependencies=PUBLIC, max_body_size=BODY_MAX)
async def take_message_below(
    request: Request, web: Tools, source: Name, rest: Annotated[str, Path(max_length=400)]
) -> Response:
    """Take one message of a producer that appends a path of its own to the address it was given."""
    return await _take(request, web, source, rest=rest, topic="")


async def _take(request: Request, web: Web, name: str, *, rest: str, topic: str) -> Response:
    raw = await request.body()
    city = await run_in_threadpool(web.city.get)
    source = city.sources.get(name)
    if source is None:
        raise not_found()
    rest, query, token = take_url_token(rest, request.url.query)
    token = token or find_form_key(raw, request.headers.get("content-type", ""))
    request.state.shown_path = f"/api/v1/ingest/{name}/{rest}".rstrip("/")
    await run_in_threadpool(prove_sender, web, request, source, (raw, token))
    if request.method == "GET" and source.format not in ALSO_GET:
        raise Refused("method_not_allowed", "This source sends its messages by POST.", headers={"Allow": "POST"})
    delivery = HttpDelivery(
        source=name,
        body=_read_body(request, raw),
        received_at=web.clock.now(),
        trace_id=trace_id_of(request.state),
        topic=topic,
        request=HttpRequest(
            method=request.method,
            rest=rest,
            query=query,
            content_type=request.headers.get("content-type", "")[:400],
            headers=keep_headers(request.headers),
        ),
    )
    return _show(web, delivery, await ask_senses(web, delivery))


def prove_sender(web: Web, request: Request, source: Source, sent: tuple[bytes, str]) -> None:
    """Check who sends it; a refusal is counted by source and reason."""
    shown = Shown(
        source=source,
        method=request.method,
        path=request.url.path,
        headers=request.headers,
        body=sent[0],
        now=web.clock.now(),
        url_token=sent[1],
    )
    try:
        check_proof(web.database, shown)
    except Refused as refused:
        web.metrics.unproven.labels(source.name, refused.facts["reason"]).inc()
        raise


def _read_body(request: Request, raw: bytes) -> bytes:
    """Return the body unpacked and without pictures.

    Raises:
        Refused: 413 or 415.
    """
    try:
        body = unpack(raw, request.headers.get("content-encoding", ""))
    except WrongBody as error:
        raise Refused("unsupported_media", str(error)) from error
    body = lighten(body, request.headers.get("content-type", ""))
    if len(body) > MOST_BYTES:
        raise Refused("too_large", f"Without pictures a message has at most {MOST_BYTES} bytes.")
    return body


async def ask_senses(web: Web, delivery: HttpDelivery) -> HttpAnswer:
    """Have the senses judge and store a message; ``not_now`` when they do not answer."""
    try:
        told = decode_answer(await web.bus.ask(subjects.INGEST_HTTP, encode(delivery), timeout_s=PATIENCE_S))
    except BusUnavailable:
        told = HttpAnswer(refused="not_now", detail="The senses do not answer now.")
    outcome = {None: "stored", "not_now": "not_now"}.get(told.refused, "refused")
    web.metrics.ingested.labels(delivery.source, outcome).inc()
    return told


def refuse_untaken(told: HttpAnswer) -> None:
    """Raise ``Refused`` for what cannot be decoded (422 with the reason), or is not stored now (503)."""
    if told.refused == "not_now":
        raise Refused("not_now", f"{told.detail} Send the same message again.", headers={"Retry-After": "1"})
    if told.refused == "rate_limited":
        raise Refused(
            "too_many_attempts", told.detail, facts={"reason": told.refused}, headers={"Retry-After": "1"}
        )
    if told.refused is not None:
        kept = {"quarantined": told.quarantined} if told.quarantined else {}
        raise Refused("undecodable", told.detail, facts={"reason": told.refused, **kept})


def _show(web: Web, delivery: HttpDelivery, told: HttpAnswer) -> Response:
    if told.reply is not None:
        return Response(told.reply.body, told.reply.status, media_type=told.reply.content_type)
    refuse_untaken(told)
    ignored = {"ignored": told.ignored} if told.ignored else {}
    kept = {"quarantined": told.quarantined} if told.quarantined else {}
    return answer({"ids": told.ids, "accepted": len(told.ids), **ignored, **kept}, 202)
