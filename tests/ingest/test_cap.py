"""Public warnings: what concerns the city is told once, through all messages of its chain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from grid.city import City
from ingest.observation import Observation, Phase
from tests.ingest.pushing import NOW, Pusher, list_samples, outcome_of

TOWN = "321311001"
AROUND = "33.5,117.9 33.5,118.9 34.3,118.9 34.3,117.9 33.5,117.9"
ELSEWHERE = "42.0,-83.0 42.1,-83.0 42.1,-82.9 42.0,-83.0"


def info(
    event: str = "暴雨红色预警", language: str = "zh-CN", severity: str = "Extreme", area: str = "", more: str = ""
) -> str:
    area = area or f"<area><areaDesc>宿豫区</areaDesc><polygon>{AROUND}</polygon></area>"
    return (
        f"<info><language>{language}</language><category>Met</category><event>{event}</event><urgency>Expected</urgency>"
        f"<severity>{severity}</severity><certainty>Likely</certainty><expires>2026-03-01T20:00:00+08:00</expires>"
        f"<headline>{event}</headline>{more}{area}</info>"
    )


def alert(id: str = "a1", kind: str = "Alert", refs: str = "", body: str | None = None, **changed: str) -> str:
    facts = {"status": "Actual", "scope": "Public", "sent": "2026-03-01T15:59:00+08:00", "ns": "1.2"} | changed
    references = "".join(f"met@example.cn,{ref},2026-03-01T15:00:00+08:00 " for ref in refs.split()).strip()
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:{facts["ns"]}">'
        f"<identifier>{id}</identifier><sender>met@example.cn</sender><sent>{facts['sent']}</sent>"
        f"<status>{facts['status']}</status><msgType>{kind}</msgType><scope>{facts['scope']}</scope>"
        f"<references>{references}</references>{info() if body is None else body}</alert>"
    )


@pytest.fixture
def pusher(city: City) -> Pusher:
    return Pusher(city, "cap")


def one(pusher: Pusher, body: str) -> Observation:
    (told,) = pusher.told(body, "application/xml")
    return told


def ignored(pusher: Pusher, body: str) -> str | None:
    taken = pusher.push(body, "application/xml")
    assert not taken.records, taken.records
    return taken.ignored


def test_a_warning_is_proposed_with_its_grade_and_area(pusher: Pusher, city: City) -> None:
    told = one(pusher, alert())
    assert (told.kind, told.category, told.severity, told.confidence) == ("warning", "EM-06001", 1, 0.8)
    assert told.area == city.code and told.lon is None and told.id == "met@example.cn,a1"
    assert told.at.isoformat() == "2026-03-01T07:59:00+00:00" and told.text == "暴雨红色预警"
    assert ignored(pusher, alert()) == "cap_repeated", "a feed is read again and again"
    spaced = one(pusher, alert("a2", sent="2026-03-01 15:59:00+08:00", ns="1.1"))
    assert spaced.at == told.at, "as the Chinese standard writes it"


def test_the_chain_replaces_and_cancel_ends(pusher: Pusher) -> None:
    begin = one(pusher, alert())
    update = one(pusher, alert("a2", "Update", "a1", info("暴雨橙色预警", severity="Severe")))
    assert (update.id, update.phase, update.severity) == (begin.id, Phase.UPDATE, 2)
    again = one(pusher, alert("a3", "Update", "a2"))
    assert (again.id, again.phase) == (begin.id, Phase.UPDATE)
    end = one(pusher, alert("a4", "Cancel", "a1 a2 a3", "", sent="2026-03-01T16:00:00+08:00"))
    assert (end.id, end.phase, end.category) == (begin.id, Phase.END, begin.category)
    assert ignored(pusher, alert("a4", "Cancel", "a1 a2 a3", "")) == "cap_cancelled"


def test_out_of_order_and_across_a_restart(pusher: Pusher, city: City) -> None:
    assert ignored(pusher, alert("b2", "Cancel", "b1", "")) == "cap_cancel_of_unknown"
    assert ignored(pusher, alert("b1")) == "cap_cancelled", "the cancel overtook its alert"
    first = pusher.push(alert("c2", "Update", "c1"), "application/xml")
    assert isinstance(first.records[0], Observation) and first.records[0].id == "met@example.cn,c1"
    assert ignored(pusher, alert("c1")) == "cap_repeated", "an update is newer than what it replaces"
    other = Pusher(city, "cap")
    other.senses.restore({key: content for key, content in first.states.items() if content is not None})
    assert one(other, alert("c3", "Cancel", "c1 c2", "")).phase is Phase.END


def test_it_ends_when_it_expires_or_moves_away(pusher: Pusher) -> None:
    one(pusher, alert())
    assert not pusher.senses.pass_time(NOW + timedelta(hours=3)).records
    (end,) = pusher.senses.pass_time(NOW + timedelta(hours=5)).records
    assert isinstance(end, Observation) and end.phase is Phase.END and end.at.hour == 12
    assert not pusher.senses.pass_time(NOW + timedelta(hours=6)).records
    begin = one(pusher, alert("d1"))
    away = info(area=f"<area><areaDesc>-</areaDesc><polygon>{ELSEWHERE}</polygon></area>")
    end = one(pusher, alert("d2", "Update", "d1", away))
    assert (end.id, end.phase) == (begin.id, Phase.END)
    clear = alert("e2", "Update", "e1", info(more="<responseType>AllClear</responseType>"))
    one(pusher, alert("e1"))
    assert one(pusher, clear).phase is Phase.END


def area(inner: str, words: str = "-") -> str:
    return f"<area><areaDesc>{words}</areaDesc>{inner}</area>"


def geocode(value: str) -> str:
    return area(f"<geocode><valueName>GB/T2260</valueName><value>{value}</value></geocode>")


def test_areas_become_areas_of_the_city(pusher: Pusher, city: City) -> None:
    town = city.tree.get_area(TOWN)
    shape = city.map.find_shape(TOWN)
    assert shape is not None
    point = shape.representative_point()
    cases = {
        geocode("321311"): city.code,
        geocode("320000"): city.code,
        geocode("321300000000"): city.code,
        geocode(f"{TOWN}000"): TOWN,
        area("", f"{town.name}等地"): TOWN,
        area(f"<circle>{point.y},{point.x} 0.1</circle>"): None,
        area("<circle>33.95,118.3 80</circle>"): city.code,
    }
    for n, (written, wanted) in enumerate(cases.items()):
        told = one(pusher, alert(f"f{n}", body=info(area=written)))
        assert told.area == wanted, (written, told)
        if wanted is None:
            assert told.lon is not None and abs(told.lon - point.x) < 0.01
    for written in (geocode("006109"), geocode("310000"), area("", "Onondaga"), area("<circle>0,0 0</circle>")):
        assert ignored(pusher, alert("g", body=info(area=written))) == "cap_outside"
    nowhere = one(pusher, alert("h", body=info(area=" ")))
    assert nowhere.area is None and nowhere.lon is None, "no area is named: a person judges"


def test_one_of_several_languages_is_shown(pusher: Pusher) -> None:
    both = info("Heavy rain", "en-US", "Severe", more="<description>x</description>") + info("暴雨")
    told = one(pusher, alert("i1", body=both))
    assert told.text == "暴雨" and told.severity == 1
    told = one(pusher, alert("i2", body=info("Heat wave", "fr-CA") + info("Strong wind", "en-CA")))
    assert told.text == "Strong wind" and told.category == "EM-06002"


def test_what_is_not_meant_for_the_public_is_visible_as_such(pusher: Pusher) -> None:
    told = one(pusher, alert("j1", status="Exercise"))
    assert told.drill and not one(pusher, alert("j2")).drill
    assert ignored(pusher, alert("j3", status="Draft")) == "cap_draft"
    assert ignored(pusher, alert("j4", scope="Private")) == "cap_private"
    assert ignored(pusher, alert("j5", "Ack")) == "cap_ack"
    assert ignored(pusher, alert("j6", body="")) == "cap_no_info"
    late = Pusher(pusher.senses.city, "cap")
    late.at = NOW + timedelta(days=2)
    assert ignored(late, alert("j7")) == "cap_expired"


def test_feeds_envelopes_and_signatures(pusher: Pusher) -> None:
    def bare(id: str, **changed: str) -> str:
        return alert(id, **changed).partition("?>")[2]

    broken = bare("k2").replace("<scope>Public</scope>", "")
    entries = f"<entry><content>{bare('k1')}</content></entry><entry>{broken}</entry>"
    feed = f"<feed><id>1</id><title>t</title>{entries}</feed>"
    taken = pusher.push(feed, "application/atom+xml")
    assert sorted(type(record).__name__ for record in taken.records) == ["Observation", "Quarantined"]
    envelope = "<EDXLDistribution><contentObject><xmlContent><embeddedXMLContent>{}</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>"  # noqa: E501
    assert one(pusher, envelope.format(bare("k3"))).area == pusher.senses.city.code
    wrapped = f"<feed><entry><content type='text/xml'><![CDATA[{alert('k5')}]]></content></entry></feed>"
    assert one(pusher, wrapped).area == pusher.senses.city.code
    signed = bare("k4").replace(
        "</alert>", "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/></alert>"
    )
    assert one(pusher, signed).flags == ("unverified_signature",)
    assert (
        ignored(pusher, "<rss><channel><item><title>t</title><link>l</link></item></channel></rss>") == "cap_index"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("{}", "not_xml"),
        ("<html/>", "wrong_shape"),
        ("<!DOCTYPE alert [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><alert>&x;</alert>", "doctype"),
        (alert().replace("<sender>met@example.cn</sender>", ""), "wrong_shape"),
        (alert(kind="Alarm"), "wrong_shape"),
        (alert(sent="soon"), "wrong_shape"),
        (alert(body=info(area=area("<polygon>1 2 3</polygon>"))), "wrong_shape"),
        (alert(body=info(area=area("<circle>95,200 1</circle>"))), "wrong_shape"),
        (alert(body=info(area=area("<polygon>nan,1 2,3 4,5 nan,1</polygon>"))), "wrong_shape"),
        (alert(body="<info><event>x</event></info>"), "wrong_shape"),
        (alert()[:-20], "not_xml"),
    ],
)
def test_broken_warnings_are_refused(pusher: Pusher, body: str, reason: str) -> None:
    assert pusher.refused(body, "application/xml") == reason


def test_every_real_warning_has_an_outcome(pusher: Pusher) -> None:
    outcomes = {}
    for path in list_samples("data/cap_alerts", "samples/cap", "samples/edxl_de"):
        outcomes[f"{path.parent.name}/{path.name}"] = outcome_of(pusher.push(path.read_bytes(), "application/xml"))
    assert all(not out.endswith("fault") for out in outcomes.values()), outcomes
    for name, outcome in outcomes.items():
        stem = name.partition("/")[2].partition(".")[0]
        if "xee" in name:
            assert outcome == "refused:doctype", (name, outcome)
        elif stem in ("canada", "canada_signed", "earthquake", "earthquake-iso8859-1", "weather", "australia"):
            assert outcome == "ignored:cap_outside", (name, outcome)
        elif stem.startswith("invalid"):
            assert outcome.startswith("refused:"), (name, outcome)


def test_an_envelope_of_an_exercise_holds_no_real_warning(pusher: Pusher) -> None:
    inner = alert().partition("?>")[2]
    status = "<distributionStatus>{}</distributionStatus>"
    envelope = f"<EDXLDistribution>{status}<contentObject>{{}}</contentObject></EDXLDistribution>"
    assert one(pusher, envelope.format("Exercise", inner)).drill
    assert not one(pusher, envelope.format("Actual", inner.replace(">a1<", ">a2<"))).drill
    assert ignored(pusher, envelope.format("System", inner.replace(">a1<", ">a3<"))) == "cap_system"


def test_what_an_update_or_cancel_has_overtaken_is_not_told_any_more(pusher: Pusher) -> None:
    one(pusher, alert())
    one(pusher, alert("a3", "Update", "a1", sent="2026-03-01T15:59:50+08:00"))
    assert (
        ignored(pusher, alert("a2", "Update", "a1", sent="2026-03-01T15:59:20+08:00")) == "cap_older_than_the_last"
    )
    end = one(pusher, alert("a5", "Cancel", "a1 a3", sent="2026-03-01T15:59:58+08:00"))
    assert end.phase is Phase.END
    assert (
        ignored(pusher, alert("a4", "Update", "a3", sent="2026-03-01T15:59:55+08:00")) == "cap_older_than_the_last"
    )
    again = one(pusher, alert("a6", "Update", "a3", sent="2026-03-01T16:00:00+08:00"))
    assert again.phase is Phase.BEGIN, "issued anew after its cancel"


def test_a_shape_that_cannot_be_drawn_or_a_time_that_is_none_loses_no_warning(pusher: Pusher, city: City) -> None:
    area = "<area><areaDesc>{}</areaDesc><polygon>33.9,118.2 33.9,118.4</polygon></area>"
    assert one(pusher, alert("b1", body=info(area=area.format("宿豫区")))).area == city.code
    assert pusher.refused(alert("b2", body=info(area=area.format("x"))), "application/xml") == "wrong_shape"
    for n, never in enumerate(("soon", "9999-12-31T23:59:59-12:00")):
        body = info().replace("2026-03-01T20:00:00+08:00", never)
        assert one(pusher, alert(f"c{n}", body=body)).phase is Phase.BEGIN
