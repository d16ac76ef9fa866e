from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from shapely.geometry import shape
from sqlalchemy import update

from command_center.assessment.case_figures import rebuild_figures
from command_center.cases.incident_tables import Incident
from command_center.journal.ledger import Ledger
from command_center.people.roles import Role
from command_center.running.brain_tables import BrainState
from command_center.signals.signal_tables import DeviceState
from dashboards.server.figures import readiness
from foundation.bus import subjects
from foundation.bus.server import ROOM_BYTES
from ingest.gate.gate_state import GateState
from ingest.receive_state import IngestState, SessionState
from tests.dashboards.served import TOWN_A, TOWN_B, Served
from tests.journeys.product import eventually

DISTRICT = "321311"


def test_areas_are_geojson_by_level_and_parent(served: Served) -> None:
    client = served.enter(Role.LEADER, DISTRICT)
    towns = client.get("/api/v1/grid/areas?level=town").json()
    assert towns["type"] == "FeatureCollection" and len(towns["features"]) == 15
    properties = towns["features"][0]["properties"]
    assert {"code", "name", "level", "parent", "synthetic"} <= set(properties) and properties["synthetic"] is True
    below = client.get(f"/api/v1/grid/areas?parent={TOWN_A}").json()["features"]
    assert {feature["properties"]["parent"] for feature in below} == {TOWN_A}
    cells = client.get(f"/api/v1/grid/areas?level=cell&parent={TOWN_A}").json()["features"]
    assert cells and all(shape(cell["geometry"]).is_valid for cell in cells)


def test_a_point_lies_in_one_cell_and_everything_above_it(served: Served) -> None:
    client = served.enter(Role.LEADER, DISTRICT)
    device = served.city.register.list_devices()[0]
    found = client.get(f"/api/v1/grid/locate?lon={device.lonlat.lon}&lat={device.lonlat.lat}").json()
    assert set(found) == {"cell", "grid", "community", "town", "district"}
    assert found["cell"]["code"] == device.area and found["district"]["code"] == DISTRICT
    outside = client.get("/api/v1/grid/locate?lon=0&lat=0").json()
    assert set(outside.values()) == {None}
    gcj = client.get(f"/api/v1/grid/locate?lon={device.lonlat.lon}&lat={device.lonlat.lat}&coord_sys=gcj02").json()
    assert gcj["cell"] != found["cell"] or gcj["town"] is not None
    assert client.get("/api/v1/grid/locate?lon=118&lat=33&coord_sys=mars").status_code == 422


def test_places_devices_cameras_categories_and_sources(served: Served) -> None:
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    device = served.device_in(TOWN_A)
    served.open_incident(TOWN_A)
    places = client.get("/api/v1/places?q=小学").json()["items"]
    assert places and all({"name", "lon", "lat", "town"} <= set(place) for place in places)
    items = client.get("/api/v1/devices?limit=500").json()["items"]
    promised = {
        "id",
        "name",
        "kind",
        "source",
        "source_id",
        "topic",
        "lon",
        "lat",
        "area",
        "status",
        "last_seen_at",
    }
    assert promised <= set(items[0]) and device in {item["id"] for item in items}
    assert {item["source"] for item in items} <= set(served.city.sources)
    camera = served.city.register.list_cameras()[0]
    near = client.get(f"/api/v1/cameras?near={camera.lonlat.lon},{camera.lonlat.lat}&radius_m=3000").json()[
        "items"
    ]
    assert near[0]["id"] == camera.id and near[0]["distance_m"] == 0
    assert near == sorted(near, key=lambda item: (not item["sees"], item["distance_m"]))
    assert len(client.get("/api/v1/categories?limit=500").json()["items"]) == len(served.city.catalogue)
    sources = {source["name"]: source for source in client.get("/api/v1/sources").json()["items"]}
    assert set(sources) == set(served.city.sources)
    assert sum(source["accepted"] for source in sources.values()) == 1
    one = next(source for source in sources.values() if source["accepted"])
    assert one["last_message_at"] and one["format"] and one["transport"]


def test_the_overview_counts_what_a_person_may_count(served: Served) -> None:
    for skip in range(3):
        served.open_incident(TOWN_A, "UM-01001", skip * 4)
    number = served.open_incident(TOWN_B)
    drill = served.open_incident(TOWN_B, "UM-02001", 9)
    with served.database.write() as session:
        session.execute(update(Incident).where(Incident.number == number).values(is_overdue=True))
        session.execute(update(Incident).where(Incident.number == drill).values(drill=True))
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    overview = client.get("/api/v1/overview").json()
    totals, domains = overview["totals"], overview["domains"]
    listed = [item for item in client.get("/api/v1/incidents").json()["items"] if not item["drill"]]
    assert totals["open"] == len(listed) == totals["opened_today"] and totals["overdue"] == 1
    assert sum(totals["severity"].values()) == totals["open"] == sum(one["open"] for one in domains.values())
    assert set(domains) == {"emergency", "public_order", "urban_management", "transport"}
    trend = domains["urban_management"]["trend_24h"]
    assert len(trend) == 24 and sum(hour["opened"] for hour in trend) == domains["urban_management"]["open"]
    children = {child["code"]: child for child in overview["children"]}
    assert len(children) == 15 and children[TOWN_B]["open"] == 1 and children[TOWN_B]["overdue"] == 1
    assert overview["on_duty"] and all("*" in person["name"] for person in overview["on_duty"])
    assert overview["demo"] is True and overview["epoch"] and overview["number"] > 0
    town = client.get(f"/api/v1/overview?area={TOWN_B}&domain=urban_management").json()
    assert town["totals"]["open"] == 1 and town["area"]["code"] == TOWN_B and len(town["domains"]) == 1


