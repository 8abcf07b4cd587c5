"""Who may use the console: accounts, the sessions they open, and passes that open one session once. A key is kept as its SHA-256 alone."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

KEY_BYTES = 32


class Role(StrEnum):
    """What somebody is to the console. Nobody has two."""

    CLEANER = "cleaner"
    MANAGER = "manager"
    ENGINEER = "engineer"
    AUDITOR = "auditor"


class Kind(StrEnum):
    """What a session is for."""

    BROWSER = "browser"
    PHONE = "phone"
    TOKEN = "token"  # noqa: S105  a word
    """A program's, over `/api/v1`."""


class Opens(StrEnum):
    """What a pass opens."""

    SET_UP = "set_up"
    """The page on which the first account is made."""
    PHONE = "phone"
    """A cleaner's phone page."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with a name and a password. `person` is who they are in the township's file: a manager's id; empty for others.

    `id` is what they type, and what is recorded of what they do. A closed account opens nothing.
    """

    id: str
    role: Role
    person: str
    password_hash: str
    made_at: datetime
    made_by: str
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who was let in: `account_id` by password, and then `person` is the account's; a cleaner's phone by a pass, without account.

    `label` says of a token what it is for, of others which browser it was.
    """

    key_hash: str
    kind: Kind
    role: Role
    account_id: str
    person: str
    label: str
    begun_at: datetime
    until: datetime
    ended_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.until


@dataclass(frozen=True, slots=True)
class Pass:
    """Opens one session, once, until an instant."""

    key_hash: str
    opens: Opens
    person: str
    made_at: datetime
    made_by: str
    until: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.used_at is None and self.ended_at is None and now < self.until


@dataclass(frozen=True, slots=True)
class LogLine:
    """Somebody was let in or refused, or did what is no event of an order. `network` is where from, as picture views note it."""

    happened_at: datetime
    who: str
    action: str
    subject: str
    network: str


def fresh_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_urlsafe(KEY_BYTES)


def hash_of(key: str) -> str:
    """As what a key is kept. Fresh keys are long and random, so that a plain hash is enough."""
    return sha256(key.encode(errors="replace")).hexdigest()
