"""Evidence as it is read: disagreements to judge, a candidate's tally, pictures to learn from. Read only."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, exists, func, or_, select

from storage.engines import Engines
from storage.evidence_rows import disagreement_of, picture_of
from storage.rows import order_of
from storage.tables import (
    disagreements,
    missing_pictures,
    order_pictures,
    orders,
    picture_days,
    picture_views,
    pictures,
    shadow_tallies,
    version_changes,
)
from town.evidence import Disagreement, Kept, MissingPicture, Picture, PictureDay, PictureKind, PictureView, Purpose, Side, Tally
from town.work import WorkOrder

BATCH = 200

_DISAGREEMENTS = select(disagreements, pictures).join(pictures, pictures.c.id == disagreements.c.picture_id)


class Evidence:
    """Reads what is committed; each call sees one moment, and none waits for a writer."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def version_changes(self, at_most: int = 50) -> list[tuple[datetime, str, str]]:
        """When, from which and to which version, newest first."""
        chosen = select(version_changes).order_by(version_changes.c.number.desc()).limit(at_most)
        with self._engines.reading() as connection:
            return [(row["changed_at"], row["before"], row["after"]) for row in connection.execute(chosen).mappings()]

    def disagreements(self, unjudged_only: bool = True, at_most: int = 1000) -> list[Disagreement]:
        """Those that no person has judged yet, or all; oldest first."""
        chosen = _DISAGREEMENTS.order_by(disagreements.c.number).limit(at_most)
        if unjudged_only:
            chosen = chosen.where(disagreements.c.judged.is_(None))
        with self._engines.reading() as connection:
            return [disagreement_of(row, picture_of(row)) for row in connection.execute(chosen).mappings()]

    def tally(self, candidate: str) -> Tally:
        counted = select(shadow_tallies).where(shadow_tallies.c.candidate == candidate)
        judged = select(disagreements.c.judged, func.count()).where(disagreements.c.candidate == candidate)
        with self._engines.reading() as connection:
            row = connection.execute(counted).mappings().first()
            by_side: dict[Any, int] = {row[0]: row[1] for row in connection.execute(judged.group_by(disagreements.c.judged))}
        looks, failed, disagreed = (row["looks"], row["failed"], row["disagreements"]) if row else (0, 0, 0)
        return Tally(looks, failed, disagreed, sum(by_side.values()), *(by_side.get(side, 0) for side in Side))

    def kept(self, since: datetime | None = None) -> Iterator[Kept]:
        """Every picture with what belongs to it, in order of time and id, in short reads."""
        after: tuple[datetime | None, str] = (since, "")
        while batch := self._batch(*after):
            yield from batch
            after = (batch[-1].picture.taken_at, batch[-1].picture.id)

    def picture(self, picture_id: str) -> Kept | None:
        """A kept picture with what belongs to it; None where none of this id is kept any more."""
        with self._engines.reading() as connection:
            row = connection.execute(select(pictures).where(pictures.c.id == picture_id)).mappings().first()
            if row is None:
                return None
            return Kept(
                picture_of(row), tuple(_orders(connection, [picture_id])[picture_id]), _otherwise(connection, [picture_id]).get(picture_id)
            )

    def kept_at(self, camera_id: str, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
        """When each kept picture of a camera was taken in a span of time, both ends included, and its id; oldest first."""
        of_camera = (pictures.c.camera_id == camera_id, pictures.c.taken_at >= since, pictures.c.taken_at <= until)
        chosen = select(pictures.c.taken_at, pictures.c.id).where(*of_camera).order_by(pictures.c.taken_at, pictures.c.id)
        with self._engines.reading() as connection:
            return [(row[0], row[1]) for row in connection.execute(chosen)]

    def kept_count(self, since: datetime | None = None) -> int:
        chosen = select(func.count()).select_from(pictures)
        with self._engines.reading() as connection:
            return connection.execute(chosen if since is None else chosen.where(pictures.c.taken_at >= since)).scalar_one()

    def paths(self) -> frozenset[str]:
        """Where in their folder the kept pictures are."""
        with self._engines.reading() as connection:
            return frozenset(connection.execute(select(pictures.c.path)).scalars())

    def pictures_of(self, order_id: str) -> list[tuple[Purpose, Picture]]:
        """The kept pictures of an order, oldest first."""
        chosen = select(order_pictures.c.purpose, pictures).join(pictures, pictures.c.id == order_pictures.c.picture_id)
        chosen = chosen.where(order_pictures.c.order_id == order_id).order_by(pictures.c.taken_at, order_pictures.c.purpose.desc())
        with self._engines.reading() as connection:
            return [(Purpose(row["purpose"]), picture_of(row)) for row in connection.execute(chosen).mappings()]

    def pictured(self, order_ids: Sequence[str]) -> frozenset[str]:
        """Which of some orders have a picture of the problem that opened them."""
        chosen = select(order_pictures.c.order_id).where(order_pictures.c.order_id.in_(order_ids))
        with self._engines.reading() as connection:
            return frozenset(connection.execute(chosen.where(order_pictures.c.purpose == Purpose.OPENED)).scalars())

    def newest_of_camera(self, camera_id: str) -> tuple[str, Purpose, Picture] | None:
        """The newest frame of a camera that an order keeps, with the order's id and why it has it.

        It is the order's newest of its side: where a cleaner photographed the work, only what was before it counts.
        """
        of_order = select(order_pictures.c.order_id, order_pictures.c.purpose, pictures)
        of_order = of_order.join(pictures, pictures.c.id == order_pictures.c.picture_id).join(
            orders, orders.c.id == order_pictures.c.order_id
        )
        photos = order_pictures.alias("photos")
        photographed = exists().where(photos.c.order_id == order_pictures.c.order_id, photos.c.purpose == Purpose.REPORTED)
        is_newest = or_(order_pictures.c.purpose == Purpose.OPENED, ~photographed)
        chosen = of_order.where(orders.c.camera_id == camera_id, is_newest).order_by(pictures.c.taken_at.desc()).limit(1)
        with self._engines.reading() as connection:
            row = connection.execute(chosen).mappings().first()
        return (row["order_id"], Purpose(row["purpose"]), picture_of(row)) if row else None

    def pictures_checked_at(self) -> datetime | None:
        """When pictures were last held against their time; None where they never were."""
        with self._engines.reading() as connection:
            return connection.execute(select(func.max(picture_days.c.checked_at))).scalar()

    def picture_days(self, since: date) -> list[PictureDay]:
        """The account of deleted pictures from a day on, oldest day first, kinds in their order."""
        chosen = select(picture_days).where(picture_days.c.day >= since)
        with self._engines.reading() as connection:
            found = [PictureDay(**row) for row in connection.execute(chosen).mappings()]
        return sorted(found, key=lambda one: (one.day, list(PictureKind).index(one.kind)))

    def missing_pictures(self, since: datetime | None = None) -> list[MissingPicture]:
        """The looks whose picture could not be kept, oldest first."""
        chosen = select(missing_pictures).order_by(missing_pictures.c.taken_at, missing_pictures.c.look_id)
        if since is not None:
            chosen = chosen.where(missing_pictures.c.taken_at >= since)
        with self._engines.reading() as connection:
            rows = connection.execute(chosen).mappings().all()
        return [MissingPicture(**{**row, "order_ids": tuple(row["order_ids"])}) for row in rows]

    def picture_views(self, since: datetime, order_id: str = "", at_most: int = 10_000) -> list[PictureView]:
        """Who was shown pictures since an instant, of one order or of all; the newest, in order of time."""
        views = picture_views.c
        chosen = select(views.viewed_at, views.person, views.order_id, views.picture_id, views.network).where(views.viewed_at >= since)
        if order_id:
            chosen = chosen.where(views.order_id == order_id)
        with self._engines.reading() as connection:
            rows = connection.execute(chosen.order_by(views.viewed_at.desc(), views.number.desc()).limit(at_most)).mappings().all()
        return [PictureView(**row) for row in reversed(rows)]

    def _batch(self, after_at: datetime | None, after_id: str) -> Sequence[Kept]:
        chosen = select(pictures).order_by(pictures.c.taken_at, pictures.c.id).limit(BATCH)
        if after_at is not None:
            same = (pictures.c.taken_at == after_at) & (pictures.c.id > after_id)
            chosen = chosen.where((pictures.c.taken_at > after_at) | same)
        with self._engines.reading() as connection:
            found = [picture_of(row) for row in connection.execute(chosen).mappings()]
            ids = [picture.id for picture in found]
            of_orders, otherwise = _orders(connection, ids), _otherwise(connection, ids)
        return [Kept(one, tuple(of_orders[one.id]), otherwise.get(one.id)) for one in found]


def _orders(connection: Connection, picture_ids: Sequence[str]) -> dict[str, list[tuple[Purpose, WorkOrder]]]:
    chosen = select(order_pictures.c.picture_id, order_pictures.c.purpose, orders).join(orders, orders.c.id == order_pictures.c.order_id)
    found: dict[str, list[tuple[Purpose, WorkOrder]]] = defaultdict(list)
    for row in connection.execute(chosen.where(order_pictures.c.picture_id.in_(picture_ids)).order_by(orders.c.id)).mappings():
        found[row["picture_id"]].append((Purpose(row["purpose"]), order_of(row)))
    return found


def _otherwise(connection: Connection, picture_ids: Sequence[str]) -> dict[str, Disagreement]:
    chosen = _DISAGREEMENTS.where(disagreements.c.picture_id.in_(picture_ids))
    return {row["picture_id"]: disagreement_of(row, picture_of(row)) for row in connection.execute(chosen).mappings()}
