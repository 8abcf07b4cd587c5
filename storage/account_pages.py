"""Accounts, sessions, passes and the console's log, within one write transaction."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from storage.tables import accounts, console_log, passes, sessions
from town.accounts import Account, LogLine, Pass, Role, Session


class AccountPages:
    """The part of the book that stands behind the console's door."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def account(self, account_id: str) -> Account | None:
        row = self._connection.execute(select(accounts).where(accounts.c.id == account_id)).mappings().first()
        return Account(**row) if row else None

    def open_account(self, account: Account) -> None:
        """Raises Contradiction where the id is taken, by a closed one too: what it did is recorded under it."""
        self._connection.execute(insert(accounts).values(asdict(account)))

    def change_password(self, account_id: str, password_hash: str, now: datetime, keep: str = "") -> bool:
        """Ends all that the old one opened, but the session `keep`. False where no such account is open."""
        open_one = (accounts.c.id == account_id, accounts.c.closed_at.is_(None))
        changed = self._connection.execute(update(accounts).where(*open_one).values(password_hash=password_hash)).rowcount == 1
        self._end(now, sessions.c.account_id == account_id, sessions.c.key_hash != keep)
        return changed

    def strengthen_password(self, account_id: str, before: str, after: str) -> None:
        """Keep the same password under another hash, unless it was changed since."""
        unchanged = (accounts.c.id == account_id, accounts.c.password_hash == before)
        self._connection.execute(update(accounts).where(*unchanged).values(password_hash=after))

    def close_account(self, account_id: str, now: datetime) -> bool:
        """Ends its sessions and tokens too. False where no such account is open."""
        open_one = (accounts.c.id == account_id, accounts.c.closed_at.is_(None))
        closed = self._connection.execute(update(accounts).where(*open_one).values(closed_at=now)).rowcount == 1
        self._end(now, sessions.c.account_id == account_id)
        return closed

    def open_accounts(self, role: Role) -> list[str]:
        """The names of those that are open."""
        chosen = select(accounts.c.id).where(accounts.c.role == role, accounts.c.closed_at.is_(None))
        return list(self._connection.execute(chosen.order_by(accounts.c.id)).scalars())

    def begin_session(self, session: Session) -> None:
        self._connection.execute(insert(sessions).values(asdict(session)))

    def end_session(self, key_hash: str, now: datetime) -> bool:
        """False where none holds under that hash."""
        return self._end(now, sessions.c.key_hash == key_hash) == 1

    def end_phones_of(self, person: str, now: datetime) -> int:
        """End a cleaner's phones and passes. Returns how many phones."""
        self._connection.execute(update(passes).where(passes.c.person == person, passes.c.ended_at.is_(None)).values(ended_at=now))
        return self._end(now, sessions.c.person == person, sessions.c.account_id == "")

    def give_pass(self, one: Pass) -> None:
        self._connection.execute(insert(passes).values(asdict(one)))

    def use_pass(self, key_hash: str, now: datetime) -> Pass | None:
        """What a key opens, once; None where it opens nothing, or nothing any more."""
        holding = (passes.c.key_hash == key_hash, passes.c.used_at.is_(None), passes.c.ended_at.is_(None), passes.c.until > now)
        row = self._connection.execute(update(passes).where(*holding).values(used_at=now).returning(*passes.c)).mappings().first()
        return Pass(**row) if row else None

    def log(self, line: LogLine) -> None:
        self._connection.execute(insert(console_log).values(asdict(line)))

    def forget_entries_before(self, instant: datetime) -> None:
        """Delete sessions and passes that were over before an instant, and the log from before it."""
        self._connection.execute(delete(sessions).where(or_(sessions.c.until < instant, sessions.c.ended_at < instant)))
        self._connection.execute(delete(passes).where(passes.c.until < instant))
        self._connection.execute(delete(console_log).where(console_log.c.happened_at < instant))

    def _end(self, now: datetime, *which: object) -> int:
        standing = update(sessions).where(*which, sessions.c.ended_at.is_(None))  # type: ignore[arg-type]
        return self._connection.execute(standing.values(ended_at=now)).rowcount
