"""Steps of special tasks (专项任务): begin, assign, extend, withdraw, close, advise.

``actions.py`` calls them as actions about no incident. A lead department or a town begins one; towns and
communities give the items to their grids and people, each as a patrol order on the common road.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from command_center.cases.case_file import find_case
from command_center.cases.entry_words import take_words
from command_center.clocks.clocks import reset_clock
from command_center.clocks.limits import StageLimit
from command_center.clocks.working_time import CONTINUOUS
from command_center.moves.act import Act, ActRefused, invalid, refuse
from command_center.moves.authority import ACCEPTORS
from command_center.moves.field_check import Schema, check_fields
from command_center.people.audience import Audience
from command_center.people.masking import mask_name
from command_center.people.roles import Role
from command_center.people.scope import Grant
from command_center.tasks import task_forms as forms
from command_center.tasks.patrol_cases import open_patrol, withdraw_patrol
from command_center.tasks.task_rights import BEGINNERS, is_own_task, list_grants, list_task_moves
from command_center.tasks.task_tables import Task, TaskItem
from command_center.tasks.task_targets import RADIUS_M, Draft, read_checklist, read_due, read_targets
from foundation.clock import to_rfc3339
from grid.posts import Post

NESTED = frozenset({"checklist", "items"})


def begin_task(act: Act) -> None:
    """Begin a special task with its items, still planned; towns give them out."""
    _check(act, forms.TASK, without=NESTED)
    area = act.words("area") or _own_area(act)
    if act.ledger.city.tree.find_area(area) is None:
        raise invalid(area="is no area of the city")
    if not _grants(act, BEGINNERS, area, act.words("domain")):
        raise refuse("forbidden", "a task is begun by a lead department or a centre, within its area and domains")
    drafts, checklist, due_at = read_targets(act, area), read_checklist(act), read_due(act)
    session, ledger = act.ledger.session, act.ledger
    task = Task(
        id=int(session.scalar(select(func.coalesce(func.max(Task.id), 0))) or 0) + 1, state="open",
        title=act.words("title"), text=act.words("text"), domain=act.words("domain"), area=area,
        department=_read_department(act), checklist=checklist, due_at=due_at, made_by=act.account.id,
        made_by_name=mask_name(act.account.name), made_at=ledger.now, advice=[],
    )  # fmt: skip
    session.add(task)
    session.flush()
    session.add_all([_item(act, task, draft) for draft in drafts])
    _record(act, task, "task_opened", items=len(drafts), due_at=to_rfc3339(due_at))
    act.result = {"id": task.id, "items": len(drafts)}


def _own_area(act: Act) -> str:
    own = [grant.area for grant in act.scope.grants if grant.role in BEGINNERS]
    if not own:
        raise refuse("forbidden", "a task is begun by a lead department or a centre")
    return own[0]


def _read_department(act: Act) -> str:
    own = next((grant.department for grant in act.scope.grants if grant.department), None)
    wanted = act.words("department") or own or ""
    if wanted and wanted not in act.ledger.city.departments:
        raise invalid(department="is no department of the city")
    return wanted


def _item(act: Act, task: Task, draft: Draft) -> TaskItem:
    now, place = act.ledger.now, draft.place
    return TaskItem(
        task=task.id, on_date=now.astimezone(act.ledger.city.timezone).date(), state="planned", title=draft.title,
        text=draft.text or task.text[:1000], domain=task.domain, checklist=task.checklist,
        lon=draft.lonlat.lon if draft.lonlat else None, lat=draft.lonlat.lat if draft.lonlat else None,
        radius_m=float(act.data.get("radius_m") or RADIUS_M), area=draft.area, grid=place.grid,
        community=place.community, town=place.town, due_at=task.due_at, answers={},
    )  # fmt: skip


def assign_task(act: Act) -> None:
    """Give items to the grids they lie in, or to a grid, a post or one person that is named."""
    _check(act, forms.ASSIGN)
    task = _find_task(act, "assign")
    items = _own_items(act, task, ("planned",))
    if not items:
        raise _not_now(act, task, "assign", "no item of this task waits to be assigned by you")
    posts = {item.id: _post_of(act, item) for item in items}
    for item in items:
        item.worker = act.words("worker") or None
        open_patrol(act.ledger, item, posts[item.id], actor=act.actor, workforce=act.workforce)
        act.ledger.flush()
    _record(act, task, "task_assigned", items=len(items))
    act.result = {"id": task.id, "assigned": [item.id for item in items]}


def _post_of(act: Act, item: TaskItem) -> Post:
    """Return who gets an item: the one named, else its grid, its community, its town's desk."""
    city = act.ledger.city
    worker = city.workers.find_worker(act.words("worker")) if act.words("worker") else None
    if act.words("worker") and worker is None:
        raise invalid(worker="is not on the roster")
    if worker is not None or act.words("post") or act.words("grid"):
        name = "worker" if worker is not None else "post" if act.words("post") else "grid"
        code = worker.post if worker is not None else act.words(name)
        post = act.read_post(code, name)
        if not _grants(act, ACCEPTORS, post.area, item.domain):
            raise invalid(**{name: "is outside your area"})
        return post
    found = (
        (city.posts.find_grid_post(item.grid) if item.grid else None)
        or (city.posts.find_community_post(item.community) if item.community else None)
        or (city.posts.find_desk(item.town) if item.town else None)
    )
    if found is None:
        raise invalid(items=f"{item.title}: nobody answers there; name a grid or a post")
    return found


