"""The running product as a journey sees it: its ports, its demo credentials, its processes. No back door."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any, TextIO

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

START_S = 180.0
ROLES = ("engine", "ingest", "brain", "web", "gate")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Product:
    """One `citybrain up --demo` with a data folder of its own."""

    def __init__(self, data: Path, *, database_url: str = "", extra: dict[str, str] | None = None) -> None:
        self.data = data
        self.port, self.mqtt_port, self.nats_port = free_ports(3)
        self.base_url = f"http://127.0.0.1:{self.port}"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CITYBRAIN_")}
        self._environment = environment | (extra or {})
        if database_url:
            self._environment["CITYBRAIN_DATABASE_URL"] = database_url
        self._log: TextIO | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return dict(self._environment)

    def arguments(self) -> list[str]:
        return [
            "--data", str(self.data), "--host", "127.0.0.1", "--port", str(self.port),
            "--mqtt-port", str(self.mqtt_port), "--nats-port", str(self.nats_port),
        ]  # fmt: skip

    def start(self, *flags: str) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self._log = (self.data / "up.log").open("a")
        command = [sys.executable, "-m", "citybrain", "up", "--demo", *self.arguments(), *flags]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, env=self._environment)
        self.wait_ready(START_S)

    def wait_ready(self, patience_s: float) -> float:
        """Wait until /readyz says so; return how long it took."""
        began = time.monotonic()
        while time.monotonic() - began < patience_s:
            if self._process is not None and self._process.poll() is not None:
                raise AssertionError(
                    f"the product stopped ({self._process.returncode}):\n{self.read_log()[-4000:]}"
                )
            if self.is_ready():
                return time.monotonic() - began
            time.sleep(0.1)
        raise AssertionError(f"not ready within {patience_s:.0f} s: {self.readiness()}\n{self.read_log()[-4000:]}")

    def is_ready(self) -> bool:
        try:
            return httpx.get(self.base_url + "/readyz", timeout=3, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def readiness(self) -> str:
        try:
            return httpx.get(self.base_url + "/readyz", timeout=3, trust_env=False).text
        except httpx.HTTPError as error:
            return repr(error)

    def read_log(self) -> str:
        return (self.data / "up.log").read_text(errors="replace")

    def stop(self) -> int:
        """Stop as Ctrl-C does; return the exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            if self._log is not None:
                self._log.close()
        return code

    def pids(self) -> dict[str, int]:
        """Return role → process id of the supervised children."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        found: dict[str, int] = {}
        for child in map(int, children):
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            role = "engine" if "nats-server" in words[0] else next((w for w in words if w in ROLES), "")
            if role:
                found[role] = child
        return found

    def run(self, *arguments: str, check: bool = True, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run another `citybrain` command against the same data folder."""
        environment = self._environment | {
            "CITYBRAIN_DATA": str(self.data),
            "CITYBRAIN_PORT": str(self.port),
            "CITYBRAIN_MQTT_PORT": str(self.mqtt_port),
            "CITYBRAIN_NATS_PORT": str(self.nats_port),
        }
        done = subprocess.run(
            [sys.executable, "-m", "citybrain", *arguments],
            env=environment, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    # -- credentials -------------------------------------------------------------------------------------

    def accounts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.data / "demo-accounts.json").read_text())
        return found

    def account(self, role: str, **facts: Any) -> dict[str, Any]:
        for account in self.accounts():
            if account["role"] == role and all(account.get(key) == value for key, value in facts.items()):
                return account
        raise AssertionError(f"no demo account {role} {facts}")

    def mqtt_logins(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "demo-mqtt.json").read_text())
        return found

    def person(self, role: str, **facts: Any) -> Person:
        account = self.account(role, **facts)
        return Person(self.base_url, account["username"], account["password"])

    def producer(self, device: str | None = None) -> Producer:
        logins = self.mqtt_logins()
        login = logins["gateway"] if device is None else logins["devices"][device]
        return Producer(self.mqtt_port, login["username"], login["password"], device)


class Person:
    """Somebody logged in over HTTP."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self.username = username
        self.base_url = base_url
        self.http = httpx.Client(base_url=base_url, timeout=30, trust_env=False)
        answer = self.http.post("/api/v1/session", json={"username": username, "password": password})
        assert answer.status_code in (200, 201), answer.text
        self.csrf = answer.json()["csrf_token"]
        self.http.headers["X-CSRF-Token"] = self.csrf

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    def _send(self, method: str, path: str, **said: Any) -> httpx.Response:
        """Ask; once more, with the same key, where the server closed the line before it answered."""
        try:
            return self.http.request(method, "/api/v1" + path, **said)
        except httpx.RemoteProtocolError:
            return self.http.request(method, "/api/v1" + path, **said)

    def get(self, path: str, expect: int = 200, **params: Any) -> Any:
        answer = self._send("GET", path, params=params)
        assert answer.status_code == expect, f"GET {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def post(
        self, path: str, said: dict[str, Any] | None = None, expect: int | None = None, **headers: str
    ) -> Any:
        extra = {"Idempotency-Key": str(uuid.uuid4())} | headers
        answer = self._send("POST", path, json=said or {}, headers=extra)
        wanted = (expect,) if expect else (200, 201, 202, 204)
        assert answer.status_code in wanted, f"POST {path}: {answer.status_code} {answer.text[:800]}"
        return answer.json() if answer.content else None

    def find_action(self, incident: int, action: str, order: int | None = None) -> dict[str, Any] | None:
        items: list[dict[str, Any]] = self.get(f"/incidents/{incident}/actions")["items"]
        for item in items:
            if item["action"] == action and order in (None, item.get("order")):
                return item
        return None

    def act(self, incident: int, action: str, order: int | None = None, **said: Any) -> Any:
        """Do an action that the product offers this person now."""
        item = self.find_action(incident, action, order)
        assert item is not None, f"{action} is not offered: {self.get(f'/incidents/{incident}/actions')}"
        seen = self.get(f"/incidents/{incident}")
        path = f"/orders/{item['order']}" if item.get("order") else f"/incidents/{incident}"
        return self.post(f"{path}/actions/{action}", {"version": seen["version"], **said})

    def close(self) -> None:
        self.http.close()


class Producer:
    """A paho client as a device or a gateway uses it; publish waits for the acknowledgement."""

    def __init__(self, port: int, username: str, password: str, device: str | None = None) -> None:
        self.receipts: list[dict[str, Any]] = []
        client_id = device or f"journey-{uuid.uuid4().hex[:10]}"
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv311)
        self.client.username_pw_set(username, password)
        self.client.on_message = lambda _c, _d, message: self.receipts.append(json.loads(message.payload))
        self.client.connect("127.0.0.1", port, keepalive=20)
        self.client.loop_start()
        deadline = time.monotonic() + 10
        while not self.client.is_connected():
            assert time.monotonic() < deadline, "the broker does not let us in"
            time.sleep(0.01)

    def publish(self, topic: str, payload: bytes | str | dict[str, Any], qos: int = 1) -> None:
        body = json.dumps(payload) if isinstance(payload, dict) else payload
        info = self.client.publish(topic, body, qos=qos)
        info.wait_for_publish(15)
        assert info.is_published()

    def listen(self, device: str) -> None:
        self.client.subscribe(f"citybrain/v1/devices/{device}/receipt", qos=1)
        time.sleep(0.2)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def eventually(look: Any, patience_s: float = 10.0, every_s: float = 0.1) -> Any:
    """Return the first truthy answer of ``look``; fail when none comes in time."""
    deadline = time.monotonic() + patience_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not come true within {patience_s} s: {look}"
        time.sleep(every_s)
