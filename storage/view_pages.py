"""What cameras usually show, and what is wrong with them, within one write transaction."""

from datetime import datetime

import numpy as np
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, insert, select, update

from cameras.registration import HEIGHT, WIDTH
from cameras.view import Light, Reference, View
from storage.dialect import upsert
from storage.rows import notice_of, notice_row
from storage.tables import notices, view_references, views
from town.geometry import Shift
from town.notices import Notice

_REFERENCE = tuple(column.name for column in view_references.columns if not column.primary_key)


class ViewPages:
    """The part of the book that views and notices stand in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def views(self) -> dict[str, tuple[str, View]]:
        """Every camera's view, each with the mark of the zones that it was learnt with."""
        references: dict[str, dict[Light, Reference]] = {}
        for row in self._connection.execute(select(view_references)).mappings():
            # One that another weisu wrote in another size is learnt anew.
            if len(row["relief"]) == WIDTH * HEIGHT:
                references.setdefault(row["camera_id"], {})[row["light"]] = _reference_of(row)
        rows = self._connection.execute(select(views)).mappings()
        return {row["camera_id"]: (row["zones"], _view_of(row, references.get(row["camera_id"], {}))) for row in rows}

    def save_view(self, camera_id: str, zones: str, view: View) -> None:
        """Replace what is known of a camera's view."""
        row = {"camera_id": camera_id, "zones": zones, "moved": view.moved, "shift_x": view.shift.dx, "shift_y": view.shift.dy}
        self._connection.execute(upsert(self._connection, views, ("zones", "moved", "shift_x", "shift_y")), row)
        if view.references:
            rows = [_reference_row(camera_id, light, reference) for light, reference in view.references.items()]
            self._connection.execute(upsert(self._connection, view_references, _REFERENCE), rows)

    def accept_view(self, camera_id: str, at: datetime) -> None:
        """What the camera shows from now on is its view: what it showed before is forgotten."""
        self._connection.execute(delete(view_references).where(view_references.c.camera_id == camera_id))
        row = {"camera_id": camera_id, "zones": "", "moved": False, "shift_x": 0.0, "shift_y": 0.0, "accepted_at": at}
        self._connection.execute(upsert(self._connection, views, ("moved", "shift_x", "shift_y", "accepted_at")), row)

    def views_accepted(self) -> dict[str, datetime]:
        """When each camera's view was last accepted, where it ever was."""
        rows = self._connection.execute(select(views.c.camera_id, views.c.accepted_at).where(views.c.accepted_at.is_not(None)))
        return {row.camera_id: row.accepted_at for row in rows}

    def open_notices(self, camera_id: str) -> list[Notice]:
        """What is, or may be, wrong with a camera."""
        rows = self._connection.execute(select(notices).where(notices.c.camera_id == camera_id, notices.c.until.is_(None))).mappings()
        return [notice_of(row) for row in rows]

    def begin_notice(self, notice: Notice) -> None:
        self._connection.execute(insert(notices), notice_row(notice))

    def change_notice(self, notice: Notice) -> None:
        """Write an open notice as it now stands."""
        self._connection.execute(update(notices).where(*_open_one(notice)).values(notice_row(notice)))

    def drop_notice(self, notice: Notice) -> None:
        """Forget what was only suspected."""
        self._connection.execute(delete(notices).where(*_open_one(notice)))


def _open_one(notice: Notice) -> tuple[ColumnElement[bool], ...]:
    return notices.c.camera_id == notice.camera_id, notices.c.trouble == notice.trouble, notices.c.until.is_(None)


def _view_of(row: RowMapping, references: dict[Light, Reference]) -> View:
    return View(references, Shift(row["shift_x"], row["shift_y"]), row["moved"])


def _reference_of(row: RowMapping) -> Reference:
    relief = np.frombuffer(row["relief"], np.int8).reshape(HEIGHT, WIDTH)
    return Reference(relief, row["sharpness"], row["looks"], row["since"], row["learnt_at"])


def _reference_row(camera_id: str, light: Light, reference: Reference) -> dict[str, object]:
    plain = {name: getattr(reference, name) for name in ("sharpness", "looks", "since", "learnt_at")}
    return {"camera_id": camera_id, "light": light, "relief": reference.relief.tobytes()} | plain
