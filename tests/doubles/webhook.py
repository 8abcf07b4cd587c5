"""A real HTTP server on this machine that takes what webhooks are sent, and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """`answers` are statuses, bodies or "hang", one a request; the last one stands for all that follow."""

    def __init__(self, port: int, *answers: int | bytes | str) -> None:
        self.port = port
        self.answers = list(answers)
        self.got: list[bytes] = []
        self.released = threading.Event()

    def address(self, scheme: str = "json") -> str:
        return f"{scheme}://somebody:hunter2-hunter2@127.0.0.1:{self.port}/hook"

    @property
    def letters(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.got]

    def answer(self) -> int | bytes | str:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def webhook(*answers: int | bytes | str) -> Iterator[Webhook]:
    """A server on a free port until the end of the block; it answers 200 where nothing else is said."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    hook = Webhook(server.server_address[1], *(answers or (200,)))
    server.hook = hook  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hook: Webhook = self.server.hook  # type: ignore[attr-defined]
        hook.got.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        answer = hook.answer()
        if answer == "hang":
            hook.released.wait(60)
            self.close_connection = True
            return
        body = answer if isinstance(answer, bytes) else b""
        self.send_response(answer if isinstance(answer, int) else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