def test_indicators_come_with_numerator_and_denominator(served: Served) -> None:
    numbers = [served.open_incident(TOWN_A, "UM-01001", skip * 4) for skip in range(3)]
    now = datetime.now(UTC)
    with served.database.write() as session:
        for n, number in enumerate(sorted(set(numbers))):
            session.execute(
                update(Incident)
                .where(Incident.number == number)
                .values(
                    filed_at=now,
                    dispatched_at=now,
                    disposed_at=now + timedelta(seconds=60),
                    returns=n % 2,
                    closed_at=now + timedelta(seconds=90) if n == 0 else None,
                    state="closed" if n == 0 else "disposed",
                )
            )
        rebuild_figures(Ledger(session, served.city, now))
    client = served.enter(Role.DISTRICT_OPERATOR, DISTRICT)
    period = {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    kpi = client.get("/api/v1/kpi", params=period).json()
    cases = len(set(numbers))
    assert kpi["indicators"]["dispatch_accuracy"]["denominator"] == cases
    assert kpi["indicators"]["closing_rate"]["numerator"] == 1
    assert kpi["indicators"]["mean_close_s"]["value"] == pytest.approx(90.0, abs=30)
    for name in ("on_time_disposal_rate", "rework_rate", "return_rate", "valid_report_rate", "satisfaction_rate"):
        assert {"value", "numerator", "denominator", "cases"} == set(kpi["indicators"][name]), name
    opened = client.get(kpi["indicators"]["closing_rate"]["cases"]).json()
    assert [one["number"] for one in opened["items"]] == [min(numbers)] and opened["count"] == 1
    assert kpi["scores"][0]["value"] is not None and kpi["demo"] is True
    book = client.get("/api/v1/kpi.xlsx", params={**period, "by": "area"})
    assert book.status_code == 200 and book.content[:2] == b"PK"
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        words = parts.read("xl/sharedStrings.xml").decode()
        assert b'topLeftCell="B5"' in parts.read("xl/worksheets/sheet2.xml"), "names and heads stand still"
    assert "演示数据" in words and "按期处置率" in words
    grouped = client.get("/api/v1/kpi", params={**period, "by": "area"}).json()["items"]
    assert [group["key"] for group in grouped] == [TOWN_A] and grouped[0]["name"]["zh"]
    for by in ("domain", "department", "category"):
        assert client.get("/api/v1/kpi", params={**period, "by": by}).json()["items"], by
    assert client.get("/api/v1/kpi", params={"from": period["to"], "to": period["from"]}).status_code == 422


def healthy(served: Served) -> None:
    state = IngestState(
        is_ready=True, detail="every session hears", sessions=[SessionState(0, "subscribed", True, 1.0)],
        sessions_wanted=1, sessions_hearing=1, in_flight=0, received={"native": 5}, told={"native": 2},
        quarantined={}, ignored={"no_source": 1}, store_failures=0, city_version="1", started_s_ago=10.0,
    )  # fmt: skip
    served.bus.answers[subjects.INGEST_STATE] = lambda _: msgspec.json.encode(state)
    gate = GateState(is_ready=True, credentials=3, admitted=2, reasons={"wrong_password": 1}, publishes={"a": 4})
    served.bus.answers[subjects.GATE_STATE] = lambda _: msgspec.json.encode(gate)
    served.bus.answers[subjects.BRAIN_STATE] = lambda _: msgspec.json.encode({"brain": "b", "beat_age_s": 0.3})
    figures = [{"name": "citybrain_brain_batches", "kind": "counter", "help": "Batches", "labels": {}, "value": 7}]
    with served.database.write() as session:
        for name, data in (("timers", {}), ("metrics", {"metrics": figures})):
            session.add(BrainState(name=name, brain="b", at=datetime.now(UTC), data=data))


def test_readiness_names_every_check(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served.client()
    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    checks = answer.json()["checks"]
    assert answer.status_code == 503
    assert {"database", "migration", "bus", "sessions", "canary", "brain", "timers"} <= set(checks)
    assert checks["database"]["ok"] and not checks["sessions"]["ok"] and not checks["timers"]["ok"]
    healthy(served)
    from sqlalchemy import text

    from foundation.schema import wanted_revision

    with served.database.write() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))"))
        session.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": wanted_revision()})
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.text
    with monkeypatch.context() as full:
        full.setattr(readiness.shutil, "disk_usage", lambda _: SimpleNamespace(free=ROOM_BYTES - 1, total=2**40))
        assert "is full" in client.get("/readyz").json()["checks"]["disk"]["detail"]
    del served.bus.answers[subjects.BRAIN_STATE]
    silent = client.get("/readyz")
    assert silent.status_code == 503 and silent.json()["checks"]["brain"]["detail"] == "the brain does not answer"
    served.bus.answers[subjects.BRAIN_STATE] = lambda _: msgspec.json.encode({"brain": "b", "beat_age_s": 9.0})
    assert "stood still" in client.get("/readyz").json()["checks"]["brain"]["detail"]
    with served.database.write() as session:
        session.execute(update(BrainState).values(at=datetime.now(UTC) - timedelta(minutes=1)))
    assert client.get("/readyz").json()["checks"]["timers"]["ok"] is False


