"""The workers as they stand in this transaction: on shift or not, where, with how many open orders.

Read once a transaction, then kept in step as orders are given; ``orders.py`` hands it to ``assign``.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from command_center.cases.case_file import OPEN_ORDER_STATES
from command_center.orders.assign import Standing
from command_center.orders.order_tables import Order, WorkerState
from grid.city import City
from grid.coordinates import LonLat
from grid.posts import Post, Worker

ROLE_OF_POST = {"grid": "grid_worker", "community": "community_operator"}


class Workforce:
    """States and loads of all workers; reads the database when first asked."""

    def __init__(self, session: Session, city: City) -> None:
        self._session = session
        self._city = city
        self._states: dict[str, WorkerState] | None = None
        self._loads: dict[str, int] = {}

    def standings(self, post: Post) -> list[Standing]:
        """Return how the workers of a post stand, by id."""
        self._read()
        role = ROLE_OF_POST.get(post.kind, "handler")
        workers = self._city.workers.list_workers(area=post.area, role=role)
        return [self._standing(worker) for worker in workers if worker.post == post.code]

    def take_on(self, worker: str, orders: int = 1) -> None:
        """Count an order that was just given (or, with -1, taken away)."""
        self._read()
        self._loads[worker] = self._loads.get(worker, 0) + orders

    def _read(self) -> None:
        if self._states is not None:
            return
        self._states = {state.worker: state for state in self._session.scalars(select(WorkerState))}
        # named one by one, so that the index answers however many orders there ever were
        everybody = [worker.id for worker in self._city.workers.list_workers()]
        counts = self._session.execute(
            select(Order.worker, func.count())
            .where(
                Order.worker.in_(everybody),
                Order.state.in_(sorted(OPEN_ORDER_STATES)),
                Order.kind != "patrol",  # a patrol waits when something happens
            )
            .group_by(Order.worker)
        )
        self._loads = {str(worker): int(count) for worker, count in counts}

    def _standing(self, worker: Worker) -> Standing:
        state = (self._states or {}).get(worker.id)
        here = worker.home
        if state is not None and state.lon is not None and state.lat is not None:
            here = LonLat(state.lon, state.lat)
        on_shift = state is not None and state.on_shift
        return Standing(worker, on_shift, here, self._loads.get(worker.id, 0))
