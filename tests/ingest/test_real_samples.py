"""Real messages beside the project: each is told, ignored or kept with its reason, as the document says."""

from __future__ import annotations

from pathlib import Path

from grid.city import City
from tests.ingest.real_samples import ROOT, judge_samples


def test_every_real_sample_has_the_outcome_that_the_document_says(city: City, shared: Path) -> None:
    document = (ROOT / "docs" / "formats.md").read_text()
    outcomes = judge_samples(city, shared)
    found = {(name, outcome) for counts in outcomes.values() for name, outcome in counts}
    assert found and not [each for each in found if "fault" in each[1]]
    named = {line.split(" | ")[0].removeprefix("| ") for line in document.splitlines() if line.startswith("| ")}
    new = {name for name, _ in found} - named
    assert [f"| {name} |" for name, outcome in found if name not in new and f"| {outcome} |" not in document] == []


def test_no_name_of_a_person_leaves_a_real_sample(city: City, shared: Path) -> None:
    told = str(judge_samples(city, shared))
    assert "Bob" not in told and "John" not in told
