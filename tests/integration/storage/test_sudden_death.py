import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import Database
from tests.doubles.order_samples import NOW, after

ROOT = Path(__file__).parents[3]


def committed_before_being_killed(url: str, after_orders: int) -> int:
    """Let a child commit at least so many orders, kill it in the middle of its work, and return the last it spoke of."""
    command = [sys.executable, "-m", "tests.integration.storage.committing_child", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(after_orders)]
        os.kill(child.pid, signal.SIGKILL)
        told += child.stdout.readlines()
    return int([line for line in told if line.endswith("\n")][-1])


@pytest.mark.parametrize("after_orders", [1, 7, 40])
def test_a_killed_process_loses_no_message_and_leaves_no_half_order(path: Path, after_orders: int) -> None:
    told = committed_before_being_killed(f"sqlite:///{path}", after_orders)
    database = Database.open(f"sqlite:///{path}")
    orders = database.figures.live_orders(at_most=100_000)
    events = database.figures.recent_events(at_most=100_000)
    waiting = database.outbox.claim(NOW, after(minutes=1), 1_000_000)
    database.close()
    assert len(orders) in {told, told + 1}
    assert {event.order_id for event in events} == {order.id for order in orders}
    assert len(events) == len(orders)
    assert sorted(each.message.order_id for each in waiting) == sorted(order.id for order in orders for _ in range(3))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
