"""The senses' whole judgement: one message in, what is worth telling out. No input or output of its own.

Comes in: a ``Message`` from ``receive_mqtt.py`` or ``receive_http.py``. Goes out: a ``Taken`` with records for
the bus and states to keep before the message is acknowledged. Between: decoders, then rules of one device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from foundation.ids import new_id
from grid.city import City
from ingest.decoders import DECODERS
from ingest.identity import drop_identity
from ingest.messages import (
    KEPT_BYTES,
    Alarm,
    Decoded,
    Fix,
    Gone,
    Ignored,
    Message,
    Reading,
    Refused,
    Sighting,
    Taken,
    Unread,
    Warned,
)
from ingest.observation import Quarantined
from ingest.personal_data import drop_from_request, drop_personal
from ingest.shedding import Shedding
from ingest.sight_judge import SightJudge
from ingest.sources import REPLAY
from ingest.telling import tell_alarm
from ingest.threshold_judge import ThresholdJudge
from ingest.warning_judge import WarningJudge
from ingest.watch_judge import NOTHING, WatchJudge

NOT_ITS_OWN = "not_its_device"
NOTHING_IN_IT = "nothing_in_it"  # an empty list
Hear = Callable[[str, datetime, int | None], None]
Measure = Callable[[str, float], None]
Locate = Callable[[Fix], None]


class Senses:
    """The city's decoders and rules with what they remember; one per process, used by one thread."""

    def __init__(self, city: City, states: dict[str, bytes] | None = None) -> None:
        self.city = city
        self.hear: Hear = _hear_nothing
        self.measure: Measure = _measure_nothing
        self._shown = _read_shown(city)
        self.place: Locate = _place_nobody
        self.shedding = Shedding()
        self.thresholds = ThresholdJudge(city)
        self.sights = SightJudge(city)
        self.warnings = WarningJudge(city)
        self.watch = WatchJudge(city)
        self._judges: Mapping[type, Callable[[Any, Message], Taken]] = {
            Reading: self._judge_reading,
            Alarm: self._judge_alarm,
            Sighting: self._judge_sighting,
            Gone: self.sights.end_gone,
            Warned: self.warnings.judge,
            Fix: self._judge_fix,
            Unread: lambda unread, message: Taken(records=[quarantine(message, refusal_of(unread))]),
            Ignored: lambda ignored, _message: Taken(ignored=ignored.reason),
        }
        self.restore(states or {})

    def restore(self, states: dict[str, bytes]) -> None:
        """Remember what an earlier run kept."""
        self.thresholds.restore(states)
        self.sights.restore(states)
        self.warnings.restore(states)
        self.watch.restore(states)

    def replace_city(self, city: City) -> None:
        """Go on with another edition of the city; episodes under way are kept."""
        self.city = city
        self._shown = _read_shown(city)
        self.thresholds.replace_city(city)
        self.sights.replace_city(city)
        self.warnings.replace_city(city)
        self.watch.replace_city(city)

    def take(self, message: Message) -> Taken:
        """Return what the message is worth; never raises for anything that a producer can send."""
        fits = self.shedding.has_room(message)
        try:
            decoded = DECODERS[message.source.format](message, self.city)
        except Refused as refused:
            return self._keep(message, self._name_owner(refused, message), fits=fits)
        except Exception as error:  # noqa: BLE001 - the edge: a fault of ours must not stop the city either
            return self._keep(message, _fault_of(error), fits=fits)
        try:
            return self._judge_all(decoded, message, fits=fits)
        except Exception as error:  # noqa: BLE001 - as above
            return self._keep(message, _fault_of(error), fits=True)

    def _keep(self, message: Message, refused: Refused, *, fits: bool) -> Taken:
        return Taken(records=[quarantine(message, refused)]) if fits else self.shedding.shed(message)

    def _judge_all(self, decoded: list[Decoded], message: Message, *, fits: bool) -> Taken:
        if not fits:
            decoded = self._shed(decoded, message)
            if not decoded:
                return self.shedding.shed(message)
        if len(decoded) == 1:
            taken = self._judge(decoded[0], message)
        else:
            taken = _merge([self._judge(one, message) for one in decoded])
            taken.ignored = taken.ignored if decoded else NOTHING_IN_IT
            taken.is_part_unread = any(isinstance(one, Unread) for one in decoded)
        return self.shedding.mark(taken, message)

    def _shed(self, decoded: list[Decoded], message: Message) -> list[Decoded]:
        """Return what is not shed: alarms; a device whose reading is not looked at has spoken all the same."""
        for one in decoded:
            if isinstance(one, Reading):
                self._note(one.device.id, one.seq, message)
                if one.device.id in self.watch.devices:
                    self.watch.hear(one.device.id, one.seq, message)
        return [one for one in decoded if not isinstance(one, Reading | Fix | Ignored | Unread)]

    def _name_owner(self, refused: Refused, message: Message) -> Refused:
        """Return the refusal, told apart when the thing that it does not know is another source's."""
        if refused.source_id is None:
            return refused
        owner = self.city.register.find_source_of(refused.source_id)
        if owner is None or owner == message.source.name:
            return refused
        refused.reason = NOT_ITS_OWN
        refused.detail = (
            f"{refused.source_id[:64]!r} is a thing of {owner}: {message.source.name} may not speak for it."
        )
        refused.source_id = None
        return refused

    def pass_time(self, now: datetime, *, is_hearing: bool = True) -> Taken:
        """Return what begins or ends by our own clock, and what must be remembered by now.

        ``is_hearing``: whether every session hears; while one does not, no silence means anything.
        """
        told = _merge([self.thresholds.pass_time(now), self.sights.pass_time(now), self.warnings.pass_time(now)])
        settled = self.watch.settle_flapping(told, now) if told.records else told
        watched = self.watch.pass_time(now, is_hearing=is_hearing)
        return _merge([settled, watched, Taken(states=self.watch.memory.take_changed(now))])

    def _judge(self, decoded: Decoded, message: Message) -> Taken:
        return self._judges[type(decoded)](decoded, message)

    def _judge_reading(self, reading: Reading, message: Message) -> Taken:
        id = reading.device.id
        self._note(id, reading.seq, message)
        value = reading.values.get(self._shown.get(reading.device.kind, ""))
        if value is not None and not message.replay:
            self.measure(id, value)
        taken = self.thresholds.judge(reading, message)
        return taken if id not in self.watch.devices else self._watch(id, reading, message, taken)

    def _judge_alarm(self, alarm: Alarm, message: Message) -> Taken:
        told = Taken(records=[tell_alarm(alarm, message)])
        if alarm.device is None:
            return told
        self._note(alarm.device.id, alarm.seq, message)
        return self._watch(alarm.device.id, alarm, message, told)

    def _judge_sighting(self, seen: Sighting, message: Message) -> Taken:
        self._note(seen.camera.id, None, message)
        return self._watch(seen.camera.id, seen, message, self.sights.judge(seen, message))

    def _judge_fix(self, fix: Fix, message: Message) -> Taken:
        if not message.replay:
            self.place(fix)
        return Taken(ignored="position")

    def _watch(self, device: str, decoded: Reading | Alarm | Sighting, message: Message, taken: Taken) -> Taken:
        """Return what was told, with what the rules on the device's manner of speaking make of it."""
        if device not in self.watch.devices:
            return taken
        heard = self.watch.hear(device, None if isinstance(decoded, Sighting) else decoded.seq, message)
        moved = self.watch.judge(decoded, message) if isinstance(decoded, Reading) else NOTHING
        if heard is NOTHING and moved is NOTHING and not taken.records:
            return taken
        told = _merge([taken, heard, moved])
        return self.watch.settle_flapping(told, message.received_at) if told.records else told

    def _note(self, device: str, seq: int | None, message: Message) -> None:
        if not message.replay:
            self.hear(device, message.received_at, seq)


