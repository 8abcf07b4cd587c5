"""What every post promises: Apprise's over a real HTTP server, and the in-memory twin."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest
from pydantic import SecretStr

from alerts.apprise_door import AppriseDoor
from alerts.post import Letter, NotDelivered, Post
from tests.doubles.memory_post import MemoryPost
from tests.doubles.webhook import Webhook, webhook

LETTER = Letter("【未诉先办】亦庄镇：工单超时1件", "· 10:00 到时无人接单：桶站满冒 · 三号门")


class UnderTest(Protocol):
    post: Post
    address: str

    def arrived(self) -> list[Letter]: ...

    def fail(self, reason: str) -> None: ...


@dataclass
class Memory:
    post: MemoryPost
    address: str = "json://somebody:hunter2-hunter2@server/hook"

    def arrived(self) -> list[Letter]:
        return [letter for _, letter in self.post.sent]

    def fail(self, reason: str) -> None:
        self.post.trouble[self.address] = reason


@dataclass
class Real:
    post: AppriseDoor
    hook: Webhook
    address: str

    def arrived(self) -> list[Letter]:
        return [Letter(letter["title"], letter["message"]) for letter in self.hook.letters]

    def fail(self, reason: str) -> None:
        self.hook.answers = {"refused (HTTP 500)": [500], "timed_out": ["hang"], "refused (errcode 93000)": [b'{"errcode": 93000}']}[reason]
        self.post = AppriseDoor(deadline_s=4.0) if reason == "timed_out" else self.post


@pytest.fixture(params=["memory", "apprise"])
def under_test(request: pytest.FixtureRequest) -> Iterator[UnderTest]:
    if request.param == "memory":
        yield Memory(MemoryPost())
        return
    with webhook() as hook:
        yield Real(AppriseDoor(deadline_s=60.0), hook, hook.address())


def test_a_letter_arrives_as_it_was_written(under_test: UnderTest) -> None:
    under_test.post.send(SecretStr(under_test.address), LETTER)
    assert under_test.arrived() == [LETTER]


@pytest.mark.parametrize("reason", ["refused (HTTP 500)", "refused (errcode 93000)", "timed_out"])
def test_a_letter_that_is_not_taken_is_told_with_its_reason_and_nothing_of_the_address(under_test: UnderTest, reason: str) -> None:
    under_test.fail(reason)
    with pytest.raises(NotDelivered) as caught:
        under_test.post.send(SecretStr(under_test.address), LETTER)
    assert caught.value.reason == reason
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_what_is_no_address_is_told_as_one(under_test: UnderTest) -> None:
    with pytest.raises(NotDelivered, match="bad_address"):
        under_test.post.send(SecretStr("hunter2-hunter2"), LETTER)


def test_after_a_failure_the_next_letter_goes(under_test: UnderTest) -> None:
    if isinstance(under_test, Real):
        under_test.hook.answers = [500, 200]
    else:
        under_test.fail("refused (HTTP 500)")
    with pytest.raises(NotDelivered):
        under_test.post.send(SecretStr(under_test.address), LETTER)
    if isinstance(under_test, Memory):
        under_test.post.trouble.clear()
    under_test.post.send(SecretStr(under_test.address), LETTER)
    assert under_test.arrived()[-1] == LETTER
