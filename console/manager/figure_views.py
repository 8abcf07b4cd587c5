"""A report as a page shows it: cards, tables whose counts lead to their orders, candidates for the monthly topic. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import urlencode

from console.manager.figures_asked import Asked
from console.wording import Words
from patrol.manager_figures import Figures, Measure, Rate, Share
from patrol.report_records import UNKNOWN, look_rate
from patrol.report_text import NONE, ReportText, Section, between, percent
from patrol.reporting import RANKED_FROM, By, Group, Report
from town.township import Township
from town.work import OrderState, WorkOrder

_ENDS = {
    Share.MERGED: OrderState.MERGED,
    Share.FALSE_ALARM: OrderState.FALSE_ALARM,
    Share.SELF_CLEARED: OrderState.SELF_CLEARED,
    Share.CANCELLED: OrderState.CANCELLED,
}
"""Shares that are a state, so that a list can show exactly those orders."""
_OF = {
    Measure.FIRST_TIME_FIX: (OrderState.CLOSED,),
    Measure.PRECISION: (OrderState.CLOSED, OrderState.FALSE_ALARM),
}
"""What a rate is of, where that is states."""
_ORDERS, _FIRST_SHARE = 2, 3
"""Columns of the table of groups."""


@dataclass(frozen=True, slots=True)
class Card:
    name: str
    value: str
    note: str = ""
    means: str = ""
    rate: Rate | None = None
    link: str = ""
    note_link: str = ""

    @property
    def few(self) -> bool:
        """Whether it rests on so little that it says hardly anything."""
        return self.rate is not None and self.rate.of < RANKED_FROM


@dataclass(frozen=True, slots=True)
class Cell:
    told: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: frozenset[int]


@dataclass(frozen=True, slots=True)
class Topic:
    """A place where the same came again and again."""

    summary: str
    where: str
    count: int
    link: str


def evenness(gini: float) -> str:
    """A word of the table `figures` for how orders are shared out."""
    return "even" if gini < 0.2 else "uneven" if gini < 0.4 else "very_uneven"


def cards(report: Report, asked: Asked, text: ReportText, words: Words) -> Iterator[Card]:
    """The figures of the whole."""
    figures = report.whole
    yield Card(text.of("orders"), str(figures.orders), link=asked.orders())
    for word, rate in (*figures.rates.items(), ("looks", look_rate(figures.looks))):
        told = [f"{rate.hits}/{rate.of}", between(rate)] if rate.of else []
        told += [f"{text.of('not_due')} {rate.not_due}"] if rate.not_due else []
        listed = asked.orders(*_OF[word]) if isinstance(word, Measure) and word in _OF and rate.of else ""
        yield Card(text.of(word), percent(rate.share), " · ".join(told), text.of(f"{word}_means"), rate, note_link=listed)
    even = NONE if figures.fairness is None else f"{figures.fairness:.2f}"
    said = "" if figures.fairness is None else words("figures", evenness(figures.fairness))
    yield Card(text.of("fairness"), even, said, text.of("fairness_means"))


def tables(report: Report, asked: Asked, text: ReportText, sees: Callable[[str], bool]) -> Iterator[TableView]:
    """What became of orders, how long it took, the groups' rates and times, and precision by version of rule.

    `sees` says of a grid whether its orders may be listed.
    """
    yield _shares(report.whole, asked, text)
    whole, times, *others = text.sections(report)
    del whole
    yield _plain(times)
    if report.groups:
        rates, of_groups, *others = others
        yield _groups(rates, report, asked, sees)
        yield _plain(of_groups)
    yield from map(_plain, others)


def unknown(text: ReportText) -> str:
    """The figures that nobody can tell yet, and why."""
    return f"{'、'.join(map(text.of, UNKNOWN))}：{text.of('no_complaints')}"


def topic_of(orders: Sequence[WorkOrder], township: Township, zone: tzinfo) -> Topic:
    """`orders` are those of one place and category, oldest first."""
    last = orders[-1]
    camera = township.camera_by_id.get(last.camera_id)
    first_day, last_day = (one.opened_at.astimezone(zone).date() for one in (orders[0], last))
    found = {"from": first_day.isoformat(), "to": last_day.isoformat(), "camera": last.camera_id, "category": last.category or last.rule_id}
    where = f"{township.grid_name(last.grid_id)} · {camera.name if camera else last.camera_id} · {first_day:%m-%d} – {last_day:%m-%d}"
    return Topic(last.summary, where, len(orders), f"/town/orders?{urlencode(found)}")


def _shares(figures: Figures, asked: Asked, text: ReportText) -> TableView:
    headings = [text.of(word) for word in ("figure", "orders", "share", "interval")]
    rows = [
        [Cell(text.of(share)), Cell(str(rate.hits), _link(rate.hits, asked, share)), Cell(percent(rate.share)), Cell(between(rate))]
        for share, rate in figures.shares.items()
    ]
    return TableView(text.of("share_chart"), headings, rows, frozenset({0}))


def _groups(section: Section, report: Report, asked: Asked, sees: Callable[[str], bool]) -> TableView:
    rows = []
    for group, told in zip(report.groups, section.rows, strict=True):
        row = [Cell(cell) for cell in told]
        if _is_listed(group, report, sees):
            row[_ORDERS] = Cell(told[_ORDERS], asked.orders(group=group))
            for column, share in enumerate((Share.MERGED, Share.DEFERRED, Share.FALSE_ALARM), _FIRST_SHARE):
                row[column] = Cell(told[column], _link(group.figures.shares[share].hits, asked, share, group))
        rows.append(row)
    return TableView(section.title, section.headings, rows, section.words)


def _is_listed(group: Group, report: Report, sees: Callable[[str], bool]) -> bool:
    """Whether a list can show exactly these orders: it knows rules, and not their versions."""
    if report.by is By.RULE:
        rule = group.key.partition(" ")[0]
        return sum(one.key.partition(" ")[0] == rule for one in report.groups) == 1
    return report.by is not By.GRID or sees(group.key)


def _link(count: int, asked: Asked, share: Share, group: Group | None = None) -> str:
    return asked.orders(_ENDS[share], group=group) if count and share in _ENDS else ""


def _plain(section: Section) -> TableView:
    return TableView(section.title, section.headings, [[Cell(cell) for cell in row] for row in section.rows], section.words)
