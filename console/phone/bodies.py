"""Reads what was sent, and no more than is allowed."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def body_of(request: Request, at_most: int) -> bytes:
    """Raises HTTPException 413 as soon as there are more than `at_most` bytes."""
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > at_most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(taken)
