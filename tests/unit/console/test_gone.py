"""Who left before the answer is no error; anything else is."""

import asyncio

import engineio
import pytest
from starlette.types import Receive, Scope, Send

from console.gone import LetGo


def asked(error: Exception) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    async def nobody(*_: object) -> object:
        raise NotImplementedError

    asyncio.run(LetGo(app)({"type": "http"}, nobody, nobody))  # type: ignore[arg-type]


def test_an_answer_to_nobody_ends_quietly() -> None:
    asked(RuntimeError("No response returned."))


def test_a_page_that_leaves_while_it_asks_for_news_ends_quietly() -> None:
    async def left() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def nobody(_: object) -> None:
        raise NotImplementedError

    line = engineio.ASGIApp(engineio.AsyncServer(async_mode="asgi"))
    asyncio.run(LetGo(line)({"type": "http", "path": "/engine.io/", "query_string": b"EIO=4&transport=polling"}, left, nobody))


@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyError("broken")])
def test_any_other_error_is_one(error: Exception) -> None:
    with pytest.raises(type(error), match="broken"):
        asked(error)
