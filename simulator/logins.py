"""The two logins that snapshot cameras ask for, seen from the camera's side: basic and digest (RFC 7617, RFC 7616 with MD5)."""

import hashlib
import hmac
import re
from base64 import b64encode
from dataclasses import dataclass, field

from simulator.places import Login

_REALM = "weisu demo camera"
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True)
class Gate:
    """Who may see a camera's pictures. `nonce` is the digest's, fixed for the life of the demo."""

    user: str
    password: str = field(repr=False)
    nonce: str

    def challenge(self, login: Login) -> str:
        """What `WWW-Authenticate` says to somebody without credentials."""
        if login is Login.BASIC:
            return f'Basic realm="{_REALM}"'
        return f'Digest realm="{_REALM}", qop="auth", algorithm=MD5, nonce="{self.nonce}"'

    def admits(self, login: Login, method: str, header: str | None) -> bool:
        """Whether an `Authorization` header opens a camera with this login."""
        if login is Login.NONE:
            return True
        kind, _, rest = (header or "").partition(" ")
        if kind.lower() != login.value:
            return False
        if login is Login.BASIC:
            return hmac.compare_digest(rest.strip(), b64encode(f"{self.user}:{self.password}".encode()).decode())
        return self._digest_fits(method, {key: quoted or plain for key, quoted, plain in _FIELD.findall(rest)})

    def _digest_fits(self, method: str, said: dict[str, str]) -> bool:
        if said.get("nonce") != self.nonce or said.get("username") != self.user:
            return False
        secret = _md5(f"{self.user}:{_REALM}:{self.password}")
        asked = _md5(f"{method}:{said.get('uri', '')}")
        fields = (secret, self.nonce, said.get("nc", ""), said.get("cnonce", ""), said.get("qop", ""), asked)
        return hmac.compare_digest(said.get("response", ""), _md5(":".join(fields)))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
