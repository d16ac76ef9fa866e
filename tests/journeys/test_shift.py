"""One shift hands over to the next: a sheet made from data, signed by the one who goes and the one who comes."""

from __future__ import annotations

import pytest

from tests.journeys.messages import new_id
from tests.journeys.product import Product

pytestmark = pytest.mark.journey

DISTRICT, TOWN = "321311", "321311001"


def test_a_handover_of_the_running_centre(product: Product) -> None:
    outgoing, incoming = (
        product.person("shift_leader", area=DISTRICT),
        product.person("duty_leader", area=DISTRICT),
    )
    try:
        said = {"category": "EM-04001", "text": f"演示：冒烟 {new_id()}", "town": TOWN, "channel": "hotline"}
        number = outgoing.post("/incidents", said)["number"]
        sheet = outgoing.post("/shifts/handovers", {"notes": "演示：今夜值守平稳"})
        lines = {section["name"]: section["items"] for section in sheet["sections"]}
        assert number in [line["incident"] for line in lines["urgent"]]
        assert outgoing.post(f"/shifts/handovers/{sheet['id']}/sign", {})["state"] == "handed_over"
        signed = incoming.post(f"/shifts/handovers/{sheet['id']}/sign", {})
        assert signed["state"] == "signed" and signed["number"] == sheet["number"]
        assert signed["outgoing"]["name"] and signed["incoming"]["name"]
        assert incoming.get("/shifts/handovers")["items"][0]["id"] == sheet["id"]
    finally:
        outgoing.close()
        incoming.close()
