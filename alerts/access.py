"""Who may do what on which topic: one table for the embedded broker, for Mosquitto's files and for the tests."""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

_ROUNDS = 1000
_SALT_BYTES = 12


class Verb(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Access:
    """What the users of one town may do: everything else, and everybody else, is refused.

    `root` is the town's topic root, `service` the user that weisu itself is. A user's name is the cleaner's id.
    """

    root: str
    service: str
    cleaners: frozenset[str]

    def filters(self, user: str, verb: Verb) -> tuple[str, ...]:
        """The topic filters that `user` may read or write."""
        if user == self.service:
            return (f"{self.root}/#",)
        if user not in self.cleaners:
            return ()
        kinds = ("inbox", "snapshot") if verb is Verb.READ else ("up", "presence", "position")
        return tuple(f"{self.root}/cleaners/{user}/{kind}" for kind in kinds)

    def may(self, user: str, verb: Verb, topic: str) -> bool:
        """Whether `user` may read or write `topic`, which may be a filter with wildcards: then all of what it matches."""
        return any(covers(allowed, topic) for allowed in self.filters(user, verb))


def covers(allowed: str, asked: str) -> bool:
    """Whether all that `asked` (a topic or a filter) matches is also matched by the filter `allowed`."""
    for mine, theirs in zip_longest(allowed.split("/"), asked.split("/")):
        if mine == "#":
            return True
        if theirs == "#" or mine is None or theirs is None:
            return False
        if mine not in ("+", theirs):
            return False
    return True


def hash_password(password: str) -> str:
    """A salted PBKDF2-SHA512 hash as Mosquitto's password file holds it: `$7$rounds$salt$hash`."""
    salt = os.urandom(_SALT_BYTES)
    return _show_hash(_ROUNDS, salt, hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS))


def password_fits(password: str, hashed: str) -> bool:
    """Compare in constant time. Raises ValueError where `hashed` is not of `hash_password`."""
    _, kind, rounds, salt, expected = hashed.split("$")
    if kind != "7":
        raise ValueError(f"a password hash of kind {kind!r}; expected '7'")
    given = hashlib.pbkdf2_hmac("sha512", password.encode(), b64decode(salt), int(rounds))
    return hmac.compare_digest(given, b64decode(expected))


def client_id(user: str, password: str) -> str:
    """The same at every start, and not to be guessed by other users: who knows it can end the session at a broker such as Mosquitto."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), f"client id of {user}".encode(), _ROUNDS)
    return f"{user}.{digest.hex()[:16]}"


def _show_hash(rounds: int, salt: bytes, digest: bytes) -> str:
    return f"$7${rounds}${b64encode(salt).decode()}${b64encode(digest).decode()}"
