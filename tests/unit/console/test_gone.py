"""Who left before the answer is no error; anything else is."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from console.gone import LetGo


def asked(said: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError(said)

    async def nobody(*_: object) -> object:
        raise NotImplementedError

    asyncio.run(LetGo(app)({"type": "http"}, nobody, nobody))  # type: ignore[arg-type]


def test_an_answer_to_nobody_ends_quietly() -> None:
    asked("No response returned.")


def test_any_other_error_is_one() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        asked("broken")
