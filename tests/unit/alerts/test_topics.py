"""Topics are built from checked ids, and an upward topic names its speaker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.topics import BadTopic, Topics

TOPICS = Topics("yizhuang")


def test_every_topic_stands_below_the_town() -> None:
    assert TOPICS.inbox("c01") == "weisu/v1/yizhuang/cleaners/c01/inbox"
    assert TOPICS.snapshot("c01") == "weisu/v1/yizhuang/cleaners/c01/snapshot"
    assert TOPICS.up("c01") == "weisu/v1/yizhuang/cleaners/c01/up"
    assert TOPICS.presence("c01") == "weisu/v1/yizhuang/cleaners/c01/presence"
    assert TOPICS.position("c01") == "weisu/v1/yizhuang/cleaners/c01/position"
    assert TOPICS.grid_orders("g1") == "weisu/v1/yizhuang/grids/g1/orders"
    assert TOPICS.grid_board("g1") == "weisu/v1/yizhuang/grids/g1/board"
    assert TOPICS.camera_status("gate-3") == "weisu/v1/yizhuang/cameras/gate-3/status"
    assert TOPICS.service_status == "weisu/v1/yizhuang/service/status"
    assert TOPICS.dead_letter == "weisu/v1/yizhuang/service/dead-letter"


@pytest.mark.parametrize("wrong", ["", "+", "#", "a/b", "A", "a b", "三号门", "-a", "a--b", "a-", "a" * 41, "a\n", "$sys"])
def test_an_id_that_cannot_stand_in_a_topic_is_refused(wrong: str) -> None:
    with pytest.raises(BadTopic):
        TOPICS.inbox(wrong)
    with pytest.raises(BadTopic):
        Topics(wrong)


@given(st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,19})?", fullmatch=True))
def test_the_speaker_of_an_upward_topic_is_read_back(cleaner_id: str) -> None:
    assert TOPICS.speaker(TOPICS.up(cleaner_id)) == cleaner_id
    assert TOPICS.speaker(TOPICS.presence(cleaner_id)) == cleaner_id
    assert TOPICS.speaker(TOPICS.position(cleaner_id)) == cleaner_id


@pytest.mark.parametrize(
    "wrong",
    [
        "weisu/v1/yizhuang/cleaners/c01/inbox",
        "weisu/v1/elsewhere/cleaners/c01/up",
        "weisu/v1/yizhuang/cleaners/c01/x/up",
        "weisu/v1/yizhuang/cleaners//up",
        "weisu/v1/yizhuang/cleaners/up",
        "x/weisu/v1/yizhuang/cleaners/c01/up",
        "",
    ],
)
def test_a_topic_on_which_no_cleaner_speaks_is_refused(wrong: str) -> None:
    with pytest.raises(BadTopic):
        TOPICS.speaker(wrong)
