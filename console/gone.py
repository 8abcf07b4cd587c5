"""A browser that left before it was answered is no error: whoever clicks on quickly would else fill the log."""

from starlette.types import ASGIApp, Receive, Scope, Send

_NOBODY_TO_ANSWER = "No response returned."
"""What Starlette's middleware raises then, of which NiceGUI brings two."""


class LetGo:
    """Ends quietly what had nobody left to answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            if str(error) != _NOBODY_TO_ANSWER:
                raise
