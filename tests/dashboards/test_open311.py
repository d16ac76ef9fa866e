"""Open311's asking side: services, tokens and what became of a report, for whoever may send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from command_center.people.tokens import create_token
from ingest.observation import Caller, Observation, Phase, Said, SourceKind
from tests.dashboards.served import Served
from tests.dashboards.test_ingest_http import Door

SENT = "/api/v1/ingest/open311"


@pytest.fixture
def key(command: Served) -> str:
    with command.database.write() as session:
        return create_token(session, "o", "open311", datetime.now(UTC))[0]


def report(command: Served, token: str, category: str) -> int:
    now = datetime.now(UTC)
    place = command.city.register.list_devices()[0].lonlat
    facts: dict[str, Any] = {"source": "open311", "kind": SourceKind.CITIZEN, "device": None, "phase": Phase.BEGIN}
    said = Said(place_text="x", caller=Caller(name="王某某", phone="13800000000"))
    observation = Observation(
        id=token, category=category, at=now, received_at=now, trace_id="t", text="t", lon=place.lon, lat=place.lat,
        said=said, **facts,
    )  # fmt: skip
    (outcome,) = command.take_in(observation)
    assert outcome.incident is not None
    return outcome.incident


def test_services_and_what_became_of_a_report(command: Served, key: str) -> None:
    client = command.client()
    services = client.get(f"{SENT}/services.json", params={"api_key": key}).json()
    assert {"service_code", "service_name", "type"} <= services[0].keys() and services[0]["service_code"] == "001"
    assert client.get(f"{SENT}/services.xml?api_key={key}").text.count("<service>") == len(services)
    number = report(command, "tok1", "UM-01003")
    (told,) = client.get(f"{SENT}/tokens/tok1.json?api_key={key}").json()
    assert told == {"token": "tok1", "service_request_id": str(number)}
    for asked in ("tok1", str(number)):
        answer = client.get(f"{SENT}/requests/{asked}.json?api_key={key}")
        (shown,) = answer.json()
        assert (shown["service_request_id"], shown["status"], shown["service_code"]) == (
            str(number),
            "open",
            "001",
        )
        assert "王某某" not in answer.text and "138" not in answer.text
    assert client.get(f"{SENT}/requests/999.json?api_key={key}").status_code == 404
    assert client.get(f"{SENT}/tokens/no.json?api_key={key}").json()[0]["service_request_id"] is None


def test_only_who_may_send_may_ask(command: Served, key: str) -> None:
    client = command.client()
    refused = client.get(f"{SENT}/services.json")
    assert refused.status_code == 401 and refused.json()["reason"] == "missing"
    assert client.get(f"{SENT}/services.json?api_key=x").status_code == 401
    assert client.get(f"/api/v1/ingest/cap/services.json?api_key={key}").status_code in (401, 404)
    report(command, "tok2", "PO-05001")
    assert client.get(f"{SENT}/requests/tok2.json?api_key={key}").status_code == 404, "a private matter"


def test_a_form_may_carry_the_key(command: Served, key: str) -> None:
    Door(command)
    client = command.client()
    assert client.post(f"{SENT}/requests.json", data={"api_key": key, "service_code": "001"}).status_code == 202
    assert client.post(f"{SENT}/requests.json", data={"api_key": "x", "service_code": "001"}).status_code == 401
