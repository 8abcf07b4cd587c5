"""A browser that left before it was answered is no error: whoever clicks on quickly would else fill the log."""

from starlette.types import ASGIApp, Receive, Scope, Send

_NOBODY_TO_ANSWER = [(RuntimeError, ("No response returned.",)), (KeyError, ("REQUEST_METHOD",))]
"""What Starlette's middleware raises then, of which NiceGUI brings two, and what engine.io makes of a request that ended unread."""


class LetGo:
    """Ends quietly what had nobody left to answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except (RuntimeError, KeyError) as error:
            if (type(error), error.args) not in _NOBODY_TO_ANSWER:
                raise
