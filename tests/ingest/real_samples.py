"""What becomes of every real message that lies beside the project: told, ignored and why, or kept and why.

``python -m tests.ingest.real_samples`` writes docs/formats.md; a test holds the document to what it finds, for
the samples that are there. The register stands open, so that an unknown device hides no other outcome.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from grid.city import City
from grid.registers import Camera, Device, Register
from ingest.http_request import HttpRequest
from ingest.judge import Senses
from ingest.messages import Message, Taken
from ingest.observation import Observation
from tests.conftest import read_demo_city

ROOT = Path(__file__).parent.parent.parent
SHARED = ROOT.parent / "shared"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
LINES = frozenset({".tsv"})


@dataclass(frozen=True)
class Kind:
    """One kind of samples: which source takes them, and how they come."""

    source: str
    folders: tuple[str, ...]
    content_type: str = "application/json"
    rest: str = ""
    topic: str = ""


KINDS = (
    Kind("frigate", ("frigate",), topic="frigate/events"),
    Kind("hikvision", ("hikvision_isapi",), content_type="application/xml"),
    Kind("dahua", ("dahua",), content_type="text/plain"),
    Kind("onvif", ("onvif_mqtt",), topic="MyDevice/onvif-ej/x"),
    Kind("gat1400", ("gat1400",), rest="VIID/SubscribeNotifications"),
    Kind("chirpstack", ("chirpstack_v4",), topic="application/a/device/b/event/up"),
    Kind("ctwing", ("nb_iot",)),
    Kind("onenet", ("nb_iot",)),
    Kind("open311", ("open311",), content_type="", rest="requests.xml"),
    Kind("cap", ("cap", "edxl_de", "cap_alerts"), content_type="application/xml"),
    Kind("positions", ("osmand_traccar", "jt808")),
)


class OpenRegister(Register):
    """A register that knows everybody: the first thing of the right kind speaks for whoever is asked for."""

    def __init__(self, known: Register, is_camera: bool) -> None:
        super().__init__(known.list_devices(), known.list_cameras())
        self._anybody: Device | Camera = (known.list_cameras() if is_camera else known.list_devices())[0]

    def find(self, source: str, source_id: str) -> Device | Camera | None:
        return super().find(source, source_id) or self._anybody

    def find_spelled(self, source: str, source_id: str) -> Device | Camera | None:
        return super().find_spelled(source, source_id) or self._anybody


def read_topics(shared: Path) -> dict[str, str]:
    """Return each sample's own topic or transport, as the samples' index says."""
    rows = (line.split("\t") for line in (shared / "samples" / "INDEX.tsv").read_text().splitlines()[1:])
    return {row[0]: row[2] for row in rows if len(row) > 2}


def list_messages(kind: Kind, city: City, shared: Path) -> Iterator[tuple[str, Message]]:
    """Yield each sample as the message that it would be; a table of topics is one message a line."""
    topics = read_topics(shared)
    source = city.sources[kind.source]
    for name, file in _list_files(kind, shared):
        if file.suffix in LINES:
            for line in file.read_text().splitlines():
                topic, _, payload = line.partition("\t")
                yield name, Message(source, topic, payload.encode(), NOW, "trace", "mqtt")
        elif kind.topic:
            said = topics.get(name, "")
            topic = said if "/" in said and " " not in said else kind.topic
            topic = topic.replace("application/APPLICATION_ID/device/DEV_EUI/", "")  # placeholders of a manual
            yield name, Message(source, topic, file.read_bytes(), NOW, "trace", "mqtt")
        else:
            for body, request in _list_requests(kind, file):
                yield name, Message(source, "", body, NOW, "trace", "http", request=request)


def _list_files(kind: Kind, shared: Path) -> Iterator[tuple[str, Path]]:
    for folder in kind.folders:
        base = next((shared / room for room in ("samples", "data") if (shared / room / folder).is_dir()), None)
        if base is not None:
            files = sorted(file for file in (base / folder).rglob("*") if file.is_file())
            yield from ((file.relative_to(base).as_posix(), file) for file in files)


def _list_requests(kind: Kind, file: Path) -> Iterator[tuple[bytes, HttpRequest]]:
    """Yield what the file holds as requests: one body, a recorded request with its head, or a query a line."""
    content = file.read_bytes()
    if file.name.endswith("queries.txt"):
        queries = (line.partition("?")[2] for line in content.decode().splitlines())
        yield from ((b"", HttpRequest(method="GET", query=query)) for query in queries)
    elif content.startswith(b"POST "):
        form = "application/x-www-form-urlencoded"
        yield content.partition(b"\n\n")[2], HttpRequest(content_type=form, rest=kind.rest)
    else:
        yield content, HttpRequest(content_type=kind.content_type, rest=kind.rest)


def name_outcome(taken: Taken) -> str:
    """Return in words what became of a message."""
    told = [record for record in taken.records if isinstance(record, Observation)]
    kept = [record.reason for record in taken.records if not isinstance(record, Observation)]
    if kept:
        return f"kept: {kept[0]}"
    if told:
        return f"told: {told[0].category} {told[0].phase}"
    return f"ignored: {taken.ignored}" if taken.ignored else "taken: measured or counted, no rule speaks of it"


def judge_samples(city: City, shared: Path) -> dict[str, Counter[tuple[str, str]]]:
    """Return for each source how often a sample (its file) had which outcome."""
    outcomes: dict[str, Counter[tuple[str, str]]] = {}
    for kind in KINDS:
        is_camera = city.sources[kind.source].kind == "camera"
        open_city = replace(city, register=OpenRegister(city.register, is_camera))
        for name, message in list_messages(kind, open_city, shared):
            outcome = name_outcome(Senses(open_city).take(message))
            outcomes.setdefault(kind.source, Counter())[name, outcome] += 1
    return outcomes


HEAD = """# What becomes of real messages

Made by `python -m tests.ingest.real_samples` from messages of real producers that lie beside the project and are
not part of it. Each was given to the decoder of its format, with a register that knows every device. *Told* climbs
to the brain, *ignored* is understood and nothing to act on, *kept* lies in quarantine with its reason.

Of Hikvision, Dahua, GA/T 1400, CTWing, OneNET (but for one binary frame) and 12345 no real message lies beside the
project: their tests are composed after the field lists (`tests/ingest/test_video_systems.py`,
`test_nb_platforms.py`, `test_work_order.py`, `test_traps.py`).

The same messages were sent to the running product. Over HTTP each was answered: told, ignored with its reason,
or quarantined. By `citybrain replay --live`, with every sample of any format besides on a topic of every source
(2,127 messages), nothing ended, and all sixteen sessions went on hearing. A register that does not know their
devices keeps them as `unknown_device` or `unknown_camera`, for an operator to accept.

A CAP message that carries a signature is taken and flagged `unverified_signature`: no trust store is kept, so that
nothing is ever called verified.
"""


def write_document(outcomes: dict[str, Counter[tuple[str, str]]]) -> str:
    lines = [HEAD]
    for source, counts in outcomes.items():
        lines += [f"## {source}", "", "| sample | messages | outcome |", "|---|--:|---|"]
        lines += [f"| {name} | {count} | {outcome} |" for (name, outcome), count in sorted(counts.items())]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    with TemporaryDirectory() as folder:
        city = read_demo_city(Path(folder) / "suyu.db")
        (ROOT / "docs" / "formats.md").write_text(write_document(judge_samples(city, SHARED)))
    sys.stdout.write("docs/formats.md written\n")


if __name__ == "__main__":
    main()
