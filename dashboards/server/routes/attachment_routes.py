"""Photos, clips, voice notes: announced, sent in parts that go on where they stopped, checked, served by sight."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from starlette.responses import FileResponse, Response

from command_center.people.account_tables import Attachment
from dashboards.server.answers import answer
from dashboards.server.attachments.attachment_files import extension_of
from dashboards.server.attachments.attachment_sight import may_see_attachment
from dashboards.server.attachments.clip_check import CLIP_SIZE_MAX, CLIP_TYPES
from dashboards.server.attachments.content_head import NO_HEIC
from dashboards.server.attachments.photo_check import PHOTO_TYPES, SIZE_MAX
from dashboards.server.attachments.receiving import files_of, receive, show
from dashboards.server.brain_call import IdempotencyKey
from dashboards.server.errors import Refused, not_found
from dashboards.server.sessions.admission import ACTORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools
from foundation.ids import new_id, sha256_hex

UNFINISHED_MAX = 100
PART_MAX = CLIP_SIZE_MAX + 1024

AttachmentId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Offset = Annotated[int, Header(alias="Upload-Offset", ge=0, le=CLIP_SIZE_MAX)]
Doer = Annotated[Caller, Depends(admit(ACTORS))]
Viewer = Annotated[Caller, Depends(admit(VIEWERS))]

router = APIRouter(prefix="/api/v1", tags=["attachments"])


class AttachmentBody(BaseModel):
    """What is going to be sent."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=200)
    content_type: str = Field(max_length=100)
    size: int = Field(ge=1)


@router.post("/attachments", status_code=201)
def announce(web: Tools, caller: Doer, body: AttachmentBody, key: IdempotencyKey = None) -> Response:
    """Announce a photo; answers with its id and how much of it is here. The same key gives the same id."""
    content_type = _check_promise(body)
    id = sha256_hex(caller.account.encode(), key.encode())[:32] if key else new_id()
    with web.database.write() as session:
        found = session.get(Attachment, id)
        if found is not None and (found.size, found.content_type) != (body.size, content_type):
            raise Refused("key_reused", "This Idempotency-Key announced another photo.")
        if found is None:
            _check_quota(session, caller)
            found = Attachment(
                id=id,
                account=caller.account,
                name=_clean_name(body.name),
                content_type=content_type,
                size=body.size,
                received=0,
                at=web.clock.now(),
            )
            session.add(found)
        return answer(show(found), 201, {"Location": f"/api/v1/attachments/{id}"})


@router.patch("/attachments/{id}", max_body_size=PART_MAX)
async def append(*, request: Request, web: Tools, caller: Doer, id: AttachmentId, offset: Offset) -> Response:
    """Take the next part, or all of it; refused with the offset that is expected when it is another."""
    return answer(await receive(web, caller, id, (offset, request.stream())))


@router.get("/attachments/{id}")
def get_attachment(request: Request, web: Tools, caller: Viewer, id: AttachmentId) -> Response:
    """Return a photo that belongs to an incident which this person may see, or that is their own.

    A browser keeps it but asks every time: who has lost the right to see it gets nothing from a cache either.
    """
    with web.database.read() as session:
        row = session.get(Attachment, id)
        if row is None or not may_see_attachment(session, row, caller, web.city.get()):
            raise not_found()
    path = files_of(web).find(id)
    if path is None or row.completed_at is None:
        raise not_found()
    mark = {"ETag": f'"{id}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == mark["ETag"]:
        return Response(status_code=304, headers=mark)
    name = (row.name.rsplit(".", maxsplit=1)[0] or id) + extension_of(row.content_type)
    return FileResponse(
        path,
        media_type=row.content_type,
        filename=name,
        content_disposition_type="attachment" if row.content_type in CLIP_TYPES else "inline",
        headers={
            **mark,
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def _check_promise(body: AttachmentBody) -> str:
    """Return the content type without its parameters, if we take that kind and that much of it."""
    content_type = body.content_type.split(";")[0].strip().lower()
    is_clip = content_type in CLIP_TYPES
    if content_type in ("image/heic", "image/heif"):
        raise Refused("unsupported_media", f"{NO_HEIC}.")
    if not is_clip and content_type not in PHOTO_TYPES:
        kinds = ", ".join(sorted(PHOTO_TYPES | CLIP_TYPES))
        raise Refused("unsupported_media", f"{content_type[:40]} is not taken; taken are {kinds}.")
    most = CLIP_SIZE_MAX if is_clip else SIZE_MAX
    if body.size > most:
        raise Refused("too_large", f"A {'clip' if is_clip else 'photo'} has at most {most} bytes.")
    return content_type


def _check_quota(session: Any, caller: Caller) -> None:
    unfinished = session.scalar(
        select(func.count())
        .select_from(Attachment)
        .where(Attachment.account == caller.account, Attachment.completed_at.is_(None))
    )
    if unfinished >= UNFINISHED_MAX:
        raise Refused("too_many_attempts", f"{unfinished} photos are announced and not sent; send those first.")


def _clean_name(name: str) -> str:
    """Return a name for people to read; it never becomes a path."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f/\\\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069<>\"']", "_", name).strip(
        ". "
    )[:200]
