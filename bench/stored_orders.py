"""A database as years of service leave it: a day at the real desk, copied day by day with a chain of hashes that holds."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from alerts.desk import OrderDesk
from rules.judgement import ChangeKind, IncidentChange
from storage.chain import START
from storage.columns import dump
from storage.database import Database
from storage.rows import event_of
from storage.tables import order_events
from tests.doubles.people import GATE, LANE, NEAR, PARKING, township
from town.geometry import Box
from town.township import Township
from town.work import Incident, IncidentKey

DAY = date(2026, 5, 4)
"""The day that is played."""
PLAYED = 200
A_DAY = 1_000
"""Orders opened in the township a day; an order here has five events, which is what one has that is claimed and verified at once."""
MESSAGES_KEPT = timedelta(days=30)
METRE = 1 / 111_195
_ID = re.compile(r"\b[0-9a-f]{8}(?=-[0-9a-f]{4}-7[0-9a-f]{3}-)")


def street(count: int = 100) -> Township:
    """So many cleaners and cameras, a hundred metres apart, on shift all day."""
    base = township()
    person = base.cleaner_by_id[NEAR].model_dump() | {"shifts": ("00:00-00:00",)}
    camera = base.camera_by_id[GATE].model_dump()
    places = [{"lat": 39.79 + number * 100 * METRE, "lon": 116.5} for number in range(count)]
    return township(
        cleaners=[person | {"id": f"c{number:03}", "position": place} for number, place in enumerate(places)],
        dispatch={"offers_an_hour": None},
        cameras=[camera | {"id": f"gate-{number:03}", "position": place} for number, place in enumerate(places)],
    )


class Street:
    """Orders lived at the real desk over a database."""

    def __init__(self, town: Township, database: Database) -> None:
        self._town = town
        self._database = database
        self.desk = OrderDesk(database, town)

    def opens(self, name: str, number: int, at: datetime, claimed: bool = False) -> Incident:
        """An order, offered to three, and claimed by the nearest of them."""
        camera = self._town.cameras[number * 37 % len(self._town.cameras)]
        incident = Incident(name, IncidentKey(PARKING, camera.id, LANE, name), at, Box(0.2, 0.2, 0.4, 0.4), "bench")
        self._take_in(incident, ChangeKind.OPENED, at)
        if claimed:
            self._says("claim", incident, at)
        return incident

    def lives(self, name: str, number: int, at: datetime, step: timedelta = timedelta(milliseconds=1)) -> None:
        """One order from its opening to its verified end: five events, a step apart."""
        incident = self.opens(name, number, at)
        self._says("claim", incident, at + step)
        self._says("done", incident, at + 2 * step)
        gone = at + 3 * step
        self._take_in(replace(incident, closed_at=gone, closed_reason="2 clear looks"), ChangeKind.CLEARED, gone)

    def _says(self, what: str, incident: Incident, at: datetime) -> None:
        with self._database.transaction() as book:
            order = book.order_of(incident.id)
        assert order
        who = order.holder or order.offered_to[0]
        said = {"v": 1, "type": what, "event_id": f"{what}-{incident.id}", "issued_at": at.isoformat(), "order_id": order.id}
        word = self.desk.on_upward(who, dump(said).encode(), at)
        assert word in {"claim_won", "done"}, word

    def _take_in(self, incident: Incident, kind: ChangeKind, at: datetime) -> None:
        with self._database.transaction() as book:
            camera = self._town.camera_by_id[incident.key.camera_id]
            self.desk.take_in(book, camera, [IncidentChange(kind, incident)], [], at)


def fill(path: Path, town: Township, orders: int, until: datetime) -> None:
    """Make a database in which so many orders have ended, `A_DAY` a day up to `until`, their messages as long as they are kept."""
    Database.open(f"sqlite:///{path}").close()
    played = path.with_name("played.db")
    _play(played, town)
    copies = -(-orders // PLAYED)
    with closing(sqlite3.connect(played)) as source, closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA synchronous=OFF")
        patterns = [Pattern.of(source, table) for table in ("incidents", "orders", "outbox", "answers")]
        chain = Chain(source)
        for copy in range(copies):
            day = (until - timedelta(days=1 + (copies - 1 - copy) * PLAYED // A_DAY)).date()
            values = {"copy": f"{copy:08x}", "day": str(day)}
            kept = day > (until - MESSAGES_KEPT).date()
            target.execute("BEGIN")
            for pattern in patterns:
                if kept or pattern.table in {"incidents", "orders"}:
                    pattern.write(target, values)
            chain.write(target, values)
            target.execute("COMMIT")
    played.unlink()


def _play(path: Path, town: Township) -> None:
    """A day of orders, each message sent and each offer received."""
    database = Database.open(f"sqlite:///{path}")
    playing = Street(town, database)
    for number in range(PLAYED):
        # The incident's id is a uuid7 like an order's, so that both are told apart in each copy.
        at = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(minutes=5 * number)
        playing.lives(f"{number:08x}-0000-7000-8000-{number:012x}", number, at, timedelta(minutes=1))
    database.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        sent = "sent_at = created_at, due_at = NULL, received_at = CASE kind WHEN 'offer' THEN created_at END"
        connection.execute(f"UPDATE outbox SET {sent}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """The rows of a table as they differ from copy to copy: by the beginning of every id, and by the day."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    @classmethod
    def of(cls, source: sqlite3.Connection, table: str) -> "Pattern":
        cursor = source.execute(f"SELECT * FROM {table}")
        names = [name for name, *_ in cursor.description]
        kept = [index for index, name in enumerate(names) if name != "number"]
        rows = [[_open(row[index]) for index in kept] for row in cursor]
        return cls(table, [names[index] for index in kept], rows)

    def write(self, target: sqlite3.Connection, values: dict[str, str]) -> None:
        insert = f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES ({', '.join('?' * len(self.columns))})"
        target.executemany(insert, ([_filled(value, values) for value in row] for row in self.rows))