def extend_task(act: Act) -> None:
    """Set a later due time for the task and everything of it that is still to do."""
    _check(act, forms.EXTEND)
    task = _find_own_task(act, "extend")
    due_at = read_due(act)
    if due_at <= task.due_at:
        raise invalid(due_at="is not later than it was")
    task.due_at, task.extended = due_at, task.extended + 1
    for item in _items(act, task, ("planned", "issued")):
        item.due_at = due_at
        _move_clock(act, item)
    _record(act, task, "task_extended", due_at=to_rfc3339(due_at), reason=act.words("reason"))
    act.result = {"id": task.id, "extended": task.extended}


def _move_clock(act: Act, item: TaskItem) -> None:
    case = find_case(act.ledger, item.incident) if item.incident is not None else None
    for clock in case.running_clocks("patrol") if case is not None else ():
        left_s = max(60, round((item.due_at - clock.started_at).total_seconds()))
        if case is not None:
            reset_clock(case, clock, StageLimit(left_s, CONTINUOUS), why="task_extended")


def withdraw_task(act: Act) -> None:
    """Take items back; without a list, the whole task."""
    _check(act, forms.WITHDRAW)
    task = _find_own_task(act, "withdraw")
    items = _items(act, task, ("planned", "issued"), act.data.get("items"))
    if act.data.get("items") is not None and not items:
        raise invalid(items="none of them is an open item of this task")
    for item in items:
        withdraw_patrol(act.ledger, item, "withdrawn", kind="patrol_withdrawn", actor=act.actor)
    if act.data.get("items") is None:
        task.state, task.ended_at = "withdrawn", act.ledger.now
    _record(act, task, "task_withdrawn", items=len(items), reason=act.words("reason"))
    act.result = {"id": task.id, "state": task.state, "withdrawn": [item.id for item in items]}


def close_task(act: Act) -> None:
    """Close the task when nothing of it is open any more."""
    _check(act, forms.CLOSE)
    task = _find_own_task(act, "close")
    left = _items(act, task, ("planned", "issued"))
    if left:
        why = f"{len(left)} items are not done: do, or withdraw them first"
        raise _not_now(act, task, "close", why, left=len(left))
    task.state, task.ended_at = "closed", act.ledger.now
    _record(act, task, "task_closed", note=act.words("note"))
    act.result = {"id": task.id, "state": task.state}


