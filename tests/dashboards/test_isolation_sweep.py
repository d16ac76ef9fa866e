"""Whatever town A has and does, marked by a word: no answer to a stranger, by any address, has that word in it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from command_center.people.account_tables import Account
from command_center.people.roles import Role
from dashboards.server.routes.route_table import list_routes
from foundation.bus import subjects
from tests.dashboards.live_screen import Screen
from tests.dashboards.served import TOWN_A, Served
from tests.dashboards.test_isolation import strangers

DISTRICT = "321311"
MARK = "甲地机密"
GET, UNSAFE = frozenset({"GET"}), frozenset({"POST", "PATCH", "PUT", "DELETE"})
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)


def do(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code < 300, (path, answer.text)
    done: dict[str, Any] = answer.json()
    return done


class TownA:
    """What happens in town A; ``ids`` are what a stranger might guess."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.alice = served.enter(Role.TOWN_OPERATOR, TOWN_A)
        self.duty = served.enter(Role.DUTY_LEADER, DISTRICT)
        self.begin = datetime.now(UTC)
        self.number, self.order, self.photo = self._case("UM-01001")
        class_2 = next(one for one in served.city.catalogue.list_categories() if one.privacy_class == 2)
        private, _, _ = self._case(class_2.code)
        self.ids = {
            "incidents": [str(self.number), str(private)], "orders": [str(self.order)],
            "attachments": [self.photo],
            "handovers": [str(do(self.alice, "shifts/handovers", notes=MARK)["id"])],
            "tasks": [self._task()], "responses": [self._response()], "messages": [self._message()],
            "reply-templates": ["1"], "long-term": ["1"], "unmask-requests": ["1"],
        }  # fmt: skip

    def _case(self, category: str) -> tuple[int, int, str]:
        alice = self.alice
        said = do(alice, "attachments", name=f"{MARK}.png", content_type="image/png", size=len(PNG))
        path = f"/api/v1/attachments/{said['id']}"
        assert alice.patch(path, content=PNG, headers={"Upload-Offset": "0"}).status_code == 200
        shown = do(
            alice, "incidents", text=MARK, place_text=MARK, town=TOWN_A, category=category, channel="phone",
            attachments=[said["id"]],
            reporter={"name": MARK, "phone": "13800138000", "wants_reply": True},
        )  # fmt: skip
        number = shown["number"]
        for action, form in (("accept", {}), ("file", {"filing_condition": f"{category}-1"}), ("dispatch", {})):
            offers = {one["action"] for one in alice.get(f"/api/v1/incidents/{number}/actions").json()["items"]}
            if action in offers:
                version = alice.get(f"/api/v1/incidents/{number}").json()["version"]
                alice.post(f"/api/v1/incidents/{number}/actions/{action}", json={"version": version, **form})
        do(alice, f"incidents/{number}/actions/urge", note=MARK)
        version = alice.get(f"/api/v1/incidents/{number}").json()["version"]
        consult = {"version": version, "topic": MARK, "members": ["traffic_police"]}
        self.duty.post(f"/api/v1/incidents/{number}/actions/consult", json=consult)
        orders = alice.get(f"/api/v1/incidents/{number}").json()["orders"]
        return number, (orders or [{"id": 1}])[0]["id"], str(said["id"])

    def _task(self) -> str:
        due_at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
        items = [{"title": MARK, "text": MARK, "area": TOWN_A}]
        return str(
            do(self.alice, "tasks", title=MARK, domain="urban_management", due_at=due_at, items=items)["id"]
        )

    def _response(self) -> str:
        begun = do(self.duty, "responses", title=MARK, state="warning", area=TOWN_A)
        self.duty.post(f"/api/v1/responses/{begun['id']}/actions/issue_order", json={"to": TOWN_A, "text": MARK})
        return str(begun["id"])

    def _message(self) -> str:
        worker = next(w for w in self.served.city.workers.list_workers(role="grid_worker") if w.area[:9] == TOWN_A)
        return str(do(self.alice, "messages", text=MARK, worker=worker.id).get("id", 1))


