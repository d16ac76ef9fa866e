"""Lines that break in the middle of a photo, requests that overlap, a server that stops before the end."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image
from sqlalchemy import select, update

from command_center.people.account_tables import Attachment
from command_center.people.roles import Role
from dashboards.server.attachments.attachment_files import AttachmentFiles
from dashboards.server.attachments.receiving import PIECE
from tests.dashboards.served import TOWN_A, Served
from tests.dashboards.test_attachments import announce, picture, send, upload
from tests.journeys.product import eventually


@pytest.fixture
def client(served: Served) -> httpx.Client:
    return served.enter(Role.GRID_WORKER, TOWN_A)


def send_some(served: Served, client: httpx.Client, id: str, content: bytes, most: int) -> socket.socket:
    """Promise the photo, send so much of it; whoever closes the line hangs up."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = (
        f"PATCH /api/v1/attachments/{id} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nCookie: {cookies}\r\n"
        f"X-CSRF-Token: {client.headers['X-CSRF-Token']}\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    line = socket.create_connection(("127.0.0.1", served.port))
    line.sendall(head.encode() + content[:most])
    return line


def stands_at(client: httpx.Client, content: bytes, key: str) -> int:
    return int(announce(client, content, **{"Idempotency-Key": key}).json()["upload_offset"])


def test_a_line_that_breaks_keeps_what_came_and_there_is_one_photo(served: Served, client: httpx.Client) -> None:
    content = picture(size=(1600, 1200))
    assert len(content) > 3 * PIECE
    id = announce(client, content, **{"Idempotency-Key": "p"}).json()["id"]
    part = AttachmentFiles(served.data / "attachments").part(id)
    with send_some(served, client, id, content, PIECE + 999):
        eventually(lambda: part.is_file() and part.stat().st_size >= PIECE)
    kept = eventually(lambda: stands_at(client, content, "p"))
    assert PIECE <= kept <= PIECE + 999
    done = send(client, id, content[kept:], kept)
    assert done.status_code == 200 and done.json()["complete"] is True
    again = send(client, id, content[kept:], kept)
    assert again.status_code == 200 and again.json() == done.json(), "the answer was lost: told again"
    got = client.get(f"/api/v1/attachments/{id}").content
    assert Image.open(io.BytesIO(got)).size == (1600, 1200)
    with served.database.read() as session:
        assert len(session.scalars(select(Attachment)).all()) == 1


def test_a_dead_line_does_not_hold_the_next_one_up(served: Served, client: httpx.Client) -> None:
    """The phone changed its network: the first request never ends, the second goes on from the known offset."""
    content = picture()
    id = announce(client, content).json()["id"]
    body = threading.Event()

    def slow() -> Iterator[bytes]:
        yield content[:4000]
        body.wait(10)
        yield content[4000:]

    headers = {"Upload-Offset": "0", "Content-Length": str(len(content))}
    dead = threading.Thread(
        target=lambda: client.patch(f"/api/v1/attachments/{id}", content=slow(), headers=headers)
    )
    dead.start()
    try:
        eventually(lambda: send(client, id, content, 0).json().get("complete"))
    finally:
        body.set()
        dead.join()
    assert client.get(f"/api/v1/attachments/{id}").status_code == 200


def test_a_server_that_stopped_before_the_end_finishes_when_asked_again(
    served: Served, client: httpx.Client
) -> None:
    content = picture()
    id = announce(client, content).json()["id"]
    send(client, id, content[:-1], 0)
    AttachmentFiles(served.data / "attachments").write_at(id, len(content) - 1, content[-1:])
    with served.database.write() as session:
        session.execute(update(Attachment).values(received=len(content)))
    assert send(client, id, b"", len(content)).json()["complete"] is True


def test_a_jpeg_with_several_pictures_gives_its_first(client: httpx.Client) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (300, 200), (shade, 0, 0)) for shade in (10, 90)]
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    done = upload(client, out.getvalue())
    assert done.status_code == 200 and done.json()["content_type"] == "image/jpeg", done.text
