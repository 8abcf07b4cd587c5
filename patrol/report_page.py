"""A report as one page to print on A4: HTML without scripts or anything from elsewhere, its charts drawn as SVG."""

from collections.abc import Iterator, Sequence
from html import escape

from patrol.manager_figures import Measure, Rate
from patrol.report_charts import Bar, bar_chart
from patrol.report_text import ReportText, Section, percent
from patrol.reporting import RANKED_FROM, Report

DRAWN = 30
"""More groups than these are left to the tables."""
_CHARTS = (Measure.RESPONSE, Measure.RESOLUTION)
_STYLE = """
@page { size: A4; margin: 14mm; }
body { font: 10pt/1.4 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif; color: #111; max-width: 182mm; margin: 0 auto; }
h1 { font-size: 17pt; margin: 0; } h2 { font-size: 12pt; margin: 6mm 0 2mm; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: 8pt; }
thead { display: table-header-group; } tr, figure { break-inside: avoid; }
th, td { border-bottom: 0.5pt solid #bbb; padding: 1mm 1.2mm; text-align: right; vertical-align: top; }
th { border-bottom: 1pt solid #111; }
.words { text-align: left; }
figure { margin: 3mm 0; } figcaption { font-weight: bold; font-size: 9pt; } svg { width: 100%; height: auto; }
p.note { color: #444; font-size: 8.5pt; margin: 1mm 0; }
"""


def page(report: Report, text: ReportText, language: str) -> str:
    """The whole document."""
    return "\n".join(_lines(report, text, language)) + "\n"


def _lines(report: Report, text: ReportText, language: str) -> Iterator[str]:
    title = escape(text.title())
    yield f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{title}</h1>"
    yield f'<p class="note">{escape(text.span(report))}</p>'
    yield from (f'<p class="note">{escape(note)}</p>' for note in text.notes(report))
    whole, times, *others = text.sections(report)
    yield from _table(whole)
    yield _share_chart(report, text)
    yield from _table(times)
    yield _time_chart(report, text)
    yield from (_rate_chart(report, text, measure) for measure in _CHARTS if report.groups)
    if len(report.groups) > DRAWN:
        yield f'<p class="note">{escape(text.told("chart_cut", n=DRAWN))}</p>'
    for section in others:
        yield from _table(section)
    yield "</body>\n</html>"


def _table(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>\n<table>"
    yield f"<thead>{_row(section.headings, section, 'th')}</thead>\n<tbody>"
    yield from (_row(row, section, "td") for row in section.rows)
    yield "</tbody>\n</table>"


def _row(cells: Sequence[str], section: Section, tag: str) -> str:
    marks = [' class="words"' if number in section.words else "" for number in range(len(cells))]
    told = (f"<{tag}{mark}>{escape(cell).replace(chr(10), '<br>')}</{tag}>" for cell, mark in zip(cells, marks, strict=True))
    return f"<tr>{''.join(told)}</tr>"


def _share_chart(report: Report, text: ReportText) -> str:
    bars = [_bar(text.of(share), rate) for share, rate in report.whole.shares.items()]
    return bar_chart(text.of("share_chart"), bars, 1.0, percent)


def _rate_chart(report: Report, text: ReportText, measure: Measure) -> str:
    bars = [_bar(text.name(group), group.figures.rates[measure]) for group in report.groups[:DRAWN]]
    return bar_chart(text.told("chart", figure=text.of(measure)), bars, 1.0, percent)


def _bar(label: str, rate: Rate) -> Bar:
    told = f"{percent(rate.share)} {rate.hits}/{rate.of}"
    return Bar(label, rate.share, rate.interval, told, is_pale=rate.of < RANKED_FROM)


def _time_chart(report: Report, text: ReportText) -> str:
    spreads = [(text.of(stretch), spread) for stretch, spread in report.whole.times.items()]
    longest = max((spread.p95 for _, spread in spreads if spread), default=0.0)
    bars: Sequence[Bar] = [
        Bar(label, spread.p50, (spread.p50, spread.p95), text.took(spread.p50)) if spread else Bar(label, None, None, percent(None))
        for label, spread in spreads
    ]
    return bar_chart(text.of("time_chart"), bars, longest, text.took)
