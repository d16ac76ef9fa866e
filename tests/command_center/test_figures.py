"""The figures of assessment: a known month gives its percentages, rows agree with a rebuild, months stand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from command_center.assessment.case_figures import rebuild_figures
from command_center.assessment.count_cases import Question, list_cases, reckon_all, reckon_groups
from command_center.assessment.figure_tables import CaseFigure, KpiMonth
from command_center.assessment.indicators import CALL_RATES, COUNTS, MEANS, RATES, find_test
from command_center.assessment.outcomes import Outcome as Is
from command_center.journal.ledger import Ledger
from command_center.timers import fire_due
from foundation.database import Database
from grid.indicator_names import SCORED
from tests.command_center.stage import NOON, Stage
from tests.command_center.test_every_move import walk

DECEMBER = datetime(2016, 12, 1, tzinfo=UTC), datetime(2017, 1, 1, tzinfo=UTC)


def row(number: int, bits: int, **more: Any) -> dict[str, Any]:
    """Return a case of mid-December that was filed and dispatched at once, with a day's limit."""
    opened = int(datetime(2016, 12, 15, tzinfo=UTC).timestamp())
    moments = {"opened_s": opened, "filed_s": None, "dispatched_s": None, "due_s": None, "disposed_s": None}
    moments |= {"close_due_s": None, "closed_s": None}
    if bits & Is.FILED:
        moments |= {"filed_s": opened, "close_due_s": opened + 86_400}
    if bits & Is.CLOSED:
        moments |= {"closed_s": opened + 3600}
    return {
        "incident": number, "bits": bits | Is.ACCEPTED, "domain": "urban_management", "category": "UM-06001",
        "town": "T1", "community": "", "grid": "", "department": "d", "worker": "", "accept_used_s": None,
        "dispose_used_s": None, "upstream_delay_s": 0, "system_delay_s": 0, "human_delay_s": 0, **moments, **more,
    }  # fmt: skip


def store(database: Database, rows: list[dict[str, Any]]) -> None:
    with database.write() as session:
        session.execute(insert(CaseFigure), rows)


def ask(database: Database, span: tuple[datetime, datetime] = DECEMBER, **more: Any) -> Any:
    with database.read() as session:
        return reckon_all(session, Question(begin=span[0], end=span[1], now=span[1], **more))


def test_a_known_month_gives_its_known_percentages(stage: Stage) -> None:
    """Source: a city's published figures of December 2016 (1054 accepted, 996 filed, 972 to close)."""
    rows: list[dict[str, Any]] = []

    def add(count: int, bits: int, **more: Any) -> None:
        first = len(rows) + 1
        rows.extend(row(first + n, bits, **more) for n in range(count))

    later = int(datetime(2017, 1, 20, tzinfo=UTC).timestamp())
    add(737, Is.FILED | Is.CLOSED)
    add(911 - 737 - 9, Is.FILED | Is.CLOSED | Is.CLOSE_MISSED)
    add(9, Is.FILED | Is.CLOSED | Is.CLOSE_MISSED | Is.COMPONENT)
    add(956 - 902, Is.FILED)
    add(16 - 9, Is.FILED | Is.COMPONENT)
    add(996 - 972, Is.FILED, close_due_s=later)  # not yet to be closed
    add(1054 - 996, Is.INVALID)
    add(5, Is.FILED | Is.CLOSED | Is.OUT | Is.MERGED)  # stands outside
    store(stage.database, rows)
    figures = ask(stage.database)
    known = {
        "filing_rate": (996, 1054), "closing_rate": (911, 972), "on_time_closing_rate": (737, 972),
        "event_closing_rate": (902, 956), "component_closing_rate": (9, 16),
    }  # fmt: skip
    for name, (numerator, denominator) in known.items():
        found = figures[name]
        assert (found["numerator"], found["denominator"]) == (numerator, denominator), name
        assert found["value"] == round(numerator / denominator, 4)
    told = {name: f"{figures[name]['value']:.2%}" for name in known}
    assert told == {
        "filing_rate": "94.50%", "closing_rate": "93.72%", "on_time_closing_rate": "75.82%",
        "event_closing_rate": "94.35%", "component_closing_rate": "56.25%",
    }  # fmt: skip


