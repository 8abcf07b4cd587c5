"""What every answer tells a browser: keep nothing, guess nothing, run nothing but ours, tell nobody where you came from."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
_CLOSED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PLAIN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_PLAIN_PAGES = ("/login", "/setup/", "/phone")
_DESK_PAGES = ("/town/", "/bench/", "/accounts", "/audit", "/me")


class SafeHeaders:
    """Puts them on every answer, errors included; one that an answer sets itself stays. `tiles` is where a map's pictures may come from."""

    def __init__(self, app: ASGIApp, tiles: str = "") -> None:
        self._app = app
        # NiceGUI writes scripts and styles into its pages, and Vue compiles templates in the browser: neither goes without these two.
        self._desk = (
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data: blob: {tiles}; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
            "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", self._policy(scope["path"]))
            await send(message)

        await self._app(scope, receive, send_safely)

    def _policy(self, path: str) -> str:
        if path.startswith(_DESK_PAGES):
            return self._desk
        return _PLAIN if path.startswith(_PLAIN_PAGES) else _CLOSED
