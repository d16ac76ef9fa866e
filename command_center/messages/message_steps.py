"""Steps of messages: a desk writes to a worker, a post or everybody of an area; a phone says that it was read.

``actions.py`` calls them as actions about no incident. The journal keeps that a message was sent and to whom,
never its words; ``recipients_of`` says for both floors whose message it is.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from command_center.messages.message_tables import Message, MessageReading
from command_center.moves import move_forms as forms
from command_center.moves.act import Act, invalid, refuse
from command_center.moves.authority import ACCEPTORS, LEADERS
from command_center.moves.field_check import check_fields
from command_center.people.roles import Role
from grid.city import City
from grid.posts import Worker

SENDERS = ACCEPTORS | LEADERS | {Role.LIAISON}
FORM = forms.form(
    ("text",),
    text=forms.text("内容", "text"),
    worker=forms.WORKER,
    post=forms.code("岗位", "post"),
    area=forms.code("区域", "area", "area"),
    urgent=forms.yes_no("紧急", "urgent"),
    incident=forms.whole("案件编号", "incident", least=1, most=2**53),
)


def send_message(act: Act) -> None:
    faults = check_fields(FORM, act.data)
    if faults:
        raise invalid(**faults)
    if not act.scope.has_role(SENDERS):
        raise refuse("forbidden", "messages to the field are written at a desk")
    named = [name for name in ("worker", "post", "area") if act.words(name)]
    if len(named) != 1:
        raise invalid(worker="name one of worker, post and area")
    kind, code = named[0], act.words(named[0])
    area = _area_of(act, kind, code)
    message = Message(
        at=act.ledger.now, account=act.account.id, sender=act.account.name,
        sender_role=str(act.scope.grants[0].role) if act.scope.grants else "", to_kind=kind, to_code=code,
        text=act.words("text"), urgent=bool(act.data.get("urgent")), incident=act.data.get("incident"),
    )  # fmt: skip
    act.ledger.session.add(message)
    act.ledger.session.flush()
    name = act.ledger.city.tree.get_area(area)
    told = {"message": message.id, "to_kind": kind, "area": area, "to_name": {"zh": name.name, "en": name.name_en}}
    act.ledger.append("message_sent", act.actor, data=told)
    act.result = {"id": message.id}


def _area_of(act: Act, kind: str, code: str) -> str:
    """Return the area of who is written to.

    Raises:
        ActRefused: They do not exist, or are not this person's to write to.
    """
    city = act.ledger.city
    worker = city.workers.find_worker(code) if kind == "worker" else None
    post = city.posts.find_post(worker.post if worker is not None else code) if kind != "area" else None
    area = worker.area if worker is not None else post.area if post is not None else code
    exists = {"worker": worker, "post": post, "area": city.tree.find_area(code)}[kind] is not None
    own = exists and (act.scope.sees_area(city.tree.path(area)) or (post is not None and _heads(act, post.code)))
    if not own:
        raise invalid(**{kind: "is nobody of yours"})
    return area


def _heads(act: Act, post: str) -> bool:
    return act.scope.holds(post) or act.scope.holds(post.removeprefix("dept-"))


def read_message(act: Act) -> None:
    """Note that this worker's phone has shown the message; twice is once."""
    worker = act.ledger.city.workers.find_worker(act.scope.worker or "")
    message = act.ledger.session.get(Message, int(act.data["id"])) if isinstance(act.data.get("id"), int) else None
    if worker is None or message is None or not is_for(message, worker, act.ledger.city):
        raise refuse("not_found", "there is no such message")
    if act.ledger.session.get(MessageReading, (message.id, worker.id)) is None:
        reading = MessageReading(message=message.id, worker=worker.id, read_at=act.done_at)
        act.ledger.session.add(reading)
    act.result = {"id": message.id}


def is_for(message: Message, worker: Worker, city: City) -> bool:
    """Return whether a message was written to this worker."""
    return message.to_code in _codes_of(worker, city)[message.to_kind]


def recipients_of(worker: Worker, city: City) -> ColumnElement[bool]:
    """Return the condition that a message was written to this worker."""
    chosen = (
        and_(Message.to_kind == kind, Message.to_code.in_(sorted(codes)))
        for kind, codes in _codes_of(worker, city).items()
    )
    return or_(*chosen)


def _codes_of(worker: Worker, city: City) -> dict[str, set[str]]:
    path = city.tree.path(worker.area) if city.tree.find_area(worker.area) is not None else ()
    return {"worker": {worker.id}, "post": {worker.post}, "area": set(path)}
