"""`python -m simulator.faults`: run seeds, print those that fail, and replay one."""

import os
import sys
import time
from itertools import count, islice
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulator.faults.bench import carry_out, report, tables, written
from simulator.faults.mosquitto import mosquitto_binary
from simulator.faults.plan import Broker, Plan, plan_of
from simulator.faults.run import Outcome

RUNS = 2000
_JOBS_A_CORE = 3
"""A run mostly waits."""
_SHOWN = 12


@click.command()
@click.option("--seed", "seeds", type=int, multiple=True, help="Replay this seed and print its plan. Repeatable.")
@click.option("--runs", type=click.IntRange(min=1), default=RUNS, show_default=True, help="How many seeds.")
@click.option("--first", type=int, default=0, show_default=True, help="The first seed.")
@click.option("--seconds", type=float, help="Begin no run after so many seconds.")
@click.option("--jobs", type=click.IntRange(min=1), help="Runs at once.  [default: 3 a core]")
@click.option("--broker", type=click.Choice([broker.value for broker in Broker]), help="On this broker instead of the one drawn.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep databases and logs in a folder a seed below this one.")
@click.option("--json", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures to this file.")
def faults(
    seeds: tuple[int, ...],
    runs: int,
    first: int,
    seconds: float | None,
    jobs: int | None,
    broker: str | None,
    keep: Path | None,
    file: Path | None,
) -> None:
    """Seeded runs of the service's order half under faults. The exit status is 1 where the books of any were wrong."""
    console = Console()
    where = Broker(broker) if broker else None
    if where is not Broker.EMBEDDED and mosquitto_binary() is None:
        raise click.UsageError("Mosquitto is not installed: apt-get install mosquitto, or say --broker embedded")
    plans = (plan_of(seed, where) for seed in (seeds or islice(count(first), runs)))
    outcomes: list[Outcome] = []
    with _bar(console) as bar:
        task = bar.add_task("fault runs", total=len(seeds) or runs)

        def done(outcome: Outcome) -> None:
            outcomes.append(outcome)
            bar.advance(task)
            if seeds or not outcome.is_right:
                console.print(told(plan_of(outcome.seed, outcome.broker), outcome), markup=False, highlight=False)
            bar.refresh()

        until = None if seconds is None else time.monotonic() + seconds
        carry_out(plans, jobs or _JOBS_A_CORE * (os.cpu_count() or 1), keep, done, until)
    figures = report(outcomes)
    if file is not None:
        written(figures, file)
    if not seeds:
        console.print(*tables(figures))
    console.print(_summary(figures), highlight=False)
    sys.exit(1 if figures["wrong_runs"] else 0)


def told(plan: Plan, outcome: Outcome) -> str:
    """A run for people: what was done to it, what is wrong, and how to see it again."""
    if outcome.is_right:
        return f"{plan}\n  right, {outcome.orders} orders, {outcome.seconds:.1f} s"
    wrong = [f"  WRONG {text}" for text in outcome.wrongs[:_SHOWN]]
    return "\n".join([str(plan), *wrong, f"  again: python -m simulator.faults --seed {plan.seed} --broker {plan.broker} --keep faults"])


def _summary(figures: dict[str, object]) -> str:
    seconds = figures["seconds_a_run"]
    assert isinstance(seconds, dict)
    return f"{figures['runs']} runs, {figures['orders']} orders, {figures['wrong_runs']} wrong; median {seconds['median']} s a run"


def _bar(console: Console) -> Progress:
    """Drawn by this thread: runs are forked, which wants one thread only."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, auto_refresh=False)


if __name__ == "__main__":
    faults()
