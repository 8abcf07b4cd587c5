"""The cleaners as a manager sees them, read from a real database."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from alerts.whereabouts import LastPosition
from console.doorkeeper import QR_FOR
from console.frame import Look
from console.manager import people_page
from console.manager.roster import Person, counts_of, duty_since, fairness_for, may_hand_phones, roster_for
from console.visitors import Visitor
from console.wording import words_in
from tests.doubles.people import FAR, FARTHEST, MANAGER, NEAR, NOW, OFF_SHIFT, SECOND, THIRD, UNSKILLED, after, incident, plain_township
from tests.doubles.served_town import ServedTown
from town.accounts import Kind, Opens, Role
from town.geometry import Position
from town.places import Cleaner

LI = Visitor(Role.MANAGER, "li", MANAGER, Kind.BROWSER, "s1")
SUN = Visitor(Role.MANAGER, "sun", "manager-2", Kind.BROWSER, "s2")
WANG = Visitor(Role.ENGINEER, "wang", "", Kind.BROWSER, "s3")
AUDIT = Visitor(Role.AUDITOR, "audit", "", Kind.BROWSER, "s4")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[ServedTown]:
    """Two grids, the second without orders; an order was offered to three and taken by the nearest."""
    plain = plain_township()
    grids = [*plain["grids"], {"id": "g2", "name": "第二网格", "manager": "manager-2"}]
    cleaners: list[Any] = [*plain["cleaners"][:-1], {**plain["cleaners"][-1], "grid": "g2"}]
    made = ServedTown(tmp_path, {"listen": "127.0.0.1:0"}, grids=grids, cleaners=cleaners)
    order = made.opens(incident())
    made.hears(NEAR, "claim", at=after(minutes=1), order_id=order.id)
    made.now = after(minutes=5)
    yield made
    made.close()


def people(town: ServedTown, visitor: Visitor = LI) -> dict[str, Person]:
    return {one.cleaner.id: one for one in roster_for(town.site, visitor)}


def test_a_manager_sees_the_cleaners_of_the_own_grids_and_engineers_and_auditors_all(town: ServedTown) -> None:
    assert UNSKILLED not in people(town)
    assert list(people(town, SUN)) == [UNSKILLED]
    assert set(people(town, WANG)) == set(people(town, AUDIT)) == {NEAR, SECOND, THIRD, FAR, FARTHEST, OFF_SHIFT, UNSKILLED}


@pytest.mark.parametrize(("visitor", "opened"), [(LI, [NEAR]), (SUN, [UNSKILLED]), (WANG, [NEAR, UNSKILLED]), (AUDIT, [])])
def test_a_browser_opens_the_phones_of_no_other_grid(
    town: ServedTown, monkeypatch: pytest.MonkeyPatch, visitor: Visitor, opened: list[str]
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(people_page, "PhoneDialog", lambda _, cleaner: shown.append(cleaner.id) or SimpleNamespace(open=lambda: None))
    page = people_page.PeoplePage(Look(town.site, visitor, words_in("zh")), cast(Any, None))
    page._dialogs = cast(Any, nullcontext())
    for cleaner_id in (NEAR, UNSKILLED, "nobody"):
        page._pressed(cast(Any, SimpleNamespace(args=cleaner_id)))
    assert shown == opened


def test_what_fell_to_somebody_this_shift_and_is_in_hand_is_counted(town: ServedTown) -> None:
    found = people(town)
    assert [(one.load, one.offers, one.taken) for one in (found[NEAR], found[SECOND], found[FARTHEST])] == [(1, 1, 1), (0, 1, 0), (0, 0, 0)]
    assert found[NEAR].heard_at == after(minutes=1)
    assert found[SECOND].heard_at is None


def test_whoever_is_on_duty_stands_first_and_who_is_not_has_no_shift_to_count(town: ServedTown) -> None:
    assert list(people(town))[-1] == OFF_SHIFT
    off = people(town)[OFF_SHIFT]
    assert (off.duty_since, off.offers, off.taken) == (None, None, None)


def test_what_fell_to_somebody_before_this_shift_is_not_counted(town: ServedTown) -> None:
    town.now = NOW + timedelta(hours=20, minutes=30)  # half past six the next morning
    assert people(town)[SECOND].offers == 0


def test_of_a_position_only_its_age_is_known(town: ServedTown) -> None:
    with town.database.transaction() as book:
        book.keep_position(NEAR, LastPosition(Position(39.79, 116.5), NOW))
    assert people(town)[NEAR].positioned_at == NOW


def test_the_phones_that_are_signed_in_are_told_until_they_are_shut_out(town: ServedTown) -> None:
    key = town.site.doorkeeper.give_pass(Opens.PHONE, NEAR, "li", QR_FOR)
    town.site.doorkeeper.let_phone_in(key, "", "Chrome · Android")
    assert [one.label for one in people(town)[NEAR].phones] == ["Chrome · Android"]
    assert people(town)[SECOND].phones == ()
    town.site.doorkeeper.shut_out_phones(NEAR, "li")
    assert people(town)[NEAR].phones == ()


def test_sums_are_of_those_who_are_seen(town: ServedTown) -> None:
    assert dict(counts_of(roster_for(town.site, LI))) == {"on_duty_count": 5, "idle_count": 4, "load_count": 1, "phone_count": 0}


def test_fairness_is_the_report_s_over_the_cleaners_who_are_seen(town: ServedTown) -> None:
    assert fairness_for(town.site, LI) == pytest.approx(5 / 6)
    assert fairness_for(town.site, SUN) is None


def test_phones_are_handed_out_by_the_grid_s_manager_and_engineers(town: ServedTown) -> None:
    cleaner = town.township.cleaner_by_id[NEAR]
    assert [may_hand_phones(who, cleaner, town.township) for who in (LI, SUN, WANG, AUDIT)] == [True, False, True, False]


@pytest.mark.parametrize(
    ("shifts", "hours_ago"),
    [(["06:00-14:00"], 4), (["22:00-06:00"], None), (["20:00-12:00"], 14), (["06:00-14:00", "09:00-11:00"], 4), ([], None)],
)
def test_a_shift_that_lasts_began_today_or_last_night(shifts: list[str], hours_ago: int | None, town: ServedTown) -> None:
    plain = {"id": "c1", "name": "c1", "grid": "g1", "position": {"lat": 39.8, "lon": 116.5}, "shifts": shifts, "skills": []}
    expected = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    assert duty_since(Cleaner.model_validate(plain), town.township.town, NOW) == expected
