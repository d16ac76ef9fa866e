"""Steps of the shift: take or leave a seat, change the roster, make, note and sign a handover sheet.

``actions.py`` calls them as actions about no incident; each writes its entry. A signed sheet never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta

from sqlalchemy import func, select

from command_center.cases.entry_words import take_words
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.authority import ACCEPTORS, LEADERS
from command_center.moves.field_check import Schema, check_fields
from command_center.people.audience import Audience
from command_center.people.masking import mask_name
from command_center.people.roles import Role
from command_center.shifts import shift_forms as forms
from command_center.shifts.duty import (
    AHEAD_MAX,
    SEAT_ROLES,
    duty_of,
    find_clash,
    find_end_of_next_shift,
    list_seats,
    seat_code,
)
from command_center.shifts.handover_sheet import make_sheet
from command_center.shifts.shift_tables import Handover, RosterChange, SeatHolding

MADE_BY = ACCEPTORS
LEVELS_OF = {f"{level}_operator": (level,) for level in ("district", "town", "community")}


def change_seat(act: Act) -> None:
    """Take a seat or leave it; who takes another one leaves the one before."""
    _check(act, forms.SEAT)
    held = _find_own_seat(act)
    if act.data["on"]:
        area, seat = _read_seat(act)
        _take_seat(act, area, seat, held)
    else:
        _leave_seat(act, _find_named_seat(act) if act.words("seat") else held)


def _take_seat(act: Act, area: str, seat: str, held: SeatHolding | None) -> None:
    taken = act.ledger.session.get(SeatHolding, (area, seat))
    if taken is not None and taken.account != act.account.id:
        facts = {"seat": seat, "area": area, "holder": mask_name(taken.name), "since": taken.taken_at.isoformat()}
        raise refuse("move_not_allowed", "somebody sits at this seat; they leave it first", facts=facts)
    if taken is None:
        if held is not None:
            _remove(act, held)
        name, now = act.account.name, act.ledger.now
        act.ledger.session.add(SeatHolding(area=area, seat=seat, account=act.account.id, name=name, taken_at=now))
        _record(act, "seat_taken", area, seat=seat)
    act.result = {"area": area, "seat": seat, "on": True}


def _leave_seat(act: Act, held: SeatHolding | None) -> None:
    if held is None:
        act.result = {"area": None, "seat": None, "on": False}
        return
    if held.account != act.account.id and not _acts_for(act, held.area, LEADERS):
        raise refuse("forbidden", "only who sits there, or a leader of the shift, sets a seat off")
    _remove(act, held)
    act.result = {"area": held.area, "seat": held.seat, "on": False}


def _remove(act: Act, held: SeatHolding) -> None:
    act.ledger.session.delete(held)
    act.ledger.session.flush()
    _record(act, "seat_left", held.area, seat=held.seat, holder=mask_name(held.name))


def _find_own_seat(act: Act) -> SeatHolding | None:
    return act.ledger.session.scalars(
        select(SeatHolding).where(SeatHolding.account == act.account.id)
    ).one_or_none()


def _find_named_seat(act: Act) -> SeatHolding | None:
    area, seat = _read_seat(act)
    return act.ledger.session.get(SeatHolding, (area, seat))


def _read_seat(act: Act) -> tuple[str, str]:
    """Return the area and seat that are meant: of one's own area, by its number alone where that is enough."""
    area = _read_area(act, ACCEPTORS)
    seats = list_seats(act.ledger.city, area)
    wanted = act.words("seat")
    own = [grant.role for grant in act.scope.grants if grant.role in SEAT_ROLES]
    codes = {seat_code(role, seat) for role, seat in seats}
    choices = [wanted, *(seat_code(role, wanted) for role in (*own, *SEAT_ROLES))]
    found = next((choice for choice in choices if choice in codes), None)
    if found is None:
        raise invalid(seat=f"is none of {', '.join(sorted(codes)) or 'the seats of the roster'}")
    role = Role(found.rpartition("-")[0])
    if role in LEADERS and not _acts_for(act, area, frozenset({role, Role.DUTY_LEADER})):
        raise refuse("forbidden", "a leader's seat is taken by who is one: it stands on the wall as their name")
    return area, found


