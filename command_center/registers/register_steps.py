"""What people do to the register: add a thing, change it, import a file, accept or dismiss an unknown one.

Called by the door ``actions.py``. The system administrator keeps all of it; a department's clerk keeps the things
that the department owns or keeps in repair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from command_center.moves.act import Act, invalid, refuse
from command_center.people.roles import Role
from command_center.registers.device_candidate_tables import DeviceCandidate
from command_center.registers.device_candidates import ACCEPTED, DISMISSED, OPEN
from command_center.registers.register_changes import carry_out, find_entry, record_thing, save_thing
from command_center.signals.signal_tables import QuarantineRow
from grid.datums import read_datum
from grid.register_import.judge_things import ID, Judged, judge_clashes, judge_thing
from grid.register_import.plan_import import current_value, list_changes, plan_import
from grid.registers import Camera, Device

CLERKS = frozenset({Role.LIAISON, Role.LEAD_SUPERVISOR})
ACCEPTING = frozenset({Role.SYSTEM_ADMIN, Role.DISTRICT_OPERATOR, Role.SHIFT_LEADER, Role.DUTY_LEADER})
DEPARTMENTS = ("department", "owner_department")
KEPT_SHOWN = 200
UNKNOWN_CAMERA = "unknown_camera"


def register_thing(act: Act) -> None:
    """Add a device or camera."""
    is_camera = bool(act.request.data.get("is_camera"))
    judged = _judge(act, _fields_of(act), is_camera=is_camera)
    if act.ledger.city.register.find_thing(judged.id) is not None or find_entry(act.ledger, judged.id) is not None:
        raise invalid(id=f"{judged.id} is registered already: change it instead")
    _check_keeper(act, judged.fields)
    version = save_thing(act.ledger, judged.id, judged.fields, is_camera=is_camera)
    record_thing(
        act.ledger,
        "device_registered",
        act.actor,
        device=judged.id,
        name=judged.fields["name"],
        is_camera=is_camera,
    )
    act.result = {"id": judged.id, "version": version}


def change_thing(act: Act) -> None:
    """Change some fields of a thing; ``version`` is the one that the person saw."""
    thing = _get_thing(act, act.words("id"))
    seen, version = act.request.data.get("version"), _version_now(act, thing)
    if seen != version:
        detail = f"{thing.id} is at version {version}, not {seen}: read it again"
        raise refuse("version_conflict", detail, facts={"version": version})
    is_camera = isinstance(thing, Camera)
    judged = _judge(act, {**_fields_of(act), "id": thing.id}, is_camera=is_camera, is_new=False)
    _check_keeper(act, {name: getattr(thing, name) for name in DEPARTMENTS})
    changes = list_changes(thing, judged.fields)
    if changes:
        _check_keeper(act, {**{name: getattr(thing, name) for name in DEPARTMENTS}, **changes})
        version = save_thing(act.ledger, thing.id, changes, is_camera=is_camera)
        told = {name: [_plain(current_value(thing, name)), _plain(value)] for name, value in changes.items()}
        record_thing(
            act.ledger,
            "device_changed",
            act.actor,
            device=thing.id,
            name=thing.name,
            is_camera=is_camera,
            changes=told,
            version=version,
        )
    act.result = {"id": thing.id, "version": version, "changed": sorted(changes)}


def import_things(act: Act) -> None:
    """Import a file that was uploaded; with a fault, nothing of it is kept."""
    _check_keeper(act, {})
    data = act.request.data
    plan = plan_import(
        str(data["content"]).encode(), act.ledger.city, kind=str(data["kind"]), datum=str(data["datum"])
    )
    if plan.faults:
        summary = plan.summary()
        raise refuse("invalid", f"nothing was imported: {plan.faults[0]}", facts=summary)
    carry_out(act.ledger, plan, act.actor)
    act.result = plan.summary()


def accept_device(act: Act) -> None:
    """Take an unknown thing into the register, as a new one or as a further name of one that is there."""
    candidate = _get_candidate(act)
    if not act.scope.has_role(ACCEPTING):
        raise refuse("forbidden", "unknown devices are accepted by the centre and the system administrator")
    fields = _fields_of(act)
    known = fields.pop("device", "")
    if known:
        thing = _get_thing(act, known)
        names = [*(list(pair) for pair in thing.known_ids), [candidate.source, candidate.source_id]]
        save_thing(act.ledger, thing.id, {"known_ids": names}, is_camera=isinstance(thing, Camera))
        id = thing.id
    else:
        id = _accept_new(act, candidate, fields)
    _decide(act, candidate, ACCEPTED, device=id)
    kept = select(QuarantineRow.id).where(
        QuarantineRow.source == candidate.source,
        QuarantineRow.state == "open",
        QuarantineRow.sender == candidate.source_id,
    )
    ids = act.ledger.session.scalars(kept.order_by(QuarantineRow.received_at).limit(KEPT_SHOWN)).all()
    act.result = {"id": candidate.id, "device": id, "state": ACCEPTED, "kept": list(ids)}


def _accept_new(act: Act, candidate: DeviceCandidate, fields: dict[str, str]) -> str:
    is_camera = bool(act.request.data.get("is_camera", candidate.reason == UNKNOWN_CAMERA))
    own = candidate.source_id if ID.fullmatch(candidate.source_id) else candidate.id[:12]
    whole = {"id": own, "name": candidate.source_id[:100], "topic": candidate.topic[:256], **fields}
    if candidate.lon is not None and not {"lon", "easting", "x"} & whole.keys():
        whole |= {"lon": str(candidate.lon), "lat": str(candidate.lat)}
    judged = _judge(
        act, {**whole, "source": candidate.source, "source_id": candidate.source_id}, is_camera=is_camera
    )
    if act.ledger.city.register.find_thing(judged.id) is not None:
        raise invalid(id=f"{judged.id} is registered already: name another id, or it as device")
    save_thing(act.ledger, judged.id, judged.fields, is_camera=is_camera)
    return judged.id


def dismiss_device(act: Act) -> None:
    """Let an unknown thing go; it is counted on, and never offered again unless somebody accepts it."""
    candidate = _get_candidate(act)
    if not act.scope.has_role(ACCEPTING):
        raise refuse("forbidden", "unknown devices are dismissed by the centre and the system administrator")
    _decide(act, candidate, DISMISSED, reason=act.words("reason"))
    act.result = {"id": candidate.id, "state": DISMISSED}


def _decide(act: Act, candidate: DeviceCandidate, state: str, **more: str) -> None:
    candidate.state, candidate.decided_at = state, act.ledger.now
    candidate.decided_by, candidate.device = act.account.id, more.get("device")
    kind = "device_accepted" if state == ACCEPTED else "device_dismissed"
    record_thing(act.ledger, kind, act.actor, name=candidate.source_id, source=candidate.source, **more)


def _get_candidate(act: Act) -> DeviceCandidate:
    found = act.ledger.session.get(DeviceCandidate, act.words("id"))
    if found is None:
        raise refuse("not_found", "there is no such device candidate")
    if found.state == ACCEPTED or (found.state != OPEN and act.request.action == "dismiss_device"):
        raise refuse("move_not_allowed", f"it is {found.state} already", facts={"state": found.state})
    return found


def _get_thing(act: Act, id: str) -> Device | Camera:
    thing = act.ledger.city.register.find_thing(id)
    if thing is None:
        raise refuse("not_found", f"the register has no {id}")
    return thing


def _version_now(act: Act, thing: Device | Camera) -> int:
    entry = find_entry(act.ledger, thing.id)
    return entry.version if entry is not None else 0


def _fields_of(act: Act) -> dict[str, str]:
    fields = act.request.data.get("fields")
    return {str(name): str(value) for name, value in fields.items()} if isinstance(fields, Mapping) else {}


def _judge(act: Act, fields: Mapping[str, str], *, is_camera: bool, is_new: bool = True) -> Judged:
    city = act.ledger.city
    try:
        datum = read_datum(fields.get("datum") or "wgs84")
    except ValueError as error:
        raise invalid(datum=str(error)) from error
    judged = judge_thing(fields, city, is_camera=is_camera, datum=datum, is_new=is_new)
    faults = {**judge_clashes(judged.id, judged.fields, city), **judged.faults}
    if faults:
        raise invalid(**faults)
    return judged


def _check_keeper(act: Act, fields: Mapping[str, Any]) -> None:
    """Raise unless this person may keep a thing of these departments."""
    if act.scope.has_role({Role.SYSTEM_ADMIN}):
        return
    if act.scope.has_role(CLERKS):
        own = {grant.department for grant in act.scope.grants if grant.role in CLERKS and grant.department}
        if own & {fields.get(name) for name in DEPARTMENTS}:
            return
    raise refuse(
        "forbidden", "the register is kept by the system administrator, and by a department for its own things"
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, list, dict)) or value is None else str(value)
