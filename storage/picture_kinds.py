"""What every kept picture is kept for, as SQL."""

from sqlalchemy import ColumnElement, case, exists

from storage.order_pages import LIVE
from storage.tables import disagreements, order_pictures, orders, pictures
from town.evidence import PictureKind
from town.work import OrderState

TIMED = (PictureKind.JUDGED, PictureKind.ORDER, PictureKind.DISAGREEMENT, PictureKind.HELD)
"""Kinds whose time can be over."""

_JUDGED = (OrderState.CLOSED, OrderState.FALSE_ALARM)


def kind_of_picture() -> ColumnElement[str]:
    """The first kind that applies to a row of `pictures`."""
    shown = (order_pictures.c.picture_id == pictures.c.id, orders.c.id == order_pictures.c.order_id)
    seen_otherwise = disagreements.c.picture_id == pictures.c.id
    return case(
        (exists().where(*shown, orders.c.state.in_(LIVE)), PictureKind.LIVE.value),
        (exists().where(*shown, orders.c.state.in_(_JUDGED)), PictureKind.JUDGED.value),
        (exists().where(seen_otherwise, disagreements.c.judged.is_not(None)), PictureKind.JUDGED.value),
        (exists().where(order_pictures.c.picture_id == pictures.c.id), PictureKind.ORDER.value),
        (exists().where(seen_otherwise), PictureKind.DISAGREEMENT.value),
        else_=PictureKind.HELD.value,
    )
