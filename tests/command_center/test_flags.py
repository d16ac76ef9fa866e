"""What is doubtful about a source is kept beside it; a district is no town."""

from __future__ import annotations

from sqlalchemy import select

from command_center.cases.incident_tables import IncidentSource
from ingest.observation import Phase
from tests.command_center.stage import TOWN, Stage


def flags(cast: Stage) -> dict[str, list[str]]:
    with cast.database.read() as session:
        return {source.alarm_id: source.flags for source in session.scalars(select(IncidentSource))}


def test_flags_of_the_senses_stand_beside_the_source_through_all_phases(cast: Stage) -> None:
    cast.take_in(cast.alarm("plain"), cast.alarm("odd", flags=("implausible_place",)))
    assert flags(cast) == {"plain": [], "odd": ["implausible_place"]}
    cast.take_in(
        cast.alarm("odd", phase=Phase.UPDATE, seq=2, flags=("clock_suspect",)),
        cast.alarm("plain", phase=Phase.UPDATE, seq=2),
    )
    assert flags(cast) == {"plain": [], "odd": ["clock_suspect", "implausible_place"]}


def test_a_district_is_no_town(cast: Stage) -> None:
    answer = cast.do("district", "report", text="x", town=TOWN[:6])
    assert answer.refusal is not None and answer.refusal.type == "invalid"
    assert answer.refusal.fields == {"town": "is no town of the city"}
    assert cast.refused("district", "report", text="x", town="nowhere") == "invalid"
    name = cast.city.tree.get_area(TOWN).name
    assert cast.must("district", "report", text="x", town=name).incident is not None
