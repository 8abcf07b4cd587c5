"""Who may do what: the table itself, and the files that are made of it."""

import pytest

from alerts.access import Access, Verb, client_id, covers, hash_password, password_fits

ACCESS = Access("weisu/v1/yizhuang", "service", frozenset({"c01", "c02"}))
CLEANERS = "weisu/v1/yizhuang/cleaners"


@pytest.mark.parametrize("leaf", ["inbox", "snapshot"])
def test_a_cleaner_reads_their_own_inbox_and_snapshot_only(leaf: str) -> None:
    topics = [f"{CLEANERS}/{who}/{leaf}" for who in ("c01", "c02", "+", "c01/x")]

    assert [ACCESS.may("c01", Verb.READ, topic) for topic in topics] == [True, False, False, False]
    assert not any(ACCESS.may("c01", Verb.WRITE, topic) for topic in topics)


@pytest.mark.parametrize("leaf", ["up", "presence", "position"])
def test_a_cleaner_writes_their_own_words_only(leaf: str) -> None:
    topics = [f"{CLEANERS}/{who}/{leaf}" for who in ("c01", "c02")]

    assert [ACCESS.may("c01", Verb.WRITE, topic) for topic in topics] == [True, False]
    assert not any(ACCESS.may("c01", Verb.READ, topic) for topic in topics)


def test_the_service_does_everything_below_the_towns_root_and_nothing_beside_it() -> None:
    assert ACCESS.may("service", Verb.READ, f"{CLEANERS}/+/up")
    assert ACCESS.may("service", Verb.WRITE, "weisu/v1/yizhuang/service/status")
    assert not ACCESS.may("service", Verb.WRITE, "weisu/v1/daxing/service/status")
    assert not ACCESS.may("service", Verb.READ, "#")


@pytest.mark.parametrize("user", ["", "stranger", "c03", "+", "#", "c01/inbox"])
@pytest.mark.parametrize("verb", list(Verb))
def test_everybody_else_is_refused(user: str, verb: Verb) -> None:
    assert not any(ACCESS.may(user, verb, topic) for topic in ("#", f"{CLEANERS}/{user}/inbox", f"{CLEANERS}/{user}/up"))


@pytest.mark.parametrize(
    ("allowed", "asked", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/+", False),
        ("a/+", "a/+", True),
        ("a/+", "a/#", False),
        ("a/+", "a", False),
        ("a/+/c", "a/b/c", True),
        ("a/#", "a/b/#", True),
        ("a/#", "a", True),
        ("a/#", "#", False),
        ("a/b", "a/b/c", False),
        ("a/b/c", "a/b", False),
    ],
)
def test_a_filter_covers_what_it_matches_and_no_more(allowed: str, asked: str, expected: bool) -> None:
    assert covers(allowed, asked) is expected


def test_a_password_fits_its_own_hash_only() -> None:
    hashed = hash_password("one-secret")

    assert password_fits("one-secret", hashed)
    assert not password_fits("One-secret", hashed)
    assert not password_fits("", hashed)


def test_a_hash_of_another_kind_is_an_error_and_not_a_wrong_password() -> None:
    with pytest.raises(ValueError, match="kind"):
        password_fits("one-secret", "$6$100$c2FsdA==$aGFzaA==")


def test_a_client_id_is_the_users_own_and_follows_from_their_password_alone() -> None:
    assert client_id("c01", "one-secret") == client_id("c01", "one-secret")
    assert client_id("c01", "one-secret").startswith("c01.")
    assert len({client_id("c01", "one-secret"), client_id("c01", "two-secret"), client_id("c02", "one-secret")[-16:]}) == 3
