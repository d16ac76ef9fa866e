"""Identity at the embedded engine: whose credential, client id and topics; what was refused is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from foundation.bus.admission import Connected
from foundation.bus.callout import Knock
from foundation.bus.credentials import GATEWAY, read_passwords
from foundation.database import Database
from ingest.gate.credential_tables import MqttRefusal
from ingest.gate.credentials import (
    BadCredential,
    Book,
    Credential,
    NewCredential,
    add_credential,
    credentials_stamp,
    digest_of,
    make_book,
    read_credentials,
    revoke_credential,
)
from ingest.gate.doorkeeper import GATE_AWAY, STRANGER, Doorkeeper
from ingest.gate.engine_log import EngineLog, Unadmitted, read_violation
from ingest.gate.gate import Refused, write_refusals
from tests.ingest.instruments import NOW, Engine

ONE, OTHER = "air-station-001", "air-station-002"


def wait_until(holds: Callable[[], bool], patience_s: float = 10.0) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def is_admitted(engine: Engine, name: str, client_id: str, *, password: str | None = None) -> bool:
    """Knock once and return the engine's answer."""
    answers: list[bool] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    client.username_pw_set(name, password or read_passwords(engine.settings.data)[name])
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(not reason.is_failure)
    client.connect("127.0.0.1", engine.settings.mqtt_port)
    while not answers:
        client.loop(0.1)
    client.disconnect()
    return answers[0]


def test_a_thief_of_a_client_id_is_refused_before_the_victim_is_evicted(engine: Engine) -> None:
    lost: list[object] = []
    victim = engine.connect(ONE, "a-client-id")
    victim.on_disconnect = lambda *said: lost.append(said)
    for thief in (OTHER, GATEWAY):
        assert not is_admitted(engine, thief, "a-client-id")
    assert not is_admitted(engine, OTHER, ONE)  # the own name of a device is its own, connected or not
    assert not is_admitted(engine, OTHER, "citybrain-ingest-3-guessed")
    assert victim.is_connected() and not lost
    engine.connect(ONE, "a-client-id")  # the same credential takes its own place
    wait_until(lambda: bool(lost))


def test_a_client_id_is_free_again_when_its_holder_has_gone(engine: Engine) -> None:
    first = engine.connect(ONE, "in-turn")
    first.disconnect()
    first.loop_stop()
    time.sleep(3.1)
    assert engine.connect(OTHER, "in-turn").is_connected()


def test_a_bound_credential_takes_no_other_client_id(engine: Engine) -> None:
    book = engine.gate.book
    assert book is not None
    bound = Credential(name="bound", digest=digest_of("pw"), device="air-station-003", client_id="its-own")
    engine.gate.book = make_book([*book.by_name.values(), bound], book.filters)
    assert engine.gate.gate is not None
    gate = engine.gate.gate
    wait_until(lambda: gate.get_state().credentials == len(book.by_name) + 1)
    assert not is_admitted(engine, "bound", "another", password="pw")
    assert not is_admitted(engine, OTHER, "its-own")
    client = engine.connect("bound", "its-own", password="pw")
    engine.gate.book = book
    wait_until(lambda: not client.is_connected())  # revoked: thrown out, and not let in again
    client.loop_stop()
    assert not is_admitted(engine, "bound", "its-own", password="pw")
    reasons = gate.get_state().reasons
    assert reasons["wrong_client_id"] == 1 and reasons["client_id_of_another"] == 1


def test_refused_publishes_are_counted_for_the_device_that_sent_them(engine: Engine) -> None:
    client = engine.connect(ONE)
    for number in range(3):
        client.publish(f"citybrain/v1/devices/{OTHER}/alarm", str(number), qos=1).wait_for_publish(5)
    assert engine.gate.gate is not None
    gate = engine.gate.gate
    wait_until(lambda: gate.get_state().publishes == {ONE: 3})
    wait_until(lambda: ONE in engine.gate.refused)
    refused = engine.gate.refused[ONE]
    assert sum(r.publishes for r in refused) == 3 and f"{OTHER}.alarm" in refused[0].last_told


def test_a_crowd_of_devices_comes_back_at_once(engine: Engine) -> None:
    names = sorted(engine.gate.book.by_name if engine.gate.book else ())[:150]
    clients: list[mqtt.Client] = [engine.connect(name, f"storm-{name}".replace(".", "-")) for name in names]
    engine.kill()
    engine.start()
    wait_until(lambda: all(client.is_connected() for client in clients), 30)
    assert engine.gate.gate is not None and engine.gate.gate.get_state().admitted >= 2 * len(names)


def knock(name: str, client_id: str, password: str = "pw", cid: int = 1) -> Knock:
    return Knock(
        cid=cid, username=name, password=password, client_id=client_id, is_mqtt=True, user_key="U", server_id="N"
    )


def book_of(*names: str) -> Book:
    return make_book([Credential(name=n, digest=digest_of("pw"), device=n) for n in names], {})


