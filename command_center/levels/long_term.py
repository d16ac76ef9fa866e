"""Lists a place where the same matter keeps coming back; a further case there is added to its line."""

from __future__ import annotations

from sqlalchemy import select

from command_center.cases.case_file import CaseFile
from command_center.levels.level_facts import find_repeats
from command_center.levels.level_tables import LongTermPlace
from grid.city_folder.level_documents import RepeatsDoc


def list_for_treatment(case: CaseFile, repeats: RepeatsDoc, rule: tuple[str, str]) -> tuple[int, list[int]]:
    """Put the place on the list, or the case on its line there; return the line's id and all its cases."""
    incident, session, now = case.incident, case.ledger.session, case.ledger.now
    numbers = find_repeats(case, repeats)
    rows = session.scalars(
        select(LongTermPlace).where(
            LongTermPlace.state == "open",
            LongTermPlace.category == incident.category,
            LongTermPlace.area == incident.area,
        )
    )
    found = next((row for row in rows if not set(numbers).isdisjoint(row.cases)), None)
    if found is not None:
        found.cases, found.last_at = sorted({*found.cases, *numbers}), now
        return found.id, found.cases
    place = LongTermPlace(
        state="open",
        category=incident.category,
        domain=incident.domain,
        area=incident.area,
        privacy_class=incident.privacy_class,
        place_text=incident.place_text,
        lon=incident.lon,
        lat=incident.lat,
        cases=numbers,
        rule=rule[0],
        rule_version=rule[1],
        listed_at=now,
        last_at=now,
        result="",
    )
    session.add(place)
    session.flush()
    return place.id, numbers
