"""One case from the alarm to the call-back, as the people of the city live it."""

from command_center.journal.journal import verify_journal
from tests.command_center.stage import TOWN, Stage


def test_from_alarm_to_closed(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    opened = cast.incident(1)
    assert (opened.state, opened.level, opened.holder_code) == ("dispatched", "town", "dept-drainage")
    assert opened.area.startswith(TOWN) and opened.grid == cast.grid()
    attend, dispose = cast.orders(1)
    assert (attend.kind, attend.worker) == ("attend", f"gw-{cast.grid()}")
    assert (dispose.kind, dispose.is_lead, dispose.holder_code) == ("dispose", True, "dept-drainage")

    cast.must("worker", "receive", order=attend.id)
    cast.must("worker", "read", order=attend.id)
    cast.must("worker", "sign", order=attend.id)
    cast.must("worker", "arrive", order=attend.id, lon=118.3, lat=33.97)
    assert cast.incident(1).state == "dispatched"
    cast.must("worker", "dispose", order=attend.id, result="已围护", no_photo_reason="手机没电")

    cast.must("drainage", "sign", 1)
    assert cast.incident(1).state == "handling"
    cast.must("drainage", "dispose", 1, result="已更换井盖")
    assert cast.incident(1).state == "disposed" and cast.incident(1).holder_code == f"desk-{TOWN}"

    assert cast.refused("town", "close", 1) == "move_not_allowed"
    cast.must("town", "send_check", 1)
    (check,) = cast.orders(1, "check")
    cast.must("worker", "check", order=check.id, passed=True, no_photo_reason="夜间")
    cast.must("town", "close", 1)
    closed = cast.incident(1)
    assert closed.state == "closed" and closed.closed_at is not None
    assert cast.kinds(1)[-1] == "closed"
    assert cast.reading(verify_journal)[1] is None


def test_a_call_is_verified_filed_dispatched_answered_and_called_back(cast: Stage) -> None:
    answer = cast.must(
        "district", "report", category="UM-01003", text="井盖没了", town=TOWN, channel="phone",
        reporter={"name": "张三", "phone": "13812348000", "wants_reply": True},
    )  # fmt: skip
    number = answer.incident
    assert number is not None
    assert cast.incident(number).state == "verifying" and cast.incident(number).located_how == "town"
    (verify,) = cast.orders(number)
    assert verify.kind == "verify" and verify.holder_code == f"desk-{TOWN}"
    cast.must("town", "verify", order=verify.id, is_true=True)
    assert cast.incident(number).state == "reported"
    cast.must("town", "file", number)
    cast.must("town", "dispatch", number)
    cast.must("drainage", "sign", number)
    cast.must("drainage", "dispose", number, result="好了")
    cast.must("town", "send_check", number)
    (check,) = cast.orders(number, "check")
    cast.must("town2", "check", order=check.id, passed=True)
    assert cast.refused("town", "close", number) == "move_not_allowed"
    cast.must("town", "reply", number, reply="已修好")
    cast.must("town", "close", number)
    cast.must("town", "revisit", number, satisfaction="dissatisfied", note="又坏了")
    assert cast.incident(number).state == "filed"
    assert cast.kinds(number)[-2:] == ["revisited", "reopened"]
    journal = " ".join(str(entry.data) for kind in set(cast.kinds()) for entry in cast.entries(kind))
    assert "张三" not in journal and "13812348000" not in journal
