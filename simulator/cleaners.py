"""Eight cleaners who walk, claim and clean, each with an MQTT client of their own: what `alerts.cleaner` does on a phone."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from alerts.cleaner import CleanerClient
from alerts.topics import Topics
from simulator.errands import Deed, Mind, Nature, Phase, Word, live_on
from simulator.living_town import LivingTown
from town.places import Cleaner
from town.settings import ExternalBroker
from town.township import Township

Clock = Callable[[], datetime]
STEP_S = 0.2
SAY_WHERE_EVERY = timedelta(seconds=15)

NATURES: Mapping[str, Nature] = {"c02": Nature(declines_score=0.3), "c05": Nature(careless_score=0.35)}
"""Who is not like the others: c02 declines often, c05 sometimes says done too soon, so that the camera sends somebody again."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What can be seen of a cleaner from outside."""

    cleaner_id: str
    name: str
    on_shift: bool
    connected: bool
    phase: Phase
    place: str
    finished_count: int


class SimulatedCleaner:
    """One cleaner, on a thread of their own from `start` to `stop`."""

    def __init__(
        self, cleaner: Cleaner, nature: Nature, client: CleanerClient, township: Township, town: LivingTown, seed: int, clock: Clock
    ) -> None:
        self.cleaner = cleaner
        self._client = client
        self._township = township
        self._town = town
        self._clock = clock
        self._camera_ids = {camera.name: camera.id for camera in township.cameras}
        self._rng = Random(f"{seed} {cleaner.id}")
        self._nature = nature
        self._mind = Mind(cleaner.position)
        self._finished_count = 0
        self._said_where_at: datetime | None = None
        self._stop = threading.Event()
        self.left = False
        """Whether a person acts in their place."""
        self._thread = threading.Thread(target=self._run, name=cleaner.id, daemon=True)

    def start(self) -> None:
        self._client.start()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def join(self) -> None:
        """Wait for the end after `stop`, and leave the broker politely."""
        self._thread.join(10)
        self._client.stop()

    def glimpse(self, now: datetime) -> Glimpse:
        mind = self._mind
        return Glimpse(
            cleaner_id=self.cleaner.id,
            name=self.cleaner.name,
            on_shift=self.cleaner.on_shift(now, self._township.town),
            connected=self._client.link.connected,
            phase=mind.phase,
            place=mind.order.zone if mind.order else "",
            finished_count=self._finished_count,
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            self._client.step(self._clock(), STEP_S)
            now = self._clock()
            self._mind, deed = live_on(self._mind, self._nature, self._client.state.orders, self._rng, now)
            if deed is not None:
                self._do(deed, now)
            self._say_where(now)

    def _say_where(self, now: datetime) -> None:
        if self._said_where_at is None or now - self._said_where_at >= SAY_WHERE_EVERY:
            self._said_where_at = now if self._client.stand_at(self._mind.position, now) else self._said_where_at

    def _do(self, deed: Deed, now: datetime) -> None:
        order_id = deed.order.order_id
        if deed.puts_right and deed.order.camera in self._camera_ids:
            self._town.put_right(self._camera_ids[deed.order.camera], now)
        match deed.word:
            case Word.CLAIM:
                self._client.claim(order_id, now)
            case Word.DECLINE:
                self._client.decline(order_id, now, "手上有活，去不了")
            case Word.ARRIVED:
                self._client.arrived(order_id, now)
            case Word.DONE:
                self._finished_count += 1  # before it is said: whoever hears of it finds it counted
                self._client.done(order_id, now)


class Crew:
    """All cleaners of a township at one broker."""

    def __init__(self, township: Township, town: LivingTown, host: str, port: int, seed: int, clock: Clock) -> None:
        topics = Topics(township.town.id)
        self.members = []
        for cleaner in township.cleaners:
            client = CleanerClient.over_mqtt(_login(cleaner, host, port), topics, cleaner.id)
            nature = NATURES.get(cleaner.id, Nature())
            self.members.append(SimulatedCleaner(cleaner, nature, client, township, town, seed, clock))

    def start(self) -> None:
        for member in self.members:
            member.start()

    def stop(self) -> None:
        working = [member for member in self.members if not member.left]
        for member in working:
            member.stop()
        for member in working:
            member.join()

    def leave_to_people(self, cleaner_ids: Collection[str]) -> list[str]:
        """Those whose phones are in a person's hand act no more by themselves. Returns the names of those who stopped now."""
        leaving = [member for member in self.members if member.cleaner.id in cleaner_ids and not member.left]
        for member in leaving:
            member.left = True
            member.stop()
            member.join()
        return [member.cleaner.name for member in leaving]

    def glimpses(self, now: datetime) -> list[Glimpse]:
        return [member.glimpse(now) for member in self.members]


def _login(cleaner: Cleaner, host: str, port: int) -> ExternalBroker:
    return ExternalBroker(host=host, port=port, username=cleaner.id, password=cleaner.password, protocol="3.1.1")