def _read_area(act: Act, roles: frozenset[Role]) -> str:
    """Return the area that is meant; without one, the person's own.

    Raises:
        ActRefused: It is none, or this person does not act there.
    """
    own = [grant.area for grant in act.scope.grants if grant.role in roles]
    if not own:
        raise refuse("forbidden", "this is for the desks of the centres")
    area = act.words("area") or own[0]
    if act.ledger.city.tree.find_area(area) is None:
        raise invalid(area="is no area of the city")
    if not _acts_for(act, area, roles):
        raise refuse("not_found", "there is no such centre for this person")
    return area


def _acts_for(act: Act, area: str, roles: frozenset[Role]) -> bool:
    path = act.ledger.city.tree.path(area)
    return any(grant.role in roles and grant.area in path for grant in act.scope.grants)


def change_roster(act: Act) -> None:
    """Set who has one duty of one day, in place of what the city's roster says."""
    if not act.scope.has_role(LEADERS):
        raise refuse("forbidden", "the roster is changed by the shift leader or the duty leader")
    _check(act, forms.ROSTER)
    area = _read_area(act, LEADERS)
    on, hours = _read_when(act)
    key = {"on_date": on, "area": area, "role": act.words("role"), "seat": act.words("seat"), "starts": hours[0]}
    is_off = bool(act.data.get("off"))
    if not is_off and not act.words("person"):
        raise invalid(person="is needed, or off")
    _check_duty(act, RosterChange(**key, ends=hours[1], person=act.words("person"), is_off=is_off))
    session = act.ledger.session
    row = session.scalars(select(RosterChange).filter_by(**key)).one_or_none()
    if row is None:
        row = RosterChange(**key)
        session.add(row)
    row.ends, row.person, row.is_off = hours[1], act.words("person"), is_off
    row.changed_by, row.changed_at = act.account.id, act.ledger.now
    told = {"date": on.isoformat(), "role": row.role, "seat": row.seat, "starts": row.starts, "ends": row.ends}
    _record(act, "roster_changed", area, **told, person=mask_name(row.person), off=is_off)
    act.result = {"area": area, **told, "off": is_off}


def _check_duty(act: Act, change: RosterChange) -> None:
    """Refuse a duty that is past or too far ahead, of a seat that is none, or that overlaps another."""
    city, now = act.ledger.city, act.ledger.now
    if not timedelta(days=-2) < change.on_date - now.date() < AHEAD_MAX:
        raise invalid(date=f"is past, or more than {AHEAD_MAX.days} days ahead")
    seats = [seat for role, seat in list_seats(city, change.area) if role == change.role]
    levels = LEVELS_OF.get(change.role, ("district", "town"))
    if city.tree.get_area(change.area).level not in levels:
        raise invalid(role=f"has its seats at a {' or '.join(levels)}")
    if seats and change.seat not in seats:
        raise invalid(seat=f"is none of {', '.join(seats)}")
    wanted = duty_of(city, change)
    if wanted.ends_at <= now:
        raise invalid(date="that duty is over: what was is not changed")
    clash = find_clash(act.ledger.session, city, wanted) if not change.is_off else None
    if clash is not None:
        said = f"{clash.starts_at:%m-%d %H:%M} to {clash.ends_at:%m-%d %H:%M} {seat_code(clash.role, clash.seat)}"
        raise invalid(starts=f"overlaps {mask_name(clash.person)}'s duty, {said}: set that one off first")


