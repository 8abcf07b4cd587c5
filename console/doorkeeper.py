"""Lets people in: by name and password, by a pass, by a key that was given before. Refuses those who try too often. All of it is logged."""

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.passwords import DUMMY_HASH, hash_password, is_password, needs_rehash
from console.visitors import Visitor
from storage.book import Book
from storage.database import Database
from town.accounts import Account, Kind, LogLine, Opens, Pass, Role, Session, fresh_key, hash_of
from town.township import Township

BROWSER_FOR = timedelta(hours=12)
PHONE_FOR = timedelta(days=30)
QR_FOR = timedelta(minutes=10)
TRIES_WITHIN = timedelta(minutes=15)
LONGEST = 64
"""So much of a name that somebody tries is looked at and written down."""
REFUSED, LET_IN = "refused", "let_in"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
"""What an account may be called."""


@dataclass(frozen=True, slots=True)
class Limits:
    """So many refusals within `TRIES_WITHIN` are the last: of a name from one network, from one network, of a name."""

    of_both: int = 5
    from_network: int = 30
    of_name: int = 100


class Refused(Exception):
    """Nobody was let in. `reason` is a word: wrong, too_often, or over."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LastEngineer(Exception):
    """The account was not closed: nobody would be left who makes accounts."""


class Doorkeeper:
    """For several threads; a call may take as long as a password's hash. Raises StorageError."""

    def __init__(
        self, database: Database, township: Callable[[], Township], clock: Callable[[], datetime], limits: Limits | None = None
    ) -> None:
        self._database = database
        self._township = township
        self._clock = clock
        self._limits = limits or Limits()
        self._one_by_one = threading.Lock()  # who tries many at once is counted too, and takes one core at most

    def sign_in(self, name: str, password: str, network: str, label: str) -> tuple[str, Session]:
        """A fresh key for who knows the password. Raises Refused."""
        account = self._proven(name, password, network)
        session, key = self._session(Kind.BROWSER, account, label, BROWSER_FOR)
        with self._database.transaction() as book:
            _still_so(book, account)
            book.begin_session(session)
            book.log(LogLine(self._clock(), account.id, LET_IN, Kind.BROWSER, network))
        if needs_rehash(account.password_hash):
            self._strengthen(account, password)
        return key, session

    def change_own_password(self, visitor: Visitor, old: str, new: str, network: str) -> None:
        """For who is signed in and knows the old one. Ends what it opened elsewhere. Raises Refused, ValueError for a weak one."""
        account = self._proven(visitor.name, old, network)
        hashed, now = hash_password(new), self._clock()
        with self._database.transaction() as book:
            _still_so(book, account)
            if book.change_password(account.id, hashed, now, keep=visitor.session):
                book.log(LogLine(now, account.id, "password_changed", account.id, network))

    def visitor(self, key: str) -> Visitor | None:
        """Whom a key lets in; None where it does not, or not any more."""
        session = self._database.accounts.session(hash_of(key)) if key else None
        return self._as_visitor(session) if session else None

    def still_admits(self, visitor: Visitor) -> bool:
        session = self._database.accounts.session(visitor.session)
        return session is not None and self._as_visitor(session) == visitor

    def leave(self, visitor: Visitor) -> None:
        with self._database.transaction() as book:
            book.end_session(visitor.session, self._clock())

    def give_pass(self, opens: Opens, person: str, by: str, lasts: timedelta) -> str:
        """A key that opens something once: the set-up page, or a cleaner's phone."""
        key, now = fresh_key(), self._clock()
        with self._database.transaction() as book:
            book.give_pass(Pass(hash_of(key), opens, person, now, by, now + lasts))
            book.log(LogLine(now, by, f"pass_{opens}", person, ""))
        return key

    def let_phone_in(self, key: str, network: str, label: str) -> tuple[str, Session]:
        """A cleaner's phone, by a pass. Raises Refused."""
        self._hear("", network)
        now = self._clock()
        with self._database.transaction() as book:
            found = book.use_pass(hash_of(key), now)
            if found is not None and found.opens is Opens.PHONE and self._is_somebody(Role.CLEANER, found.person):
                fresh = fresh_key()
                session = Session(hash_of(fresh), Kind.PHONE, Role.CLEANER, "", found.person, label, now, now + PHONE_FOR)
                book.begin_session(session)
                book.log(LogLine(now, found.person, LET_IN, Kind.PHONE, network))
                return fresh, session
        self._log("", REFUSED, Kind.PHONE, network)
        raise Refused("over")

    def set_up(self, key: str, name: str, password: str, network: str) -> None:
        """Make the first engineer's account, by the pass that was printed; every pass is over once there is an engineer.

        Raises Refused, Contradiction, ValueError.
        """
        self._hear("", network)
        now = self._clock()
        if any(one.key_hash == hash_of(key) for one in self._database.accounts.passes(now, Opens.SET_UP)):
            hashed = _hash_for(name, password)  # only for who holds the link: a hash costs time and 64 MiB
            with self._database.transaction() as book:
                found = book.use_pass(hash_of(key), now)
                if found is not None and found.opens is Opens.SET_UP and not book.open_accounts(Role.ENGINEER):
                    book.open_account(Account(name, Role.ENGINEER, "", hashed, now, "set_up"))
                    book.log(LogLine(now, name, "account_made", name, network))
                    return
        self._log("", REFUSED, "set_up", network)
        raise Refused("over")

    def open_account(self, account_id: str, role: Role, person: str, password: str, by: str) -> None:
        """Raises Contradiction where the name is taken, ValueError for no name, a weak password or a person whom nobody knows."""
        if not self._is_somebody(role, person) or role is Role.CLEANER:
            raise ValueError(f"no {role} {person} in the township's file")
        hashed, now = _hash_for(account_id, password), self._clock()
        with self._database.transaction() as book:
            book.open_account(Account(account_id, role, person, hashed, now, by))
            book.log(LogLine(now, by, "account_made", account_id, ""))

    def change_password(self, account_id: str, password: str, by: str) -> bool:
        """Ends what the old one opened. False where there is no such account. Raises ValueError for a weak one."""
        hashed, now = hash_password(password), self._clock()
        with self._database.transaction() as book:
            changed = book.change_password(account_id, hashed, now)
            if changed:
                book.log(LogLine(now, by, "password_changed", account_id, ""))
            return changed

    def close_account(self, account_id: str, by: str) -> bool:
        """Ends its sessions and tokens. False where there is no such account. Raises LastEngineer."""
        now = self._clock()
        with self._database.transaction() as book:
            if book.open_accounts(Role.ENGINEER) == [account_id]:
                raise LastEngineer(account_id)
            closed = book.close_account(account_id, now)
            if closed:
                book.log(LogLine(now, by, "account_closed", account_id, ""))
            return closed

    def give_token(self, account: Account, label: str, lasts: timedelta, by: str) -> str:
        """A key for a program that acts for somebody over `/api/v1`. Raises Refused where their account was changed meanwhile."""
        session, key = self._session(Kind.TOKEN, account, label, lasts)
        with self._database.transaction() as book:
            _still_so(book, account)
            book.begin_session(session)
            book.log(LogLine(self._clock(), by, "token_made", f"{account.id}: {label}", ""))
        return key

    def end_session(self, key_hash: str, by: str) -> bool:
        """False where none holds under that hash."""
        now, session = self._clock(), self._database.accounts.session(key_hash)
        with self._database.transaction() as book:
            ended = book.end_session(key_hash, now)
            if ended and session:
                whose = f"{session.account_id or session.person}: {session.label or session.kind}"
                book.log(LogLine(now, by, "session_ended", whose, ""))
            return ended

    def shut_out_phones(self, cleaner_id: str, by: str) -> int:
        """End a cleaner's phones and passes. Returns how many phones."""
        now = self._clock()
        with self._database.transaction() as book:
            book.log(LogLine(now, by, "phones_ended", cleaner_id, ""))
            return book.end_phones_of(cleaner_id, now)

    def note(self, visitor: Visitor, action: str, subject: str) -> None:
        """Write down what somebody did that is no event of an order."""
        self._log(visitor.name, action, subject, "")

    def _proven(self, name: str, password: str, network: str) -> Account:
        """The account of who knows its password. Raises Refused, and counts the refusal."""
        name = name[:LONGEST]
        with self._one_by_one:
            self._hear(name, network)
            account = self._database.accounts.account(name)
            known = account is not None and account.closed_at is None
            right = is_password(account.password_hash if account and known else DUMMY_HASH, password)
            if account is None or not known or not right or not self._is_somebody(account.role, account.person):
                self._log(name, REFUSED, "", network)
                raise Refused("wrong")
            return account

    def _hear(self, name: str, network: str) -> None:
        """Raises Refused for who was refused too often."""
        refusals = self._database.accounts.log(self._clock() - TRIES_WITHIN, [REFUSED])
        if tried_too_often(refusals, name, network, self._limits):
            raise Refused("too_often")

    def _session(self, kind: Kind, account: Account, label: str, lasts: timedelta) -> tuple[Session, str]:
        key, now = fresh_key(), self._clock()
        return Session(hash_of(key), kind, account.role, account.id, account.person, label[:80], now, now + lasts), key

    def _as_visitor(self, session: Session) -> Visitor | None:
        if not session.holds(self._clock()) or not self._is_somebody(session.role, session.person):
            return None
        return Visitor(session.role, session.account_id or session.person, session.person, session.kind, session.key_hash)

    def _is_somebody(self, role: Role, person: str) -> bool:
        """Whether the township's file knows them; engineers and auditors need not stand in it."""
        township = self._township()
        match role:
            case Role.CLEANER:
                return person in township.cleaner_by_id
            case Role.MANAGER:
                return any(grid.manager == person for grid in township.grids)
        return not person

    def _strengthen(self, account: Account, password: str) -> None:
        with self._database.transaction() as book:
            book.strengthen_password(account.id, account.password_hash, hash_password(password))

    def _log(self, who: str, action: str, subject: str, network: str) -> None:
        with self._database.transaction() as book:
            book.log(LogLine(self._clock(), who, action, subject, network))


def _still_so(book: Book, account: Account) -> None:
    """Whoever closes an account, or gives it another password, ends what is only being opened too. Raises Refused."""
    if book.account(account.id) != account:
        raise Refused("wrong")


def _hash_for(name: str, password: str) -> str:
    """Raises ValueError for what is no name, and for a weak password."""
    if not NAME.fullmatch(name):
        raise ValueError("a name has lower-case letters, digits, dots and hyphens only, 40 at most")
    return hash_password(password)


def tried_too_often(refusals: Iterable[LogLine], name: str, network: str, limits: Limits) -> bool:
    """Whether the refusals of the last while leave no further try to this name (empty: it is about none) from this network."""
    lines = list(refusals)
    of_name = [line for line in lines if name and line.who == name]
    from_network = sum(line.network == network for line in lines)
    of_both = sum(line.network == network for line in of_name)
    return of_both >= limits.of_both or from_network >= limits.from_network or len(of_name) >= limits.of_name
