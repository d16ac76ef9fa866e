from datetime import UTC, datetime

import pytest
from shapely import Point
from sqlalchemy import bindparam, column, select
from sqlalchemy.exc import DBAPIError, StatementError

from command_center.cases.incident_tables import Incident
from command_center.journal.journal_tables import JournalHead
from foundation.database import Database
from foundation.plain_query import PlainQuery

OPENED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def incident(number: int) -> Incident:
    return Incident(
        number=number, title="井盖移位", domain="urban_management", category="UM-01001", family="manhole",
        urgency="urgent", state="reported", level="town", area="321311001", lon=118.3, lat=33.9,
        point=Point(118.3, 33.9), located_how="message", holder_kind="desk", holder_code="d", way_in="direct",
        channel="device", policy_version="1", opened_at=OPENED, updated_at=OPENED,
    )  # fmt: skip


def test_a_point_and_a_moment_come_back_as_they_were_stored(database: Database) -> None:
    with database.write() as session:
        session.add(incident(1))
    with database.read() as session:
        row = session.scalars(select(Incident)).one()
        assert row.point is not None and row.point.equals(Point(118.3, 33.9))
        assert row.opened_at == OPENED and row.opened_at.tzinfo is not None


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"), database.write() as session:
        row = incident(2)
        row.opened_at = datetime(2026, 3, 1)  # noqa: DTZ001
        session.add(row)


def test_a_failed_block_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(JournalHead(id=1, epoch="e", salt="s"))
        raise RuntimeError
    with database.read() as session:
        assert session.get(JournalHead, 1) is None


def test_a_plain_query_reads_what_the_ordinary_way_does(database: Database) -> None:
    asked = select(*Incident.__table__.c).where(
        Incident.__table__.c.number.in_(bindparam("numbers", expanding=True))
    )
    query = PlainQuery(asked.where(Incident.__table__.c.state == "reported").order_by(Incident.__table__.c.number))
    with database.write() as session:
        session.add_all([incident(number) for number in range(1, 8)])
    with database.read() as session:
        for numbers in ([], [3], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8]):
            rows = list(query.ask(session, numbers=numbers))
            assert [tuple(row) for row in rows] == session.execute(asked, {"numbers": numbers}).all()
            assert [row.number for row in rows] == [number for number in numbers if number < 8]
    with database.read() as session, pytest.raises(DBAPIError):
        PlainQuery(select(column("nothing"))).ask(session)
