"""Passwords are kept as hashes that tell nothing, and short ones are refused."""

import pytest
from argon2 import PasswordHasher

from console.passwords import DUMMY_HASH, LEAST, MOST, hash_password, is_password, needs_rehash

GOOD = "correct horse"


def test_a_password_fits_its_own_hash_and_no_other_does() -> None:
    hashed = hash_password(GOOD)
    assert is_password(hashed, GOOD)
    assert not is_password(hashed, GOOD + "!")
    assert not is_password(hashed, "")


def test_a_hash_is_argon2id_salted_and_holds_no_password() -> None:
    first, second = hash_password(GOOD), hash_password(GOOD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert GOOD not in first


@pytest.mark.parametrize("length", [0, LEAST - 1, MOST + 1])
def test_one_that_is_too_short_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="10 to 200"):
        hash_password("x" * length)


def test_what_is_no_hash_fits_nothing() -> None:
    assert not is_password("", GOOD)
    assert not is_password("plain", "plain")


def test_an_endless_guess_is_cut_and_fits_nothing() -> None:
    longest = "x" * MOST
    assert not is_password(hash_password(longest), longest + "x" * 10_000)


def test_a_hash_with_weaker_settings_is_to_be_made_anew() -> None:
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD))
    assert not needs_rehash(hash_password(GOOD))


def test_nobody_s_hash_costs_what_anybody_s_does() -> None:
    assert DUMMY_HASH.split("$")[1:4] == hash_password(GOOD).split("$")[1:4]
