"""Photos, clips, voice notes: announced, sent in parts that go on where they stopped, checked, served by sight."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from command_center.people.account_tables import Attachment
from dashboards.server.answers import answer
from dashboards.server.attachments.attachment_files import AttachmentFiles, extension_of
from dashboards.server.attachments.attachment_sight import may_see_attachment
from dashboards.server.attachments.clip_check import CLIP_SIZE_MAX, CLIP_TYPES, clean_clip
from dashboards.server.attachments.content_head import ENOUGH, NO_HEIC, judge_head
from dashboards.server.attachments.photo_check import CONTENT_TYPES, SIZE_MAX, BadPicture, clean_picture
from dashboards.server.brain_call import IdempotencyKey
from dashboards.server.errors import Refused, not_found
from dashboards.server.sessions.admission import ACTORS, VIEWERS, admit
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Tools, Web
from foundation.ids import new_id, sha256_hex

UNFINISHED_MAX = 100
PART_MAX = SIZE_MAX + 1024

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


def files_of(web: Web) -> AttachmentFiles:
    return AttachmentFiles(web.settings.data / "attachments")


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
        return answer(_show(found), 201, {"Location": f"/api/v1/attachments/{id}"})


@router.patch("/attachments/{id}", max_body_size=PART_MAX)
async def append(*, request: Request, web: Tools, caller: Doer, id: AttachmentId, offset: Offset) -> Response:
    """Take the next part; refused with the offset that is expected when it is another."""
    content = await request.body()
    return answer(await run_in_threadpool(_append, web, caller, id, (offset, content)))


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


def _append(web: Web, caller: Caller, id: str, part: tuple[int, bytes]) -> dict[str, Any]:
    offset, content = part
    with web.database.write() as session:
        row = session.scalars(select(Attachment).where(Attachment.id == id).with_for_update()).one_or_none()
        if row is None or row.account != caller.account:
            raise not_found()
        if offset != row.received:
            detail = f"The upload stands at {row.received}; go on from there."
            raise Refused("wrong_offset", detail, facts={"upload_offset": row.received})
        if row.received + len(content) > row.size:
            raise Refused("too_large", f"More than the {row.size} bytes that were announced.")
        if row.completed_at is None:
            files_of(web).write_at(id, offset, content)
            row.received += len(content)
        shown = _show(row)
    if shown["complete"]:
        return shown
    is_whole = shown["upload_offset"] == shown["size"]
    if is_whole or offset < ENOUGH <= shown["upload_offset"]:
        _judge(web, id, shown["content_type"])
    return _finish(web, id) if is_whole else shown


def _check_promise(body: AttachmentBody) -> str:
    """Return the content type without its parameters, if we take that kind and that much of it."""
    content_type = body.content_type.split(";")[0].strip().lower()
    is_clip = content_type in CLIP_TYPES
    if content_type in ("image/heic", "image/heif"):
        raise Refused("unsupported_media", f"{NO_HEIC}.")
    if not is_clip and content_type not in CONTENT_TYPES:
        kinds = ", ".join(sorted(CONTENT_TYPES | CLIP_TYPES.keys()))
        raise Refused("unsupported_media", f"{content_type[:40]} is not taken; taken are {kinds}.")
    most = CLIP_SIZE_MAX if is_clip else SIZE_MAX
    if body.size > most:
        raise Refused("too_large", f"A {'clip' if is_clip else 'photo'} has at most {most} bytes.")
    return content_type


def _judge(web: Web, id: str, promised: str) -> None:
    """Refuse by the first bytes what can never be taken, before the rest is sent."""
    try:
        kind = judge_head(files_of(web).read_head(id, ENOUGH))
        if (kind == "clip") != (promised in CLIP_TYPES):
            raise BadPicture(f"it is a {kind}, but was announced as {promised}")
    except BadPicture as error:
        raise _forget(web, id, error) from error


def _forget(web: Web, id: str, error: BadPicture) -> Refused:
    files_of(web).remove(id)
    with web.database.write() as session:
        session.delete(session.get_one(Attachment, id))
    return Refused("invalid", f"This file is not taken: {error}.", fields={"file": str(error)})


def _finish(web: Web, id: str) -> dict[str, Any]:
    """Check and clean the whole; what cannot be taken is forgotten."""
    files = files_of(web)
    digest = files.digest(id)
    is_clip = judge_head(files.read_head(id, ENOUGH)) == "clip"
    try:
        clean = clean_clip if is_clip else clean_picture
        content_type, exif = clean(files.part(id), files.target(id))
    except BadPicture as error:
        raise _forget(web, id, error) from error
    files.drop(id)
    with web.database.write() as session:
        row = session.get_one(Attachment, id)
        row.content_type, row.exif, row.sha256, row.completed_at = content_type, exif, digest, web.clock.now()
        return _show(row)


def _check_quota(session: Any, caller: Caller) -> None:
    unfinished = session.scalar(
        select(func.count())
        .select_from(Attachment)
        .where(Attachment.account == caller.account, Attachment.completed_at.is_(None))
    )
    if unfinished >= UNFINISHED_MAX:
        raise Refused("too_many_attempts", f"{unfinished} photos are announced and not sent; send those first.")


def _show(row: Attachment) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "content_type": row.content_type,
        "size": row.size,
        "upload_offset": row.received,
        "complete": row.completed_at is not None,
        "sha256": row.sha256,
    }


def _clean_name(name: str) -> str:
    """Return a name for people to read; it never becomes a path."""
    return re.sub(r"[\x00-\x1f\x7f/\\\u202a-\u202e\u2066-\u2069\"']", "_", name).strip(". ")[:200]