def test_what_counts_and_what_stands_outside(stage: Stage) -> None:
    out = Is.FILED | Is.DISPATCHED
    opened = int(datetime(2016, 12, 15, tzinfo=UTC).timestamp())
    due, before = opened + 7200, opened - 40 * 86_400
    dispatched = {"dispatched_s": opened, "due_s": due}
    rows = [
        row(1, out | Is.DISPOSED, **dispatched, disposed_s=opened + 60, dispose_used_s=60),
        row(2, out | Is.DISPOSED | Is.DISPOSE_MISSED, **dispatched, disposed_s=due + 60),
        row(3, out, **dispatched),  # open and overdue: it counts against the ratio
        row(4, out | Is.DISPOSED | Is.DISPOSE_MISSED | Is.EXEMPT, **dispatched, disposed_s=due + 60),
        row(5, out | Is.SUSPENDED, **dispatched),
        row(6, out | Is.OUT, **dispatched),
        row(7, out | Is.DISPOSED, dispatched_s=before, due_s=before + 60, disposed_s=opened, opened_s=before),
    ]
    store(stage.database, rows)
    figures = ask(stage.database)
    assert (figures["on_time_disposal_rate"]["numerator"], figures["on_time_disposal_rate"]["denominator"]) == (
        3,
        5,
    )
    assert figures["overdue_pending_rate"]["numerator"] == 1 and figures["overdue_open"]["value"] == 1
    assert figures["suspended"]["value"] == 1 and figures["exempt"]["value"] == 1
    assert figures["mean_dispose_s"]["value"] == 60.0 and figures["mean_dispose_s"]["denominator"] == 1
    with stage.database.read() as session:
        question = Question(begin=DECEMBER[0], end=DECEMBER[1], now=DECEMBER[1])
        listed = list(list_cases(session, question, find_test("on_time_disposal_rate", "rest")))
        assert listed == [3, 2], "every figure opens its cases"
        assert list(reckon_groups(session, question, "town")) == ["T1"]


def test_every_rate_can_be_scored_and_opened() -> None:
    assert {*RATES, *CALL_RATES} == SCORED
    parts = ("numerator", "denominator", "rest")
    assert all(find_test(name, part) is not None for name in (*RATES, *COUNTS, *MEANS) for part in parts)
    assert find_test("no_such", "numerator") is None


def test_the_rows_agree_with_a_rebuild(cast: Stage) -> None:
    for _ in walk(cast):
        cast.clock.advance(400)
    cast.take_in(cast.alarm("a-9"), cast.alarm("a-10", category="EM-04001"))
    cast.clock.advance(86_400)
    while fire_due(cast.database, cast.city, cast.clock):
        pass

    def rows() -> list[dict[str, Any]]:
        table = CaseFigure.__table__
        with cast.database.read() as session:
            return [dict(one) for one in session.execute(select(table).order_by(table.c.incident)).mappings()]

    kept = rows()
    with cast.database.write() as session:
        ledger = Ledger(session, cast.city, cast.clock.now())
        assert rebuild_figures(ledger) == len(kept) >= 3
        ledger.close()
    assert rows() == kept


def test_a_month_is_frozen_appealed_published_and_never_reckoned_again(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    assert cast.refused("duty", "kpi_freeze", month="2026-11") == "move_not_allowed", "it is not over"
    assert cast.refused("duty", "kpi_freeze", month="2026-13") == "invalid"
    assert cast.refused("town", "kpi_freeze", month="2026-10") == "forbidden"
    cast.clock.advance((datetime(2026, 12, 2, tzinfo=UTC) - NOON).total_seconds())
    cast.must("duty", "kpi_freeze", month="2026-11")
    assert cast.refused("duty", "kpi_freeze", month="2026-11") == "move_not_allowed"
    cast.must("town", "kpi_appeal", month="2026-11", text="该件为上级系统延误", indicator="on_time_disposal_rate")

    def month() -> KpiMonth:
        found = cast.reading(lambda session: session.get(KpiMonth, "2026-11"))
        assert found is not None
        return found  # type: ignore[no-any-return]

    frozen = month().figures
    assert frozen["indicators"]["reported"]["value"] == 1 and frozen["groups"]["town"]
    assert cast.refused("worker", "kpi_publish", month="2026-11") == "forbidden"
    cast.must("duty", "kpi_publish", month="2026-11")
    assert cast.refused("town", "kpi_appeal", month="2026-11", text="晚了") == "move_not_allowed"
    assert month().state == "published" and month().figures == frozen and len(month().appeals) == 1


@pytest.mark.parametrize("days", [1, 400])
def test_a_question_outside_the_data_counts_nothing(stage: Stage, days: int) -> None:
    store(stage.database, [row(1, Is.FILED | Is.CLOSED)])
    figures = ask(stage.database, (DECEMBER[1] + timedelta(days=days), DECEMBER[1] + timedelta(days=days + 30)))
    assert figures["closing_rate"] == {"value": None, "numerator": 0, "denominator": 0}
