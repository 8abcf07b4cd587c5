"""A manager (网格长) of the demo: whatever waits for a person to name who does it goes to the nearest who can."""

import logging
from datetime import datetime

from alerts.dispatch import able
from alerts.manager_desk import ManagerDesk, NotDone
from storage.database import Database
from town.township import Township
from town.work import OrderState, WorkOrder

logger = logging.getLogger(__name__)


class SimulatedManager:
    """Decides for all grids of a township, over the service's own database."""

    def __init__(self, database: Database, township: Township) -> None:
        self._database = database
        self._township = township
        self._desk = ManagerDesk(database, township)

    def attend(self, now: datetime) -> None:
        """Name somebody for every order that waits for it, if anybody can do it now. Call it every now and then."""
        waiting = (order for order in self._database.figures.live_orders() if order.state is OrderState.RETURNED)
        for order in waiting:
            name = nearest(order, self._township, now)
            if name:
                self._name(order, name, now)

    def _name(self, order: WorkOrder, cleaner_id: str, now: datetime) -> None:
        manager = next((grid.manager for grid in self._township.grids if grid.id == order.grid_id), "manager")
        try:
            self._desk.name_owner(order.id, cleaner_id, manager, "请一定清干净", now)
        except NotDone as refused:
            logger.info("order %s was settled meanwhile: %s", order.id, refused)


def nearest(order: WorkOrder, township: Township, now: datetime) -> str:
    """Who can do the order and lives nearest to it; empty where nobody can."""
    names = able(order, township, now)
    return min(names, key=lambda name: (township.cleaner_by_id[name].position.distance_m(order.position), name), default="")
