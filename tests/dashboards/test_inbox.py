"""The liaison's office: the list as a workbook, and the department's own sentences."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

from command_center.people.roles import Role
from tests.dashboards.served import TOWN_A, TOWN_B, Served

CITY = "321311"


def read_strings(content: bytes) -> str:
    with zipfile.ZipFile(BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def test_the_list_as_a_workbook(command: Served) -> None:
    number = command.open_incident(TOWN_A)
    clerk = command.enter(Role.TOWN_OPERATOR, TOWN_A)
    said = '=HYPERLINK("http://evil.example","x")'
    assert clerk.post("/api/v1/incidents", json={"text": said, "town": TOWN_A}).status_code == 201
    book = clerk.get("/api/v1/incidents.xlsx", params={"lang": "en"})
    assert book.status_code == 200 and "incidents-" in book.headers["content-disposition"]
    text = read_strings(book.content)
    cell = re.compile(rf'<c r="A\d+"(?: s="\d+")?><v>{number}</v>')
    assert "演示数据" in text and cell.search(text) and "HYPERLINK" in text
    assert "<f>" not in text and 'quotePrefix="1"' in text
    opened = datetime.fromisoformat(clerk.get(f"/api/v1/incidents/{number}").json()["opened_at"])
    days = (
        opened.astimezone(command.city.timezone).replace(tzinfo=UTC) - datetime(1899, 12, 30, tzinfo=UTC)
    ) / timedelta(days=1)
    dates = [float(value) for value in re.findall(r'<c r="M\d+" s="\d+"><v>([\d.]+)</v>', text)]
    assert any(abs(days - date) < 1 / 86_400 for date in dates), (
        "as the city's clocks show it, and a date to a spreadsheet"
    )
    assert 'formatCode="yyyy-mm-dd hh:mm"' in text
    other = read_strings(command.enter(Role.TOWN_OPERATOR, TOWN_B).get("/api/v1/incidents.xlsx").content)
    assert not cell.search(other) and "HYPERLINK" not in other
    assert clerk.get("/api/v1/incidents.xlsx", params={"nonsense": 1}).status_code == 422


def test_sentences_are_the_departments_own(command: Served) -> None:
    departments = [post.department for post in command.city.posts.list_posts(kind="department")]
    mine, theirs = departments[0], departments[1]
    clerk = command.enter(Role.LIAISON, CITY, department=mine)
    neighbour = command.enter(Role.LIAISON, CITY, department=theirs)
    kept = clerk.post(
        "/api/v1/reply-templates", json={"name": "已修复", "text": "已修复并恢复通行。", "use": "dispose"}
    )
    assert kept.status_code == 201, kept.text
    assert neighbour.get("/api/v1/reply-templates").json()["items"] == []
    id = kept.json()["id"]
    assert neighbour.post(f"/api/v1/reply-templates/{id}/remove").status_code == 404
    foreign = {"id": id, "name": "x", "text": "y"}
    assert neighbour.post("/api/v1/reply-templates", json=foreign).status_code == 404
    changed = clerk.post("/api/v1/reply-templates", json={"id": id, "name": "已修", "text": "好了"})
    assert changed.status_code == 201 and changed.json()["text"] == "好了"
    assert clerk.post(f"/api/v1/reply-templates/{id}/remove").json()["items"] == []
    assert command.enter(Role.TOWN_OPERATOR, TOWN_A).get("/api/v1/reply-templates").status_code == 403
