"""Puts a photo into the product as a phone does: announced first, then its bytes, then its id is used.

Comes in: a session and the words on the picture. Goes out: the attachment's id.
"""

from __future__ import annotations

from ingest.simulate.http_session import HttpSession
from ingest.simulate.photo import draw_photo


async def upload_photo(person: HttpSession, lines: list[str], seed: str) -> str:
    """Return the id of a freshly uploaded demonstration photo."""
    photo = draw_photo(lines, seed)
    announced = await person.post(
        "/attachments", {"name": f"demo-{seed}.jpg", "content_type": "image/jpeg", "size": len(photo)}
    )
    id = str(announced["id"])
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    await person.send_bytes("PATCH", f"/attachments/{id}", photo, headers)
    return id
