"""Applies the rules on rate, silence, missing numbers and flapping, and tells what begins and ends.

Comes in: that a device spoke, a reading, what other rules told of it, or the passing of time. Goes out: a
``Taken``. The rules are in ``rules/watch_rules.py``, what is remembered in ``watch_memory.py``.
"""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta

import msgspec

from grid.city import City
from ingest.messages import Message, Reading, Taken
from ingest.observation import SHADOW, Observation, Phase
from ingest.rules.rule_book import RuleBook
from ingest.rules.watch_rules import (
    Active,
    Memo,
    WatchRule,
    count_missing,
    is_calm,
    is_silent,
    judge_flapping,
    judge_gap,
    judge_rate,
)
from ingest.telling import Finding, Hearing, believed_at, tell_finding
from ingest.watch_memory import WatchMemory

RATE, SILENCE, GAP, FLAPPING = "rate", "silence", "sequence_gap", "flapping"
GRACE = timedelta(seconds=60)
"""After a start, or after the broker was away, a device has this long to speak before it counts as silent."""
REPLAY = "|replay"
NOTHING = Taken()


class WatchJudge:
    """All rules of these kinds with their memory; one per process, used by one thread."""

    def __init__(self, city: City) -> None:
        self.memory = WatchMemory()
        self._listening_since: datetime | None = None
        self._due: list[tuple[datetime, str, str]] = []
        self.replace_city(city)

    def replace_city(self, city: City) -> None:
        """Go on with another edition; what a changed rule remembered is forgotten."""
        self._city, self._book = city, RuleBook(city)
        self.devices = frozenset(self._book.list_watched())
        self._by_kind = {
            (id, kind): rules
            for id in self.devices
            for kind in (RATE, SILENCE, GAP, FLAPPING)
            if (rules := tuple(rule for rule in self._book.list_watching(id) if rule.kind == kind))
        }
        self._slots = {id: (self._list(id, SILENCE), self._list(id, GAP)) for id in self.devices}
        self._listening_since = None

    def _list(self, device: str, kind: str) -> tuple[WatchRule, ...]:
        return self._by_kind.get((device, kind), ())

    def restore(self, states: dict[str, bytes]) -> None:
        self.memory.restore(states)

    def hear(self, device: str, seq: int | None, message: Message) -> Taken:
        """Return what ends because the device spoke, and what its numbering tells."""
        slot = self._slots.get(device)
        if slot is None or message.replay:
            return NOTHING
        silences, gaps = slot
        memo, now = self.memory.get_memo(device), message.received_at
        memo.heard_at = now
        taken = NOTHING
        if self.memory.active:
            for rule in silences:
                if (device, rule.mark) in self.memory.active:
                    taken = self._end(rule, device, now, taken)
        if seq is None or not gaps:
            return taken
        missing = count_missing(memo, seq)
        for rule in gaps if missing else ():
            count = judge_gap(rule, memo, missing, now)
            if count >= rule.count:
                taken = self._begin(rule, (device, message.source.name), (now, float(count)), taken)
        return taken

    def judge(self, reading: Reading, message: Message) -> Taken:
        """Return what begins or ends because a value has moved."""
        rules = self._by_kind.get((reading.device.id, RATE))
        if not rules:
            return NOTHING
        device = reading.device.id + (REPLAY if message.replay else "")
        memo, taken = self.memory.get_memo(device), NOTHING
        at = believed_at(reading.at, message.received_at)
        for rule in rules:
            value = reading.values.get(rule.quantity)
            if value is None:
                continue
            moved, is_beyond, is_over = judge_rate(rule, memo, value, at)
            if is_beyond:
                taken = self._begin(rule, (device, message.source.name), (at, moved), taken)
            elif is_over and (device, rule.mark) in self.memory.active:
                taken = self._end(rule, device, at, taken)
        return taken

    def settle_flapping(self, taken: Taken, now: datetime) -> Taken:
        """Count what was told of flapping devices, and hold back what a device flaps with."""
        kept: list[Observation] = []
        extra = NOTHING
        for record in taken.records:
            rules = self._flapping_rules(record)
            if not rules or not isinstance(record, Observation):
                kept.append(record)  # type: ignore[arg-type]
                continue
            device = record.device or ""
            was_flapping = any((device, rule.mark) in self.memory.active for rule in rules)
            for rule in rules:
                changes = judge_flapping(rule, self.memory.get_memo(device), now)
                if changes >= rule.count:
                    extra = self._begin(rule, (device, record.source), (now, float(changes)), extra)
            if was_flapping and record.receipt_to is None and record.phase is not Phase.UPDATE:
                extra = Taken() if extra is NOTHING else extra
                self.memory.hold_back(record, extra.states)
                extra.ignored = "flapping"
            else:
                kept.append(record)
        if extra is NOTHING:
            return taken
        return Taken(
            records=[*kept, *extra.records],
            states={**taken.states, **extra.states},
            ignored=taken.ignored or (extra.ignored if not kept and not extra.records else None),
        )

    def _flapping_rules(self, record: object) -> tuple[WatchRule, ...]:
        """Return the rules that count this record; a flapping alarm does not count itself."""
        if not isinstance(record, Observation) or record.replay or record.phase is Phase.UPDATE:
            return ()
        rules = self._by_kind.get((record.device or "", FLAPPING), ())
        own = {rule.id for rule in rules}
        return () if (record.rule or "").rpartition("/")[0] in own else rules

    def pass_time(self, now: datetime, *, is_hearing: bool = True) -> Taken:
        """Return what begins or ends by our own clock."""
        taken = self._pass_active(now, NOTHING)
        if not is_hearing:
            self._listening_since = None  # nobody can be heard: nobody is silent
            return taken
        if self._listening_since is None:
            self._listening_since = now
            self._due = self._plan(now)
        while self._due and self._due[0][0] <= now:
            _, device, mark = heapq.heappop(self._due)
            rule = self._book.find_watch(device, mark)
            if rule is None:
                continue
            heard_at = self.memory.get_memo(device).heard_at or self._listening_since
            if not is_silent(rule, heard_at, now):
                heapq.heappush(self._due, (heard_at + timedelta(seconds=rule.quiet_s), device, mark))
                continue
            taken = self._begin(rule, (device, self._source_of(device)), (now, 0.0), taken)
            heapq.heappush(self._due, (now + timedelta(seconds=rule.quiet_s), device, mark))
        return taken

    def _plan(self, now: datetime) -> list[tuple[datetime, str, str]]:
        """Return when each device would be silent, not before it had time to speak again."""
        planned = [
            (max(self._heard(id, now) + timedelta(seconds=rule.quiet_s), now + GRACE), id, rule.mark)
            for (id, kind), rules in self._by_kind.items()
            if kind == SILENCE
            for rule in rules
        ]
        heapq.heapify(planned)
        return planned

    def _heard(self, device: str, otherwise: datetime) -> datetime:
        memo = self.memory.memos.get(device)
        return memo.heard_at if memo is not None and memo.heard_at is not None else otherwise

    def _pass_active(self, now: datetime, taken: Taken) -> Taken:
        """End what ends because nothing more happened; what the city has dropped is forgotten."""
        for (device, mark), active in list(self.memory.active.items()):
            id = device.removesuffix(REPLAY)
            rule = self._book.find_watch(id, mark)
            if rule is None:
                taken = Taken() if taken is NOTHING else taken
                self.memory.end_active(device, mark, taken.states)
            elif rule.kind == GAP and now - active.last_at >= timedelta(seconds=rule.quiet_s):
                taken = self._end(rule, device, now, taken)
            elif rule.kind == FLAPPING and is_calm(rule, self.memory.memos.get(device) or Memo(), now):
                taken = self._end(rule, device, now, taken)
                held = self.memory.let_go(device, taken.states)
                taken.records += [msgspec.structs.replace(record, received_at=now) for record in held]
        return taken

    def _begin(self, rule: WatchRule, who: tuple[str, str], what: tuple[datetime, float], taken: Taken) -> Taken:
        (device, source), (at, value) = who, what
        taken = Taken() if taken is NOTHING else taken
        active = self.memory.active.get((device, rule.mark))
        if active is not None:
            if rule.kind == GAP:
                self.memory.keep_active(msgspec.structs.replace(active, last_at=at, value=value), taken.states)
            return taken
        closed = rule.times.find_closed(at) if rule.times is not None else None
        if closed is not None:
            taken.ignored = closed
            return taken
        active = Active(
            rule=rule.id, mark=rule.mark, device=device, source=source, began_at=at, last_at=at, value=value
        )
        self.memory.keep_active(active, taken.states)
        taken.records.append(self._tell(rule, active, (Phase.BEGIN, at)))
        return taken

    def _end(self, rule: WatchRule, device: str, at: datetime, taken: Taken) -> Taken:
        active = self.memory.active.get((device, rule.mark))
        taken = Taken() if taken is NOTHING else taken
        if active is not None:
            self.memory.end_active(device, rule.mark, taken.states)
            taken.records.append(self._tell(rule, active, (Phase.END, at)))
        return taken

    def _tell(self, rule: WatchRule, active: Active, when: tuple[Phase, datetime]) -> Observation:
        phase, at = when
        id = active.device.removesuffix(REPLAY)
        thing = self._city.register.find_device(id) or self._city.register.find_camera(id)
        if thing is None:
            raise LookupError(f"the register has no device {id!r} any more")
        finding = Finding(
            id=f"{rule.id}@{active.began_at:%Y%m%dT%H%M%S.%f}",
            phase=phase,
            category=rule.category,
            at=at,
            rule=f"{rule.id}/{self._book.version}",
            text=rule.zh,
            confidence=rule.confidence,
            severity=rule.severity,
            values={rule.quantity or rule.kind: active.value},
            flags=(SHADOW,) if rule.shadow else (),
        )
        source = self._city.sources.get(active.source) or next(iter(self._city.sources.values()))
        replay = active.device.endswith(REPLAY)
        return tell_finding(thing, finding, Hearing(source=source, received_at=at, replay=replay))

    def _source_of(self, device: str) -> str:
        thing = self._city.register.find_device(device) or self._city.register.find_camera(device)
        return thing.source if thing is not None else ""
