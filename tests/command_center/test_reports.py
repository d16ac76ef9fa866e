"""Reports by hand, candidates, quarantine, masked fields, shifts: what needs no incident, or not yet one."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from command_center.cases.entry_words import read_words
from command_center.cases.incident_tables import Incident, IncidentSource, Reporter
from command_center.intake import take_in
from command_center.orders.order_tables import WorkerState
from command_center.people.account_tables import Attachment, DoneRequest
from command_center.people.roles import Role
from command_center.signals.signal_tables import Candidate, QuarantineRow
from ingest.observation import Phase, Quarantined, SourceKind
from tests.command_center.stage import NOON, TOWN, Stage


@pytest.mark.parametrize(
    ("fields", "type", "named"),
    [
        ({"text": "路上有洞"}, "unplaceable", "town"),
        ({"text": "路上有洞", "place_text": "某处"}, "unplaceable", "place_text"),
        ({"text": "路上有洞", "lon": 0.0, "lat": 0.0}, "unplaceable", "lon"),
        ({"text": "路上有洞", "lon": 118.3}, "invalid", "lat"),
        ({"town": TOWN}, "invalid", "text"),
        ({"text": "   ", "town": TOWN}, "invalid", "text"),
        ({"category": "XX-1", "town": TOWN}, "invalid", "category"),
        ({"text": "x", "town": "火星"}, "invalid", "town"),
        ({"text": "x", "cell": "no-cell"}, "invalid", "cell"),
        ({"text": "x", "town": TOWN, "channel": "pigeon"}, "invalid", "channel"),
        ({"text": "x", "town": TOWN, "surprise": 1}, "invalid", "surprise"),
        ({"text": "x", "town": TOWN, "severity": 9}, "invalid", "severity"),
        ({"text": "x", "town": TOWN, "join": 77}, "invalid", "join"),
        ({"text": "x", "town": TOWN, "attachments": ["nothing"]}, "invalid", "attachments"),
    ],
)
def test_a_report_that_cannot_be_taken_names_the_field(
    cast: Stage, fields: dict[str, object], type: str, named: str
) -> None:
    answer = cast.do("district", "report", **fields)
    assert answer.refusal is not None and answer.refusal.type == type
    assert named in answer.refusal.fields
    assert cast.kinds() == []


def test_words_and_a_town_are_enough_and_wait_for_an_acceptor(cast: Stage) -> None:
    number = cast.must("district", "report", text="下水道冒水", town=TOWN, place_text="老菜场门口").incident
    assert number is not None
    row = cast.incident(number)
    assert (row.state, row.level, row.category, row.located_how) == ("reported", "town", "", "town")
    assert row.title.startswith("老菜场门口") and row.place_text == "老菜场门口"
    assert cast.refused("town", "file", number) == "invalid"
    cast.must("town", "file", number, category="UM-01003", lon=118.298, lat=33.974)
    assert cast.incident(number).grid is not None and cast.incident(number).domain == "urban_management"


def test_a_named_place_of_the_gazetteer_is_found(cast: Stage) -> None:
    number = cast.must(
        "district", "report", text="人多", category="TR-06001", place_text="宿豫汽车客运站"
    ).incident
    assert number is not None
    row = cast.incident(number)
    assert row.located_how == "place_text" and row.area.startswith(TOWN) and row.lon is not None


def test_a_gcj02_point_is_shifted_home(cast: Stage) -> None:
    place = cast.manhole().lonlat
    plain = cast.must("district", "report", text="a", lon=place.lon, lat=place.lat).incident
    shifted = cast.must("district", "report", text="a", lon=place.lon, lat=place.lat, coord_sys="gcj02").incident
    assert plain is not None and shifted is not None
    moved = (cast.incident(plain).lon or 0) - (cast.incident(shifted).lon or 0)
    assert 0.004 < moved < 0.007


def test_a_caller_joins_the_open_case_and_keeps_their_own_call_back(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    place = cast.manhole().lonlat
    answer = cast.must(
        "district", "report", category="UM-01003", lon=place.lon, lat=place.lat, join=1, channel="phone",
        reporter={"name": "赵六", "phone": "13600000000", "wants_reply": True},
    )  # fmt: skip
    assert answer.incident == 1 and cast.version(1) == 1
    with cast.database.read() as session:
        kinds = sorted(session.scalars(select(IncidentSource.kind).where(IncidentSource.incident == 1)))
        assert kinds == ["device", "hotline"]
        assert session.scalars(select(Reporter.incident)).one() == 1


def test_what_is_still_seen_after_it_was_said_to_be_done_is_a_case_of_its_own(cast: Stage) -> None:
    place = cast.manhole().lonlat
    said = {"category": "UM-06011", "lon": place.lon, "lat": place.lat, "channel": "worker"}
    first = cast.must("town", "report", **said).incident
    assert first is not None
    assert cast.must("town", "report", **said).incident == first, "one more voice while it is worked on"
    lead = next(order for order in cast.orders(first) if order.is_lead)
    cast.must("town", "sign", order=lead.id)
    cast.must("town", "dispose", order=lead.id, result="已清理")
    assert cast.must("town", "report", **said).incident != first


def test_an_anonymous_caller_leaves_no_name(cast: Stage) -> None:
    reporter = {"name": "钱七", "phone": "13500000000", "anonymous": True, "wants_reply": False}
    cast.must("district", "report", text="x", town=TOWN, reporter=reporter)
    with cast.database.read() as session:
        row = session.scalars(select(Reporter)).one()
        assert (row.name, row.phone, row.is_anonymous) == ("", "", True)


def test_a_workers_own_report_is_filed_and_dispatched_at_once(cast: Stage) -> None:
    place = cast.manhole().lonlat
    number = cast.must("worker", "report", category="UM-01003", lon=place.lon, lat=place.lat).incident
    assert number is not None
    assert (cast.incident(number).state, cast.incident(number).channel) == ("dispatched", "worker")


def test_a_photo_is_bound_to_the_case_and_must_be_ones_own(cast: Stage) -> None:
    with cast.database.write() as session:
        for id, account, done in (("mine", "worker", NOON), ("half", "worker", None), ("theirs", "town", NOON)):
            session.add(
                Attachment(
                    id=id, account=account, name="a.jpg", content_type="image/jpeg", size=1, received=1, at=NOON,
                    completed_at=done,
                )
            )  # fmt: skip
    cast.take_in(cast.alarm())
    attend = cast.orders(1, "attend")[0].id
    cast.must("worker", "sign", order=attend)
    assert cast.refused("worker", "dispose", order=attend, result="好") == "invalid"
    assert cast.refused("worker", "dispose", order=attend, result="好", photos=["half"]) == "invalid"
    assert cast.refused("worker", "dispose", order=attend, result="好", photos=["theirs"]) == "invalid"
    cast.must("worker", "dispose", order=attend, result="好", photos=["mine"])
    with cast.database.read() as session:
        assert session.get(Attachment, "mine").incident == 1  # type: ignore[union-attr]


def test_a_doubtful_sighting_waits_for_a_person(cast: Stage) -> None:
    (outcome,) = cast.take_in(cast.alarm(confidence=0.2))
    assert (outcome.outcome, outcome.incident) == ("recorded", None)
    with cast.database.read() as session:
        candidate = session.scalars(select(Candidate)).one()
    assert candidate.state == "open" and candidate.area.startswith(TOWN)
    assert cast.refused("neighbour", "confirm_candidate", id=candidate.id) == "not_found"
    assert cast.refused("wall", "confirm_candidate", id=candidate.id) == "forbidden"
    number = cast.must("town", "candidate_confirm", id=candidate.id).incident
    assert number is not None and cast.incident(number).state == "dispatched"
    assert cast.refused("town", "confirm_candidate", id=candidate.id) == "move_not_allowed"
    (later,) = cast.take_in(cast.alarm(phase=Phase.END, seq=2, confidence=0.2))
    assert later.incident == number and cast.kinds(number)[-1] == "signal_ended"


def test_a_candidate_is_dismissed_and_stays_so(cast: Stage) -> None:
    cast.take_in(cast.alarm(confidence=0.2))
    with cast.database.read() as session:
        id = session.scalars(select(Candidate.id)).one()
    assert cast.must("town", "dismiss_candidate", id=id, reason="误报").incident is None
    cast.take_in(cast.alarm(phase=Phase.UPDATE, seq=2, confidence=0.99))
    with cast.database.read() as session:
        candidate = session.scalars(select(Candidate)).one()
        assert (candidate.state, candidate.signals) == ("dismissed", 2)
        assert session.scalars(select(Incident)).first() is None


def test_a_surer_message_promotes_a_candidate_without_a_person(cast: Stage) -> None:
    cast.take_in(cast.alarm(confidence=0.2))
    (outcome,) = cast.take_in(cast.alarm(phase=Phase.UPDATE, seq=2, confidence=0.99))
    assert outcome.incident == 1
    with cast.database.read() as session:
        assert session.scalars(select(Candidate.state)).one() == "confirmed"


def test_no_place_a_day_late_and_a_cautious_rule_wait_for_a_person(cast: Stage) -> None:
    cast.take_in(
        cast.alarm("nowhere", device=None, lon=None, lat=None, kind=SourceKind.DEVICE),
        cast.alarm("late", at=NOON - timedelta(days=2)),
        cast.alarm("asked", flags=("candidate",), category="EM-04001"),
    )
    with cast.database.read() as session:
        reasons = {c.alarm_id: c.reason["en"] for c in session.scalars(select(Candidate))}
    assert "late" in reasons and "day late" in reasons["late"]
    assert "asked" in reasons
    assert "nowhere" not in reasons  # the register knows where the device stands


def test_what_nobody_could_decode_is_kept_once_and_can_be_tried_again(cast: Stage) -> None:
    record = Quarantined(
        id="q" * 32, source="native", transport="mqtt", topic="a/b", payload=b"\xff\x00", reason="not_json",
        detail="a\x00b", received_at=NOON, trace_id="t",
    )  # fmt: skip
    again = msgspec.structs.replace(record, id="r" * 32, repeated=True)  # the senses were killed before its PUBACK
    outcomes = take_in(cast.database, cast.city, cast.clock, [record, cast.alarm(), record, again])
    assert [o.outcome for o in outcomes] == ["quarantined", "recorded", "quarantined", "quarantined"]
    assert cast.refused("town", "quarantine_retry", id=record.id) == "forbidden"
    cast.must("district", "retry_quarantine", id=record.id)
    with cast.database.read() as session:
        row = session.scalars(select(QuarantineRow)).one()
        assert (row.state, row.attempts, row.payload) == ("retried", 1, b"\xff\x00")
    assert cast.refused("district", "retry_quarantine", id="none") == "not_found"


def test_a_category_that_the_city_does_not_have_is_quarantined_beside_good_ones(cast: Stage) -> None:
    outcomes = cast.take_in(cast.alarm("bad", category="ZZ-1"), cast.alarm("good"))
    assert [(o.outcome, o.incident) for o in outcomes] == [("quarantined", None), ("recorded", 1)]


def test_one_row_that_no_database_can_hold_is_parked_and_the_others_live(cast: Stage) -> None:
    bad = cast.alarm("x" * 500)
    outcomes = take_in(cast.database, cast.city, cast.clock, [cast.alarm("a"), bad, cast.alarm("b")])
    told = [o.outcome for o in outcomes]
    assert told[0] == told[2] == "recorded"
    if not cast.database.is_sqlite:  # SQLite does not mind long texts
        assert told[1] == "parked"
        with cast.database.read() as session:
            assert "failed_in_brain" in session.scalars(select(QuarantineRow.reason)).all()


def test_a_masked_field_is_shown_with_a_reason_and_never_stored(cast: Stage) -> None:
    reporter = {"name": "孙八", "phone": "13812348000", "wants_reply": False}
    number = cast.must("district", "report", text="x", town=TOWN, reporter=reporter).incident
    assert number is not None
    assert cast.refused("town", "unmask", number, field="reporter_phone") == "invalid"
    assert cast.refused("neighbour", "unmask", number, field="reporter_phone", reason="x") == "not_found"
    answer = cast.must("town", "unmask", number, field="reporter_phone", reason="核实情况", key="u")
    assert answer.result["value"] == "13812348000"
    again = cast.must("town", "unmask", number, field="reporter_phone", reason="核实情况", key="u")
    assert again.result == answer.result
    (entry,) = cast.entries("unmasked")
    assert "核实情况" not in str(entry.data)
    assert cast.reading(lambda s: read_words(s, [entry])) == {entry.number: {"reason": "核实情况"}}
    with cast.database.read() as session:
        assert "13812348000" not in str([row.answer for row in session.scalars(select(DoneRequest))])


def test_a_worker_goes_on_shift_and_off_and_takes_the_position_along(cast: Stage) -> None:
    worker = f"gw-{cast.grid()}"
    cast.must("worker", "shift", on=False)
    with cast.database.read() as session:
        state = session.get(WorkerState, worker)
        assert state is not None and not state.on_shift and state.lon is None
    cast.take_in(cast.alarm())
    attend = cast.orders(1, "attend")[0]
    assert attend.worker is None and attend.holder_kind == "community"
    cast.must("worker", "shift", on=True)
    cast.must("worker", "shift", on=True)
    assert len(cast.entries("worker_shift")) == 2
    assert cast.refused("town", "shift", on=True) == "forbidden"
    assert cast.refused("worker", "shift", on="yes") == "invalid"


def test_a_disabled_account_does_nothing(cast: Stage) -> None:
    from command_center.people.account_tables import Account

    with cast.database.write() as session:
        account = session.get(Account, "town")
        assert account is not None
        account.is_disabled = True
    assert cast.refused("town", "report", text="x", town=TOWN) == "forbidden"


def test_a_replay_reaches_no_phone_and_joins_only_replays(cast: Stage) -> None:
    cast.take_in(cast.alarm("live"))
    (outcome,) = cast.take_in(cast.alarm("played", replay=True))
    assert outcome.incident == 2 and cast.incident(2).replay
    assert cast.orders(2) == [] and cast.incident(2).state == "filed"
    (again,) = cast.take_in(cast.alarm("played-2", replay=True))
    assert again.incident == 2


def test_a_drill_says_so_in_its_title(cast: Stage) -> None:
    number = cast.must("duty", "report", category="EM-04001", town=TOWN, drill=True).incident
    assert number is not None and cast.incident(number).title.startswith("【演练】")


def test_an_enquiry_is_answered_and_closed(cast: Stage) -> None:
    number = cast.must(
        "district", "report", category="PO-06001", text="怎么办证", town=TOWN, channel="phone"
    ).incident
    assert number is not None and cast.incident(number).state == "reported"
    cast.must("town", "answer", number, reply="带身份证来窗口")
    assert cast.incident(number).state == "closed" and cast.incident(number).reply


def test_roles_that_only_look_report_nothing_harmful(cast: Stage) -> None:
    cast.hire("leader", Role.LEADER, cast.city.code)
    cast.take_in(cast.alarm())
    assert cast.allowed("leader", 1) == set() and cast.allowed("wall", 1) == set()


def test_a_whistle_blower_is_hidden_from_the_town_and_shown_to_the_district(cast: Stage) -> None:
    reporter = {"name": "周九", "phone": "13400000000", "wants_reply": False}
    number = cast.must(
        "district", "report", category="PO-06004", text="举报", town=TOWN, reporter=reporter, channel="phone"
    ).incident
    assert number is not None and cast.incident(number).privacy_class == 2
    assert "unmask" not in cast.allowed("town", number)
    assert cast.refused("town", "unmask", number, field="reporter_name", reason="x") == "forbidden"
    assert cast.must("district", "unmask", number, field="reporter_name", reason="x").result["value"] == "周九"
    assert cast.refused("wall", "urge", number) == "not_found"


def test_a_worker_sees_the_caller_while_the_task_is_open(cast: Stage) -> None:
    place = cast.manhole().lonlat
    reporter = {"name": "吴十", "phone": "13300000000", "wants_reply": False}
    number = cast.must(
        "district", "report", category="UM-01003", lon=place.lon, lat=place.lat, channel="phone", reporter=reporter
    ).incident
    assert number is not None
    assert "unmask" in cast.allowed("worker", number)
    cast.must("worker", "verify", number, is_true=True, no_photo_reason="无")
    assert "unmask" not in cast.allowed("worker", number)
