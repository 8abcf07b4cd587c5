"""How much may be asked: the size of a body, the length of names, of lists, and going on through a list by a cursor."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.api.problem import Refused, answer

LONGEST_BODY = 64 * 1024
MOST = 500
"""Things in a list."""
LARGEST = 2**53
"""The largest number that every JSON reader can tell from its neighbours."""
CURSOR_LENGTH = 400

T = TypeVar("T")

Id = Annotated[str, Path(min_length=1, max_length=64)]
Named = Annotated[str | None, Query(min_length=1, max_length=64)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="So many at most.")]
Cursor = Annotated[str | None, Query(max_length=CURSOR_LENGTH, description="`next` of the page before. Left out: the first page.")]


class Page(BaseModel, Generic[T]):
    """A part of a list."""

    items: Annotated[list[T], Field(max_length=MOST)]
    next: str | None = Field(description="The cursor of the page after; null at the end.")


def cursor_of(*after: str | int) -> str:
    """What says where the next page begins: after these."""
    return urlsafe_b64encode(json.dumps(after, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> tuple[str | int, ...]:
    """What `cursor_of` was given, of these kinds. Raises Refused."""
    try:
        read = json.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise Refused("bad_cursor") from None
    if not isinstance(read, list) or [type(one) for one in read] != [*kinds]:
        raise Refused("bad_cursor")
    return tuple(read)


def page_of(listed: Sequence[T], key: Callable[[T], str], cursor: str | None, limit: int) -> tuple[Sequence[T], str | None]:
    """So many of a list after a cursor, and the cursor of what follows. The list is in the order of `key`. Raises Refused."""
    after = str(read_cursor(cursor, str)[0]) if cursor else None
    rest = [one for one in listed if after is None or key(one) > after]
    return rest[:limit], cursor_of(key(rest[limit - 1])) if len(rest) > limit else None


class BodyLimit:
    """Refuses a body that is too large, before it is read, or where it does not say so, as soon as it is."""

    def __init__(self, app: ASGIApp, at_most: int = LONGEST_BODY) -> None:
        self._app = app
        self._at_most = at_most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if len(said) > len(str(self._at_most)) or int(said) > self._at_most:
            await answer("too_large", {"Connection": "close"})(scope, receive, send)
            return
        read = 0

        async def receive_counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._at_most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, receive_counting, send)
