"""Pictures of orders, and what a candidate saw otherwise, within one write transaction."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from storage.dialect import insert_new
from storage.evidence_rows import disagreement_row, picture_row
from storage.tables import disagreements, missing_pictures, order_pictures, picture_views, pictures, shadow_tallies, version_changes
from town.evidence import Disagreement, MissingPicture, Picture, PictureView, Purpose, Side

_TALLY = (
    update(shadow_tallies)
    .where(shadow_tallies.c.candidate == bindparam("b_candidate"))
    .values(
        looks=shadow_tallies.c.looks + 1,
        failed=shadow_tallies.c.failed + bindparam("b_failed"),
        disagreements=shadow_tallies.c.disagreements + bindparam("b_disagreed"),
    )
)


class EvidencePages:
    """The part of the book that evidence stands in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note_version(self, before: str, after: str, changed_at: datetime) -> None:
        """Another version judges looks from this instant on."""
        self._connection.execute(insert(version_changes), {"before": before, "after": after, "changed_at": changed_at})

    def keep_picture(self, picture: Picture) -> None:
        """Note a picture; one that is known stays as it is."""
        self._connection.execute(insert_new(self._connection, pictures), picture_row(picture))

    def note_missing_picture(self, missing: MissingPicture) -> None:
        """Note why a look has no picture; a repetition changes nothing."""
        row = {**asdict(missing), "order_ids": list(missing.order_ids)}
        self._connection.execute(insert_new(self._connection, missing_pictures), row)

    def has_picture(self, picture_id: str) -> bool:
        return self._connection.execute(select(pictures.c.id).where(pictures.c.id == picture_id)).first() is not None

    def show_order(self, picture_id: str, order_id: str, purpose: Purpose) -> None:
        """A kept picture belongs to an order."""
        row = {"picture_id": picture_id, "order_id": order_id, "purpose": purpose}
        self._connection.execute(insert_new(self._connection, order_pictures), row)

    def note_picture_view(self, view: PictureView) -> None:
        """Somebody is about to be shown a picture."""
        self._connection.execute(insert(picture_views), asdict(view))

    def unjudged_count(self, candidate: str) -> int:
        chosen = select(func.count()).where(disagreements.c.candidate == candidate, disagreements.c.judged.is_(None))
        return self._connection.execute(chosen).scalar_one()

    def record_disagreement(self, disagreement: Disagreement) -> None:
        """Note that a candidate saw a kept picture otherwise; a repetition changes nothing."""
        self._connection.execute(insert_new(self._connection, disagreements), disagreement_row(disagreement))

    def count_shadow_look(self, candidate: str, *, failed: bool, disagreed: bool) -> None:
        counts = {"b_candidate": candidate, "b_failed": int(failed), "b_disagreed": int(disagreed)}
        if not self._connection.execute(_TALLY, counts).rowcount:
            row = {"candidate": candidate, "looks": 1, "failed": int(failed), "disagreements": int(disagreed)}
            self._connection.execute(insert(shadow_tallies), row)

    def judge(self, number: int, judged: Side, by: str, at: datetime) -> bool:
        """A person found one side right, or neither; a later word replaces an earlier one. False where there is no such disagreement."""
        this = update(disagreements).where(disagreements.c.number == number)
        return self._connection.execute(this.values(judged=judged, judged_by=by, judged_at=at)).rowcount == 1

    def unjudge(self, number: int) -> bool:
        """Take a person's word back. False where there is no such disagreement."""
        this = update(disagreements).where(disagreements.c.number == number)
        return self._connection.execute(this.values(judged=None, judged_by="", judged_at=None)).rowcount == 1
