from __future__ import annotations

import json

import pytest

from grid.city import City
from ingest.decoders import open311
from ingest.http_request import Outcome
from ingest.observation import Phase
from tests.ingest.pushing import Pusher, list_samples, outcome_of

FORM = "application/x-www-form-urlencoded; charset=utf-8"
POSTED = (
    "api_key=k&service_code=001&lat=33.95&long=118.30&first_name=A&last_name=B&email=a%40b.example"
    "&description=%E4%BA%95%E7%9B%96&media_url=https%3A%2F%2Fa.example%2F1.jpg%20&attribute[X]=1&attribute[X]=2"
)
XML = """<?xml version="1.0" encoding="utf-16"?>
<service_requests><request><service_request_id>012</service_request_id><status>{}</status><service_code>002</service_code>
<description/><service_name>water</service_name><requested_datetime>2026-03-01T07:59:00+00:00</requested_datetime>
<updated_datetime>2026-03-01T08:00:00Z</updated_datetime><lat>33.95</lat><long>118.30</long></request></service_requests>
"""


@pytest.fixture
def pusher(city: City) -> Pusher:
    return Pusher(city, "open311")


def test_a_posted_form_is_a_citizens_report(pusher: Pusher) -> None:
    (told,) = pusher.told(POSTED, FORM, rest="requests.json")
    assert (told.category, told.kind, told.text) == ("UM-01003", "citizen", "井盖")
    assert (told.lon, told.lat) == (118.30, 33.95), "lat, lon by name"
    assert told.evidence == ("https://a.example/1.jpg",)
    assert told.said is not None and told.said.upstream is None and told.said.caller is not None
    assert (told.said.caller.name, told.said.caller.phone) == ("A B", "a@b.example")
    assert pusher.told(POSTED, FORM)[0].id == told.id, "sent twice, it is the same report"
    assert "a@b.example" not in told.without_caller().text


def test_requests_of_another_system_keep_their_number(pusher: Pusher) -> None:
    (begin,) = pusher.told(XML.format("open"), "text/xml")
    (end,) = pusher.told(XML.format("CLOSED"), "text/xml")
    assert begin.id == end.id == "012" and (begin.phase, end.phase) == (Phase.BEGIN, Phase.END)
    assert begin.category == "EM-09006" and begin.text == "water"
    assert begin.said is not None and begin.said.upstream is not None and begin.said.upstream["number"] == "012"
    as_json = [{"service_request_id": 12, "status": "open", "service_code": "x", "lat": 0, "long": 0}]
    (told,) = pusher.told(json.dumps(as_json))
    assert told.id == "12" and told.lon is None and told.category == "", "a code of theirs: an acceptor names it"


@pytest.mark.parametrize("lat", ["0", "NaN", "-1", "9999999"])
def test_a_report_from_a_phone_without_a_fix_is_heard_without_a_place(pusher: Pusher, lat: str) -> None:
    (told,) = pusher.told(f"service_code=1&lat={lat}&long={lat}&description=x", FORM)
    assert told.lon is None and told.category == "UM-01003", "001 as a number is 1"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "application/json", "empty"),
        (b"{", "application/json", "not_json"),
        (b'[{"service_request_id": 1, "service_code": 006}]', "application/json", "not_json"),
        (b"HTTP/1.1 403 Forbidden\n\n[]", "application/json", "not_json"),
        (b"service_code=001&description=x", FORM, "wrong_shape"),
        (b"lat=1&long=2", FORM, "wrong_shape"),
        (b"\xff=1&a=b", FORM, "not_utf8"),
        (b"<html/>", "text/xml", "wrong_shape"),
        (b"<!DOCTYPE a><service_requests/>", "text/xml", "doctype"),
        (b'"x"', "application/json", "wrong_shape"),
    ],
)
def test_broken_requests_are_refused(pusher: Pusher, body: bytes, content_type: str, reason: str) -> None:
    assert pusher.refused(body, content_type) == reason


def test_every_real_message_has_an_outcome(pusher: Pusher) -> None:
    outcomes = {}
    for path in list_samples("samples/open311"):
        content = path.read_bytes()
        if content.startswith(b"POST "):
            content = content.partition(b"\n\n")[2] or content.partition(b"\r\n\r\n")[2]
        outcomes[path.name] = outcome_of(pusher.push(content, ""))
    assert set(outcomes.values()) <= {
        "told", "ignored:open311_services", "ignored:open311_service_definition", "refused:not_json",
        "ignored:open311_empty", "ignored:open311_update", "ignored:open311_errors", "refused:not_xml",
    }, outcomes  # fmt: skip
    assert "refused" not in "".join(
        out for name, out in outcomes.items() if "BROKEN" not in name and "err" not in name
    )


def test_the_sender_hears_a_token_or_the_errors(pusher: Pusher) -> None:
    as_json = open311.reply(pusher.message(POSTED, FORM, rest="requests.json"), Outcome(ids=["t1"]))
    assert as_json is not None and as_json.status == 200 and json.loads(as_json.body)[0]["token"] == "t1"
    as_xml = open311.reply(pusher.message("", FORM, rest="requests.xml"), Outcome(refused="x", detail="<needed>"))
    assert (
        as_xml is not None and as_xml.status == 400 and b"<description>&lt;needed&gt;</description>" in as_xml.body
    )
