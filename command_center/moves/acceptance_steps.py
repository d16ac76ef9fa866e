"""Steps before a case is filed: accept, verify, file, reject, answer, settle on the spot."""

from __future__ import annotations

from sqlalchemy import select

from command_center.cases.case_file import CaseFile
from command_center.cases.endings import end_case
from command_center.cases.incidents import build_title_of, decide, told_route
from command_center.cases.severity import grade
from command_center.journal.journal_tables import JournalEntry
from command_center.moves.act import Act, invalid
from command_center.moves.caller_steps import give_reply
from command_center.moves.standards import choose_standard
from command_center.orders import dispatching
from command_center.orders.orders import cancel_orders, end_order, order_facts
from command_center.orders.route import route
from command_center.signals.locate import Located, locate_area, locate_point
from foundation.ids import sha256_hex
from grid.catalogue import Category
from grid.coordinates import LonLat


def accept(act: Act) -> None:
    act.case.incident.accepted_at = act.ledger.now
    dispatching.accept(act.case, act.actor)


def send_verify(act: Act) -> None:
    worker = act.words("worker") or None
    if worker is not None and act.ledger.city.workers.find_worker(worker) is None:
        raise invalid(worker="is not on the roster")
    act.case.incident.accepted_at = act.case.incident.accepted_at or act.ledger.now
    dispatching.send_verify(act.case, act.actor, act.workforce, worker=worker)


def verify(act: Act) -> None:
    """True: back to be filed; false: back as well, for an acceptor rejects, not the one who looked."""
    case, order = act.case, act.order
    photos = act.take_photos()
    is_true = bool(act.data["is_true"])
    order.result = {"is_true": is_true, "note": act.words("note"), "photos": photos}
    order.signed_by = order.signed_by or act.account.id
    end_order(case, order, "done", at=act.done_at)
    case.incident.state = "reported"
    dispatching.hold(case, dispatching.desk_of(case))
    dispatching.start_accept_clock(case)
    act.record("verified", is_true=is_true, **order_facts(case, order))


def file(act: Act) -> None:
    """Name the matter and the place, and make it a case; holder and level follow from both."""
    case = act.case
    correct_facts(act)
    choose_standard(act)
    if case.incident.returned is not None and set(act.data) - {"note"}:
        case.incident.returned = {**case.incident.returned, "corrected": True}
    cancel_orders(case, "verify")
    case.incident.accepted_at = case.incident.accepted_at or act.ledger.now
    choose_holder(case)
    dispatching.file(case, act.actor)


def correct_facts(act: Act) -> None:
    case, incident = act.case, act.case.incident
    located = _read_place(act)
    if located is not None:
        dispatching.move_area(case, located)
    if act.words("place_text"):
        incident.place_text = act.words("place_text")
    category = _read_category(act)
    if category is not None and category.code != incident.category:
        _change_category(act, category)
    if act.words("urgency"):
        incident.urgency = act.words("urgency")
    if located is not None or category is not None or act.words("place_text"):
        incident.title = build_title_of(act.ledger, incident)


def _read_category(act: Act) -> Category | None:
    catalogue, incident = act.ledger.city.catalogue, act.case.incident
    if not act.words("category") and not incident.category:
        raise invalid(category="is needed: nobody has named the matter yet")
    if not act.words("category"):
        return None
    found = catalogue.find_category(act.words("category"))
    if found is None:
        raise invalid(category="is not in the catalogue")
    return found


def _change_category(act: Act, category: Category) -> None:
    incident = act.case.incident
    graded = grade(category, incident.severity_proposed)
    before = incident.category
    incident.category, incident.family, incident.domain = category.code, category.family, category.domain
    incident.privacy_class, incident.sensitive = category.privacy_class, graded.sensitive
    incident.severity, incident.urgency = graded.severity, graded.urgency
    if before:
        act.record("category_changed", category_before=before)


def _read_place(act: Act) -> Located | None:
    city, data = act.ledger.city, act.data
    if data.get("lon") is not None and data.get("lat") is not None:
        located = locate_point(city, LonLat(float(data["lon"]), float(data["lat"])), how="map")
        if located is None:
            raise invalid(lon="lies outside the city", lat="lies outside the city")
        return located
    if not act.words("area"):
        return None
    located = locate_area(city, act.words("area"), how="area")
    if located is None:
        raise invalid(area="is no area of the city")
    return located


def choose_holder(case: CaseFile) -> None:
    """Put the case at the level that the routing table names for what it is now known to be.

    Whatever was escalated stays up: the level below has said that it is beyond its power.
    """
    incident, city = case.incident, case.ledger.city
    category = city.catalogue.find_category(incident.category)
    chosen = route(city, category, dispatching.place_of(case), incident.urgency)
    levels = city.tree.levels
    if not (_was_escalated(case) and levels.index(incident.level) < levels.index(chosen.level)):
        dispatching.hold(case, chosen.holder, level=True)
    decide(case, "route", (chosen.rule, chosen.version), reason=chosen.reason, candidates=told_route(chosen))


def _was_escalated(case: CaseFile) -> bool:
    """Return whether the last hand-over between levels was upward."""
    last = case.ledger.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.incident == case.number, JournalEntry.kind == "escalated")
        .order_by(JournalEntry.number.desc())
        .limit(1)
    ).first()
    return last is not None and not last.data.get("is_down")


def reject(act: Act) -> None:
    """Not taken on; whoever waits for an answer gets one with it."""
    if act.words("reply"):
        give_reply(act, act.words("reply"))
    _end(act, "rejected")
    act.record("rejected", reason=act.words("reason"))


def answer(act: Act) -> None:
    """Answer an enquiry and be done with it."""
    act.case.incident.exempt_from_check = True
    give_reply(act, act.words("reply"))
    _end(act, "closed")
    act.record("answered")


def self_close(act: Act) -> None:
    photos = act.take_photos()
    act.case.incident.exempt_from_check = True
    act.case.incident.disposed_at = act.ledger.now
    _end(act, "closed")
    if is_sampled(act.case.number, act.get_situation().lifecycle.self_close.audit_ratio):
        act.case.incident.audit = "due"
    act.record("closed", is_self_closed=True, photos=len(photos), result=act.words("result"))


def is_sampled(number: int, ratio: float) -> bool:
    """Return whether a case is among those to be looked at again: always the same of the same city."""
    return int(sha256_hex(b"audit", str(number).encode())[:8], 16) / 2**32 < ratio


def _end(act: Act, state: str) -> None:
    end_case(act.case, state, act.get_situation().lifecycle)
