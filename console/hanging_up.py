"""Browsers that leave before the answer are no error of ours."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNANSWERED = "No response returned."
"""What Starlette's middleware, which NiceGUI uses, raises where nobody waits for the answer any more; also where an answer is missing."""


class HangingUp:
    """Passes everything on, but for that complaint about a visitor who is gone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = False

        async def heard() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        try:
            await self._app(scope, heard, send)
        except RuntimeError as error:
            if not gone or str(error) != UNANSWERED:
                raise