def test_devices_that_lose_messages_are_a_figure_and_a_mark(served: Served) -> None:
    healthy(served)
    with served.database.write() as session:
        for device, gaps in (("air-station-001", 250), ("air-station-002", 3)):
            now = datetime.now(UTC)
            session.add(DeviceState(device=device, status="online", last_seen_at=now, sequence_gaps=gaps))
    client = served.client()
    # what does not answer within two seconds is left out; the first to ask reads the whole city
    text = eventually(lambda: [t for t in (client.get("/metrics").text,) if "device_sequence_gaps" in t], 30)[0]
    assert "citybrain_device_sequence_gaps 253.0" in text and "citybrain_devices_gap_alarm 1.0" in text
    items = (
        served.enter(Role.SYSTEM_ADMIN, served.city.code).get("/api/v1/devices?q=air-station-00").json()["items"]
    )
    assert {d["id"] for d in items if d["gap_alarm"]} == {"air-station-001"}


def test_figures_are_of_all_three_roles(served: Served) -> None:
    healthy(served)
    client = served.client()
    client.get("/livez")
    figures = client.get("/metrics").text
    assert 'citybrain_up{role="ingest"} 1.0' in figures and "citybrain_brain_batches_total 7.0" in figures
    assert 'citybrain_ingest_received_total{source="native"} 5.0' in figures
    assert "citybrain_http_requests_total" in figures and "citybrain_live_clients" in figures


def test_pages_and_their_files(serve: Callable[..., Served], tmp_path: Path) -> None:
    static = tmp_path / "built"
    (static / "assets").mkdir(parents=True)
    for name in ("wall.html", "desk.html", "field.html", "field-sw.js"):
        (static / name).write_text(f"<!doctype html><title>{name}</title>")
    (static / "assets" / "wall-abcdef12.js").write_text("1")
    (static / "assets" / "field.webmanifest").write_text("{}")
    (tmp_path / "secret.txt").write_text("secret")
    served = serve(static=static)
    client = served.client()
    for path in ("/wall", "/wall/emergency", "/wall/public-order", "/wall/urban-management", "/wall/transport",
                 "/desk", "/desk/incidents/3", "/field"):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html"), path
        assert page.headers["cache-control"] == "no-cache"
    assert client.get("/wall/nothing").status_code == 404
    policy = client.get("/wall").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
    headers = client.get("/desk").headers
    assert (
        headers["x-content-type-options"] == "nosniff" and headers["cross-origin-opener-policy"] == "same-origin"
    )
    assert "immutable" in client.get("/assets/wall-abcdef12.js").headers["cache-control"]
    assert client.get("/assets/field.webmanifest").headers["content-type"] == "application/manifest+json"
    assert client.get("/field-sw.js").headers["content-type"].startswith("text/javascript")
    for path in (
        "/assets/../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%00",
        "/assets/",
        "/secret.txt",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get("/").headers["location"] == "/desk"
    assert served.enter(Role.WALL, DISTRICT).get("/").headers["location"] == "/wall"
    worker = served.city.workers.list_workers(role="grid_worker")[0]
    assert served.enter(Role.GRID_WORKER, worker.area, worker=worker.id).get("/").headers["location"] == "/field"


def test_pages_that_are_not_built_say_so(served: Served) -> None:
    answer = served.client().get("/wall")
    assert answer.status_code == 503 and "make build" in answer.json()["detail"]


def test_similar_open_ones_are_offered_nearest_first(served: Served) -> None:
    client = served.enter(Role.TOWN_OPERATOR, TOWN_A)
    number = served.open_incident(TOWN_A)
    place = client.get(f"/api/v1/incidents/{number}").json()["location"]
    query = {"lon": place["lon"], "lat": place["lat"], "category": "UM-01001"}
    (found,) = client.get("/api/v1/incidents/similar", params=query).json()["items"]
    assert found["number"] == number and found["distance_m"] == 0
    assert client.get("/api/v1/incidents/similar", params={**query, "lat": 34.5}).json()["items"] == []


def test_who_can_hold_a_case_is_listed_within_ones_areas(served: Served) -> None:
    of_town = served.enter(Role.TOWN_OPERATOR, TOWN_A).get("/api/v1/posts").json()["items"]
    assert {"department", "desk", "team", "community", "grid"} <= {post["kind"] for post in of_town}
    own = {post["code"] for post in of_town if post["kind"] != "department"}
    assert own and all(TOWN_A in code for code in own)
