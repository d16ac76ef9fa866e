import pytest

from command_center.people.roles import Role
from tests.dashboards.served import TOWN_A, Served


def test_an_incident_of_a_device_is_listed_with_everything_promised(served: Served) -> None:
    rule = served.city.policy("rules")["rules"][0]
    number = served.open_incident(TOWN_A, text=rule["zh"])
    client = served.enter(Role.DISTRICT_OPERATOR, "321311")
    listed = client.get("/api/v1/incidents").json()
    assert [item["number"] for item in listed["items"]] == [number] and listed["next"] is None
    incident = client.get(f"/api/v1/incidents/{number}").json()
    promised = (
        "number title domain category severity severity_proposed urgency sensitive drill state level area grid "
        "cell location holder supervised_by orders clocks sources upstream version opened_at updated_at closed_at"
    )
    assert set(promised.split()) <= set(incident)
    assert incident["area"]["path"][0] == "321311" and TOWN_A in incident["area"]["path"]
    assert incident["text_en"] == rule["en"] == incident["sources"][0]["text_en"], (
        "what a rule tells is told in both"
    )
    assert incident["sources"][0]["name_en"]
    assert set(incident["location"]) == {"lon", "lat", "accuracy_m", "how"}


@pytest.mark.parametrize(
    "query",
    [
        "state=bogus", "domain=bogus", "level=street", "urgency=x", "category=x",
        "bbox=nan,nan,nan,nan", "bbox=119,34,118,33", "bbox=1,2,3", "severity=9", "limit=501",
    ],
)  # fmt: skip
def test_a_filter_that_nothing_can_match_is_named_and_not_an_empty_list(served: Served, query: str) -> None:
    operator = served.enter(Role.DISTRICT_OPERATOR, "321311")
    answered = operator.get(f"/api/v1/incidents?{query}")
    assert answered.status_code == 422
    assert query.split("=", maxsplit=1)[0] in answered.text
