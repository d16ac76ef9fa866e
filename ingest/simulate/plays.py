"""What can happen in the simulated city: one line a kind of happening, with who notices it and when.

Comes in: nothing, this is a table. Goes out: ``PLAYS`` for ``day_book.py``. Texts are made up; there are no
deaths, petitions, epidemics or crowds at government buildings in it, and nobody's name or address.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.simulate.rhythm import Busy

MEASURE, SEE, CALL, REPORT = "measure", "see", "call", "report"


@dataclass(frozen=True, slots=True)
class Play:
    """One kind of happening.

    ``voice`` notices it first: a device (``of`` is its kind; the city's own rules say what is too much), a
    camera (``of`` its kind, ``labels`` and ``zones`` what is where in the picture), a caller, or a worker on
    the round. ``also``: further voices, each with its probability. ``minutes``: how long the thing lasts.
    """

    name: str
    domain: str
    category: str
    voice: str
    weight: float
    of: str = ""
    labels: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    minutes: tuple[float, float] = (6, 20)
    busy: tuple[Busy, ...] = ()
    rain: float = 1.0
    also: tuple[tuple[str, float], ...] = ()
    is_answered: bool = False


DAWN = (Busy(4.5, 8, 5),)
EVENING = (Busy(18, 23, 3),)
NIGHT = (Busy(20, 6, 4),)
PEAKS = (Busy(7, 9, 4), Busy(16.5, 19, 4))
SCHOOL = (Busy(7, 8.5, 8), Busy(11.3, 12.3, 4), Busy(16, 17.7, 8))
WORKDAY = (Busy(8, 18, 3),)
CARS = ("car", "truck")

_UM, _EM, _PO, _TR = "urban_management", "emergency", "public_order", "transport"

_URBAN = (
    Play(
        "manhole_tilt",
        _UM,
        "UM-01003",
        MEASURE,
        3.0,
        of="manhole_cover",
        texts=("{place}附近井盖移位，车压过去响得厉害", "{place}路边井盖翘起一角，请尽快处理"),
        labels=("manhole",),
        minutes=(8, 25),
        rain=2.0,
        also=((CALL, 0.35), (SEE, 0.3)),
    ),
    Play("street_lamp", _UM, "UM-01037", MEASURE, 3.0, of="street_lamp", minutes=(10, 40), busy=NIGHT),
    Play("bin_full", _UM, "UM-06042", MEASURE, 3.0, of="waste_bin", minutes=(10, 40), busy=EVENING),
    Play("hydrant_pressure", _UM, "UM-01013", MEASURE, 1.0, of="hydrant", minutes=(10, 30)),
    Play("site_dust", _UM, "UM-08004", MEASURE, 1.5, of="air_station", minutes=(10, 30), busy=WORKDAY),
    Play(
        "noise_meter",
        _UM,
        "UM-06028",
        MEASURE,
        2.0,
        of="noise_meter",
        texts=("{place}旁音响声音太大，影响休息", "{place}附近深夜施工噪声扰民"),
        minutes=(8, 25),
        busy=EVENING,
        also=((CALL, 0.4),),
    ),
    Play(
        "vendors",
        _UM,
        "UM-09006",
        SEE,
        3.0,
        of="market",
        labels=("person", "person", "person"),
        texts=("{place}门口流动摊贩占道，路不好走",),
        minutes=(10, 40),
        busy=DAWN,
        also=((CALL, 0.2),),
    ),
    Play("market_parking", _UM, "UM-09009", SEE, 1.5, of="market", labels=CARS, busy=DAWN),
    Play("refuse_seen", _UM, "UM-06042", SEE, 0.5, of="estate_gate", labels=("waste_bin",)),
    Play("fire_lane", _UM, "UM-09012", SEE, 1.5, of="estate_gate", labels=("car",), busy=EVENING),
    Play("spoil_truck", _UM, "UM-08011", SEE, 1.0, of="construction", labels=("truck",), busy=WORKDAY),
    Play(
        "road_broken",
        _UM,
        "UM-06013",
        CALL,
        2.0,
        texts=("{place}门前路面破了一个坑，骑车差点摔倒", "{place}附近人行道砖松动"),
        busy=WORKDAY,
        rain=1.6,
    ),
    Play(
        "shop_outside",
        _UM,
        "UM-09005",
        CALL,
        2.0,
        texts=("{place}旁店铺把货摆到人行道上", "{place}附近夜市桌椅占了半条路"),
        busy=EVENING,
    ),
    Play("refuse", _UM, "UM-06010", REPORT, 2.5, texts=("巡查发现{place}旁有暴露垃圾", "{place}背街有零散垃圾")),
    Play("flyers", _UM, "UM-07001", REPORT, 1.5, texts=("{place}围墙上有小广告",)),
    Play("kerb", _UM, "UM-06050", REPORT, 1.0, texts=("{place}路缘石缺损一块",)),
    Play("bicycles", _UM, "UM-09010", REPORT, 1.5, texts=("{place}门口非机动车停放杂乱",), busy=PEAKS),
    Play(
        "fallen_cable",
        _UM,
        "UM-10002",
        CALL,
        0.7,
        texts=("{place}附近有线缆垂下来，看着像通信线",),
        rain=2.0,
    ),
)

_EMERGENCY = (
    Play(
        "underpass_water",
        _EM,
        "EM-09006",
        MEASURE,
        1.5,
        of="underpass_water",
        texts=("{place}下穿有积水，小车过不去",),
        minutes=(12, 35),
        rain=12.0,
        also=((CALL, 0.4), (SEE, 0.3)),
        labels=("water",),
    ),
    Play("sewage", _EM, "EM-09003", MEASURE, 3.0, of="sewage_well", minutes=(10, 30), rain=3.0),
    Play("river_level", _EM, "EM-05001", MEASURE, 1.0, of="river_level", minutes=(20, 50), rain=6.0),
    Play("heavy_rain", _EM, "EM-06001", MEASURE, 0.3, of="rain_gauge", minutes=(15, 40), rain=20.0),
    Play("pump_fault", _EM, "EM-05003", MEASURE, 2.0, of="pump_station", minutes=(10, 30), rain=2.0),
    Play("gas", _EM, "EM-04007", MEASURE, 1.5, of="gas_detector", minutes=(6, 15)),
    Play(
        "smoke",
        _EM,
        "EM-04001",
        MEASURE,
        1.5,
        of="smoke_detector",
        texts=("{place}附近楼道里有烟味",),
        minutes=(5, 12),
        also=((CALL, 0.3),),
    ),
    Play("toxic_gas", _EM, "EM-03005", MEASURE, 1.0, of="toxic_gas_detector", minutes=(6, 15)),
    Play("bridge_tilt", _EM, "EM-09010", MEASURE, 0.4, of="bridge_tilt", minutes=(10, 20)),
    Play("ebike", _EM, "EM-04004", SEE, 2.0, of="estate_gate", labels=("motorcycle",), busy=EVENING),
    Play("fire_seen", _EM, "EM-04005", CALL, 0.4, texts=("{place}东边地里有人烧秸秆，烟很大",), busy=EVENING),
    Play("hazard", _EM, "EM-01003", REPORT, 2.5, texts=("巡查{place}发现配电箱未上锁", "{place}灭火器过期")),
    Play("blocked_exit", _EM, "EM-04002", REPORT, 2.0, texts=("{place}疏散通道堆放纸箱",), busy=WORKDAY),
    Play("fire_equipment", _EM, "EM-04003", REPORT, 1.5, texts=("{place}消防栓箱门打不开",)),
    Play("main_burst", _EM, "EM-09001", CALL, 1.0, texts=("{place}路边水管爆了，水往外冒",)),
    Play("lift", _EM, "EM-01006", CALL, 0.6, texts=("{place}电梯停在两层之间，里面的人情况稳定",)),
    Play("waterlogged_field", _EM, "EM-05005", REPORT, 0.8, texts=("{place}南侧低洼田块有积水",), rain=6.0),
)

_PUBLIC_ORDER = (
    Play(
        "neighbours",
        _PO,
        "PO-01001",
        CALL,
        3.0,
        texts=("{place}两户因为空调滴水争执", "{place}两家因晾晒位置争执"),
    ),
    Play("property_fee", _PO, "PO-01006", CALL, 2.5, texts=("{place}业主与物业因停车收费有分歧",)),
    Play("consumer", _PO, "PO-01008", CALL, 2.0, texts=("在{place}附近买的家电不给退换",), busy=WORKDAY),
    Play("wages", _PO, "PO-01005", CALL, 1.0, texts=("{place}工地上个月工资还没结清",), busy=WORKDAY),
    Play("stray_dog", _PO, "PO-03006", SEE, 1.5, of="estate_gate", labels=("dog",)),
    Play("thrown", _PO, "PO-03005", CALL, 1.5, texts=("{place}楼上有人往下扔东西，没有伤到人",)),
    Play("riverside", _PO, "PO-03007", SEE, 1.5, of="river_bank", labels=("person",), minutes=(5, 12)),
    Play("damaged_bench", _PO, "PO-02010", REPORT, 1.5, texts=("{place}公共座椅被人为损坏",)),
    Play("school_area", _PO, "PO-04002", REPORT, 1.5, texts=("{place}周边有三无食品摊点",), busy=SCHOOL),
    Play("rental", _PO, "PO-04001", REPORT, 2.0, texts=("{place}出租房楼道内拉线充电",), busy=EVENING),
    Play(
        "enquiry",
        _PO,
        "PO-06001",
        CALL,
        4.0,
        texts=("咨询居住证在哪里办理", "咨询老年卡怎么补办", "咨询公租房申请需要什么材料"),
        busy=WORKDAY,
        is_answered=True,
    ),
    Play("help", _PO, "PO-06002", CALL, 1.5, texts=("{place}家中水表不走，请帮忙联系",), busy=WORKDAY),
    Play("suggestion", _PO, "PO-06005", CALL, 1.0, texts=("建议{place}增设一处非机动车停车点",), is_answered=True),
)

_TRANSPORT = (
    Play(
        "queue",
        _TR,
        "TR-03001",
        MEASURE,
        3.0,
        of="traffic_radar",
        texts=("{place}堵了好久没动",),
        minutes=(8, 25),
        busy=PEAKS,
        rain=2.0,
        also=((SEE, 0.35), (CALL, 0.15)),
        labels=CARS,
    ),
    Play("no_parking", _TR, "TR-07001", MEASURE, 3.0, of="parking_sensor", minutes=(8, 25), busy=WORKDAY),
    Play("no_parking_seen", _TR, "TR-07001", SEE, 1.5, of="junction", labels=("car",), zones=("no_parking",)),
    Play(
        "passengers",
        _TR,
        "TR-06001",
        SEE,
        1.2,
        of="bus_station",
        labels=("person", "person", "person", "person"),
        minutes=(10, 25),
        busy=PEAKS,
    ),
    Play("passenger_count", _TR, "TR-06001", MEASURE, 0.8, of="passenger_counter", minutes=(10, 25), busy=PEAKS),
    Play("school_gate", _TR, "TR-03003", SEE, 2.0, of="school_gate", labels=("car", "person"), busy=SCHOOL),
    Play("breakdown_seen", _TR, "TR-04001", SEE, 2.0, of="highway", labels=("car",), minutes=(8, 25)),
    Play("hazmat_stop", _TR, "TR-05003", SEE, 1.0, of="industrial_park", labels=("truck",), minutes=(8, 20)),
    Play("breakdown", _TR, "TR-04001", CALL, 1.5, texts=("{place}附近有车抛锚，占着一条车道",), busy=PEAKS),
    Play("scrape", _TR, "TR-01001", CALL, 1.5, texts=("{place}路口两车剐蹭，没有人受伤",), busy=PEAKS, rain=2.0),
    Play("debris", _TR, "TR-02001", CALL, 1.2, texts=("{place}路面上掉了几块木板",)),
    Play("signal_out", _TR, "TR-02007", CALL, 1.0, texts=("{place}路口红绿灯不亮",), rain=1.5),
    Play("charging_bay", _TR, "TR-07004", CALL, 1.5, texts=("{place}充电车位被油车占了",), busy=EVENING),
    Play("fallen_tree", _TR, "TR-02002", REPORT, 1.0, texts=("{place}旁倒了一棵行道树，已围挡",), rain=4.0),
    Play("rural_road", _TR, "TR-02008", REPORT, 1.2, texts=("{place}村道边沟塌了一段",)),
)

PLAYS: tuple[Play, ...] = (*_URBAN, *_EMERGENCY, *_PUBLIC_ORDER, *_TRANSPORT)
