"""The transition table as docs/orders.md shows it: a Mermaid diagram of what leads where, and a table of who may do what."""

from collections import defaultdict
from collections.abc import Iterator

from alerts.lifecycle import TABLE, Move
from town.work import ENDED, OrderState

_LIVE = frozenset(OrderState) - ENDED


def mermaid() -> str:
    """What moves an order. What all live states share leaves the box; what leaves an order in its state is not drawn."""
    lines = ["stateDiagram-v2", "    [*] --> live: open", "    state live {", "        [*] --> open"]
    lines += [f"        {source} --> {target}: {how}" for source, target, how in _edges() if target not in ENDED]
    lines.append("    }")
    lines += [f"    {source} --> {target}: {how}" for source, target, how in _edges() if target in ENDED]
    lines += [f"    live --> {move.target}: {action}" for action, move in TABLE.items() if move.target and move.sources == _LIVE]
    return "\n".join(lines + [f"    {state} --> [*]" for state in OrderState if state in ENDED])


def table() -> str:
    """Every action in Markdown: from where, to where, by whom, and whether it needs a reason."""
    rows = ["| Action | From | To | Who | Reason |", "|---|---|---|---|---|"]
    for action, move in TABLE.items():
        who = ", ".join(sorted(move.who))
        rows.append(f"| `{action}` | {_sources(move)} | {move.target or '(stays)'} | {who} | {'needed' if move.needs_reason else ''} |")
    return "\n".join(rows)


def _edges() -> Iterator[tuple[OrderState, OrderState, str]]:
    edges: dict[tuple[OrderState, OrderState], list[str]] = defaultdict(list)
    for action, move in TABLE.items():
        if move.target is None or move.sources == _LIVE:
            continue
        for source in (state for state in OrderState if state in move.sources and state is not move.target):
            edges[source, move.target].append(action)
    return ((source, target, " · ".join(how)) for (source, target), how in edges.items())


def _sources(move: Move) -> str:
    return "every live state" if move.sources == _LIVE else ", ".join(state for state in OrderState if state in move.sources)


if __name__ == "__main__":
    print(f"{mermaid()}\n\n{table()}")
