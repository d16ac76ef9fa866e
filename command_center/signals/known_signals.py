"""What is known already about a batch of observations: read with a handful of queries, not one a row.

``intake.py`` makes it at the start of a transaction; ``take_signal.py`` asks it and adds to it, so that two
messages of one batch know of each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import CompoundSelect, bindparam, literal_column, select, union_all

from command_center.cases.audience_rows import read_audiences
from command_center.cases.case_file import ENDED_STATES, CaseFile, bare_case, find_case
from command_center.cases.incident_tables import Incident, IncidentSource
from command_center.cases.upstream import find_numbered
from command_center.journal.ledger import Ledger
from command_center.signals.correlate import OpenCases
from command_center.signals.effects import RECORDED, Effect
from command_center.signals.open_cases import as_open_case, read_open_cases
from command_center.signals.phases import effective_at
from command_center.signals.signal_tables import Candidate, Signal
from ingest.observation import Observation, Phase, Said

AlarmKey = tuple[str, str | None, str]
Alarm = TypeVar("Alarm", IncidentSource, Candidate)


def alarm_key(of: Observation | IncidentSource | Candidate | Signal) -> AlarmKey:
    """Return the name of an alarm through all its phases."""
    id = of.id if isinstance(of, Observation) else of.alarm_id
    return (of.source, of.device, id)


@cache
def _ask_what_is_there() -> CompoundSelect[Any]:
    """Return the statement that tells which keys and alarms are known: of most that come, none."""
    ids: Any = bindparam("ids", expanding=True)
    keys: Any = bindparam("keys", expanding=True)
    signal, source, candidate = Signal.__table__.c, IncidentSource.__table__.c, Candidate.__table__.c
    waits = (signal.phase == Phase.END, signal.incident.is_(None), signal.candidate.is_(None))
    return union_all(
        select(literal_column("'key'"), signal.key, signal.incident).where(signal.key.in_(keys)),
        select(literal_column("'end'"), signal.key, signal.incident).where(signal.alarm_id.in_(ids), *waits),
        *(
            select(literal_column(f"'{of.table.name}'"), of, incident).where(of.in_(ids))
            for of, incident in (
                (source.alarm_id, source.incident),
                (candidate.alarm_id, candidate.incident),
            )
        ),
    )


class KnownSignals:
    """Signals by key, sources and candidates by alarm, ends that wait for their begin, open incidents by place."""

    def __init__(self, ledger: Ledger, observations: list[Observation]) -> None:
        self._ledger = ledger
        self.keys: dict[str, int | None] = {}
        self.sources: dict[AlarmKey, IncidentSource] = {}
        self.candidates: dict[AlarmKey, Candidate] = {}
        self.kept_ends: dict[AlarmKey, list[Signal]] = defaultdict(list)
        self.open_cases = OpenCases()
        self._cases: dict[int, CaseFile] = {}
        if observations:
            self._read_signals(observations)
            self._read_open_cases(observations)

    def _read_signals(self, observations: list[Observation]) -> None:
        session = self._ledger.session
        asked = {"ids": sorted({o.id for o in observations}), "keys": [o.source_key() for o in observations]}
        there: dict[str, set[str]] = defaultdict(set)
        for part, name, incident in session.execute(_ask_what_is_there(), asked):
            if part == "key":
                self.keys[name] = incident
            else:
                there[part].add(name)
        for source in self._list_of(IncidentSource, there):
            self.sources[alarm_key(source)] = source
        for candidate in self._list_of(Candidate, there):
            self.candidates[alarm_key(candidate)] = candidate
        ends = sorted(there["end"])
        for signal in session.scalars(select(Signal).where(Signal.key.in_(ends))) if ends else ():
            self.kept_ends[alarm_key(signal)].append(signal)

    def _list_of(self, kind: type[Alarm], there: dict[str, set[str]]) -> Sequence[Alarm]:
        ids = sorted(there[kind.__tablename__])
        return self._ledger.session.scalars(select(kind).where(kind.alarm_id.in_(ids))).all() if ids else ()

    def _read_open_cases(self, observations: list[Observation]) -> None:
        catalogue = self._ledger.city.catalogue
        categories = {c for c in (catalogue.find_category(o.category) for o in observations) if c is not None}
        fresh = [o for o in observations if alarm_key(o) not in self.sources]
        if not categories or not fresh:
            return
        earliest = min(effective_at(o) for o in fresh)
        self.open_cases = read_open_cases(self._ledger, categories, earliest)

    def remember_case(self, case: CaseFile) -> None:
        """Let later messages of the batch find an incident that this one opened."""
        incident = case.incident
        self._cases[case.number] = case
        for source in case.sources:
            self.sources[alarm_key(source)] = source
        opened = as_open_case(incident)
        if opened is not None:
            self.open_cases.add(opened)

    def as_begun(self, end: Observation) -> Observation:
        """Return the end of the brain's own alarm under the source of its beginning, known from now on."""
        found = next((source for source in self.sources.values() if source.alarm_id == end.id), None)
        if found is None:
            chosen = select(IncidentSource).where(
                IncidentSource.alarm_id == end.id, IncidentSource.device.is_(None)
            )
            found = self._ledger.session.scalars(chosen).first()
        if found is None:
            return end
        self.sources[alarm_key(found)] = found
        return msgspec.structs.replace(end, source=found.source)

    def get_case(self, number: int) -> CaseFile:
        """Return the file of an incident, to which a source can be joined; raises ``KeyError``."""
        if number not in self._cases:
            self.load_cases([number])
        return self._cases[number]

    def get_whole_case(self, number: int) -> CaseFile:
        """Return the file with orders and clocks, from now on also to every other message of the batch."""
        case = self.get_case(number)
        whole = case if case.is_whole else find_case(self._ledger, number)
        if whole is None:
            raise KeyError(number)
        whole.sources = case.sources
        self._cases[number] = whole
        return whole

    def find_numbered(self, said: Said) -> CaseFile | None:
        """Return the open case that has the report's number upstream already, typed by a person or sent before."""
        if not said.upstream:
            return None
        self._ledger.flush()
        known = find_numbered(self._ledger.session, said.upstream)
        case = self.get_whole_case(known.merged_into or known.number) if known is not None else None
        return case if case is not None and case.incident.state not in ENDED_STATES else None

    def load_cases(self, numbers: Iterable[int]) -> None:
        """Read the incidents that the batch will touch, all at once."""
        wanted = sorted(set(numbers) - self._cases.keys())
        if not wanted:
            return
        ledger = self._ledger
        incidents = ledger.session.scalars(select(Incident).where(Incident.number.in_(wanted))).all()
        audiences = read_audiences(ledger.session, incidents, ledger.city)
        for incident in incidents:
            self._cases[incident.number] = bare_case(ledger, incident, audiences[incident.number])

    def keep_signal(self, key: str, observation: Observation, effect: Effect) -> None:
        """Write down that the observation has taken effect; an end without its begin waits for it."""
        signal = self._ledger.make(
            Signal,
            key=key,
            source=observation.source,
            device=observation.device,
            alarm_id=observation.id,
            phase=str(observation.phase),
            seq=observation.seq,
            at=effective_at(observation),
            received_at=observation.received_at,
            outcome=effect.outcome,
            incident=effect.incident,
            candidate=effect.candidate,
            observation=msgspec.to_builtins(observation.without_caller()),
        )
        if effect == Effect(RECORDED):
            self.kept_ends[alarm_key(observation)].append(signal)
