"""Passwords are kept as Argon2id hashes (RFC 9106), which argon2-cffi makes: its only importer."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 10, 200

_HASHER = PasswordHasher()  # the library's defaults: RFC 9106's second choice, 64 MiB
DUMMY_HASH = _HASHER.hash("nobody's")
"""What is compared where nobody has the name, so that time does not tell names."""


def hash_password(password: str) -> str:
    """Raises ValueError for one that is too short or too long."""
    if not LEAST <= len(password) <= MOST:
        raise ValueError(f"a password has {LEAST} to {MOST} characters")
    return _HASHER.hash(password)


def is_password(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password[: MOST + 1])
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(hashed: str) -> bool:
    """Whether it was made with weaker settings than today's."""
    return _HASHER.check_needs_rehash(hashed)
