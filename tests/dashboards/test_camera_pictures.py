"""What a camera shows, over HTTP: asked at the source's address alone, made safe, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from typing import Any

import msgspec
import pytest
from PIL import Image
from sqlalchemy import select, update

from command_center.people.roles import Role
from dashboards.server.attachments import camera_pictures
from grid.city_folder.toml_documents import SourceDoc
from grid.policy_tables import CityLoad
from grid.register_tables import SourceRow
from tests.dashboards.served import TOWN_A, TOWN_B, Served


def jpeg() -> bytes:
    made = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-MAKER"
    Image.new("RGB", (64, 48), "#335577").save(made, "JPEG", exif=exif)
    return made.getvalue() + b"<script>alert(1)</script>"


@pytest.fixture
def source() -> Iterator[Any]:
    """Yield a producer of pictures; ``says`` is what it answers, ``asked`` what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            status, headers, body = server.says
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.says = [], (200, {}, jpeg())
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def looking(database: Any, serve: Callable[..., Served], source: Any) -> tuple[Served, str]:
    """Return the application of a city whose video source gives pictures, and a camera of one town."""
    with database.write() as session:
        row = session.scalars(select(SourceRow).where(SourceRow.name == "frigate")).one()
        pattern = f"http://127.0.0.1:{source.server_port}/api/{{id}}/latest.jpg"
        row.document = {**row.document, "snapshot": pattern}
        session.execute(update(CityLoad).values(version=f"pictures-{source.server_port}"))
    served = serve()
    cameras = [one for one in served.city.register.list_cameras() if one.source == "frigate"]
    return served, next(one.id for one in cameras if TOWN_A in served.city.tree.path(one.area))


def test_a_picture_is_asked_at_the_sources_address_and_made_anew(looking: tuple[Served, str], source: Any) -> None:
    served, id = looking
    wall = served.enter(Role.WALL, TOWN_A)
    shown = wall.get(f"/api/v1/cameras/{id}").json()["snapshot"]
    assert shown == f"/api/v1/cameras/{id}/picture" and "127.0.0.1" not in wall.get(f"/api/v1/cameras/{id}").text
    answer = wall.get(shown)
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/jpeg", answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert b"script" not in answer.content and b"SECRET" not in answer.content
    assert Image.open(BytesIO(answer.content)).size == (64, 48)
    assert served.enter(Role.LEADER, served.city.code).get(shown).status_code == 200
    source_id = served.city.register.find_camera(id).source_id  # type: ignore[union-attr]
    assert source.asked == [f"/api/{source_id}/latest.jpg"]  # two screens within two seconds: one question
    assert served.enter(Role.WALL, TOWN_B).get(shown).status_code == 404
    for role in (Role.GRID_WORKER, Role.SYSTEM_ADMIN, Role.INTEGRATION):
        assert served.enter(role, served.city.code).get(shown).status_code == 403


def test_what_is_no_picture_is_refused_in_words(
    looking: tuple[Served, str], source: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    served, id = looking
    monkeypatch.setattr(camera_pictures, "SIZE_MAX", 5000)
    monkeypatch.setattr(camera_pictures, "PATIENCE_S", 2.0)
    seat = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    inside = {"Location": f"http://127.0.0.1:{source.server_port}/secret"}
    for says, word in (
        ((404, {}, b""), "404"),
        ((302, inside, b""), "302"),
        ((200, {}, b"<svg onload=alert(1)>"), "no picture"),
        ((200, {}, b"GIF89a" + b"x" * 99), "no picture"),
        ((200, {}, jpeg()[:40]), "no picture"),
        ((200, {}, jpeg() + b"x" * 9000), "more than"),
        ((200, {"Content-Length": "9"}, b"\xff"), "cannot be reached"),
    ):
        source.says = says
        answer = seat.get(f"/api/v1/cameras/{id}/picture")
        assert answer.status_code == 503 and answer.json()["type"].endswith("unavailable"), says
        assert word in answer.json()["detail"], answer.text
    assert "/secret" not in source.asked
    source.shutdown()
    source.server_close()
    assert "cannot be reached" in seat.get(f"/api/v1/cameras/{id}/picture").json()["detail"]
    other = next(one for one in served.city.register.list_cameras() if one.source != "frigate")
    assert served.enter(Role.WALL, served.city.code).get(f"/api/v1/cameras/{other.id}/picture").status_code == 503


@pytest.mark.parametrize("pattern", ["file:///etc/{id}", "http://{id}/x.jpg", "http://nvr/latest.jpg", "nvr/{id}"])
def test_an_address_that_leaves_the_host_open_is_no_address(pattern: str) -> None:
    table = {"kind": "camera", "format": "frigate", "transport": "mqtt", "trust": 0.8, "coord_sys": "wgs84"}
    names = {"zh": "视频", "en": "Video"}
    assert msgspec.convert({**table, **names, "snapshot": "http://nvr:5000/api/{id}/latest.jpg"}, SourceDoc)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**table, **names, "snapshot": pattern}, SourceDoc)
