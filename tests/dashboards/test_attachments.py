from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, update

from command_center.people.account_tables import Attachment
from command_center.people.roles import Role
from dashboards.server.attachments.attachment_files import AttachmentFiles
from dashboards.server.attachments.attachment_sweep import sweep
from dashboards.server.attachments.photo_check import clean_picture
from tests.dashboards.served import TOWN_A, TOWN_B, Served

EICAR = b"<script>alert(1)</script>"


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 240), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, format=kind, **options)
    return out.getvalue()


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[271] = "Maker"
    exif[306] = "2026:03:01 08:00:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (33.0, 58.0, 1.0)
    gps[3], gps[4] = "E", (118.0, 18.0, 0.0)
    return picture(exif=exif)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that claims to be enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\0" + b"\0" * ((width + 7) // 8)
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(row) for _ in range(min(height, 2000))) + packed.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def announce(client: httpx.Client, content: bytes, kind: str = "image/jpeg", **headers: str) -> httpx.Response:
    body = {"name": "现场.jpg", "content_type": kind, "size": len(content)}
    return client.post("/api/v1/attachments", json=body, headers=headers)


def send(client: httpx.Client, id: str, content: bytes, offset: int) -> httpx.Response:
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(f"/api/v1/attachments/{id}", content=content, headers=headers)


def upload(client: httpx.Client, content: bytes, kind: str = "image/jpeg") -> httpx.Response:
    announced = announce(client, content, kind)
    assert announced.status_code == 201, announced.text
    return send(client, announced.json()["id"], content, 0)


