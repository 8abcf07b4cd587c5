"""A camera that fails, and one whose view is unfit, make one notice each, whatever happens in between."""

from datetime import timedelta
from pathlib import Path

from alerts.notifications import Saying
from tests.unit.patrol.test_patrol import START, Refusing, Round, Working, overflowing, too_dark, township
from town.notices import Trouble
from town.recipients import Matter, NoticeSettings


def test_one_fault_is_one_notice_and_it_is_over_when_the_camera_is_well(tmp_path: Path) -> None:
    sources = {"gone": Refusing(), "fine": Working()}
    patrol = Round(tmp_path, sources, overflowing)
    patrol.looks([["gone", "fine"]] * 8)
    (notice,) = patrol.database.figures.notices()
    assert (notice.camera_id, notice.trouble, notice.reason) == ("gone", Trouble.NO_PICTURE, "unreachable")

    patrol._sources["gone"] = Working()  # type: ignore[index]
    patrol.looks([["gone", "fine"]] * 4)
    assert patrol.database.figures.notices() == []
    assert [one.camera_id for one in patrol.database.figures.notices(healed_too=True)] == ["gone"]


def test_engineers_hear_of_a_dead_camera_once_and_of_its_healing_only_where_they_had_heard(tmp_path: Path) -> None:
    li = NoticeSettings.model_validate({"recipients": [{"id": "li", "role": "engineer", "urls": ["LI_URL"]}]})
    sources = {"gone": Refusing()}
    patrol = Round(tmp_path, sources, overflowing, township("gone").model_copy(update={"notices": li}))
    patrol.looks([["gone"]] * 8)
    (told,) = patrol.database.notifications.recent(START)
    assert (told.matter, told.detail["reason"], told.left_to_say) == (Matter.NO_PICTURE, "unreachable", Saying.FAULT)

    patrol._sources["gone"] = Working()  # type: ignore[index]
    patrol.looks([["gone"]] * 4)
    (over,) = patrol.database.notifications.recent(START)
    assert (over.healed_at is not None, over.left_to_say) == (True, None)
    patrol.database.close()


def test_an_unfit_view_is_told_once_over_a_restart(tmp_path: Path) -> None:
    first = Round(tmp_path, {"dark": Working()}, too_dark)
    first.looks([["dark"]] * 2)
    first.database.close()
    second = Round(tmp_path, {"dark": Working()}, too_dark)
    second.now = first.now
    second.looks([["dark"]] * 5)
    (notice,) = second.database.figures.notices()
    assert (notice.trouble, notice.reason, notice.bad_looks) == (Trouble.UNFIT_VIEW, "black", 7)


def test_a_single_bad_look_is_no_notice(tmp_path: Path) -> None:
    patrol = Round(tmp_path, {"dark": Working()}, too_dark)
    patrol.looks([["dark"]], between=timedelta(seconds=10))
    assert patrol.database.figures.notices(healed_too=True) == []
