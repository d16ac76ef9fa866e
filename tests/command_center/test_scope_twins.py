"""Who may see what: the answer in Python and the answer in SQL are the same, for anybody and any incident."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from command_center.cases.audience_rows import audience_rows
from command_center.cases.incident_tables import Incident, IncidentAudience
from command_center.people.audience import Audience
from command_center.people.roles import Role
from command_center.people.scope import Grant, Scope
from foundation.database import Database
from tests.command_center.stage import NOON

DOMAINS = ("emergency", "transport")
PATHS = (("d",), ("d", "t1"), ("d", "t1", "c1"), ("d", "t1", "c1", "g1"), ("d", "t2"), ("d", "t2", "c2", "g2"))
PARTIES = ("desk-t1", "dept-a", "a", "team-t1-police")
WORKERS = ("w1", "w2")

audiences = st.builds(
    Audience,
    domain=st.sampled_from(DOMAINS),
    privacy_class=st.integers(0, 2),
    areas=st.sampled_from(PATHS),
    shared=st.sets(st.sampled_from(("t1", "t2", "c2"))).map(lambda found: tuple(sorted(found))),
    parties=st.sets(st.sampled_from(PARTIES)).map(lambda found: tuple(sorted(found))),
    workers=st.sets(st.sampled_from(WORKERS)).map(lambda found: tuple(sorted(found))),
)
grants = st.builds(
    Grant,
    role=st.sampled_from(list(Role)),
    area=st.sampled_from(("d", "t1", "t2", "c1", "c2", "g1", "g2", "elsewhere")),
    domains=st.none() | st.sets(st.sampled_from(DOMAINS)).map(frozenset),
    department=st.none() | st.sampled_from(PARTIES),
)
scopes = st.builds(
    Scope,
    account=st.just("a"),
    grants=st.lists(grants, max_size=3).map(tuple),
    worker=st.none() | st.sampled_from(WORKERS),
)


def store(database: Database, found: list[Audience]) -> None:
    with database.write() as session:
        session.execute(delete(IncidentAudience))
        session.execute(delete(Incident))
        for number, audience in enumerate(found, start=1):
            session.add(
                Incident(
                    number=number, title="", domain=audience.domain, category="x", family="x", urgency="normal",
                    privacy_class=audience.privacy_class, state="reported", level="town", area=audience.areas[-1],
                    located_how="town", holder_kind="desk", holder_code="d", way_in="direct", channel="device",
                    policy_version="1", opened_at=NOON, updated_at=NOON,
                )
            )  # fmt: skip
            session.flush()
            rows = [{"incident": number, "kind": kind, "code": code} for kind, code in audience_rows(audience)]
            session.execute(insert(IncidentAudience), rows)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(audiences, min_size=1, max_size=12), people=st.lists(scopes, min_size=4, max_size=8))
def test_python_and_sql_agree(database: Database, found: list[Audience], people: list[Scope]) -> None:
    store(database, found)
    with database.read() as session:
        for scope in people:
            seen = set(session.scalars(select(Incident.number).where(scope.clause())))
            assert seen == {n for n, audience in enumerate(found, start=1) if scope.sees(audience)}
            counted = set(session.scalars(select(Incident.number).where(scope.clause(counts=True))))
            assert counted == {n for n, audience in enumerate(found, start=1) if scope.sees_counts(audience)}


@given(audience=audiences, scope=scopes)
def test_who_sees_an_incident_counts_it_and_administrators_see_none(audience: Audience, scope: Scope) -> None:
    assert not scope.sees(audience) or scope.sees_counts(audience)
    admin = Scope(account="a", grants=(Grant(role=Role.SYSTEM_ADMIN, area="d"),))
    assert not admin.sees(audience)
