"""Whoever edits the city moves no running case: limits, warnings and working time are those of its opening."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from command_center.orders.order_tables import ClockRow, Timer
from grid.city import City, load_city
from grid.city_folder.check_folder import CheckedFolder, check_folder
from grid.city_load import load_folder
from grid.kept_policies import find_kept_policy
from tests.command_center.stage import TOWN, Stage
from tests.conftest import SUYU

CHANGES = {
    "limits.toml": (
        ('[stages.accept]\nemergency = [3, "minute"]', '[stages.accept]\nemergency = [9, "minute"]'),
        ("warn_ratios = [0.5, 0.8, 1.0]", "warn_ratios = [0.9, 1.0]"),
        (
            'dispatch]\nemergency = [5, "minute"]\nurgent = [15',
            'dispatch]\nemergency = [5, "minute"]\nurgent = [45',
        ),
        ('normal = [15, "minute"]', 'normal = [60, "minute"]'),
        ('normal = [30, "minute"]', 'normal = [90, "minute"]'),
    ),
    "levels.toml": (("ratio = 0.5", "ratio = 0.9"), ("ratio = 0.8", "ratio = 0.9")),
    "calendar.toml": (('["14:00", "18:00"]', '["14:00", "16:00"]'),),
}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> CheckedFolder:
    """Return the demo city with longer limits, other warnings and shorter afternoons."""
    folder = tmp_path_factory.mktemp("city") / "suyu"
    shutil.copytree(SUYU, folder)
    for name, changes in CHANGES.items():
        text = (folder / name).read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (folder / name).write_text(text)
    for name in ("categories.csv", "conditions.csv"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("work_day", "natural_day"))
    return check_folder(folder)


def load(stage: Stage, edited: CheckedFolder) -> City:
    with stage.database.write() as session:
        load_folder(session, edited)
    with stage.database.read() as session:
        return load_city(session)


def clocks(stage: Stage, number: int) -> list[ClockRow]:
    with stage.database.read() as session:
        return list(session.scalars(select(ClockRow).where(ClockRow.incident == number).order_by(ClockRow.id)))


def report(stage: Stage) -> int:
    number = stage.must("district", "report", text="路灯不亮", town=TOWN).incident
    assert number is not None
    return number


def carry_to_disposal(stage: Stage, number: int) -> dict[str, int]:
    """File and dispatch the case; return the limits of its clocks."""
    stage.must("town", "file", number, category="UM-01003")
    stage.must("town", "dispatch", number)
    return {clock.stage: clock.limit_s for clock in clocks(stage, number)}


def test_a_running_case_keeps_its_limits_and_a_new_one_gets_the_new(cast: Stage, edited: CheckedFolder) -> None:
    old = report(cast)
    before = [(clock.limit_s, clock.due_at) for clock in clocks(cast, old)]
    other = report(cast)
    untouched = carry_to_disposal(cast, other)
    kept_under = cast.city.version
    cast.city = load(cast, edited)
    assert cast.city.version != kept_under and cast.city.policy("limits")["warn_ratios"] == [0.9, 1.0]
    assert [(clock.limit_s, clock.due_at) for clock in clocks(cast, old)] == before == [(900, before[0][1])]
    young = report(cast)
    assert [clock.limit_s for clock in clocks(cast, young)] == [3600]
    # stages that begin after the edit still have the limits under which the case was opened
    assert carry_to_disposal(cast, old) == untouched
    changed = carry_to_disposal(cast, young)
    assert changed["dispatch"] == 3 * untouched["dispatch"] and changed["dispose"] > untouched["dispose"]
    with cast.database.read() as session:
        steps = {
            number: session.scalars(
                select(Timer)
                .join(ClockRow, ClockRow.id == Timer.clock)
                .where(ClockRow.incident == number, ClockRow.stage == "dispose", Timer.fired_at.is_(None))
            ).one()
            for number in (old, young)
        }
    assert [steps[number].data["ratio"] for number in (old, young)] == [0.5, 0.9]


def test_every_version_keeps_its_documents_once(cast: Stage, edited: CheckedFolder) -> None:
    first = cast.city
    cast.city = load(cast, edited)
    with cast.database.read() as session:
        old = find_kept_policy(session, first.version, "limits")
        new = find_kept_policy(session, cast.city.version, "limits")
        assert old is not None and new is not None and find_kept_policy(session, "no such", "limits") is None
        assert old.document == first.policy("limits") and old.version == first.policy_version("limits")
        assert new.document == cast.city.policy("limits") and new.version == cast.city.policy_version("limits")
        assert find_kept_policy(session, first.version, "limits") is old
        same = (
            find_kept_policy(session, first.version, "routing"),
            find_kept_policy(session, cast.city.version, "routing"),
        )
        assert same[0] is not None and same[1] is not None and same[0].document is same[1].document
