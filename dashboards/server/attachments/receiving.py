"""Takes the parts of an upload as they come, and cleans the whole once it is here.

Comes in: the stream of one part. What arrives before a line breaks is kept, so that the sender goes on from there.
Photos and clips are cleaned one at a time each, in threads of their own: ten at once cost the memory of one, and
nobody else of this server waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from command_center.people.account_tables import Attachment
from dashboards.server.attachments.attachment_files import AttachmentFiles
from dashboards.server.attachments.clip_check import CLIP_TYPES, clean_clip
from dashboards.server.attachments.content_head import ENOUGH, judge_head
from dashboards.server.attachments.media_child import BadPicture
from dashboards.server.attachments.photo_check import clean_picture
from dashboards.server.errors import Refused, not_found
from dashboards.server.sessions.session_store import Caller
from dashboards.server.toolbox import Web

PIECE = 256 * 1024

_photos = ThreadPoolExecutor(1, "photo")
_clips = ThreadPoolExecutor(1, "clip")
_taking: dict[str, object] = {}
"""Whose turn it is: of two requests for one upload the later has it, the line of the earlier may be dead."""

_finishing: set[str] = set()


@dataclass(frozen=True)
class Upload:
    """One upload as it stood when the part began."""

    web: Web
    id: str
    content_type: str
    size: int
    received: int
    shown: dict[str, Any]

    @property
    def files(self) -> AttachmentFiles:
        return files_of(self.web)


def files_of(web: Web) -> AttachmentFiles:
    return AttachmentFiles(web.settings.data / "attachments")


def show(row: Attachment) -> dict[str, Any]:
    """Return an attachment as the interface tells it."""
    return {
        "id": row.id,
        "name": row.name,
        "content_type": row.content_type,
        "size": row.size,
        "upload_offset": row.received,
        "complete": row.completed_at is not None,
        "sha256": row.sha256,
    }


async def receive(web: Web, caller: Caller, id: str, part: tuple[int, AsyncIterator[bytes]]) -> dict[str, Any]:
    """Take one part from its offset on; the last one is answered when the whole was checked and cleaned.

    Raises:
        Refused: Not this person's, another offset, more than announced, or nothing that we take.
    """
    offset, stream = part
    upload = await run_in_threadpool(_find, web, caller, id)
    if upload.shown["complete"]:
        return upload.shown
    received = upload.received
    if received < upload.size:
        received = await _take(upload, offset, stream)
    if received == upload.size or offset < ENOUGH <= received:
        await run_in_threadpool(_judge, upload)
    if received < upload.size:
        return {**upload.shown, "upload_offset": received}
    with _finishing_alone(id):
        turn = _clips if upload.content_type in CLIP_TYPES else _photos
        return await asyncio.get_running_loop().run_in_executor(turn, _finish, upload)


@contextmanager
def _finishing_alone(id: str) -> Iterator[None]:
    if id in _finishing:
        raise _being_taken()
    _finishing.add(id)
    try:
        yield
    finally:
        _finishing.discard(id)


def _being_taken() -> Refused:
    return Refused("in_progress", "This upload is being taken by another request; ask again in a moment.")


def _find(web: Web, caller: Caller, id: str) -> Upload:
    with web.database.read() as session:
        row = session.get(Attachment, id)
        if row is None or row.account != caller.account:
            raise not_found()
        return Upload(web, id, row.content_type, row.size, row.received, show(row))


async def _take(upload: Upload, offset: int, stream: AsyncIterator[bytes]) -> int:
    """Write the part piece by piece; return how much of the whole is here now."""
    if offset != upload.received:
        detail = f"The upload stands at {upload.received}; go on from there."
        raise Refused("wrong_offset", detail, facts={"upload_offset": upload.received})
    if upload.id in _finishing:
        raise _being_taken()
    mine = _taking[upload.id] = object()
    try:
        written = await _write(upload, stream, lambda: _taking.get(upload.id) is mine)
        await run_in_threadpool(_note, upload, written)
    finally:
        if _taking.get(upload.id) is mine:
            del _taking[upload.id]
    return written


async def _write(upload: Upload, stream: AsyncIterator[bytes], is_mine: Callable[[], bool]) -> int:
    """Write what comes until the part ends or its line breaks; the sender's next request takes over at once."""
    written, held = upload.received, bytearray()

    async def keep() -> None:
        nonlocal written
        if not is_mine():
            raise _being_taken()
        await run_in_threadpool(upload.files.write_at, upload.id, written, bytes(held))
        written += len(held)
        held.clear()

    try:
        async for chunk in stream:
            held += chunk
            if written + len(held) > upload.size:
                raise Refused("too_large", f"More than the {upload.size} bytes that were announced.")
            if len(held) >= PIECE:
                await keep()
    except ClientDisconnect:
        pass  # what came is kept, the sender asks where to go on
    await keep()
    return written


def _note(upload: Upload, received: int) -> None:
    upload.files.settle(upload.id)
    with upload.web.database.write() as session:
        session.execute(update(Attachment).where(Attachment.id == upload.id).values(received=received))


def _judge(upload: Upload) -> None:
    """Refuse by the first bytes what can never be taken, before the rest is sent."""
    try:
        kind = judge_head(upload.files.read_head(upload.id, ENOUGH))
        if (kind == "clip") != (upload.content_type in CLIP_TYPES):
            raise BadPicture(f"it is a {kind}, but was announced as {upload.content_type}")
    except BadPicture as error:
        raise _forget(upload, error) from error


def _forget(upload: Upload, error: BadPicture) -> Refused:
    upload.files.remove(upload.id)
    with upload.web.database.write() as session:
        session.delete(session.get_one(Attachment, upload.id))
    return Refused("invalid", f"This file is not taken: {error}.", fields={"file": str(error)})


def _finish(upload: Upload) -> dict[str, Any]:
    """Check and clean the whole; what cannot be taken is forgotten."""
    files, id = upload.files, upload.id
    digest = files.digest(id)
    clean = clean_clip if upload.content_type in CLIP_TYPES else clean_picture
    try:
        content_type, exif = clean(files.part(id), files.target(id))
    except BadPicture as error:
        raise _forget(upload, error) from error
    with upload.web.database.write() as session:
        row = session.get_one(Attachment, id)
        row.content_type, row.exif, row.sha256 = content_type, exif, digest
        row.completed_at = upload.web.clock.now()
        shown = show(row)
    files.drop(id)
    return shown
