from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from command_center.people.roles import Role
from command_center.people.tokens import create_token, revoke_token
from command_center.signals.signal_tables import QuarantineRow
from dashboards.server.sessions.source_proof import sign
from foundation.bus import subjects
from ingest.receive_http import HttpAnswer, HttpDelivery, decode_delivery, encode
from tests.dashboards.served import Served

BODY = b'{"id": "a-1", "at": "2026-03-01T08:00:00+08:00"}'


class Door:
    """The senses' side of the road, as the bus would reach it."""

    def __init__(self, served: Served, answer: HttpAnswer | None = None) -> None:
        self.taken: list[HttpDelivery] = []
        self.answer = answer or HttpAnswer(ids=["a-1"])
        served.bus.answers[subjects.INGEST_HTTP] = self._take

    def _take(self, payload: bytes) -> bytes:
        self.taken.append(decode_delivery(payload))
        return encode(self.answer)


def credential(served: Served, name: str = "one") -> tuple[str, str, str]:
    source = next(name for name, source in served.city.sources.items())
    with served.database.write() as session:
        token, secret = create_token(session, name, source, datetime.now(UTC))
    return source, token, secret


def signed(secret: str, body: bytes, *, at_s: float | None = None, nonce: str = "n-1") -> dict[str, str]:
    timestamp = str(int(at_s if at_s is not None else time.time()))
    return {
        "X-CityBrain-Timestamp": timestamp,
        "X-CityBrain-Nonce": nonce,
        "X-CityBrain-Signature": sign(secret, timestamp, nonce, body),
    }


def post(client: httpx.Client, source: str, body: bytes = BODY, **headers: str) -> httpx.Response:
    return client.post(f"/api/v1/ingest/{source}", content=body, headers=headers)


def test_a_bearer_token_opens_its_own_source(served: Served) -> None:
    door, client = Door(served), served.client()
    source, token, _ = credential(served)
    answer = post(client, source, Authorization=f"Bearer {token}")
    assert answer.status_code == 202 and answer.json()["ids"] == ["a-1"]
    assert (door.taken[0].source, door.taken[0].body) == (source, BODY)
    other = next(name for name in served.city.sources if name != source)
    refused = post(client, other, Authorization=f"Bearer {token}")
    assert refused.status_code == 401 and refused.json()["reason"] == "token"
    with served.database.write() as session:
        revoke_token(session, "one", datetime.now(UTC))
    assert post(client, source, Authorization=f"Bearer {token}").status_code == 401
    assert len(door.taken) == 1


def test_a_signature_is_what_the_interface_says(served: Served) -> None:
    import hashlib
    import hmac

    Door(served)
    source, _, secret = credential(served)
    timestamp = str(int(time.time()))
    message = timestamp.encode() + b"\n" + b"abc" + b"\n" + BODY
    headers = {
        "X-CityBrain-Timestamp": timestamp,
        "X-CityBrain-Nonce": "abc",
        "X-CityBrain-Signature": hmac.new(secret.encode(), message, hashlib.sha256).hexdigest(),
    }
    assert post(served.client(), source, **headers).status_code == 202


