"""Walks a case at random through the table of moves: whoever is offered something does it, with the least form.

After each step the case must hold together, whoever is offered nothing must be refused, and somebody must be
able to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import select

from command_center.cases.case_file import ENDED_STATES, OPEN_ORDER_STATES
from command_center.cases.incident_tables import Incident
from command_center.journal.journal_tables import JournalEntry
from command_center.moves.move import SAME
from command_center.moves.table import MOVES, list_allowed
from command_center.orders.order_tables import ClockRow, Order
from command_center.people.accounts import load_scope
from command_center.people.roles import Role
from tests.command_center.stage import OTHER_TOWN, TOWN, Stage

RARE = frozenset(
    {
        "reject",
        "self_close",
        "merge",
        "answer",
        "take_over",
        "reply",
        "set_severity",
        "supervise",
        "void",
        "force_close",
    }
)
DEPARTMENTS = (
    "traffic_police",
    "water",
    "police",
    "fire_rescue",
    "housing",
    "environment",
    "market",
    "health_commission",
)
TOWNS = (OTHER_TOWN, *(f"321311{end}" for end in ("003", "006", "105", "106", "108", "111", "113", "201")))
REFUSALS = frozenset({"forbidden", "move_not_allowed", "not_found", "invalid"})


def hire_everybody(cast: Stage) -> None:
    """Add to the usual cast whoever else can get a case into hand."""
    cast.hire("town-duty", Role.DUTY_LEADER, TOWN)
    cast.hire("crew", Role.HANDLER, cast.city.code, department="drainage", worker="h-drainage-1")
    cast.hire("reader", Role.LEADER, cast.city.code)


Standing = tuple[str, dict[int, tuple[str, bool, bool]]]


def hold_to_row(action: str, before: Standing, after: Standing) -> None:
    """Hold what a move did against what its row of the table says: states and clocks."""
    move = MOVES[action]
    rows = (move,) if action != "approve" else (move, *(row for row in MOVES.values() if row.chain is not None))
    to = frozenset[str]().union(*(row.to for row in rows)) | ({SAME} if move.chain is not None else set())
    assert after[0] in to or (SAME in to and after[0] == before[0]), f"{action}: {before[0]} → {after[0]}"
    did: dict[str, set[str]] = {"starts": set(), "stops": set(), "pauses": set(), "resumes": set()}
    for id, (stage, is_stopped, is_paused) in after[1].items():
        _, was_stopped, was_paused = before[1].get(id, (stage, False, False))
        if id not in before[1]:
            did["starts"].add(stage)
        elif was_stopped and not is_stopped:
            did["resumes"].add(stage)
        if is_stopped and not was_stopped and id in before[1]:
            did["stops"].add(stage)
        if is_paused and not was_paused:
            did["pauses"].add(stage)
        if was_paused and not is_paused and not is_stopped:
            did["resumes"].add(stage)
    for kind, stages in did.items():
        said = frozenset[str]().union(*(getattr(row, kind) for row in rows))
        assert stages <= said, f"{action} {kind} {sorted(stages - said)}, which its row does not say"


@dataclass
class Walker:
    cast: Stage
    number: int
    partner: int
    random: Random

    def offers(self, who: str) -> list[dict[str, Any]]:
        with self.cast.database.read() as session:
            incident = session.get(Incident, self.number)
            assert incident is not None
            scope = load_scope(session, who)
            if (
                session.scalar(select(Incident.number).where(Incident.number == self.number, scope.clause()))
                is None
            ):
                return []
            return list_allowed(session, incident, scope, self.cast.city, now=self.cast.clock.now())

    def least_form(self, who: str, offer: dict[str, Any]) -> dict[str, Any]:
        """Return the least that the form takes: its required fields, one way of each choice."""
        schema = offer["schema"]
        names = [*schema["required"]]
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                names += self.random.choice(schema[choice])["required"]
        said = {
            name: self.value(who, offer, name)
            for name in names
            if name != "photos" or "no_photo_reason" not in schema["properties"]
        } | ({"no_photo_reason": "雨大"} if "photos" in names else {})
        return self.follow_choices(who, offer, said)

    def follow_choices(self, who: str, offer: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        """Add what the form needs with these choices, and choose among what is left with them."""
        for rule in offer["schema"].get("allOf", ()):
            for name, field in rule["then"].get("properties", {}).items():
                if all(said.get(asked) == is_["const"] for asked, is_ in rule["if"]["properties"].items()):
                    said[name] = self.random.choice(field["enum"])
        for rule in offer["schema"].get("allOf", ()):
            if all(said.get(asked) == is_["const"] for asked, is_ in rule["if"]["properties"].items()):
                said |= {name: self.value(who, offer, name) for name in rule["then"].get("required", ())}
        return said

    def value(self, who: str, offer: dict[str, Any], name: str) -> Any:
        field = offer["schema"]["properties"][name]
        if "default" in field or "const" in field:
            return field.get("default", field.get("const"))
        if "enum" in field:
            return self.random.choice(field["enum"])
        if field["type"] == "boolean":
            return self.random.random() < 0.7
        if field["type"] == "integer" and name != "into":
            return field["minimum"]
        return self.named(offer, name)

    def named(self, offer: dict[str, Any], name: str) -> Any:
        """Return something of the city that a person would choose from a list."""
        incident = self.cast.incident(self.number)
        community = self.cast.city.tree.find_ancestor(self.cast.grid(), "community")
        assert community is not None
        choices: dict[str, Any] = {
            "into": self.partner,
            "worker": self.worker_of(offer["order"]),
            "to": TOWN if incident.level == "district" else community.code,
            "area": TOWN if offer.get("action") == "correct" else self.free_hand(TOWNS),
            "department": self.free_hand(DEPARTMENTS),
            "departments": [self.free_hand(DEPARTMENTS)],
            "members": ["traffic_police"],
            "persons": ["duty"],
            "domains": ["transport"],
            "lead": "drainage",
            "holder": self.other_hand(community.code),
            "category": "UM-01003",
            "until": "2026-12-24",
        }
        return choices.get(name, "如前所述")

    def free_hand(self, hands: tuple[str, ...]) -> str:
        """Return a department or town that is not at work on the case."""
        busy = {order.holder_code for order in self.cast.orders(self.number) if order.state in OPEN_ORDER_STATES}
        return next(hand for hand in hands if not {f"dept-{hand}", f"desk-{hand}"} & busy)

    def other_hand(self, community: str) -> str:
        """Return a hand of the community that has not returned the case, else a department that has not."""
        back = {order.holder_code for order in self.cast.orders(self.number) if order.state == "returned"}
        hands = (f"grid-{self.cast.grid()}", f"community-{community}", *(f"dept-{one}" for one in DEPARTMENTS))
        return next(hand for hand in hands if hand not in back)

    def worker_of(self, order: int | None) -> str | None:
        with self.cast.database.read() as session:
            row = session.get(Order, order) if order is not None else None
        workers = self.cast.city.workers.list_workers()
        return next((w.id for w in workers if row is not None and w.post == row.holder_code), None)

    def hire_holders(self) -> None:
        """Give each department and team that has an order somebody who acts for it."""
        for order in self.cast.orders(self.number):
            post = self.cast.city.posts.find_post(order.holder_code)
            name = f"of {order.holder_code}"
            if post is None or post.kind not in ("department", "team") or name in self.cast.cast:
                continue
            if post.department not in ("drainage", "traffic_police"):
                holder = post.department if post.kind == "department" else post.code
                self.cast.hire(name, Role.LIAISON, self.cast.city.code, department=holder)

    def step(self) -> str:
        """Let somebody do something that they are offered; return what."""
        self.hire_holders()
        found = [(who, offer) for who in self.cast.cast for offer in self.offers(who)]
        found = [
            (who, offer) for who, offer in found if offer["action"] != "assign" or self.worker_of(offer["order"])
        ]
        wanted = sorted({offer["action"] for _, offer in found if self.wants(offer["action"])})
        # where only something rare leads on, such as the reply that is owed, it is done
        wanted = wanted or sorted({offer["action"] for _, offer in found if MOVES[offer["action"]].bumps})
        assert wanted, f"nobody can go on: {self.cast.incident(self.number).state}"
        action = self.random.choice(wanted)
        who, offer = self.random.choice([pair for pair in found if pair[1]["action"] == action])
        form = self.least_form(who, offer)
        order = offer["order"]
        before, head = self.standing(), len(self.cast.kinds())
        answer = self.cast.do(who, action, None if order else self.number, order=order, **form)
        assert answer.refusal is None, (who, offer, form, answer.refusal)
        if not self.was_moved_by_a_rule(head):
            hold_to_row(action, before, self.standing())
        return action

    def was_moved_by_a_rule(self, head: int) -> bool:
        """Return whether a level rule moved the case on, after the act and in its transaction."""
        moved = ("escalated", "handed_up", "town_responsible", "reports_up", "report_due")
        with self.cast.database.read() as session:
            chosen = select(JournalEntry.kind).where(
                JournalEntry.incident == self.number,
                JournalEntry.actor_kind == "system",
                JournalEntry.kind.in_(moved),
                JournalEntry.number > head,
            )
            return session.scalars(chosen.limit(1)).first() is not None

    def standing(self) -> Standing:
        """Return the case's state, and of every clock the stage, whether it stopped, whether it is paused."""
        with self.cast.database.read() as session:
            rows = session.scalars(select(ClockRow).where(ClockRow.incident == self.number)).all()
        clocks = {row.id: (row.stage, row.stopped_at is not None, row.paused_at is not None) for row in rows}
        return self.cast.incident(self.number).state, clocks

    def wants(self, action: str) -> bool:
        return MOVES[action].bumps and (action not in RARE or self.random.random() < 0.05)

    def try_what_is_not_offered(self) -> None:
        """Have one person try some of what they are not offered, with a good form: refused, undone."""
        who = self.random.choice(sorted(self.cast.cast))
        offered = {offer["action"] for offer in self.offers(who)}
        before = self.cast.version(self.number)
        for action in self.random.sample(sorted(set(MOVES) - offered), 4):
            form = MOVES[action].form
            schema = form if isinstance(form, dict) else {"required": [], "properties": {}}
            fields = {n: self.value(who, {"schema": schema, "order": None}, n) for n in schema["required"]}
            assert self.cast.refused(who, action, self.number, **fields) in REFUSALS - {"invalid"}, (who, action)
        assert self.cast.version(self.number) == before

    def check(self) -> None:
        """Hold the case against what every state promises."""
        incident = self.cast.incident(self.number)
        orders = [order for order in self.cast.orders(self.number) if order.state in OPEN_ORDER_STATES]
        with self.cast.database.read() as session:
            running = select(ClockRow).where(ClockRow.incident == self.number, ClockRow.stopped_at.is_(None))
            clocks = session.scalars(running).all()
        kinds = [order.kind for order in orders]
        leads = [order for order in orders if order.is_lead]
        open_ids = {order.id for order in orders}
        assert all(clock.order is None or clock.order in open_ids for clock in clocks), "a clock of an ended order"
        assert self.cast.city.posts.find_post(incident.holder_code) is not None
        assert not incident.is_overdue, "nothing is late: no time has passed"
        stages = [c.stage for c in clocks if c.order is None and not c.stage.startswith("report_")]
        assert len(stages) == len(set(stages)), f"two clocks of one stage: {stages}"
        match incident.state:
            case "handling" if not leads:
                assert any(order.kind == "dispose" for order in orders), "the lead is done, and nobody assists"
            case "dispatched" | "handling" | "suspended":
                assert len(leads) == 1 and leads[0].holder_code == incident.holder_code, (
                    leads,
                    incident.holder_code,
                )
            case "verifying":
                assert kinds.count("verify") == 1 and not leads
            case "checking":
                assert kinds.count("check") == 1 and not leads
            case "filed":
                assert not leads and sorted(stages) == ["dispatch", "total"], stages
            case "reported":
                assert not leads and "verify" not in kinds and set(stages) <= {"accept", "total"}
            case "disposed":
                assert not leads and "check" not in kinds
            case state:
                assert state in ENDED_STATES and not orders and not clocks
        assert (incident.closed_at is not None) == (incident.state in ENDED_STATES)
        attending = [order.holder_code for order in orders if order.kind == "attend" and not order.task]
        assert len(attending) == len(set(attending)), "two orders to attend to one holder"
