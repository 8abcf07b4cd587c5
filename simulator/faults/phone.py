"""A cleaner with a phone in a fault run: claims, works, reports; and the phone may die between a claim and its answer."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

from alerts.cleaner import CleanerClient
from alerts.messages import ClaimWon, LiveOrder
from simulator.faults.books import Won
from simulator.faults.place import TOPICS, StreetFile
from simulator.faults.plan import Fault, Nature
from simulator.faults.wire import Mood, Wire
from town.settings import ExternalBroker
from town.work import OrderState

_STEP_S = 0.05
_THINKS_S = (0.0, 0.3)
_WORKS_S = (0.05, 0.4)


class Phone:
    """One cleaner, in a thread of their own. `puts_right` is told the id of the order whose problem is gone by their work.

    The cleaner keeps their mind when the phone dies; the phone forgets all and comes back as one that was switched on.
    """

    def __init__(
        self,
        nature: Nature,
        broker: ExternalBroker,
        wire: Wire,
        deaths: tuple[Fault, ...],
        street: StreetFile,
        puts_right: Callable[[str], None],
        rng: Random,
    ) -> None:
        self.won: list[Won] = []
        self.deaths_count = 0
        self._nature = nature
        self._broker = broker
        self._wire = wire
        self._deaths = {death.nth: death.lasts_s for death in deaths}
        self._street = street
        self._puts_right = puts_right
        self._rng = rng
        self._claims = 0
        self._acted: set[tuple[str, int]] = set()
        self._ready_at: dict[tuple[str, int], float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name=nature.cleaner_id, daemon=True)
        self._client = self._switched_on()

    @property
    def cleaner_id(self) -> str:
        return self._nature.cleaner_id

    @property
    def screen(self) -> Mapping[str, LiveOrder]:
        return self._client.state.orders

    @property
    def is_greeted(self) -> bool:
        """Whether the service has answered this phone's hello since it was switched on."""
        return self._client.state.snapshot_rev > 0

    @property
    def is_waiting(self) -> bool:
        return self._client.unanswered_count > 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._client.stop()

    def _now(self) -> datetime:
        return self._street.read().time(time.monotonic()) + self._nature.clock_ahead

    def _live(self) -> None:
        while not self._stop.is_set():
            for news in self._client.step(self._now(), _STEP_S):
                if isinstance(news.message, ClaimWon):
                    self.won.append(Won(self.cleaner_id, news.message.order_id, news.message.rev))
            for order in list(self.screen.values()):
                if (order.order_id, order.rev) not in self._acted and self._is_ready(order):
                    self._acted.add((order.order_id, order.rev))
                    self._act(order)

    def _is_ready(self, order: LiveOrder) -> bool:
        """Nobody acts at once: thinking and working take a moment."""
        key = (order.order_id, order.rev)
        if key not in self._ready_at:
            takes_s = self._rng.uniform(*(_WORKS_S if order.yours else _THINKS_S))
            self._ready_at[key] = time.monotonic() + takes_s
        return time.monotonic() >= self._ready_at[key]

    def _act(self, order: LiveOrder) -> None:
        if order.state is OrderState.OFFERED and not order.yours:
            self._answer_offer(order.order_id)
        elif order.yours and order.state is OrderState.CLAIMED:
            self._begin_work(order)
        elif order.yours and order.state is OrderState.ON_SITE:
            self._finish(order)

    def _answer_offer(self, order_id: str) -> None:
        if self._rng.random() < self._nature.declines_score:
            self._client.decline(order_id, self._now(), "手上有活")
            return
        self._client.claim(order_id, self._now())
        self._claims += 1
        if self._claims in self._deaths:
            self._die(self._deaths[self._claims])

    def _begin_work(self, order: LiveOrder) -> None:
        if self._rng.random() < self._nature.gives_back_score:
            self._client.cannot(order.order_id, self._now(), "需要吊车")
        elif self._rng.random() < 0.5:
            self._client.arrived(order.order_id, self._now())
        else:
            self._finish(order)

    def _finish(self, order: LiveOrder) -> None:
        """Careless work leaves the problem where it is; the second time it is done properly."""
        if order.attempt > 1 or self._rng.random() >= self._nature.careless_score:
            self._puts_right(order.order_id)
        self._client.done(order.order_id, self._now())

    def _die(self, for_s: float) -> None:
        """In the middle of a sentence: its connection breaks off, and all that it knew is gone."""
        self._wire.set_mood(Mood.CUT)
        self._client.stop()
        self.deaths_count += 1
        self._stop.wait(for_s)
        self._wire.set_mood(Mood.WELL)
        self._acted.clear()
        self._client = self._switched_on()

    def _switched_on(self) -> CleanerClient:
        client = CleanerClient.over_mqtt(self._broker, TOPICS, self.cleaner_id)
        client.start()
        return client
