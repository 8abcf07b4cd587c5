"""The transition table as people read it."""

from pathlib import Path

from alerts.lifecycle import TABLE
from alerts.order_diagram import mermaid, table

DOCUMENT = Path(__file__).parents[3] / "docs" / "orders.md"


def test_the_document_draws_the_table_that_the_service_goes_by() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert f"```mermaid\n{mermaid()}\n```" in written
    assert f"\n{table()}\n" in written


def test_every_action_that_moves_an_order_is_drawn() -> None:
    drawn = {word for line in mermaid().splitlines() if ": " in line for word in line.split(": ")[1].split(" · ")}
    stays = {action.value for action, move in TABLE.items() if move.target is None or move.sources == {move.target}}
    assert {action.value for action in TABLE} - stays == drawn - {"open"}
