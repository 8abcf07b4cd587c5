"""What a manager chooses from in a deed's dialog: cleaners, orders nearby, kept pictures. Read at the moment of asking."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from alerts.whereabouts import whereabouts
from console.pictures import folder_of
from console.site import Site
from console.visitors import Visitor
from storage.order_pages import LIVE
from storage.order_search import Sought
from town.evidence import Picture, Purpose, When
from town.work import WorkOrder

AT_MOST = 30
PHOTO_NAME = 64
"""So many characters of a photo's name are recorded."""


@dataclass(frozen=True, slots=True)
class Person:
    """A cleaner as somebody to give an order to."""

    id: str
    name: str
    is_on_shift: bool
    is_skilled: bool
    distance_m: float
    load: int


@dataclass(frozen=True, slots=True)
class Photo:
    """An after-photo as it is recorded."""

    name: str
    sha256: str


def people(site: Site, order: WorkOrder) -> list[Person]:
    """All cleaners but the holder: who is on shift and has the skill first, the nearest of them first. Blocks."""
    township, now = site.township(), site.clock()
    loads, positions = site.database.order_lists.at_work()
    found = [
        Person(
            one.id,
            one.name,
            one.on_shift(now, township.town),
            order.skill in one.skills,
            whereabouts(one, positions.get(one.id), now).distance_m(order.position),
            loads.get(one.id, 0),
        )
        for one in township.cleaners
        if one.id != order.holder
    ]
    return sorted(found, key=lambda one: (not (one.is_on_shift and one.is_skilled), not one.is_on_shift, one.distance_m, one.id))


def orders_near(site: Site, visitor: Visitor, order: WorkOrder) -> list[tuple[WorkOrder, float]]:
    """The other live orders of the visitor's grids with their distances in metres, the nearest first. Blocks."""
    grids = [grid.id for grid in visitor.grids(site.township())]
    found = site.database.order_search.found(Sought(grids, states=LIVE), at_most=1000)
    others = [(one, one.position.distance_m(order.position)) for one in found if one.id != order.id]
    return sorted(others, key=lambda near: (near[1], near[0].id))[:AT_MOST]


def kept_photos(site: Site, order: WorkOrder) -> Sequence[tuple[Purpose, Picture]]:
    """The kept pictures that show an order's place after the work, newest first. Blocks."""
    return [(purpose, one) for purpose, one in reversed(site.database.evidence.pictures_of(order.id)) if purpose.when is When.AFTER]


def photo_of(site: Site, picture: Picture) -> Photo:
    """A kept picture as a closing records it. Raises OSError where its file is gone. Blocks."""
    return photo_from(picture.path, (folder_of(site) / picture.path).read_bytes())


def photo_from(name: str, content: bytes) -> Photo:
    """A file as a closing records it: the end of its name tells more than its beginning."""
    plain = name.replace("\\", "/").rpartition("/")[2].strip() or "photo"
    return Photo(plain[-PHOTO_NAME:], sha256(content).hexdigest())
