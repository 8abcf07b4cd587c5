"""Accounts, sessions, passes and the console's log as they are read. Read only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from storage.engines import Engines
from storage.tables import accounts, console_log, looks, order_events, passes, sessions
from town.accounts import Account, LogLine, Opens, Pass, Role, Session


class Accounts:
    """Reads what is committed; each call sees one moment."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def account(self, account_id: str) -> Account | None:
        with self._engines.reading() as connection:
            row = connection.execute(select(accounts).where(accounts.c.id == account_id)).mappings().first()
        return Account(**row) if row else None

    def all(self) -> list[Account]:
        """Open and closed ones, by id."""
        with self._engines.reading() as connection:
            return [Account(**row) for row in connection.execute(select(accounts).order_by(accounts.c.id)).mappings()]

    def is_empty(self, role: Role) -> bool:
        """Whether nobody of a role has an open account."""
        with self._engines.reading() as connection:
            chosen = select(func.count()).select_from(accounts).where(accounts.c.role == role, accounts.c.closed_at.is_(None))
            return connection.execute(chosen).scalar_one() == 0

    def session(self, key_hash: str) -> Session | None:
        with self._engines.reading() as connection:
            row = connection.execute(select(sessions).where(sessions.c.key_hash == key_hash)).mappings().first()
        return Session(**row) if row else None

    def sessions(self, now: datetime) -> list[Session]:
        """Those that hold, newest first."""
        chosen = select(sessions).where(sessions.c.ended_at.is_(None), sessions.c.until > now).order_by(sessions.c.begun_at.desc())
        with self._engines.reading() as connection:
            return [Session(**row) for row in connection.execute(chosen).mappings()]

    def passes(self, now: datetime, opens: Opens) -> list[Pass]:
        """Those that would open something now, newest first."""
        holding = (passes.c.opens == opens, passes.c.used_at.is_(None), passes.c.ended_at.is_(None), passes.c.until > now)
        with self._engines.reading() as connection:
            return [Pass(**row) for row in connection.execute(select(passes).where(*holding).order_by(passes.c.made_at.desc())).mappings()]

    def log(self, since: datetime, actions: Sequence[str] = (), at_most: int = 1000) -> list[LogLine]:
        """What happened at the console since an instant, newest first; of some actions, or all."""
        chosen = select(console_log).where(console_log.c.happened_at > since)
        if actions:
            chosen = chosen.where(console_log.c.action.in_(actions))
        chosen = chosen.order_by(console_log.c.number.desc()).limit(at_most)
        with self._engines.reading() as connection:
            rows = connection.execute(chosen).mappings()
            return [LogLine(**{name: value for name, value in row.items() if name != "number"}) for row in rows]

    def marks(self) -> tuple[int, datetime | None]:
        """The number of the last event of an order, and when the last look ended; cheap to ask."""
        with self._engines.reading() as connection:
            last_event = connection.execute(select(func.max(order_events.c.number))).scalar_one()
            last_look = connection.execute(select(func.max(looks.c.ended_at, type_=looks.c.ended_at.type))).scalar_one()
        return last_event or 0, last_look