def _read_shown(city: City) -> Mapping[str, str]:
    """Return, by kind of device, the quantity of which the boards show the latest reading."""
    shown: Mapping[str, str] = (city.policy("limits").get("boards") or {}).get("readings") or {}
    return shown


def _measure_nothing(_device: str, _value: float) -> None:
    pass


def _hear_nothing(_device: str, _at: datetime, _seq: int | None) -> None:
    pass


def _fault_of(error: Exception) -> Refused:
    return Refused("fault", f"A fault of ours: {type(error).__name__}: {str(error)[:200]}")


def refusal_of(unread: Unread) -> Refused:
    return Refused(unread.reason, unread.detail, source_id=unread.source_id)


def _place_nobody(_fix: Fix) -> None:
    pass


def _merge(parts: list[Taken]) -> Taken:
    whole = Taken()
    for part in parts:
        whole.records.extend(part.records)
        whole.states.update(part.states)
        whole.ignored = whole.ignored or part.ignored
    return whole


def quarantine(message: Message, refused: Refused) -> Quarantined:
    """Return the record of what nobody could decode, without identity objects and without excess."""
    return Quarantined(
        id=new_id(),
        source=message.source.name,
        transport=message.transport,
        topic=((REPLAY if message.replay else "") + message.topic)[:400].replace("\0", "�"),
        payload=drop_personal(drop_identity(message.payload[:KEPT_BYTES]), message.source),
        reason=refused.reason,
        detail=refused.detail[:1000].replace("\0", "�"),
        received_at=message.received_at,
        trace_id=message.trace_id or new_id(),
        device=None if message.replay else refused.device,  # a replay is answered to nobody
        alarm_id=refused.alarm_id,
        seq=refused.seq,
        phase=refused.phase,
        request=drop_from_request(message.request, message.source),
        source_id=(refused.source_id or "").replace("\0", "")[:128] or None,
        repeated=message.repeated,
    )