def test_a_producer_may_append_parameters_of_its_own(served: Served) -> None:
    door, client = Door(served, HttpAnswer(ignored="chirpstack_join")), served.client()
    source, token, _ = credential(served)
    answer = client.post(
        f"/api/v1/ingest/{source}?event=join&tenant=7", content=b"{}", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 202 and answer.json() == {"ids": [], "accepted": 0, "ignored": "chirpstack_join"}
    assert door.taken[0].topic == "event/join" and door.taken[0].transport == "http"
    assert client.get("/livez?event=up").status_code == 422


def test_forged_old_and_repeated_messages_are_refused_with_the_reason(served: Served) -> None:
    door, client = Door(served), served.client()
    source, _, secret = credential(served)
    now = time.time()
    good = signed(secret, BODY)
    assert post(client, source, **good).status_code == 202
    bad = {
        "replayed": good,
        "signature": {**signed(secret, BODY, nonce="n-2"), "X-CityBrain-Signature": "0" * 64},
        "expired": signed(secret, BODY, at_s=now - 301, nonce="n-3"),
        "timestamp": {**signed(secret, BODY, nonce="n-4"), "X-CityBrain-Timestamp": "soon"},
        "nonce": {**signed(secret, BODY), "X-CityBrain-Nonce": ""},
        "missing": {},
    }
    for reason, headers in bad.items():
        answer = post(client, source, **headers)
        assert answer.status_code == 401 and answer.json()["reason"] == reason, (reason, answer.text)
    assert (
        post(client, source, **signed(secret, BODY, at_s=time.time() + 330, nonce="n-5")).json()["reason"]
        == "expired"
    )
    assert post(client, source, BODY + b" ", **signed(secret, BODY, nonce="n-6")).json()["reason"] == "signature"
    assert post(client, source, **signed("another", BODY, nonce="n-7")).json()["reason"] == "signature"
    assert post(client, source, **signed(secret, BODY, at_s=now - 290, nonce="n-8")).status_code == 202
    assert len(door.taken) == 2


def test_an_unknown_source_a_large_body_and_silent_senses(served: Served) -> None:
    client = served.client()
    source, token, _ = credential(served)
    authorization = f"Bearer {token}"
    assert post(client, "nobody", Authorization=authorization).status_code == 404
    large = post(client, source, b"x" * (1024 * 1024 + 1), Authorization=authorization)
    assert large.status_code == 413 and large.headers["content-type"] == "application/problem+json"
    silent = post(client, source, Authorization=authorization)
    assert silent.status_code == 503 and silent.headers["retry-after"]
    Door(served, HttpAnswer(refused="not_now", detail="full"))
    assert post(client, source, Authorization=authorization).status_code == 503


def test_what_cannot_be_decoded_is_422_with_the_reason(served: Served) -> None:
    Door(served, HttpAnswer(refused="not_json", detail="the body is no JSON"))
    source, token, _ = credential(served)
    answer = post(served.client(), source, b"\xff", Authorization=f"Bearer {token}")
    assert answer.status_code == 422 and answer.json()["reason"] == "not_json"
    assert answer.json()["detail"] == "the body is no JSON"


@pytest.fixture
def quarantined(command: Served) -> Served:
    with command.database.write() as session:
        for n in range(3):
            session.add(
                QuarantineRow(
                    id=f"{n:032x}",
                    state="open",
                    source="native",
                    transport="mqtt",
                    topic=f"citybrain/v1/devices/d{n}/alarm",
                    payload=b"\xff{",
                    reason="not_utf8",
                    detail="no text",
                    received_at=datetime.now(UTC),
                    attempts=0,
                )
            )
    return command


def test_quarantine_is_listed_and_tried_again_under_its_topic(quarantined: Served) -> None:
    client = quarantined.enter(Role.SYSTEM_ADMIN, "321311")
    first = client.get("/api/v1/quarantine?limit=2").json()
    rest = client.get(f"/api/v1/quarantine?limit=2&cursor={first['next']}").json()
    items = [*first["items"], *rest["items"]]
    assert len({item["id"] for item in items}) == 3 and rest["next"] is None
    assert items[0]["reason"] == "not_utf8" and items[0]["size"] == 2 and "�" in items[0]["payload_text"]
    door = Door(quarantined, HttpAnswer(refused="not_utf8", detail="still no text"))
    id = items[0]["id"]
    failed = client.post(f"/api/v1/quarantine/{id}/retry")
    assert failed.status_code == 422, failed.text
    assert (failed.json()["reason"], failed.json()["state"], failed.json()["attempts"]) == ("not_utf8", "open", 1)
    door.answer = HttpAnswer(refused="unknown_device", detail="no such device")
    assert client.post(f"/api/v1/quarantine/{id}/retry").json()["attempts"] == 2
    kept = next(i for i in client.get("/api/v1/quarantine?state=open").json()["items"] if i["id"] == id)
    assert (kept["reason"], kept["detail"], kept["attempts"]) == ("unknown_device", "no such device", 2)
    door.answer = HttpAnswer(ids=["x"])
    done = client.post(f"/api/v1/quarantine/{id}/retry")
    assert done.status_code == 200 and done.json()["state"] == "retried", done.text
    assert done.json()["attempts"] == 3 and door.taken[-1].transport == "mqtt"
    assert door.taken[-1].topic == items[0]["topic"] and door.taken[-1].body == b"\xff{"
    assert len(client.get("/api/v1/quarantine?state=open").json()["items"]) == 2
    assert client.post(f"/api/v1/quarantine/{'f' * 32}/retry").status_code == 404


def test_a_candidate_is_judged_by_its_own_area_only(command: Served) -> None:
    town_a, town_b = "321311001", "321311002"
    device = command.device_in(town_a)
    (outcome,) = command.take_in(command.alarm(device, "UM-01001", confidence=0.05))
    assert outcome.incident is None, "a low confidence waits for a person"
    alice, bob = command.enter(Role.TOWN_OPERATOR, town_a), command.enter(Role.TOWN_OPERATOR, town_b)
    assert bob.get("/api/v1/candidates").json()["items"] == []
    (candidate,) = alice.get("/api/v1/candidates").json()["items"]
    assert candidate["area"]["path"][1] == town_a and candidate["confidence"] == 0.05
    assert bob.post(f"/api/v1/candidates/{candidate['id']}/confirm").status_code == 404
    done = alice.post(f"/api/v1/candidates/{candidate['id']}/confirm", json={})
    assert done.status_code == 200 and done.json()["number"] >= 1, done.text
    assert alice.get("/api/v1/candidates").json()["items"] == []
    again = alice.post(f"/api/v1/candidates/{candidate['id']}/dismiss", json={"reason": "x"})
    assert again.status_code in (404, 409)


def test_a_served_application_counts_what_came(serve: Callable[..., Served]) -> None:
    served = serve()
    Door(served)
    source, token, _ = credential(served)
    post(served.client(), source, Authorization=f"Bearer {token}")
    figures = served.client().get("/metrics").text
    assert f'citybrain_http_ingested_total{{outcome="stored",source="{source}"}} 1.0' in figures