def _read_when(act: Act) -> tuple[date, tuple[str, str]]:
    faults, hours = {}, []
    try:
        on = date.fromisoformat(act.words("date"))
    except ValueError as error:
        raise invalid(date="is no date: YYYY-MM-DD") from error
    for name in ("starts", "ends"):
        try:
            hours.append(time.fromisoformat(act.words(name)).strftime("%H:%M"))
        except ValueError:
            faults[name] = "is no time of day: HH:MM"
    if faults:
        raise invalid(**faults)
    return on, (hours[0], hours[1])


def make_handover(act: Act) -> None:
    """Make the sheet of an area's centre from what stands there now, frozen at this number of the journal."""
    _check(act, forms.HANDOVER)
    area = _read_area(act, MADE_BY)
    session, ledger = act.ledger.session, act.ledger
    until = find_end_of_next_shift(session, ledger.city, area, ledger.now)
    sheet = make_sheet(ledger, area, until)
    id = int(session.scalar(select(func.coalesce(func.max(Handover.id), 0))) or 0) + 1
    row = Handover(
        id=id, area=area, state="open", epoch=ledger.head.epoch, number=ledger.head.number, made_at=ledger.now,
        made_by=mask_name(act.account.name), until=until, sheet=sheet, notes=act.words("notes"),
    )  # fmt: skip
    session.add(row)
    counts = {name: section["count"] for name, section in sheet.items()}
    _record(act, "handover_made", area, handover=id, frozen_at=row.number, counts=counts)
    act.result = {"id": id}


def note_handover(act: Act) -> None:
    """Write the notes of a sheet that nobody has signed yet."""
    _check(act, forms.NOTES)
    row = _find_handover(act)
    if row.state != "open":
        facts = {"state": row.state, "wanted": "note", "allowed": ["sign"] if row.state == "handed_over" else []}
        raise refuse("move_not_allowed", "a sheet that was signed is not changed any more", facts=facts)
    row.notes = act.words("notes")
    _record(act, "handover_noted", row.area, handover=row.id, note=row.notes)
    act.result = {"id": row.id}


def sign_handover(act: Act) -> None:
    """Sign a sheet: the outgoing shift first, then the incoming one, who is somebody else."""
    _check(act, forms.SIGN)
    row = _find_handover(act)
    if row.state == "open":
        row.state, row.outgoing, row.handed_over_at = "handed_over", act.account.id, act.ledger.now
        row.outgoing_name = mask_name(act.account.name)
    elif row.state == "handed_over":
        if row.outgoing == act.account.id:
            facts = {"state": row.state, "wanted": "sign", "allowed": []}
            raise refuse(
                "move_not_allowed", "the incoming shift signs: somebody else than who handed over", facts=facts
            )
        row.state, row.incoming, row.signed_at = "signed", act.account.id, act.ledger.now
        row.incoming_name = mask_name(act.account.name)
    else:
        facts = {"state": row.state, "wanted": "sign", "allowed": []}
        raise refuse("move_not_allowed", "the sheet is signed by both already", facts=facts)
    kind = "handover_signed" if row.state == "signed" else "handover_given"
    _record(act, kind, row.area, handover=row.id, frozen_at=row.number)
    act.result = {"id": row.id, "state": row.state}


def _find_handover(act: Act) -> Handover:
    row = act.ledger.session.get(Handover, int(act.data["id"]))
    if row is None or not _acts_for(act, row.area, MADE_BY):
        raise refuse("not_found", "there is no such sheet")
    return row


def _check(act: Act, form: Schema) -> None:
    faults: Mapping[str, str] = check_fields(form, act.data)
    if faults:
        raise invalid(**faults)


def _record(act: Act, kind: str, area: str, **data: object) -> None:
    """Append an entry about no incident, for whoever answers for the area."""
    found = act.ledger.city.tree.get_area(area)
    audience = Audience(domain="", areas=act.ledger.city.tree.path(area))
    told = {"area": area, "area_name": {"zh": found.name, "en": found.name_en}, **data}
    act.ledger.append(kind, act.actor, data=take_words(act.ledger, told), audience=(audience, audience))
