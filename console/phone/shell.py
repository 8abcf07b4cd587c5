"""The phone page itself, which holds no data: its files, its words, and the version that a phone keeps for when the line is down."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from alerts.phrases import PHRASES
from console.wording import LANGUAGES, words_in

APP = Path(__file__).parent / "app"
PAGE = "index.html"
WORKER = "worker.js"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_PACKED_ALREADY = {"image/png"}


@dataclass(frozen=True, slots=True)
class ShellFile:
    """A file as it is sent: as it is, and packed for who takes that."""

    media_type: str
    content: bytes
    packed: bytes | None
    tag: str


@cache
def shell_files() -> Mapping[str, ShellFile]:
    """All files of the page by name. The worker knows by its first line which version of them it keeps."""
    plain = {file.name: file.read_bytes() for file in sorted(APP.iterdir()) if file.suffix in _TYPES}
    plain |= {f"words-{language}.json": _words(language) for language in LANGUAGES}
    version = sha256(b"".join(plain.values())).hexdigest()[:16]
    plain[WORKER] = f'const VERSION = "{version}";\n'.encode() + plain[WORKER]
    return {name: _shell_file(name, content) for name, content in plain.items()}


def shell_answer(name: str, request: Request) -> Response:
    """A file of the page; only what changed is sent again. 404 for what there is not."""
    file = shell_files().get(name)
    if file is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    headers = {"Cache-Control": "no-cache", "ETag": file.tag, "Vary": "Accept-Encoding"}
    if name == WORKER:
        headers["Service-Worker-Allowed"] = "/phone"
    if request.headers.get("if-none-match", "") == file.tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)


def _words(language: str) -> bytes:
    words = {**words_in(language).tables["phone"], "reasons": PHRASES[language]}
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()


def _shell_file(name: str, content: bytes) -> ShellFile:
    media_type = _TYPES[Path(name).suffix]
    packed = None if media_type in _PACKED_ALREADY else gzip.compress(content, mtime=0)
    return ShellFile(media_type, content, packed, f'W/"{sha256(content).hexdigest()[:16]}"')
