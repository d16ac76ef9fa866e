"""Two at the same moment: exactly one wins, the other is told who; the same thing twice happens once."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import func, select

from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.intake import take_in
from command_center.journal.journal import verify_journal
from command_center.journal.journal_tables import JournalEntry
from command_center.moves.requests import ActionAnswer
from command_center.people.roles import Role
from foundation.database import Database
from tests.command_center.stage import TOWN, Stage


def both(*works: object) -> list[object]:
    """Run the works at the same moment, each in its thread."""
    gate = Barrier(len(works))

    def run(work: object) -> object:
        gate.wait()
        return work()  # type: ignore[operator]

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def reported(cast: Stage) -> int:
    number = cast.must("district", "report", text="路上有洞", town=TOWN).incident
    assert number is not None
    return number


def test_two_operators_accept_and_one_wins(cast: Stage) -> None:
    number = reported(cast)
    version = cast.version(number)
    answers = both(
        lambda: cast.do("town", "accept", number, version=version),
        lambda: cast.do("town2", "accept", number, version=version),
    )
    refusals = [a.refusal for a in answers if isinstance(a, ActionAnswer) and a.refusal is not None]
    assert len(refusals) == 1 and refusals[0].type == "version_conflict"
    winner = refusals[0].facts["winner"]
    assert winner["action"] == "accept" and winner["actor"]["role"] == "town_operator" and winner["at"]
    assert refusals[0].facts["state"] == "reported" and refusals[0].facts["version"] == version + 1
    assert cast.kinds(number).count("accepted") == 1


def test_the_same_key_at_the_same_moment_acts_once_and_answers_alike(cast: Stage) -> None:
    number = reported(cast)
    version = cast.version(number)
    answers = both(*[lambda: cast.do("town", "accept", number, version=version, key="one")] * 4)
    assert len({str(answer) for answer in answers}) == 1
    assert cast.kinds(number).count("accepted") == 1


def test_two_brains_take_the_same_alarms_and_open_each_once(stage: Stage) -> None:
    alarms = [stage.alarm(f"a-{n}", category="UM-01001") for n in range(5)]
    other = Database(stage.database.url)
    try:
        outcomes = both(
            lambda: take_in(stage.database, stage.city, stage.clock, alarms),
            lambda: take_in(other, stage.city, stage.clock, list(reversed(alarms))),
        )
    finally:
        other.dispose()
    told = sorted(o.outcome for batch in outcomes for o in batch)  # type: ignore[attr-defined]
    assert told == ["duplicate"] * 5 + ["recorded"] * 5
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 1
        assert session.scalar(select(func.count()).select_from(IncidentSource)) == 5
        numbers = list(session.scalars(select(JournalEntry.number).order_by(JournalEntry.number)))
        assert numbers == list(range(1, len(numbers) + 1))
        assert verify_journal(session)[1] is None


def test_an_alarm_and_a_person_at_once_leave_no_gap(cast: Stage) -> None:
    number = reported(cast)
    both(
        *[lambda n=n: take_in(cast.database, cast.city, cast.clock, [cast.alarm(f"b-{n}")]) for n in range(4)],
        lambda: cast.do("town", "accept", number, version=1),
        lambda: cast.do("district", "urge", number, version=None),
    )
    with cast.database.read() as session:
        count, bad = verify_journal(session)
    assert bad is None and count > 8


def test_a_joined_signal_and_a_clock_warning_make_nobody_lose(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    seen = cast.version(1)
    cast.take_in(cast.alarm("a-2", seq=None))
    assert cast.kinds(1)[-1] == "signal_joined" and cast.version(1) == seen
    cast.must("drainage", "sign", 1, version=seen)


def test_a_phone_that_was_offline_follows_its_own_actions(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    attend = cast.orders(1, "attend")[0].id
    seen = cast.version(1)
    cast.must("drainage", "sign", 1)  # somebody else moves on meanwhile
    cast.must("worker", "sign", order=attend, version=seen, key="s")
    cast.must("worker", "arrive", order=attend, after="s", key="a")
    cast.must("worker", "dispose", order=attend, after="a", result="已围护", no_photo_reason="无网络")
    assert cast.refused("worker", "dispose", order=attend, after="never-sent", result="x") == "version_conflict"


def test_an_order_that_was_taken_away_is_lost_to_the_phone_and_it_is_told(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    dispose = cast.orders(1, "dispose")[0].id
    seen = cast.version(1)
    cast.must("drainage", "sign", order=dispose, version=seen)
    answer = cast.do("drainage", "sign", order=dispose, version=seen)
    assert answer.refusal is not None and answer.refusal.type == "version_conflict"
    assert answer.refusal.facts["winner"]["action"] == "sign"


def test_a_key_is_not_used_twice_for_different_things(cast: Stage) -> None:
    number = reported(cast)
    cast.must("town", "accept", number, key="k")
    assert cast.refused("town", "file", number, key="k") == "key_reused"


def test_an_act_without_a_version_is_refused_and_names_the_field(cast: Stage) -> None:
    number = reported(cast)
    answer = cast.do("town", "accept", number, version=None)
    assert answer.refusal is not None and "version" in answer.refusal.fields


def claim_all_at_once(cast: Stage, rounds: int) -> None:
    """Have fifty people accept the same case at the same moment, again and again: one wins, all are told."""
    claimants = [f"seat-{n}" for n in range(50)]
    for name in claimants:
        cast.hire(name, Role.TOWN_OPERATOR, TOWN)
    for _ in range(rounds):
        number = reported(cast)
        version = cast.version(number)
        answers = both(*[partial(cast.do, who, "accept", number, version=version) for who in claimants])
        refusals = [a.refusal for a in answers if isinstance(a, ActionAnswer) and a.refusal is not None]
        assert len(refusals) == len(claimants) - 1
        won = cast.entries("accepted")[-1]
        for refusal in refusals:
            assert refusal.type == "version_conflict"
            assert refusal.facts["winner"]["actor"]["name"] == won.data["actor_name"]
            assert refusal.facts["wanted"] == "accept" and "allowed" in refusal.facts
        assert cast.kinds(number).count("accepted") == 1


def test_fifty_claim_at_once_and_one_wins(cast: Stage) -> None:
    claim_all_at_once(cast, 3)


@pytest.mark.prove
def test_fifty_claim_at_once_two_hundred_times(cast: Stage) -> None:
    claim_all_at_once(cast, 200)


def test_an_offline_phones_chain_survives_a_signal_that_joined_meanwhile(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    attend = cast.orders(1, "attend")[0].id
    seen = cast.version(1)
    cast.take_in(cast.alarm("a-2", seq=None))  # the cover moved once more while the phone had no network
    assert cast.kinds(1)[-1] == "signal_joined"
    cast.must("worker", "sign", order=attend, version=seen, key="s")
    cast.must("worker", "arrive", order=attend, after="s", key="a")
    cast.take_in(cast.alarm("a-3", seq=None))
    cast.must("worker", "dispose", order=attend, after="a", key="d", result="已围护", no_photo_reason="无网络")
    assert [order.state for order in cast.orders(1, "attend")] == ["done"]
