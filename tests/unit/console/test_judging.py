"""What two networks saw is set apart, so that a person sees at a glance what they differ about; cards lose their dead links."""

from dataclasses import replace

from console.engineer.judging import KEYS, apart, sure_of
from console.engineer.model_page import without_dead_links
from tests.doubles.evidence_samples import FULL_BIN, PLAIN_BIN
from town.evidence import Side
from town.geometry import Box


def test_the_same_thing_at_the_same_place_is_seen_by_both() -> None:
    moved = replace(FULL_BIN, box=Box(0.11, 0.2, 0.31, 0.4), confidence=0.5)
    assert apart([FULL_BIN], [moved]).both == (FULL_BIN,)


def test_another_label_or_another_place_is_seen_alone() -> None:
    elsewhere = replace(FULL_BIN, box=Box(0.6, 0.2, 0.8, 0.4))
    assert apart([FULL_BIN], [PLAIN_BIN, elsewhere]).alone == (FULL_BIN,)


def test_what_a_network_was_hardly_sure_of_is_not_drawn() -> None:
    assert sure_of([replace(FULL_BIN, confidence=0.1), PLAIN_BIN]) == [PLAIN_BIN]


def test_two_keys_a_side_and_one_for_neither() -> None:
    assert sorted(KEYS.values()) == [Side.CANDIDATE, Side.CANDIDATE, Side.NEITHER, Side.PROMOTED, Side.PROMOTED]


def test_links_to_files_beside_a_card_are_text_and_others_stay() -> None:
    card = "see [why](../../docs/a.md) and [data](https://example.org/a)"
    assert without_dead_links(card) == "see why and [data](https://example.org/a)"
