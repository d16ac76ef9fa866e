from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from command_center.people.roles import Role
from dashboards.server.errors import STATUS, TITLES
from dashboards.server.routes.route_table import list_routes, write_table
from tests.dashboards.served import TOWN_A, Served

ROLES_DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "roles.md"
DISTRICT = "321311"


def test_every_route_declares_for_whom_it_is() -> None:
    routes = list(list_routes())
    assert len(routes) > 40
    assert [f"{route.method} {route.path}" for route in routes if route.admission is None] == []


def test_open_routes_say_why() -> None:
    assert all(
        route.admission.roles or len(route.admission.public) > 20 for route in list_routes() if route.admission
    )


def test_the_table_of_roles_is_as_the_code_has_it() -> None:
    assert ROLES_DOCUMENT.read_text() == write_table(), (
        "run: python -m dashboards.server.routes.route_table > docs/roles.md"
    )


def test_every_refusal_has_a_title() -> None:
    assert set(STATUS) == set(TITLES)


def test_nobody_is_told_401_on_every_closed_route(served: Served) -> None:
    client = served.client()
    for route in list_routes():
        assert route.admission is not None
        if route.admission.public or route.method == "WebSocket":
            continue
        path = route.path.replace("{number}", "1").replace("{id}", "0" * 32).replace("{action}", "sign")
        answer = client.request(route.method, path.replace("/orders/" + "0" * 32, "/orders/1"), json={})
        assert answer.status_code == 401, (route.method, route.path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:citybrain:problem:not_logged_in"


def test_roles_without_business_are_told_403(served: Served) -> None:
    wall = served.enter(Role.WALL, DISTRICT)
    assert wall.post("/api/v1/incidents", json={"text": "x", "town": TOWN_A}).status_code == 403
    admin = served.enter(Role.SECURITY_ADMIN, DISTRICT)
    for path in ("/incidents", "/overview", "/kpi", "/workers", "/candidates", "/quarantine"):
        assert admin.get(f"/api/v1{path}").status_code == 403, path


def test_unsafe_methods_need_the_csrf_token(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    del client.headers["X-CSRF-Token"]
    for token in (None, "", "wrong", "ü"):
        headers = {} if token is None else {"X-CSRF-Token": token.encode("utf-8")}
        for method, path in (("POST", "/incidents"), ("DELETE", "/session"), ("POST", "/attachments")):
            answer = client.request(method, f"/api/v1{path}", headers=headers, json={"text": "x"})
            assert answer.status_code == 403 and answer.json()["type"].endswith("bad_csrf_token")
    assert client.get("/api/v1/me").status_code == 200


def test_a_page_of_another_site_may_not_act(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    answer = client.delete("/api/v1/session", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403 and answer.json()["type"].endswith("foreign_origin")
    assert client.delete("/api/v1/session", headers={"Origin": served.url}).status_code == 204


def test_the_public_address_behind_a_proxy_is_ours(serve: Callable[..., Served]) -> None:
    served = serve(public_url="https://city.example")
    client = served.client()
    served.add_account("ming")
    answer = client.post(
        "/api/v1/session", json={"username": "x", "password": "y"}, headers={"Origin": "https://city.example"}
    )
    assert answer.json()["type"].endswith("bad_credentials")


def test_unknown_fields_and_query_parameters_are_named(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    answer = client.post(
        "/api/v1/incidents", json={"text": "x", "town": TOWN_A, "colour": "red", "reporter": {"age": 3}}
    )
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"colour", "reporter.age"}
    assert "colour" in answer.json()["detail"]
    for path in ("/incidents?colour=red", "/me?colour=red", "/overview?colour=red", "/kpi?colour=red"):
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "colour", path


def test_bodies_that_are_no_json_object_are_refused(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    broken, wrong = (b"{", b"\xff\xfe", b"[" * 10_000), (b"[]", b"", b'{"text": NaN}')
    for status, bodies in ((400, broken), (422, wrong)):
        for body in bodies:
            answer = client.post("/api/v1/incidents", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == status, (body[:20], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_of_a_megabyte_and_more_is_refused(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    answer = client.post("/api/v1/incidents", json={"text": "x" * 1_200_000})
    assert answer.status_code == 413 and answer.json()["type"].endswith("too_large")


NONSENSE = (
    "incidents/0 incidents/99999999999999999999 incidents/one incidents?limit=501 incidents?cursor=%00 "
    "incidents?cursor=abc incidents?bbox=1,2,3 incidents?severity=9 incidents?since=now "
    "incidents?since=2026-01-01T00:00:00 incidents?q=%00 grid/areas?level=moon overview?domain=moon"
)


def test_nonsense_in_addresses_is_422(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    for path in NONSENSE.split():
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 422, (path, answer.text)
        assert answer.json()["status"] == 422 and answer.json()["trace_id"]


def test_unknown_addresses_and_methods_are_problems_too(served: Served) -> None:
    client = served.client()
    assert client.get("/api/v1/nothing").json()["type"].endswith("not_found")
    for path in ("/nothing", "/wall/nothing"):  # a person is told in words, whatever is asked is not repeated
        page = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.status_code == 404
        assert "没有这个页面" in page.text and "There is no such page" in page.text and "nothing" not in page.text
        assert client.get(path).json()["status"] == 404
    assert client.put("/api/v1/session").json()["type"].endswith("method_not_allowed")


def test_the_trace_id_goes_through(served: Served) -> None:
    client = served.client()
    assert client.get("/livez", headers={"X-Trace-Id": "my-trace-0001"}).headers["x-trace-id"] == "my-trace-0001"
    assert client.get("/livez", headers={"X-Trace-Id": "bad id"}).headers["x-trace-id"] != "bad id"
    problem = client.get("/api/v1/me", headers={"X-Trace-Id": "my-trace-0002"}).json()
    assert problem["trace_id"] == "my-trace-0002"


def test_openapi_is_for_people_with_an_account(served: Served) -> None:
    assert served.client().get("/api/v1/openapi.json").status_code == 401
    document = served.enter(Role.LEADER, DISTRICT).get("/api/v1/openapi.json").json()
    assert "/api/v1/incidents/{number}/actions/{action}" in document["paths"]
