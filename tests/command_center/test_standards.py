"""Filed by a standard, closed by its condition: the limit is the standard's, what is missing is named."""

from sqlalchemy import select

from command_center.clocks.working_time import CONTINUOUS, WORKING
from command_center.orders.order_tables import ClockRow
from grid.filing_conditions import list_conditions
from tests.command_center.stage import TOWN, Stage


def report(cast: Stage) -> int:
    number = cast.must("district", "report", text="井盖破了", town=TOWN, category="UM-01003").incident
    assert number is not None
    return number


def clock(cast: Stage, number: int, stage: str) -> ClockRow:
    with cast.database.read() as session:
        chosen = select(ClockRow).where(ClockRow.incident == number, ClockRow.stage == stage)
        return session.scalars(chosen.order_by(ClockRow.id.desc())).first()  # type: ignore[return-value]


def test_filing_without_a_standard_is_refused_and_names_them(cast: Stage) -> None:
    number = report(cast)
    for wanted in ("", "UM-01001-1", "nonsense"):
        answer = cast.do("town", "file", number, filing_condition=wanted)
        assert answer.refusal is not None and answer.refusal.type == "invalid", wanted
        assert set(answer.refusal.fields) == {"filing_condition"}
    said = cast.do("town", "file", number, filing_condition="x").refusal
    assert said is not None and "UM-01003-1" in said.fields["filing_condition"]
    assert cast.incident(number).state == "verifying"


def test_the_standard_gives_the_limit_of_the_disposal(cast: Stage) -> None:
    quick, slow = report(cast), report(cast)
    cast.must("town", "file", quick, filing_condition="UM-01003-1")
    cast.must("town", "file", slow, filing_condition="UM-01003-2")
    for number in (quick, slow):
        cast.must("town", "dispatch", number)
    assert (clock(cast, quick, "dispose").limit_s, clock(cast, quick, "dispose").calendar) == (7200, CONTINUOUS)
    slow_clock = clock(cast, slow, "dispose")
    area = cast.city.tree.get_area(cast.incident(slow).area)
    factor = 1.5 if area.area_class == "C" else 1.0
    assert (slow_clock.limit_s, slow_clock.calendar) == (5 * 8 * 3600 * factor, WORKING)
    standard = cast.incident(slow).filing_condition
    assert standard is not None and standard["id"] == "UM-01003-2" and standard["closing_zh"]


def test_another_category_needs_a_standard_of_its_own(cast: Stage) -> None:
    number = report(cast)
    assert cast.refused("town", "file", number, category="UM-06010", filing_condition="UM-01003-1") == "invalid"
    cast.must("town", "file", number, category="UM-06010", filing_condition="UM-06010-1")


def test_a_rule_files_by_the_standard_that_the_urgency_asks_for(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    filed = cast.incident(1)
    category = cast.city.catalogue.get_category(filed.category)
    wanted = getattr(category.limits, cast.city.policy("limits")["disposal"][filed.urgency])
    assert filed.filing_condition is not None and filed.filing_condition["limit"] == list(wanted)
    known = {each.id for each in list_conditions(cast.city.policy("conditions"), filed.category)}
    assert filed.filing_condition["id"] in known


def test_what_ends_a_case_states_that_its_closing_condition_is_met(cast: Stage) -> None:
    cast.take_in(cast.alarm())
    cast.must("drainage", "sign", 1)
    for stated in (False, None):
        refusal = cast.do("drainage", "dispose", 1, result="好了", closing_met=stated).refusal
        assert refusal is not None and set(refusal.fields) == {"closing_met"}
    refusal = cast.do("drainage", "dispose", 1, result="好了", no_photo_reason="").refusal
    assert refusal is not None and "photos" in refusal.fields and "after" in refusal.fields["photos"]
    cast.must("drainage", "dispose", 1, result="好了", no_photo_reason="相机坏了")
    cast.must("town", "send_check", 1)
    cast.must("worker", "check", 1, passed=True, no_photo_reason="天黑")
    refusal = cast.do("town", "close", 1, closing_met=False).refusal
    assert refusal is not None and set(refusal.fields) == {"closing_met"}
    cast.must("town", "close", 1, closing_met=True)
    assert cast.incident(1).state == "closed"
