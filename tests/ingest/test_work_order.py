from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from grid.city import City
from ingest.decoders import work_order
from ingest.http_request import Outcome
from ingest.observation import Observation, Phase, Quarantined
from tests.ingest.pushing import Pusher


def build_order(**changed: Any) -> dict[str, Any]:
    return {
        "order_no": "20260301-0007",
        "title": "井盖缺失",
        "content": "小区门口井盖不见了",
        "address": "顺河街道某路与某路交叉口",
        "accept_time": "2026-03-01 15:58:00",
        "deadline": "2026-03-04 18:00:00",
        "caller": {"name": "王某某", "phone": "13800000000", "anonymous": "0"},
        "need_reply": "是",
    } | changed


def test_an_order_is_told_with_number_due_time_and_caller(city: City) -> None:
    (told,) = Pusher(city, "hotline").told(json.dumps({"orders": [build_order()]}))
    assert (told.id, told.category, told.kind) == ("20260301-0007", "UM-01003", "hotline")
    assert told.text == "井盖缺失\n小区门口井盖不见了" and told.at.isoformat() == "2026-03-01T07:58:00+00:00"
    assert told.said is not None and told.said.place_text.startswith("顺河街道")
    assert told.said.upstream == {
        "system": "12345",
        "number": "20260301-0007",
        "reply_state": "waiting",
        "due_at": "2026-03-04T18:00:00+08:00",
    }
    caller = told.said.caller
    assert caller is not None and (caller.name, caller.phone) == ("王某某", "13800000000")
    assert caller.wants_reply and not caller.anonymous
    kept = told.without_caller()
    assert kept.said is not None and kept.said.caller is None and kept.source_key() == told.source_key()


@pytest.mark.parametrize("form", ["one", "list", "form", "xml", "csv", "gbk csv", "bom"])
def test_the_same_order_in_every_form(city: City, form: str) -> None:
    order = build_order()
    flat = {key: value for key, value in order.items() if key != "caller"}
    bodies: dict[str, tuple[bytes, str]] = {
        "one": (json.dumps(order).encode(), "application/json"),
        "list": (json.dumps([order]).encode(), "text/plain"),
        "bom": (b"\xef\xbb\xbf" + json.dumps(order).encode(), "application/json"),
        "form": (("&".join(f"{k}={v}" for k, v in flat.items())).encode(), "application/x-www-form-urlencoded"),
        "xml": (
            (
                "<orders><order>" + "".join(f"<{k}>{v}</{k}>" for k, v in flat.items()) + "</order></orders>"
            ).encode(),
            "application/xml",
        ),
        "csv": ((",".join(flat) + "\n" + ",".join(flat.values()) + "\n").encode(), "text/csv"),
        "gbk csv": ((",".join(flat) + "\n" + ",".join(flat.values()) + "\n").encode("gb18030"), "text/csv"),
    }
    pusher = Pusher(city, "hotline", items="order") if form == "xml" else Pusher(city, "hotline")
    (told,) = pusher.told(*bodies[form])
    assert told.id == "20260301-0007" and told.category == "UM-01003" and told.at.minute == 58


def one(city: City, **changed: Any) -> Observation:
    (told,) = Pusher(city, "hotline").told(json.dumps(build_order(**changed)))
    return told