async def judge_all(keeper: Doorkeeper, *knocks: Knock) -> list[str]:
    verdicts = [await keeper.judge(one) for one in knocks]
    return [v if isinstance(v, str) else v.name for v in verdicts]


def test_after_a_restart_the_keeper_knows_who_holds_what() -> None:
    import asyncio

    live = [Connected(7, "shared", "a")]

    async def find(_id: str) -> list[Connected]:
        return live

    keeper = Doorkeeper(book_of("a", "b"), find)
    keeper.remember(live)
    said = asyncio.run(
        judge_all(
            keeper, knock("b", "shared"), knock("a", "shared", cid=9), knock("nobody", "x"), knock("a", "y", "no")
        )
    )
    assert said == ["client_id_of_another", "a", "wrong_password", "wrong_password"]
    assert keeper.name_of(7) == "a" and keeper.name_of(9) == "a"
    assert keeper.refused == {"b": 1, "(unknown)": 1, "a": 1}


def test_credentials_are_hashed_bound_and_revoked(database: Database) -> None:
    with database.write() as session:
        password = add_credential(session, NewCredential(name="d-1", device="d-1", client_id="d-1"), NOW)
        gateway = NewCredential(name="nvr", source="frigate")
        add_credential(session, gateway, NOW)
    with database.read() as session:
        found = {c.name: c for c in read_credentials(session, demo=False)}
        stamp = credentials_stamp(session)
    assert found["d-1"].fits(password) and not found["d-1"].fits(password + "x")
    assert password not in msgspec.json.encode(list(found.values())).decode()
    grant = make_book(found.values(), {"frigate": ["frigate/#"], "native": ["citybrain/v1/devices/+/+"]}).grant(
        found["nvr"]
    )
    assert list(grant.publish) == ["frigate", "frigate.>"]
    for bad in (
        NewCredential(name="d-1", device="d-1"),
        NewCredential(name="d-2", device="d-2", client_id="d-1"),
        NewCredential(name="d-2", device="d-2", client_id="citybrain-ingest-1"),
        NewCredential(name="with blank", device="d"),
        NewCredential(name="nobody"),
    ):
        with pytest.raises(BadCredential), database.write() as session:
            add_credential(session, bad, NOW)
    with database.write() as session:
        revoke_credential(session, "d-1", NOW)
    with database.read() as session:
        assert [c.name for c in read_credentials(session, demo=False)] == ["nvr"]
        assert credentials_stamp(session) != stamp or stamp[1] == NOW
    more = Refused()
    more.publishes, more.last_told = 2, "x"
    for _ in range(2):
        write_refusals(database, {"d-1": more})
    with database.read() as session:
        row = session.get(MqttRefusal, "d-1")
        assert row is not None and (row.publishes, row.last_told) == (4, "x")


LINE = b'[9] 2026/11/22 00:28:47.541942 [ERR] 127.0.0.1:5 - mid:10 - "A" - Publish Violation - Subject "dev.b.x"\n'


def test_the_engines_log_is_followed_through_its_turning(tmp_path: Path) -> None:
    path = tmp_path / "nats.log"
    path.write_bytes(LINE)
    log = EngineLog(path)
    assert list(log.read()) == []
    with path.open("ab") as file:
        file.write(LINE + LINE[:40])
    assert [v.cid for v in log.read()] == [10]
    with path.open("ab") as file:
        file.write(LINE[40:])
    path.rename(tmp_path / "nats.log.1")
    path.write_bytes(LINE.replace(b"mid:10", b"mid:11"))
    assert [v.cid for v in log.read()] == [10, 11]
    log.close()
    assert read_violation(b"[1] [INF] Server is ready") is None


async def find_nobody(_id: str) -> list[Connected]:
    return []


def test_what_the_engine_refused_while_the_gate_was_away_is_counted_after_it(tmp_path: Path) -> None:
    path, mark = tmp_path / "nats.log", tmp_path / "gate-log.json"
    path.write_bytes(LINE)
    log = EngineLog(path, mark)
    assert list(log.read()) == [], "what lies before the first run is history"
    log.keep_mark()
    log.close()
    away = (
        b'[9] 2026/11/22 07:20:01.332193 [ERR] 127.0.0.1:4 - mid:12 - "x" - authentication error - User "air-1"\n'
    )
    with path.open("ab") as file:
        file.write(LINE + away)
    path.rename(tmp_path / "nats.log.1")
    path.write_bytes(away.replace(b"mid:12", b"mid:13").replace(b"air-1", b"thief") * 2)
    keeper = Doorkeeper(book_of("air-1"), find_nobody)
    log = EngineLog(path, mark)
    for told in log.read():
        if isinstance(told, Unadmitted):
            keeper.note_unadmitted(told)
    log.close()
    assert keeper.refused == {"air-1": 1, STRANGER: 1} and keeper.reasons == {GATE_AWAY: 2}