def test_a_photo_goes_up_in_parts_and_on_from_where_it_stopped(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    content = picture()
    id = announce(client, content, **{"Idempotency-Key": "photo-1"}).json()["id"]
    assert announce(client, content, **{"Idempotency-Key": "photo-1"}).json()["id"] == id
    first = send(client, id, content[:5000], 0)
    assert first.json()["upload_offset"] == 5000 and first.json()["complete"] is False
    lost = send(client, id, content[:5000], 0)
    assert lost.status_code == 409 and lost.json()["upload_offset"] == 5000
    assert announce(client, content, **{"Idempotency-Key": "photo-1"}).json()["upload_offset"] == 5000
    last = send(client, id, content[5000:], 5000)
    assert last.status_code == 200 and last.json()["complete"] is True and len(last.json()["sha256"]) == 64
    got = client.get(f"/api/v1/attachments/{id}")
    assert got.headers["content-type"] == "image/jpeg" and got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert Image.open(io.BytesIO(got.content)).size == (320, 240)


def test_where_it_was_taken_is_kept_apart_and_not_served(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    id = upload(client, with_exif()).json()["id"]
    got = client.get(f"/api/v1/attachments/{id}").content
    assert b"Maker" not in got and not dict(Image.open(io.BytesIO(got)).getexif())
    with served.database.read() as session:
        row = session.scalars(select(Attachment)).one()
    assert row.exif is not None and row.exif["Make"] == "Maker" and "GPSLatitude" in row.exif
    assert (row.exif["lon"], row.exif["lat"]) == (118.3, 33.966944)
    assert not list((served.data / "attachments").rglob("*.part")), "the original is not kept"


@pytest.mark.parametrize(("kind", "format"), [("image/png", "PNG"), ("image/webp", "WEBP")])
def test_the_other_kinds_are_taken_too(served: Served, kind: str, format: str) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    done = upload(client, picture(format), kind)
    assert done.status_code == 200 and done.json()["content_type"] == kind


def test_a_transparent_picture_as_large_as_is_taken_needs_no_more_memory(tmp_path: Path) -> None:
    Image.new("RGBA", (6_450, 6_200), (9, 90, 9, 255)).save(tmp_path / "given", "PNG", compress_level=1)
    assert clean_picture(tmp_path / "given", tmp_path / "clean")[0] == "image/png"
    with Image.open(tmp_path / "clean") as small:
        assert small.size == (3_225, 3_100) and small.getpixel((0, 3_099)) == (9, 90, 9, 255)


def test_what_is_no_photo_is_refused_and_forgotten(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    gif = picture("GIF")
    fakes = {
        "a bomb of 3.6 billion pixels": bomb(60_000, 60_000),
        "a bomb of 41 million pixels": bomb(6_500, 6_400),
        "a script": EICAR,
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "gif": gif,
        "cut off": picture()[:3000],
        "nothing behind the magic": b"\xff\xd8\xff\xe0" + b"\0" * 200,
        "zip": b"PK\x03\x04" + b"\0" * 500,
    }
    for name, content in fakes.items():
        answer = upload(client, content)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "file", (name, answer.text)
    with served.database.read() as session:
        assert session.scalars(select(Attachment)).all() == []
    assert not [path for path in (served.data / "attachments").rglob("*") if path.is_file()]


def test_what_hides_behind_a_photo_is_not_served(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    polyglot = picture() + b"PK\x03\x04" + EICAR
    id = upload(client, polyglot).json()["id"]
    got = client.get(f"/api/v1/attachments/{id}").content
    assert EICAR not in got and b"PK\x03\x04" not in got


def test_announcements_that_promise_too_much_are_refused(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    for kind in ("image/svg+xml", "image/gif", "text/html", "application/pdf", "image/heic", "video/quicktime"):
        assert announce(client, b"x", kind).status_code == 415, kind
    body = {"name": "x", "content_type": "image/jpeg", "size": 16 * 1024 * 1024}
    assert client.post("/api/v1/attachments", json=body).status_code == 413
    assert client.post("/api/v1/attachments", json={**body, "size": 0}).status_code == 422
    id = announce(client, b"x" * 10).json()["id"]
    assert send(client, id, b"x" * 11, 0).status_code == 413
    assert client.patch(f"/api/v1/attachments/{id}", content=b"x").status_code == 422
    assert send(client, "0" * 32, b"x", 0).status_code == 404
    assert client.get("/api/v1/attachments/..%2f..%2fetc%2fpasswd").status_code in (404, 422)


def test_names_never_become_paths(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    content = picture()
    body = {"name": "../../etc/\u202epasswd\x1b[31m", "content_type": "image/jpeg", "size": len(content)}
    shown = client.post("/api/v1/attachments", json=body).json()
    assert "/" not in shown["name"] and "\u202e" not in shown["name"] and "\x1b" not in shown["name"]
    send(client, shown["id"], content, 0)
    files = [path for path in served.data.rglob("*") if path.is_file() and "attachments" in path.parts]
    assert [path.name for path in files] == [f"{shown['id']}.picture"]


def test_photos_are_seen_by_who_may_see_the_incident(served: Served) -> None:
    alice, bob = served.enter(Role.TOWN_OPERATOR, TOWN_A), served.enter(Role.TOWN_OPERATOR, TOWN_B)
    colleague = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    id = upload(alice, picture()).json()["id"]
    assert alice.get(f"/api/v1/attachments/{id}").status_code == 200
    assert colleague.get(f"/api/v1/attachments/{id}").status_code == 404, "it belongs to nothing yet"
    assert send(colleague, id, b"x", 0).status_code == 404
    number = served.open_incident(TOWN_A)
    with served.database.write() as session:
        session.execute(update(Attachment).values(incident=number))
    assert colleague.get(f"/api/v1/attachments/{id}").status_code == 200
    assert bob.get(f"/api/v1/attachments/{id}").status_code == 404
    shown = colleague.get(f"/api/v1/incidents/{number}").json()["attachments"]
    assert [photo["id"] for photo in shown] == [id]


def test_photos_that_belong_to_nothing_are_swept_after_a_week(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    kept, unused, _ = (upload(client, picture()).json()["id"] for _ in range(3))
    begun = announce(client, b"x" * 10).json()["id"]
    send(client, begun, b"x" * 5, 0)
    number = served.open_incident(TOWN_A)
    with served.database.write() as session:
        session.execute(update(Attachment).where(Attachment.id == kept).values(incident=number))
    files = AttachmentFiles(served.data / "attachments")
    now = datetime.now(UTC)
    assert sweep(served.database, files, now + timedelta(days=6)) == 0
    assert sweep(served.database, files, now + timedelta(days=8)) == 3
    assert files.find(kept) is not None and files.find(unused) is None
    assert [path.stem for path in (served.data / "attachments").rglob("*") if path.is_file()] == [kept]
