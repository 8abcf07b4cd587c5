"""What pages of orders and cameras name by a word of the programme has words."""

import pytest

from console.manager.deed_dialog import SILENCE
from console.manager.deed_inputs import LIMITS_MINUTES
from console.manager.offered import ACTIONS
from console.manager.today_reading import CameraState
from console.wording import LANGUAGES, SHARED, words_in
from town.evidence import Purpose, When
from town.looks import LookOutcome, PutOffReason
from town.notices import Trouble
from town.places import ZoneKind
from town.rule_settings import Priority

DEEDS = [*ACTIONS, SILENCE]
NEEDED = {
    "order": [
        *DEEDS,
        *(f"{name}_means" for name in DEEDS),
        *(f"priority_{one}" for one in Priority if one is not Priority.NORMAL),
        *(f"picture_{one}" for one in Purpose),
        *When,
        *(f"no_{one}" for one in When),
        *(f"zone_{one}" for one in ZoneKind),
        *(f"within_{minutes}" for minutes in LIMITS_MINUTES),
    ],
    "cameras": [
        *(one.name.lower() for one in CameraState),
        *LookOutcome,
        *(f"picture_{one}" for one in Purpose),
        *(f"trouble_{one}" for one in Trouble),
        *(f"zone_{one}" for one in ZoneKind),
        *(f"put_off_{one}" for one in PutOffReason),
    ],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", sorted(NEEDED))
def test_every_word_has_a_line(language: str, table: str) -> None:
    tables = words_in(language).tables
    assert set(NEEDED[table]) <= tables[table].keys() | tables[SHARED].keys()
