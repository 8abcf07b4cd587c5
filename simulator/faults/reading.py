"""Reads the ledger of a run: its database file as it stands, and what the phones show."""

import re
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alerts.messages import LiveOrder
from simulator.faults.books import Ledger, Won
from storage.database import Database

_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d)", re.MULTILINE)
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
_FORESEEN = ("storage.errors.", "alerts.link.")
"""What a full disk, a locked database and a bad wire become, as those who meet it know."""

_UNSENT = """
    SELECT kind, topic, error, tries, due_at IS NULL FROM outbox
    WHERE due_at IS NOT NULL OR (sent_at IS NULL AND error NOT LIKE 'expired%')
"""


def ledger_of(
    database: Database,
    file: Path,
    now: datetime,
    problems: Collection[str],
    screens: Mapping[str, Mapping[str, LiveOrder]],
    won: Sequence[Won],
    unanswered: Collection[str],
) -> Ledger:
    with closing(sqlite3.connect(file)) as connection:
        incident_ids = [row[0] for row in connection.execute("SELECT id FROM incidents ORDER BY id")]
        order_ids = [row[0] for row in connection.execute("SELECT id FROM orders ORDER BY id")]
        unsent = [_unsent(*row) for row in connection.execute(_UNSENT)]
        integrity = "; ".join(row[0] for row in connection.execute("PRAGMA integrity_check"))
    with database.transaction() as book:
        incidents = [incident for incident_id in incident_ids if (incident := book.incident(incident_id))]
        orders = [order for order_id in order_ids if (order := book.order(order_id))]
        events = {order_id: list(book.events(order_id)) for order_id in order_ids}
    audit = database.audit(lambda _: None)
    return Ledger(now, problems, incidents, orders, events, screens, audit, won, unanswered, unsent, integrity)


def thrown_in(log: str) -> list[str]:
    """The exceptions that a log tells of and that no fault explains: the last of each record, since that is the one that was met."""
    met = [_EXCEPTION.findall(record)[-1:] for record in _RECORD.split(log) if "Traceback" in record]
    return sorted({name for names in met for name in names if not name.startswith(_FORESEEN)})


def _unsent(kind: str, topic: str, error: str, tries: int, given_up: int) -> str:
    return f"{kind} to {topic}, tried {tries} times, {'given up' if given_up else 'waiting'}: {error or '-'}"
