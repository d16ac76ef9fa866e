from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from command_center.cases.actors import by_rule
from command_center.journal.ledger import Ledger
from dashboards.server.notify_hook import _body
from foundation.database import Database
from tests.dashboards.served import Served, read_city


@pytest.fixture
def gateway() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    heard: list[dict[str, Any]] = []

    class Hear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hear)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", heard
    server.shutdown()
    server.server_close()


def test_a_gateway_is_told_of_orders_for_phones(
    serve: Callable[..., Served], database: Database, gateway: tuple[str, list[dict[str, Any]]]
) -> None:
    url, heard = gateway
    served = serve(notify_url=url)
    city = read_city(database)
    worker = city.workers.list_workers()[0]
    deadline = time.monotonic() + 20
    while not heard and time.monotonic() < deadline:
        with served.database.write() as session:
            ledger = Ledger(session, city, datetime.now(UTC))
            facts = {"order": 7, "order_kind": "dispose", "worker": worker.id, "worker_name": "张**"}
            ledger.append("order_undelivered", by_rule("delivery", "1"), data=facts)
            ledger.close()
        time.sleep(0.5)
    assert heard[0]["kind"] == "order_undelivered" and heard[0]["phone"] == worker.phone
    assert heard[0]["text"]["zh"] == "张**的终端未送达"
    assert _body(heard[0], "wecom") == {"msgtype": "text", "text": {"content": "张**的终端未送达"}}
