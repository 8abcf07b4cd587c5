"""What cameras usually show survives a restart, and a fault has one open notice."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cameras.registration import HEIGHT, WIDTH
from cameras.view import Light, Reference, View
from storage.database import Database
from storage.errors import Contradiction
from town.geometry import Shift
from town.notices import Notice, Trouble

NINE = datetime(2026, 5, 1, 1, tzinfo=UTC)
RELIEF = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.int8)
VIEW = View(
    {Light.DAY: Reference(RELIEF, 0.7, 9, NINE, NINE), Light.INFRARED: Reference(-RELIEF, 0.6, 3, NINE, NINE)}, Shift(0.02, 0.0), True
)
COVERED = Notice("gate-3", Trouble.UNFIT_VIEW, "covered", NINE)


def test_a_view_is_kept_whole(database: Database) -> None:
    with database.transaction() as book:
        book.save_view("gate-3", "mark", View())
        book.save_view("gate-3", "mark", VIEW)
    with database.transaction() as book:
        mark, kept = book.views()["gate-3"]
    assert (mark, kept.shift, kept.moved) == ("mark", VIEW.shift, True)
    for light, reference in VIEW.references.items():
        assert np.array_equal(kept.references[light].relief, reference.relief)
        assert kept.references[light].learnt_at == NINE


def test_an_accepted_view_is_forgotten(database: Database) -> None:
    with database.transaction() as book:
        book.save_view("gate-3", "mark", VIEW)
        book.accept_view("gate-3", NINE)
        assert book.views()["gate-3"][1].references == {}
        assert not book.views()["gate-3"][1].moved
        assert book.views_accepted() == {"gate-3": NINE}


def test_a_camera_has_one_open_notice_a_trouble(database: Database) -> None:
    with database.transaction() as book:
        book.begin_notice(COVERED)
    with pytest.raises(Contradiction), database.transaction() as book:
        book.begin_notice(COVERED)


def test_told_notices_are_listed_until_they_heal(database: Database) -> None:
    told = Notice("gate-3", Trouble.UNFIT_VIEW, "covered", NINE, 3, 0, NINE + timedelta(minutes=2))
    healed = Notice("gate-3", Trouble.UNFIT_VIEW, "covered", NINE, 0, 3, told.told_at, NINE + timedelta(minutes=5))
    lists = []
    for change in (COVERED, told, healed):
        with database.transaction() as book:
            book.change_notice(change) if book.open_notices("gate-3") else book.begin_notice(change)
        lists.append((len(database.figures.notices()), len(database.figures.notices(healed_too=True))))
    assert lists == [(0, 0), (1, 1), (0, 1)]


def test_what_was_only_suspected_is_dropped(database: Database) -> None:
    with database.transaction() as book:
        book.begin_notice(COVERED)
        book.drop_notice(COVERED)
        assert book.open_notices("gate-3") == []
