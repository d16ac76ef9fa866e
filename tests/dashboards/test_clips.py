from __future__ import annotations

import io
from typing import Any

import av
import httpx
import numpy as np
import pytest
from sqlalchemy import select

from command_center.people.account_tables import Attachment
from command_center.people.roles import Role
from tests.dashboards.served import TOWN_A, Served
from tests.dashboards.test_attachments import announce, bomb, picture, send, upload


def clip(kind: str = "webm", *, seconds: float = 2.0, picture: bool = True, **metadata: str) -> bytes:
    """Record a small clip: a grey picture, ten a second, or a quiet tone."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as made:
        made.metadata.update(metadata)
        stream: Any = _add_picture(made, kind) if picture else made.add_stream("libopus", rate=48_000)
        for number in range(int(seconds * (10 if picture else 50))):
            frame = _picture_frame() if picture else _sound_frame(number)
            frame.pts = number if picture else number * 960
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return out.getvalue()


def _add_picture(made: Any, kind: str) -> Any:
    stream = made.add_stream("libvpx" if kind == "webm" else "libx264", rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    return stream


def _picture_frame() -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, dtype=np.uint8), format="rgb24")


def _sound_frame(number: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), dtype=np.int16), format="s16", layout="mono")
    frame.sample_rate = 48_000
    return frame


@pytest.fixture
def client(served: Served) -> httpx.Client:
    return served.enter(Role.GRID_WORKER, TOWN_A)


def test_a_clip_is_written_anew_and_where_it_was_taken_is_kept_apart(served: Served, client: httpx.Client) -> None:
    content = clip("mp4", location="+33.9700+118.3000/", comment="secret") + b"<script>alert(1)</script>PK\x03\x04"
    done = upload(client, content, "video/mp4")
    assert done.status_code == 200, done.text
    got = client.get(f"/api/v1/attachments/{done.json()['id']}")
    assert got.headers["content-type"] == "video/mp4" and got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    for hidden in (b"+33.97", b"secret", b"<script>", b"PK\x03\x04"):
        assert hidden not in got.content
    part = client.get(f"/api/v1/attachments/{done.json()['id']}", headers={"Range": "bytes=4-7"})
    assert part.status_code == 206 and part.content == b"ftyp"
    with served.database.read() as session:
        row = session.scalars(select(Attachment)).one()
    assert row.exif is not None and (row.exif["lon"], row.exif["lat"]) == (118.3, 33.97)
    assert 1.5 < row.exif["duration_s"] < 2.5


def test_a_voice_note_is_taken_as_a_browser_records_it(client: httpx.Client) -> None:
    note = clip(picture=False, seconds=3)
    done = upload(client, note, "audio/webm;codecs=opus")
    assert done.status_code == 200 and done.json()["content_type"] == "audio/webm", done.text


def test_a_voice_note_has_a_minute(client: httpx.Client) -> None:
    done = upload(client, clip(picture=False, seconds=64), "audio/webm")
    assert done.status_code == 422 and "60 s" in done.json()["detail"]


def test_what_is_no_clip_is_refused_with_the_reason(served: Served, client: httpx.Client) -> None:
    broken = clip("mp4")[:200]
    for content, kind, reason in (
        (b"\x1a\x45\xdf\xa3" + b"\0" * 5000, "video/webm", "broken"),
        (broken, "video/mp4", "broken"),
        (picture(), "video/mp4", "announced as video/mp4"),
        (clip(seconds=0.5), "image/jpeg", "announced as image/jpeg"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "image/jpeg", "HEIC"),
        (b"RIFF\0\0\0\0AVI " + b"\0" * 100, "video/mp4", "neither"),
    ):
        answer = upload(client, content, kind)
        assert answer.status_code == 422 and reason in answer.json()["detail"], (kind, reason, answer.text)
    with served.database.read() as session:
        assert session.scalars(select(Attachment)).all() == []
    assert not [path for path in (served.data / "attachments").rglob("*") if path.is_file()]


def test_too_much_is_refused_before_it_is_taken(client: httpx.Client) -> None:
    body = {"name": "clip.mp4", "content_type": "video/mp4", "size": 200 * 1024 * 1024}
    assert client.post("/api/v1/attachments", json=body).status_code == 413
    heic = client.post("/api/v1/attachments", json={**body, "content_type": "image/heic", "size": 9})
    assert heic.status_code == 415 and "JPEG" in heic.json()["detail"]
    content = bomb(60_000, 60_000)
    id = announce(client, content + b"\0" * 100_000, "image/png").json()["id"]
    early = send(client, id, content[:64], 0)
    assert early.status_code == 422 and "60000 x 60000" in early.json()["detail"], "known from the header alone"
    assert send(client, id, content[64:], 64).status_code == 404
