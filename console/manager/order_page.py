"""An order: its story, its pictures, what the rule saw, and what a manager may do about it. It keeps up with what happens by itself."""

from datetime import datetime

from nicegui import ui

from console.deeds import NotTheirs
from console.frame import Look, empty, page
from console.manager.deed_dialog import SILENCE, ask
from console.manager.markup import Drawn, Markup, told_if_not
from console.manager.offered import DANGEROUS, offered
from console.manager.order_view import OrderParts, OrderView, read_view
from console.markup import heading
from console.site import Site
from town.accounts import Role

LOOKS_EVERY_S = 0.3


def add(site: Site) -> None:
    @page(site, "/town/orders/{order_id}", "order", "orders")
    async def order(look: Look, order_id: str) -> None:
        markup = Markup(look.words, "order", site.township().town.zone)
        try:
            view = await site.aside(lambda: read_view(site, look.visitor, order_id, markup.plain))
        except NotTheirs:
            empty(markup.say("no_such"), markup.say("no_such_way"))
            return
        OrderPage(look, markup, order_id, view)


class OrderPage:
    """The parts of one order's page, drawn again when the order changed or a minute has passed."""

    def __init__(self, look: Look, markup: Markup, order_id: str, view: OrderView) -> None:
        self._look = look
        self._markup = markup
        self._order_id = order_id
        self._seen = look.site.live.orders
        self._drawn_at = look.site.clock()
        self._order = view.order
        self._names: list[str] = []
        self._head = Drawn()
        with ui.element("div").classes("order-page"):
            with ui.element("div").classes("order-main"):
                self._pictures = Drawn()
                self._story = Drawn()
            with ui.element("div").classes("order-side"):
                self._actions = ui.element("section").classes("panel") if look.visitor.role is Role.MANAGER else None
                self._side = [Drawn() for _ in range(4)]
        self._dialogs = ui.element("div")
        self._show(view, self._drawn_at)
        ui.timer(LOOKS_EVERY_S, lambda: told_if_not(look, self._keep_up))

    async def _keep_up(self) -> None:
        live, now = self._look.site.live.orders, self._look.site.clock()
        is_new_minute = now.replace(second=0, microsecond=0) != self._drawn_at.replace(second=0, microsecond=0)
        if live != self._seen or is_new_minute:
            self._seen = live
            await self._again()

    async def _again(self) -> None:
        site, now = self._look.site, self._look.site.clock()
        self._drawn_at = now
        try:
            view = await site.aside(lambda: read_view(site, self._look.visitor, self._order_id, self._markup.plain))
        except NotTheirs:
            ui.navigate.reload()
        else:
            self._show(view, now)

    def _show(self, view: OrderView, now: datetime) -> None:
        parts = OrderParts(self._look.site.township(), self._markup)
        self._head.show(parts.head(view, now))
        self._pictures.show(parts.pictures(view, now))
        self._story.show(parts.story(view, now))
        for part, draw in zip(self._side, (parts.deadlines, parts.seen, parts.place, parts.kin), strict=True):
            part.show(draw(view, now))
        self._order = view.order
        if self._actions:
            self._offer(self._actions, view)

    def _offer(self, actions: ui.element, view: OrderView) -> None:
        """The buttons of what may be done; left alone while that stands, so that nobody's click goes astray."""
        names = [*offered(view.order, view.file.calls), SILENCE]
        if names == self._names:
            return
        self._names = names
        actions.clear()
        with actions:
            heading(self._markup.say("actions"))
            with ui.element("div").classes("actions"):
                for name in sorted(names, key=DANGEROUS.__contains__):
                    self._button(name)

    def _button(self, name: str) -> None:
        async def clicked() -> None:
            with self._dialogs:  # outlives the buttons
                await ask(self._look, self._markup, self._order, name, lambda: told_if_not(self._look, self._again))

        button = ui.button(self._markup.say(name), on_click=clicked, color=None).props("flat no-caps")
        button.classes("danger" if name in DANGEROUS else "")
