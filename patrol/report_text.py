"""A report in words: tables of cells, which a terminal and a page show alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.table import Table

from patrol.manager_figures import Figures, Measure, Rate, Share, Stretch
from patrol.report_records import UNKNOWN, look_rate
from patrol.reporting import RANKED_FROM, By, Group, Report
from patrol.wording import Wording
from storage.figures import Spread
from town.township import Township

NONE = "—"
_BESIDE = (Share.MERGED, Share.DEFERRED, Share.FALSE_ALARM)
"""Told beside every rate, so that nothing can be hidden in them."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table, of whose columns those numbered in `words` are words, the others numbers. A cell may have lines."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset({0})


class ReportText:
    """The words of one township's reports in one language."""

    def __init__(self, township: Township, words: Wording) -> None:
        self._township = township
        self._words = words

    def title(self) -> str:
        return self._words.told("report", "title", town=self._township.town.name)

    def span(self, report: Report) -> str:
        since, until, now = map(self._moment, (report.span.since, report.span.until, report.now))
        return self._words.told("report", "span", since=since, until=until, now=now)

    def notes(self, report: Report) -> Iterator[str]:
        if not report.whole.orders:
            yield self.of("no_orders")
        yield self.of("due_note")
        if report.by not in {By.DAY, By.RULE}:
            yield self._words.told("report", "few", n=RANKED_FROM)
        if report.looks_since:
            yield self._words.told("report", "looks_since", since=self._moment(report.looks_since))

    def sections(self, report: Report) -> Iterator[Section]:
        yield self._whole(report)
        yield self._times(report.whole)
        if report.groups:
            yield self._rates_of(report)
            yield self._times_of(report)
        if report.precision:
            yield self._precision(report.precision)

    def of(self, word: str) -> str:
        return self._words.of("report", word)

    def told(self, word: str, **facts: object) -> str:
        return self._words.told("report", word, **facts)

    def name(self, group: Group) -> str:
        if not group.key:
            return self.of("nobody")
        return group.name if group.name == group.key else f"{group.name} {group.key}"

    def rate(self, rate: Rate) -> str:
        """For example 80% 8/10, the interval below."""
        lines = [f"{percent(rate.share)} {rate.hits}/{rate.of}", between(rate)] if rate.of else [NONE]
        return "\n".join([*lines, *([f"{self.of('not_due')} {rate.not_due}"] if rate.not_due else [])])

    def took(self, seconds: float) -> str:
        """A short time with tenths or hundredths of a second, since it would else be none."""
        if 0 < seconds < 10:
            return str(self._words.table["durations"]["s"]).format(n=f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2f}")
        return self._words.duration(seconds)

    def whole(self, report: Report) -> str:
        """Of what the report tells as a whole: the township, or some grids."""
        return "、".join(report.grids) or self.of("whole")

    def _whole(self, report: Report) -> Section:
        figures = report.whole
        headings = [self.of(word) for word in ("figure", "value", "counts", "interval", "not_due", "meaning")]
        rows = [[self.of("orders"), str(figures.orders), "", "", "", ""]]
        rows += [self._row(share, rate) for share, rate in figures.shares.items()]
        rows += [self._row(measure, rate, means=True) for measure, rate in figures.rates.items()]
        rows.append(self._row("looks", look_rate(figures.looks), means=True))
        even = NONE if figures.fairness is None else f"{figures.fairness:.2f}"
        rows.append([self.of("fairness"), even, "", "", "", self.of("fairness_means")])
        rows += [[self.of(word), NONE, self.of("no_complaints"), "", "", self.of(f"{word}_means")] for word in UNKNOWN]
        return Section(self.whole(report), headings, rows, words=frozenset({0, 5}))

    def _row(self, word: str, rate: Rate, means: bool = False) -> list[str]:
        counts = self.told("sum", n=rate.hits, of=rate.of)
        told = [self.of(word), percent(rate.share), counts, between(rate), str(rate.not_due or "")]
        return [*told, self.of(f"{word}_means") if means else ""]

    def _times(self, figures: Figures) -> Section:
        headings = [self.of(word) for word in ("stretch", "cases", "p50", "p95", "p99")]
        return Section(self.of("times"), headings, [[self.of(stretch), *self._spread(spread)] for stretch, spread in figures.times.items()])

    def _spread(self, spread: Spread | None) -> list[str]:
        return [str(spread.count), *map(self.took, (spread.p50, spread.p95, spread.p99))] if spread else ["0", NONE, NONE, NONE]

    def _rates_of(self, report: Report) -> Section:
        headings = [self.of(word) for word in ("group", "rank", "orders", *_BESIDE, *Measure, "looks", "fairness")]
        return Section(f"{self.of(f'by_{report.by}')} · {self.of('rates')}", headings, [self._rates(group) for group in report.groups])

    def _rates(self, group: Group) -> list[str]:
        figures = group.figures
        rates = [*(figures.shares[share] for share in _BESIDE), *figures.rates.values(), look_rate(figures.looks)]
        even = NONE if figures.fairness is None else f"{figures.fairness:.2f}"
        return [self.name(group), str(group.rank or NONE), str(figures.orders), *map(self.rate, rates), even]

    def _times_of(self, report: Report) -> Section:
        title = f"{self.of(f'by_{report.by}')} · {self.of('times')} ({self.of('p50')} / {self.of('p95')} / {self.of('p99')})"
        rows = [[self.name(group), *map(self._short, group.figures.times.values())] for group in report.groups]
        return Section(title, [self.of("group"), *map(self.of, Stretch)], rows)

    def _short(self, spread: Spread | None) -> str:
        return "\n/ ".join(map(self.took, (spread.p50, spread.p95, spread.p99))) + f"\n({spread.count})" if spread else NONE

    def _precision(self, precision: Mapping[tuple[str, str], Rate]) -> Section:
        headings = [self.of(word) for word in ("rule", "version", "precision", "counts", "interval")]
        rows = [
            [self._rule(rule_id), version or NONE, percent(rate.share), self.told("sum", n=rate.hits, of=rate.of), between(rate)]
            for (rule_id, version), rate in precision.items()
        ]
        return Section(self.of("by_version"), headings, rows, words=frozenset({0, 1}))

    def _rule(self, rule_id: str) -> str:
        rule = self._township.rule_by_id.get(rule_id)
        return f"{rule.name} {rule_id}" if rule else rule_id

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._township.town.zone):%Y-%m-%d %H:%M}"


def percent(share: float | None) -> str:
    return NONE if share is None else f"{share:.0%}"


def between(rate: Rate) -> str:
    """The interval, for example 49–94%."""
    return f"{rate.interval[0] * 100:.0f}–{rate.interval[1] * 100:.0f}%" if rate.interval else ""


def table_of(section: Section) -> Table:
    """The section for a terminal."""
    table = Table(title=section.title, title_justify="left", show_lines=any("\n" in cell for row in section.rows for cell in row))
    for number, heading in enumerate(section.headings):
        table.add_column(heading, justify="left" if number in section.words else "right", overflow="fold")
    for row in section.rows:
        table.add_row(*row)
    return table