def advise_task(act: Act) -> None:
    """Say what a lead department sees; it never judges a task of its own."""
    _check(act, forms.ADVISE)
    task = _find_task(act, "advise", any_state=True)
    grants = _grants(act, frozenset({Role.LEAD_SUPERVISOR}), task.area, task.domain)
    if not grants:
        raise refuse("forbidden", "advice is given by lead departments that look over this area")
    if is_own_task(task, grants, act.account.id):
        raise refuse("forbidden", "nobody looks over a task of their own department")
    said = {"at": to_rfc3339(act.ledger.now), "by": mask_name(act.account.name), "text": act.words("text")}
    task.advice = [*task.advice, said]
    _record(act, task, "task_advised", text=act.words("text"))
    act.result = {"id": task.id}


def _find_own_task(act: Act, wanted: str) -> Task:
    """Return a task of this person's own centre or department.

    Raises:
        ActRefused: It is somebody else's.
    """
    task = _find_task(act, wanted)
    if not _grants(act, BEGINNERS, task.area, task.domain):
        raise refuse("forbidden", f"{wanted} is for who began the task")
    return task


def _find_task(act: Act, wanted: str, *, any_state: bool = False) -> Task:
    task = act.ledger.session.get(Task, int(act.data["id"]))
    if task is None or not any(_sees(act, grant, task) for grant in act.scope.grants):
        raise refuse("not_found", "there is no such task")
    if task.state != "open" and not any_state:
        raise _not_now(act, task, wanted, f"the task is {task.state}")
    return task


def _not_now(act: Act, task: Task, wanted: str, why: str, **more: object) -> ActRefused:
    items = _items(act, task, ("planned", "issued", "done", "missed", "withdrawn"))
    allowed = list_task_moves(act.scope, act.ledger.city, task, items)
    facts = {"state": task.state, "wanted": wanted, "allowed": allowed, **more}
    return refuse("move_not_allowed", why, facts=facts)


def _sees(act: Act, grant: Grant, task: Task) -> bool:
    tree = act.ledger.city.tree
    near = tree.is_within(task.area, grant.area) or tree.is_within(grant.area, task.area)
    return near and (grant.domains is None or task.domain in grant.domains)


def _grants(act: Act, roles: frozenset[Role], area: str, domain: str) -> list[Grant]:
    return list_grants(act.scope, act.ledger.city, roles, (area, domain))


def _own_items(act: Act, task: Task, states: tuple[str, ...]) -> list[TaskItem]:
    """Return the items that lie in this person's areas."""
    items = _items(act, task, states, act.data.get("items"))
    return [item for item in items if _grants(act, ACCEPTORS, item.area, task.domain)]


def _items(act: Act, task: Task, states: tuple[str, ...], ids: Iterable[int] | None = None) -> list[TaskItem]:
    chosen = select(TaskItem).where(TaskItem.task == task.id, TaskItem.state.in_(states)).order_by(TaskItem.id)
    wanted = set(ids) if ids is not None else None
    return [item for item in act.ledger.session.scalars(chosen) if wanted is None or item.id in wanted]


def _check(act: Act, form: Schema, *, without: frozenset[str] = frozenset()) -> None:
    act.data = {name: value for name, value in act.data.items() if name not in without}
    faults = check_fields(form, act.data)
    if faults:
        raise invalid(**faults)


def _record(act: Act, task: Task, kind: str, **data: object) -> None:
    area = act.ledger.city.tree.get_area(task.area)
    audience = Audience(domain=task.domain, areas=act.ledger.city.tree.path(task.area))
    told = {"task_number": task.id, "title": task.title, "area": task.area, **data}
    told["area_name"] = {"zh": area.name, "en": area.name_en}
    act.ledger.append(kind, act.actor, data=take_words(act.ledger, told), audience=(audience, audience))