class Chain:
    """Events of orders, each with the hash that follows from the one before."""

    def __init__(self, source: sqlite3.Connection) -> None:
        self._events = Pattern.of(source, "order_events")
        self._said = list(_said(source))
        self._previous = START

    def write(self, target: sqlite3.Connection, values: dict[str, str]) -> None:
        columns = self._events.columns
        insert = f"INSERT INTO order_events ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        target.executemany(insert, self._linked(values))

    def _linked(self, values: dict[str, str]) -> Iterator[list[object]]:
        for row, said in zip(self._events.rows, self._said, strict=True):
            self._previous = sha256(f'["{self._previous}",{_filled(said, values)}'.encode()).hexdigest()
            yield [*(_filled(value, values) for value in row[:-1]), self._previous]


def _said(source: sqlite3.Connection) -> Iterator[object]:
    """What `storage.chain.link` hashes of every event, behind the hash of the one before."""
    from sqlalchemy import create_engine, select

    engine = create_engine("sqlite://", creator=lambda: source)
    with engine.connect() as connection:
        for row in connection.execute(select(order_events).order_by(order_events.c.number)).mappings().all():
            event = event_of(row)
            at = event.happened_at.astimezone(UTC).isoformat(timespec="microseconds")
            said = [event.order_id, event.rev, at, event.action, event.actor, event.from_state, event.to_state, event.reason]
            yield _open(dump([*said, dict(event.detail)])[1:])


def _open(value: object) -> object:
    """A stored value with gaps where copies differ, `%(copy)s` and `%(day)s`; itself where they do not."""
    text = value.decode() if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return value
    opened = _ID.sub("%(copy)s", text.replace("%", "%%").replace(str(DAY), "%(day)s"))
    if opened == text:
        return value
    return opened.encode() if isinstance(value, bytes) else opened


def _filled(value: object, values: dict[str, str]) -> object:
    if isinstance(value, str) and "%" in value:
        return value % values
    if isinstance(value, bytes) and b"%" in value:
        return (value.decode() % values).encode()
    return value
