"""Browsers and ages in short words."""

import pytest

from console.ages import ago
from console.browsers import browser_in_short
from console.wording import words_in
from tests.doubles.people import NOW, after

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("says", "short"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36", "Chrome · Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge · Windows"),
        (f"Mozilla/5.0 (Linux; Android 14; V2307A) {WEBKIT} Chrome/126 Mobile Safari/537.36 MicroMessenger/8.0.49", "微信 · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox · Mac"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("<b>x</b>" * 20, ("<b>x</b>" * 20)[:40]),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_two_words(says: str, short: str) -> None:
    assert browser_in_short(says) == short


@pytest.mark.parametrize(
    ("passed_s", "said"), [(-5, "刚刚"), (59, "刚刚"), (60, "1 分钟前"), (3599, "59 分钟前"), (7200, "2 小时前"), (90_000, "1 天前")]
)
def test_an_age_is_told_in_its_largest_unit(passed_s: float, said: str) -> None:
    assert ago(NOW, after(seconds=passed_s), words_in("zh")) == said
