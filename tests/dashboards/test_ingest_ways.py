"""What producers send over HTTP reaches the senses as it came, and each proves itself as its protocol can."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from command_center.people.roles import Role
from dashboards.server.toolbox import CityKeeper
from grid.city import City
from ingest.http_request import HttpReply
from ingest.receive_http import HttpAnswer
from tests.dashboards.served import Served
from tests.dashboards.test_ingest_http import BODY, Door, credential, post


@pytest.fixture
def lenient(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Yield the application with a first source that may prove itself in every way."""
    name = next(iter(served.city.sources))
    source = dataclasses.replace(served.city.sources[name], proof=("basic", "digest", "url"))
    city = dataclasses.replace(served.city, sources={**served.city.sources, name: source})

    def get(_keeper: CityKeeper) -> City:
        return city

    monkeypatch.setattr(CityKeeper, "get", get)
    yield served


def test_body_type_path_and_query_travel(served: Served) -> None:
    door, client = Door(served), served.client()
    source, token, _ = credential(served)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/VIID+JSON", "User-Identify": "34"}
    address = f"/api/v1/ingest/{source}/VIID/Keepalive?a=1&b="
    assert client.post(address, content=b"\xff<x/>", headers=headers).status_code == 202
    (taken,) = door.taken
    assert taken.request is not None and taken.body == b"\xff<x/>"
    assert (taken.request.rest, taken.request.query) == ("VIID/Keepalive", "a=1&b=")
    assert taken.request.media_type == "application/viid+json" and taken.request.method == "POST"
    assert taken.request.headers["user-identify"] == "34" and "authorization" not in taken.request.headers
    packed = {**headers, "Content-Encoding": "gzip"}
    assert client.put(address, content=gzip.compress(BODY), headers=packed).status_code in (200, 202)
    assert door.taken[-1].body == BODY
    assert client.post(address, content=b"no", headers=packed).status_code == 415
    assert client.get(address, headers=headers).status_code == 405, "this format is not asked by GET"


def test_a_large_message_is_taken_for_its_words(served: Served) -> None:
    door, client = Door(served), served.client()
    source, token, _ = credential(served)
    files = {"a.xml": ("a.xml", b"<a/>", "application/xml"), "b": ("b.jpg", b"\xff" * 3_000_000, "image/jpeg")}
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(f"/api/v1/ingest/{source}", files=files, headers=headers).status_code == 202
    assert b"<a/>" in door.taken[0].body and len(door.taken[0].body) < 1000


def test_a_producer_hears_what_its_protocol_wants(served: Served) -> None:
    reply = HttpReply(status=200, body=b"ok", content_type="text/plain")
    Door(served, HttpAnswer(refused="not_json", detail="-", reply=reply))
    source, token, _ = credential(served)
    answer = post(served.client(), source, Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.text) == (200, "ok")


def test_basic_and_a_token_in_the_address_only_where_registered(lenient: Served) -> None:
    door, client = Door(lenient), lenient.client()
    source, token, secret = credential(lenient)
    address = f"/api/v1/ingest/{source}"
    assert client.post(address, content=BODY, auth=("anybody", token)).status_code == 202
    assert client.post(f"{address}?token={token}&x=1", content=BODY).status_code == 202
    assert client.post(f"{address}/~{token}/push", content=BODY).status_code == 202
    requests = [delivery.request for delivery in door.taken]
    assert [(r.rest, r.query) for r in requests if r] == [("", ""), ("", "x=1"), ("push", "")]
    assert client.post(address, content=BODY, auth=("anybody", secret)).status_code == 202, "as Digest takes it"
    assert client.post(address, content=BODY, headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    for refused in (client.post(address, content=BODY, auth=("a", "b")), client.post(f"{address}/~x")):
        assert refused.status_code == 401 and refused.json()["reason"] == "token"
    other = list(lenient.city.sources)[1]
    for refused in (
        client.post(f"/api/v1/ingest/{other}", auth=("a", token)),
        client.post(f"/api/v1/ingest/{other}?token={token}"),
    ):
        assert refused.status_code == 401 and refused.json()["reason"] == "scheme"


def answer_digest(challenge: str, secret: str, path: str, **changed: str) -> dict[str, str]:
    nonce = re.search(r'nonce="([^"]+)"', challenge)
    assert nonce is not None
    told = {"nonce": nonce[1], "nc": "00000001", "cnonce": "c", "qop": "auth", "uri": path} | changed
    first = hashlib.md5(f"34:citybrain:{secret}".encode()).hexdigest()
    second = hashlib.md5(f"POST:{told['uri']}".encode()).hexdigest()
    whole = f"{first}:{told['nonce']}:{told['nc']}:{told['cnonce']}:auth:{second}"
    told |= {"username": "34", "realm": "citybrain", "response": hashlib.md5(whole.encode()).hexdigest()}
    return {"Authorization": "Digest " + ", ".join(f'{name}="{value}"' for name, value in told.items())}


def test_digest_is_asked_for_and_counts_once(lenient: Served) -> None:
    Door(lenient)
    client = lenient.client()
    source, _, secret = credential(lenient)
    path = f"/api/v1/ingest/{source}/VIID/System/Register"
    asked = client.post(path, content=BODY)
    assert asked.status_code == 401 and asked.headers["www-authenticate"].startswith("Digest ")
    shown = answer_digest(asked.headers["www-authenticate"], secret, path)
    assert client.post(path, content=BODY, headers=shown).status_code == 202
    answers: list[Any] = [
        (shown, "replayed"),
        (answer_digest(asked.headers["www-authenticate"], "wrong", path, nc="2"), "signature"),
        (answer_digest(asked.headers["www-authenticate"], secret, "/elsewhere", nc="3"), "signature"),
        (answer_digest('nonce="1-2"', secret, path, nc="4"), "signature"),
    ]
    for headers, reason in answers:
        refused = client.post(path, content=BODY, headers=headers)
        assert refused.status_code == 401 and refused.json()["reason"] == reason
    works = httpx.DigestAuth("34", secret)
    assert client.post(path, content=BODY, auth=works).status_code == 202


def test_refused_proofs_are_counted(command: Served) -> None:
    client = command.client()
    source, _, _ = credential(command)
    post(client, source)
    post(client, source, Authorization="Bearer x")
    post(client, source, Authorization="Bearer y")
    assert f'citybrain_http_unproven_total{{reason="token",source="{source}"}} 2.0' in client.get("/metrics").text
    leader = command.enter(Role.SYSTEM_ADMIN, "321311")
    shown = {item["name"]: item for item in leader.get("/api/v1/sources").json()["items"]}
    assert shown[source]["unproven"] == {"missing": 1, "token": 2}
