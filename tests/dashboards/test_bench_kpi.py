"""A million cases: a month's indicators within two seconds."""

import pytest

from dashboards.bench_kpi import bench_kpi


@pytest.mark.prove
def test_a_month_over_a_million_cases_takes_two_seconds() -> None:
    figures = bench_kpi()
    assert figures["month_s"] <= 2.0 and figures["month_by_town_s"] <= 2.0, figures
