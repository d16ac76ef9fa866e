"""Every route says in OpenAPI what it answers with, and what is said is what comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from command_center.people.roles import Role
from dashboards.server.app import bare_app
from dashboards.server.routes.described_answers import ANSWERS, PREFIX
from foundation.clock import to_rfc3339
from tests.dashboards.served import TOWN_A, Served

BEGIN = datetime.now(UTC) - timedelta(hours=1)
NEEDED = {
    "/playback": f"?from={BEGIN:%Y-%m-%dT%H:%M:%SZ}&to=2099-01-01T00:00:00Z",
    "/grid/locate": "?lon=118.3&lat=33.9",
    "/places": "?q=a",
    "/incidents/similar": "?lon=118.3&lat=33.9",
    "/kpi/cases": "?indicator=reported",
}


def test_every_answer_has_a_schema() -> None:
    document = bare_app().openapi()
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            found = [said["responses"][status] for status in ("200", "201", "202") if status in said["responses"]]
            content = [kind.get("schema") for one in found for kind in one.get("content", {}).values()]
            assert (content and all(content)) or "204" in said["responses"] or not found[0].get("content"), (
                method,
                path,
            )


def test_what_is_said_is_what_comes(command: Served) -> None:
    number = command.open_incident(TOWN_A)
    client = command.enter(Role.DUTY_LEADER, "321311")
    assert client.post("/api/v1/shifts/handovers", json={}).status_code == 201
    spot = {"title": "检查", "area": TOWN_A}
    due_at = to_rfc3339(datetime.now(UTC) + timedelta(days=30))
    due = {"title": "专项", "domain": "emergency", "due_at": due_at, "items": [spot]}
    assert client.post("/api/v1/tasks", json=due).status_code == 201
    tried = 0
    for route, model in ANSWERS.items():
        method, path = route.split(" ")
        if method != "GET" or "{month}" in path:
            continue
        id = str(number) if "{number}" in path else "1"
        address = path.replace("{number}", id).replace("{id}", id) + NEEDED.get(path, "")
        answer: Any = client.get(PREFIX + address)
        assert answer.status_code == 200, (route, answer.text)
        TypeAdapter(model).validate_json(answer.content)
        tried += 1
    assert tried > 20
