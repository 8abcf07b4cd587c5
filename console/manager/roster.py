"""The cleaners as a manager sees them: who is on duty, what each has in hand, what fell to them this shift."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.dealings import KEPT_FOR, Dealing
from console.site import Site
from console.visitors import Visitor
from patrol.reporting import Span, fairness
from town.accounts import Kind, Role, Session
from town.places import Cleaner, Town
from town.township import Township

FAIR_OVER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Person:
    """One cleaner at an instant. `offers` and `taken` are those of the shift that lasts; None off duty.

    `positioned_at` is when they last said where they are, `heard_at` when they last said anything within a day. Whether their phone is on
    the line now is not known: presence is between cleaners and the broker, and nobody stores it.
    """

    cleaner: Cleaner
    grid_name: str
    duty_since: datetime | None
    load: int
    offers: int | None
    taken: int | None
    positioned_at: datetime | None
    heard_at: datetime | None
    phones: Sequence[Session]


def roster_for(site: Site, visitor: Visitor) -> list[Person]:
    """The cleaners of the grids that a visitor sees, those on duty first. Raises StorageError. Blocks."""
    township, now, database = site.township(), site.clock(), site.database
    cleaners = [one for one in township.cleaners if visitor.sees_grid(one.grid, township)]
    loads, positioned, heard = database.people.loads(), database.people.positioned_at(), database.people.heard_at(now - KEPT_FOR)
    dealt = defaultdict[tuple[str, Dealing], list[datetime]](list)
    for who, what, at in database.people.dealt([one.id for one in cleaners], now - KEPT_FOR):
        dealt[who, what].append(at)
    phones = phones_of(database.accounts.sessions(now))
    people = [
        Person(
            one,
            township.grid_name(one.grid),
            since := duty_since(one, township.town, now),
            loads.get(one.id, 0),
            sum(at >= since for at in dealt[one.id, Dealing.OFFERED]) if since else None,
            sum(at >= since for at in dealt[one.id, Dealing.TAKEN]) if since else None,
            positioned.get(one.id),
            heard.get(one.id),
            phones.get(one.id, ()),
        )
        for one in cleaners
    ]
    return sorted(people, key=lambda one: (one.duty_since is None, one.grid_name, one.cleaner.id))


def fairness_for(site: Site, visitor: Visitor) -> float | None:
    """How evenly orders lay on these cleaners lately, as the report measures it. Raises StorageError. Blocks, and reads many orders."""
    township, now = site.township(), site.clock()
    cases = site.database.cohorts.cases(now - FAIR_OVER, now)
    cleaners = [one for one in township.cleaners if visitor.sees_grid(one.grid, township)]
    return fairness(cases, cleaners, Span(now - FAIR_OVER, now), township.town.zone)


def may_hand_phones(visitor: Visitor, cleaner: Cleaner, township: Township) -> bool:
    """Whether somebody lets a cleaner's phone in, and out: the manager of their grid, and engineers."""
    return visitor.role is Role.ENGINEER or (visitor.role is Role.MANAGER and visitor.sees_grid(cleaner.grid, township))


def duty_since(cleaner: Cleaner, town: Town, now: datetime) -> datetime | None:
    """When the shift began that lasts now, the earliest where several do; None off duty."""
    days = ((shift, shift.day_at(now, town.zone)) for shift in cleaner.shifts)
    began = [datetime.combine(day, shift.start, town.zone).astimezone(UTC) for shift, day in days if day]
    return min(began, default=None)


def phones_of(sessions: Sequence[Session]) -> Mapping[str, Sequence[Session]]:
    """The phones that are signed in, by cleaner."""
    found: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        if session.kind is Kind.PHONE:
            found[session.person].append(session)
    return found


def counts_of(people: Sequence[Person]) -> Iterator[tuple[str, int]]:
    """Words of the table `people`, each with its number."""
    on_duty = [one for one in people if one.duty_since]
    yield "on_duty_count", len(on_duty)
    yield "idle_count", sum(not one.load for one in on_duty)
    yield "load_count", sum(one.load for one in people)
    yield "phone_count", sum(bool(one.phones) for one in people)