def test_numbers_places_and_words_as_hotlines_write_them(city: City) -> None:
    assert one(city, order_no=20260301.0).id == "20260301", "a number is a number however it is written"
    assert one(city, order_no="0042").id == "0042", "leading zeros stay"
    assert one(city, title="咨询", content="医保怎么办", category_name="").category == "PO-06001"
    assert one(city, title="其他", content="说不清楚").category == "", "an acceptor names it"
    assert one(city, category_name="井盖移位").category == "UM-01003", "an alias of the catalogue"
    located = one(city, lng="118.30", lat="33.96")
    assert located.lon is not None and 118.28 < located.lon < 118.30, "GCJ-02 is turned into WGS-84"
    for lng, lat in ((0, 0), (-1, -1), ("", ""), ("NULL", "NULL"), (9999999, 9999999), ("NaN", "NaN")):
        assert one(city, lng=lng, lat=lat).lon is None
    assert one(city, state="撤单").phase is Phase.END
    assert one(city, accept_time=1772351880000).at == one(city).at == one(city, accept_time="20260301155800").at
    assert one(city, accept_time="2026年3月1日 15时58分").at == one(city, accept_time="2026年03月01日 15:58:00").at
    assert one(city, accept_time="2026年3月1日 15:58").at == one(city).at
    assert one(city, accept_time="昨天下午").at == one(city, accept_time="").at
    assert one(city, accept_time="").at == datetime.fromisoformat("2026-03-01T08:00:00+00:00")
    anonymous = one(city, caller={"name": "王某某", "phone": "1", "anonymous": "是"}).said
    assert anonymous is not None and anonymous.caller is not None and anonymous.caller.anonymous


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"{", "not_json"),
        (b"[1]", "wrong_shape"),
        (b'{"order_no": "1"}', "wrong_shape"),
        (b'{"title": "x"}', "wrong_shape"),
        (json.dumps(build_order(deadline="tomorrow")).encode(), "wrong_shape"),
        (b"<!DOCTYPE a><a/>", "doctype"),
        (json.dumps([build_order()] * 201)[:60_000].encode(), "not_json"),
    ],
)
def test_broken_orders_are_refused(city: City, body: bytes, reason: str) -> None:
    assert Pusher(city, "hotline").refused(body) == reason


def test_columns_that_differ_in_case_blanks_or_a_mark_are_found(city: City) -> None:
    table = " Order_No ,TITLE,content,Address\n9,井盖,丢失,人民路\n".encode("gb18030")
    (told,) = Pusher(city, "hotline").told(table, "text/csv")
    assert (told.id, told.category, told.said and told.said.place_text) == ("9", "UM-01003", "人民路")
    caller = {"Name ": "王某某", "PHONE": "1"}
    (told,) = Pusher(city, "hotline").told(json.dumps({"\ufefforder_no": 8, "Title": "x", "Caller": caller}))
    assert told.said is not None and told.said.caller is not None and told.said.caller.name == "王某某"


def test_a_broken_table_is_refused(city: City) -> None:
    pusher = Pusher(city, "hotline")
    assert pusher.refused(b'order_no,title\n1,"' + b"x" * 200_000, "text/csv") == "not_csv"
    assert pusher.refused(b"", "text/csv") == pusher.refused(b"a,b\n1,2\n", "text/csv") == "wrong_shape"


def test_the_platform_hears_what_it_expects(city: City) -> None:
    pusher = Pusher(city, "hotline")
    message = pusher.message(b"{}")
    good = work_order.reply(message, Outcome(ids=["1"]))
    bad = work_order.reply(message, Outcome(refused="wrong_shape", detail='nothing at "order_no"'))
    assert good is not None and good.status == 200 and json.loads(good.body)["code"] == 0
    assert bad is not None and bad.status == 422
    told = json.loads(bad.body)
    assert (told["code"], told["reason"]) == (1, "wrong_shape") and 'nothing at "order_no"' in told["message"]
    assert work_order.reply(message, Outcome(refused="rate_limited")) is None, "429, in our own words"
    assert work_order.reply(message, Outcome(refused="not_now")) is None, "503: the platform sends it again"


def test_who_called_is_not_kept_in_quarantine(city: City) -> None:
    broken = json.dumps(build_order(deadline="tomorrow", note="回电 0527-80000000，或 a.b@c.example"))
    form = "order_no=1&phone=123&name=%E7%8E%8B&content=tel+13800000000"
    for body, kept in (
        (broken, "井盖缺失"),
        (broken[:-9], "order_no"),
        (form, "order_no=1"),
        (f"<a>{broken}<", "a"),
    ):
        (record,) = Pusher(city, "hotline").push(body, "text/plain").records
        assert isinstance(record, Quarantined)
        for secret in ("13800000000", "王某某", "\\u738b", "80000000", "a.b@c", "=123", "%E7%8E%8B"):
            assert secret.encode() not in record.payload, (secret, record.payload)
        assert kept.encode() in record.payload or json.dumps(kept)[1:-1].encode() in record.payload
