"""Who hangs up before the answer leaves no error behind; what is wrong with us still does."""

import asyncio
from typing import Any

import pytest

from console.hanging_up import UNANSWERED, HangingUp


def answered(said: str, complaint: str) -> None:
    """Ask an application that hears one message and then raises."""

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        raise RuntimeError(complaint)

    async def receive() -> dict[str, str]:
        return {"type": said}

    async def send(_message: Any) -> None: ...

    asyncio.run(HangingUp(app)({"type": "http"}, receive, send))


def test_a_browser_that_left_is_no_error() -> None:
    answered("http.disconnect", UNANSWERED)


@pytest.mark.parametrize(("said", "complaint"), [("http.request", UNANSWERED), ("http.disconnect", "something else")])
def test_anything_else_is(said: str, complaint: str) -> None:
    with pytest.raises(RuntimeError, match=complaint):
        answered(said, complaint)
