"""The phone page has words for all that it says, in both languages."""

import re

import pytest

from alerts.phrases import PHRASES
from console.phone.acts import PhoneAct
from console.phone.shell import APP, shell_files
from console.wording import LANGUAGES, words_in
from patrol.after_photos import NO_PICTURES, NOT_A_PICTURE, TOO_MANY
from town.evidence import WhyNone

SCRIPT = (APP / "phone.js").read_text(encoding="utf-8")
ACTS = PhoneAct.model_fields["act"].annotation.__args__  # type: ignore[union-attr]
MADE_UP = {
    *ACTS,
    *(f"photo_failed_{why}" for why in (*WhyNone, NO_PICTURES, NOT_A_PICTURE, TOO_MANY, "too_large")),
    *(f"{act}_{what}" for act in ("cannot", "false_alarm", "decline") for what in ("title", "reasons")),
    *(f"send_{act}" for act in ("cannot", "false_alarm", "decline")),
    *(f"state_{state}" for state in ("claimed", "on_site", "verifying")),
    *(f"notice_{reason}" for reason in ("no_password", "no_broker")),
    *("mine", "offers", "up", "down", "offline", "connecting", "scan_title", "scan_text", "other_title", "other_text"),
}
"""Names that the script puts together."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_the_script_asks_for_is_there(language: str) -> None:
    asked = set(re.findall(r'\bt\("(\w+)"', SCRIPT)) | MADE_UP
    assert asked <= words_in(language).tables["phone"].keys()


def test_both_languages_know_the_same_reasons_and_offer_as_many_to_choose() -> None:
    first, second = (words_in(language).tables["phone"] for language in LANGUAGES)
    assert PHRASES["zh"].keys() == PHRASES["en"].keys()
    assert all(first[name].count("|") == second[name].count("|") for name in first)


def test_nothing_of_the_page_is_left_out_when_the_line_is_down() -> None:
    worker = (APP / "worker.js").read_text(encoding="utf-8")
    loaded = set(re.findall(r"/phone/app/([\w.-]+)", (APP / "index.html").read_text(encoding="utf-8"))) - {"icon-192.png"}
    assert all(f'"{name}"' in worker for name in loaded)
    assert all(f'"words-{language}.json"' in worker for language in LANGUAGES)
    assert shell_files().keys() >= loaded
