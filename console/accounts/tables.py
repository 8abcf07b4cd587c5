"""Accounts, sessions, tokens and the log as tables of words. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from console.doorkeeper import LET_IN, REFUSED
from console.visitors import Visitor
from console.wording import Words
from town.accounts import Account, Kind, LogLine, Role, Session
from town.evidence import PictureView
from town.township import Township

VIEWED = "viewed"
DOORS = frozenset({REFUSED, LET_IN})


@dataclass(frozen=True, slots=True)
class Act:
    """A button: what is done, and to what. Without a name it is a remark."""

    name: str
    of: str
    label: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    cells: Sequence[str]
    acts: Sequence[Act] | None = None
    off: bool = False
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`none` is what is said where there are no rows."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Row]
    none: str = ""


class AccountTables:
    """In the words and the time of one visitor's page."""

    def __init__(self, words: Words, zone: tzinfo) -> None:
        self._words = words
        self._say = partial(words, "accounts")
        self._zone = zone

    def accounts(self, found: Iterable[Account], township: Township) -> Table:
        headings = self._headings("user_name", "role", "person", "state", "made", "actions")
        ordered = sorted(found, key=lambda one: (one.closed_at is not None, one.role, one.id))
        return Table(self._say("accounts"), headings, [self._account(one, township) for one in ordered])

    def sessions(self, found: Iterable[Session], visitor: Visitor, township: Township) -> Table:
        """Browsers and phones; tokens have a table of their own."""
        headings = self._headings("who", "role", "kind", "where", "since", "until", "actions")
        rows = [
            Row(
                [_name(one, township), self._role(one.role), self._say(f"kind_{one.kind}"), one.label, *self._span(one)],
                [self._end(one, visitor)],
            )
            for one in found
            if one.kind is not Kind.TOKEN
        ]
        return Table(self._say("sessions"), headings, rows, self._say("no_sessions"))

    def tokens(self, found: Iterable[Session], visitor: Visitor) -> Table:
        headings = self._headings("label", "who", "role", "since", "until", "actions")
        rows = [
            Row([one.label, one.account_id, self._role(one.role), *self._span(one)], [self._end(one, visitor)])
            for one in found
            if one.kind is Kind.TOKEN
        ]
        return Table(self._say("tokens"), headings, rows, self._say("no_tokens"))

    def log(self, lines: Iterable[LogLine], views: Iterable[PictureView], at_most: int) -> Table:
        """What happened at the door and who saw pictures, the newest first."""
        told = [(line.happened_at, line.who, line.action, self._subject(line), line.network) for line in lines]
        told += [(view.viewed_at, view.person, VIEWED, self._say("of_order", order=view.order_id), view.network) for view in views]
        told.sort(key=lambda one: one[0], reverse=True)
        rows = [
            Row(
                [self._moment(at), who or self._say("nobody"), self._action(action), subject, network],
                off=action == LET_IN,
                bad=action == REFUSED,
            )
            for at, who, action, subject, network in told[:at_most]
        ]
        return Table(self._say("audit"), self._headings("at", "who", "action", "subject", "network"), rows, self._say("no_lines"))

    def _account(self, one: Account, township: Township) -> Row:
        named = one.role is not Role.MANAGER or any(grid.manager == one.person for grid in township.grids)
        state = "open" if named else "gone"
        person = manager_name(one.person, township) if one.person else ""
        made = self._say("made_by", at=self._moment(one.made_at), by=one.made_by)
        if one.closed_at:
            return Row([one.id, self._role(one.role), person, self._say("closed", at=self._moment(one.closed_at)), made], (), off=True)
        acts = [Act("password", one.id, self._say("change_password")), Act("token", one.id, self._say("token"))]
        return Row(
            [one.id, self._role(one.role), person, self._say(state), made], [*acts, Act("close", one.id, self._say("close"), bad=True)]
        )

    def _end(self, one: Session, visitor: Visitor) -> Act:
        if one.key_hash == visitor.session:
            return Act("", "", self._say("this_one"))
        return Act("end", one.key_hash, self._say("end"), bad=True)

    def _span(self, one: Session) -> tuple[str, str]:
        return self._moment(one.begun_at), self._moment(one.until)

    def _subject(self, line: LogLine) -> str:
        return self._say(f"kind_{line.subject}") if line.action in DOORS and line.subject in set(Kind) else line.subject

    def _action(self, action: str) -> str:
        known = self._words.tables["accounts"]
        return known.get(f"act_{action}", action)

    def _role(self, role: Role) -> str:
        return self._say(f"role_{role}")

    def _headings(self, *names: str) -> list[str]:
        return [self._say(name) for name in names]

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"


def manager_name(person: str, township: Township) -> str:
    """A manager's id with the grids that are theirs."""
    grids = [grid.name for grid in township.grids if grid.manager == person]
    return f"{person}（{'、'.join(grids)}）" if grids else person


def _name(one: Session, township: Township) -> str:
    cleaner = township.cleaner_by_id.get(one.person) if one.kind is Kind.PHONE else None
    return f"{cleaner.name} {cleaner.id}" if cleaner else one.account_id or one.person
