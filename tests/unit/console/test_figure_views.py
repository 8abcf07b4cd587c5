"""What the figures page shows of a report: its cards, its tables with links, its charts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from console.manager.figure_charts import DRAWN, day_chart, group_chart, time_chart
from console.manager.figure_views import cards, evenness, tables, topic_of
from console.manager.figures_asked import Asked, Days
from console.markup import rendered
from console.wording import words_in
from patrol.manager_figures import Figures, Measure, Rate, Share, Stretch
from patrol.report_text import ReportText
from patrol.reporting import By, Group, Report, Span
from patrol.wording import wording
from storage.cohorts import LookCount
from storage.figures import Spread
from tests.doubles.order_samples import after, order
from tests.doubles.people import township
from town.work import OrderState

SPAN = Span(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC))
DAYS = (date(2026, 5, 1), date(2026, 5, 3))
TEXT = ReportText(township(), wording("zh"))
WORDS = words_in("zh")


def figures(orders: int, resolved: int, false_alarms: int = 0) -> Figures:
    shares = {share: Rate(0, orders) for share in Share} | {Share.FALSE_ALARM: Rate(false_alarms, orders)}
    rates = {measure: Rate(resolved, orders) for measure in Measure}
    times = dict.fromkeys(Stretch) | {Stretch.OFFER_TO_CLAIM: Spread(orders, 60.0, 120.0, 180.0)}
    return Figures(orders, shares, rates, times, 0.1, LookCount(9, 10))


def report(by: By = By.GRID, *groups: Group) -> Report:
    return Report(SPAN, SPAN.until, by, figures(50, 40, 2), groups, {})


def asked(by: By = By.GRID) -> Asked:
    return Asked(Days.CHOSEN, *DAYS, by)


def links(by: By, *groups: Group, sees: bool = True) -> Mapping[str, str]:
    """Of the table of groups: what is told where, and where it leads."""
    _, _, rates, *_ = tables(report(by, *groups), asked(by), TEXT, lambda _: sees)
    return {cell.told.split("\n")[0]: cell.link for row in rates.rows for cell in row if cell.link}


def test_a_card_tells_a_rate_with_its_counts_and_its_uncertainty() -> None:
    found = {card.name: card for card in cards(report(), asked(), TEXT, WORDS)}
    assert (found["解决率"].value, found["解决率"].note) == ("80%", "40/50 · 67–89%")
    assert (found["公平"].value, found["公平"].note) == ("0.10", "比较均")
    assert found["工单"].link == "/town/orders?from=2026-05-01&to=2026-05-03"
    assert found["巡查完成率"].few
    assert found["准确率"].note_link.endswith("&state=closed%2Cfalse_alarm")
    assert not found["响应率"].note_link


def test_how_evenly_orders_lie_is_said_in_words() -> None:
    assert [evenness(gini) for gini in (0, 0.19, 0.2, 0.39, 0.4, 1)] == ["even", "even", "uneven", "uneven", "very_uneven", "very_uneven"]


def test_a_count_leads_to_its_orders_where_a_list_can_show_exactly_those() -> None:
    found = links(By.GRID, Group("g1", "第一网格", figures(40, 20, 3), 1))
    assert found["40"] == "/town/orders?from=2026-05-01&to=2026-05-03&grid=g1"
    assert [told for told in found if "3/40" in told] == ["8% 3/40"]
    assert found["8% 3/40"].endswith("&grid=g1&state=false_alarm")
    assert len(found) == 2


def test_another_manager_s_grid_is_compared_and_not_opened() -> None:
    group = Group("g1", "第一网格", figures(40, 20, 3), 1)
    assert links(By.GRID, group, sees=False) == {}
    assert links(By.CAMERA, group, sees=False)


def test_a_version_of_a_rule_is_opened_only_where_it_is_the_only_one() -> None:
    first, second, other = (Group(key, "x", figures(9, 9)) for key in ("bins a1", "bins b2", "parking c3"))
    assert list(links(By.RULE, first, second, other).values()) == ["/town/orders?from=2026-05-01&to=2026-05-03&rule=parking"]
    chart: Any = group_chart(report(By.RULE, first, second), TEXT)
    assert chart["yAxis"]["data"] == ["x a1", "x b2"]


def test_what_became_of_orders_leads_to_states() -> None:
    shares, *_ = tables(report(), asked(), TEXT, lambda _: True)
    (led,) = [cell for row in shares.rows for cell in row if cell.link]
    assert (led.told, led.link) == ("2", f"/town/orders?from=2026-05-01&to=2026-05-03&state={OrderState.FALSE_ALARM}")


def test_names_from_the_file_are_escaped() -> None:
    _, _, rates, *_ = tables(report(By.GRID, Group("g1", "<script>alert(1)</script>", figures(1, 1))), asked(), TEXT, lambda _: True)
    html = rendered("figures.html", "table", rates)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_recurring_place_leads_to_its_orders() -> None:
    orders = [order(camera_id="gate"), order(2, camera_id="gate", opened_at=after(days=3))]
    found = topic_of(orders, township(), township().town.zone)
    assert (found.count, found.where) == (2, "第一网格 · 三号门 · 05-04 – 05-07")
    assert found.link == "/town/orders?from=2026-05-04&to=2026-05-07&camera=gate&category=0102"


def test_bars_that_rest_on_few_orders_are_pale_and_all_have_their_interval() -> None:
    chart: Any = group_chart(report(By.GRID, Group("g1", "一", figures(40, 20), 1), Group("g2", "二", figures(4, 4))), TEXT)
    bars = [series for series in chart["series"] if series["type"] == "bar"]
    lines = [series for series in chart["series"] if series["type"] == "boxplot"]
    assert [bar["name"] for bar in bars] == ["响应率", "解决率"]
    assert bars[1]["data"][0]["value"] == 50.0
    assert bars[1]["data"][0]["itemStyle"] != bars[1]["data"][1]["itemStyle"]
    assert lines[1]["data"][0] == [35.2, 50.0, 50.0, 50.0, 64.8]
    assert chart["yAxis"]["data"] == ["一 g1", "二 g2"]


def test_a_rate_of_nothing_draws_nothing() -> None:
    chart: Any = group_chart(report(By.CLEANER, Group("c1", "一", figures(0, 0))), TEXT)
    assert [series["data"] for series in chart["series"] if series["type"] == "boxplot"] == [[[]], [[]]]


def test_more_groups_than_can_be_read_are_left_to_the_table() -> None:
    chart: Any = group_chart(report(By.CAMERA, *(Group(f"k{number}", "x", figures(1, 1)) for number in range(99))), TEXT)
    assert len(chart["yAxis"]["data"]) == DRAWN


def test_days_are_drawn_in_their_order_with_counts_and_resolution() -> None:
    chart: Any = day_chart(report(By.DAY, Group("2026-05-01", "", figures(4, 2)), Group("2026-05-02", "", figures(0, 0))), TEXT)
    counts, resolved = chart["series"]
    assert (chart["xAxis"]["data"], counts["data"], resolved["data"]) == (["05-01", "05-02"], [4, 0], [50.0, None])


def test_times_are_drawn_in_minutes() -> None:
    chart: Any = time_chart(report(), TEXT)
    bars, lines = chart["series"]
    assert [value for value in bars["data"] if value is not None] == [1.0]
    assert [line for line in lines["data"] if line] == [[1.0, 1.0, 1.0, 1.0, 2.0]]
