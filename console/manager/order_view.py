"""All that a page shows of one order, read at one go, and drawn as the parts of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from console.deeds import order_of
from console.manager.markup import Markup
from console.manager.pictures import path_of
from console.manager.story import story
from console.site import Site
from console.visitors import Visitor
from patrol.explaining import explain
from patrol.explanation_text import Story
from patrol.order_text import OrderFile, OrderText
from patrol.wording import Wording
from storage.order_lists import Receipt
from town.evidence import MissingPicture, Picture, Purpose, When
from town.silence import Silence
from town.township import Township
from town.work import ENDED, Incident, WorkOrder

_BEFORE_IT_OPENED = timedelta(minutes=10)
_WIDE_PX = 960


@dataclass(frozen=True)
class OrderView:
    """An order with what belongs to it. `pictures` holds the newest kept one of each side; `judged` is what the rule saw, in lines."""

    file: OrderFile
    incident: Incident | None
    receipts: Sequence[Receipt]
    pictures: Mapping[When, tuple[Purpose, Picture]]
    missing: MissingPicture | None
    judged: Sequence[str]
    silences: Sequence[Silence]

    @property
    def order(self) -> WorkOrder:
        return self.file.order


def read_view(site: Site, visitor: Visitor, order_id: str, plain: Wording) -> OrderView:
    """Raises NotTheirs, StorageError. Blocks."""
    order, database, township, now = order_of(site, visitor, order_id), site.database, site.township(), site.clock()
    file = OrderFile(order, database.figures.events(order.id), database.order_lists.merged_into(order.id))
    incident = database.order_lists.incident(order.incident_id)
    pictures = {purpose.when: (purpose, one) for purpose, one in database.evidence.pictures_of(order.id)}
    missing = () if pictures else database.evidence.missing_pictures(order.opened_at - _BEFORE_IT_OPENED)
    held = [one for one in database.order_lists.silences(now) if one.holds(now)]
    return OrderView(
        file,
        incident,
        database.order_lists.receipts(order.id),
        pictures,
        next((one for one in missing if order.id in one.order_ids), None),
        _judged(site, township, order, incident, plain),
        [one for one in held if one.covers(order.camera_id, order.zone_id, order.rule_id)],
    )


class OrderParts:
    """Draws the parts of an order's page."""

    def __init__(self, township: Township, markup: Markup) -> None:
        self._township = township
        self._markup = markup
        self._text = OrderText(township, markup.plain)

    def head(self, view: OrderView, now: datetime) -> str:
        return self._draw("order_head.html", view, now, holder=self._text.name(view.order.holder), due=view.order.due_at)

    def pictures(self, view: OrderView, now: datetime) -> str:
        sides = [(when, *view.pictures.get(when, (None, None)), path_of(view.order.id, when, _WIDE_PX)) for when in When]
        return self._draw("order_pictures.html", view, now, sides=sides, missing=view.missing)

    def story(self, view: OrderView, now: datetime) -> str:
        told = story(view.file, view.incident, view.receipts, self._text, self._markup.plain, self._markup.say)
        return self._draw("order_story.html", view, now, moments=told)

    def deadlines(self, view: OrderView, now: datetime) -> str:
        order = view.order
        named = {"claim_by": order.claim_by, "done_by": order.done_by, "verify_by": order.verify_by, "deferred_until": order.deferred_until}
        lines = [(name, at, at == order.due_at) for name, at in named.items() if at and (at == order.due_at or at > now)]
        lines = [] if order.state in ENDED else lines
        return self._draw("order_deadlines.html", view, now, lines=lines, calls=view.file.calls)

    def seen(self, view: OrderView, now: datetime) -> str:
        rule = self._township.rule_by_id.get(view.order.rule_id)
        return self._draw("order_seen.html", view, now, rule=rule.name if rule else view.order.rule_id)

    def place(self, view: OrderView, now: datetime) -> str:
        order = view.order
        camera = self._township.camera_by_id.get(order.camera_id)
        grid, zone = self._township.grid_name(order.grid_id), self._township.zone_at(order.camera_id, order.zone_id)
        return self._draw("order_place.html", view, now, camera=camera, zone=zone, grid=grid)

    def kin(self, view: OrderView, now: datetime) -> str:
        return self._draw("order_kin.html", view, now)

    def _draw(self, template: str, view: OrderView, now: datetime, **facts: Any) -> str:
        ended = view.order.state in ENDED
        return self._markup.draw(template, now, order=view.order, view=view, ended=ended, tone=tone_of(view.order, now), **facts)


def tone_of(order: WorkOrder, now: datetime) -> str:
    """Late or waiting for a manager is bad; well ended is good."""
    if order.state in ENDED:
        return "good" if order.state in {"closed", "self_cleared"} else ""
    late = order.due_at is not None and order.due_at <= now and order.state != "deferred"
    return "bad" if late or order.state == "returned" else "warn"


def _judged(site: Site, township: Township, order: WorkOrder, incident: Incident | None, plain: Wording) -> list[str]:
    camera, zone = township.camera_by_id.get(order.camera_id), township.zone_at(order.camera_id, order.zone_id)
    if camera is None or zone is None or incident is None:
        return []
    told = explain(site.database, camera, [zone], order.opened_at)
    return list(Story(told, township, plain).judged(order.rule_id, incident.id))