def addresses(town: TownA, methods: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield every address, with what a stranger might put into it."""
    hour = {"from": (town.begin - timedelta(minutes=1)).isoformat(), "to": datetime.now(UTC).isoformat()}
    at = "lon=118.3&lat=33.9"
    needed = {
        "/grid/locate": (at,),
        "/places": (f"q={MARK}", "q=甲"),
        "/incidents/similar": (at, f"{at}&category=UM-01001"),
        "/kpi/cases": ("indicator=reported", f"indicator=reported&area={TOWN_A}"),
        "/playback": (str(httpx.QueryParams(hour)), str(httpx.QueryParams({**hour, "area": TOWN_A}))),
        "/incidents": ("", f"q={MARK}", f"area={TOWN_A}", "bbox=117,33,120,35", f"q={town.number}", "patrol=true"),
        "/incidents.xlsx": ("", f"q={MARK}", f"area={TOWN_A}"),
    }  # fmt: skip
    for route in list_routes():
        path = route.path.removeprefix("/api/v1")
        if route.method not in methods or path == route.path or "openapi" in path or "/ingest/" in path:
            continue
        queries = needed.get(path, ("", f"area={TOWN_A}"))
        for filled in fill(town, path):
            for query in queries:
                yield route.method, f"/api/v1{filled}?{query}"


def fill(town: TownA, path: str) -> Iterable[str]:
    room = next((part for part in reversed(path.split("/")) if part in town.ids), "")
    guesses = town.ids.get(room, ["0" * 32])
    plain = path.replace("{month}", datetime.now(UTC).strftime("%Y-%m")).replace("{code}", "UM-01001")
    for name, value in {"action": "urge", "decision": "approve", "username": "x", "name": "x"}.items():
        plain = plain.replace(f"{{{name}}}", value)
    return {plain.replace("{number}", guess).replace("{id}", guess) for guess in guesses}


def text_of(answer: httpx.Response) -> str:
    """Return what stands in an answer, also in a workbook."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def walk_past(town: TownA, strangers: dict[str, httpx.Client]) -> None:
    """Ask every address as every stranger; the word stands in no answer."""
    told = sum(MARK in text_of(town.alice.request(*one)) for one in addresses(town, GET))
    assert told >= 10, "the word stands in what its own town sees"
    leaks = []
    for name, client in strangers.items():
        for method, address in addresses(town, GET):
            if name == "domain" and "/handovers" in address:
                continue  # the sheet of a centre below their own
            answer = client.request(method, address)
            said = text_of(answer).replace(f"q={MARK}", "")
            if answer.status_code >= 500 or MARK in said or answer.content[:4] == PNG[:4]:
                leaks.append((name, address, answer.status_code))
    assert not leaks, leaks


def meet(served: Served, names: tuple[str, ...] | None = None) -> None:
    others = {name: one for name, one in strangers(served).items() if names is None or name in names}
    screens = {name: Screen(served.open_socket(one, legacy=True), "desk").start() for name, one in others.items()}
    town = TownA(served)
    served.bus.ring_now(subjects.RING)
    for name, screen in screens.items():
        screen.read_quiet(0.3)
        assert MARK not in str((screen.entries, screen.incidents, screen.overview)), name
        screen.socket.close()
    walk_past(town, others)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_address_tells_a_stranger_the_word(command: Served) -> None:
    meet(command, ("town_operator", "liaison"))


@pytest.mark.prove
def test_no_address_tells_any_stranger_the_word(command: Served) -> None:
    meet(command)


def touch(town: TownA, name: str, client: httpx.Client) -> None:
    """Try to change whatever is town A's."""
    guessed = {f"/{id}" for ids in town.ids.values() for id in ids}
    body = {"version": 1, "note": "x", "reason": "x", "text": "x", "notes": "x", "field": "phone"}
    for method, address in addresses(town, UNSAFE):
        if not any(guess in address for guess in guessed) or (name == "domain" and "/handovers/" in address):
            continue
        answer = client.request(method, address, json=body)
        assert answer.status_code in (401, 403, 404, 409, 422), (name, method, address, answer.text)
        assert MARK not in answer.text, (name, address)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_strangers_change_nothing_and_nobodies_get_nothing(command: Served) -> None:
    town = TownA(command)
    before = town.alice.get(f"/api/v1/incidents/{town.number}").json()
    touch(town, "town_operator", strangers(command)["town_operator"])
    assert town.alice.get(f"/api/v1/incidents/{town.number}").json()["version"] == before["version"]
    nobody, disabled = command.client(), command.enter(Role.TOWN_OPERATOR, TOWN_A)
    account = disabled.get("/api/v1/me").json()["username"]
    with command.database.write() as session:
        session.execute(update(Account).where(Account.username == account).values(is_disabled=True))
    public = {route.path for route in list_routes() if route.admission and route.admission.public}
    for client in (nobody, disabled):
        for method, address in addresses(town, UNSAFE | GET):
            if address.split("?")[0] not in public:
                answer = client.request(method, address, json={} if method != "GET" else None)
                # a question that the address does not take is refused before anybody is asked who they are
                assert answer.status_code in (401, 422) and MARK not in answer.text, (method, address)


@pytest.mark.prove
def test_no_stranger_changes_anything(command: Served) -> None:
    town = TownA(command)
    for name, client in strangers(command).items():
        touch(town, name, client)
