"""The demo's cameras ask for the logins that real ones ask for, and open to nobody else."""

import httpx
import pytest

from simulator.logins import Gate
from simulator.places import Login

GATE = Gate("viewer", "right", "0123abcd")


def answer(login: Login, user: str, password: str, url: str = "http://camera/gate/picture") -> str:
    """The `Authorization` header that a real client makes of the camera's challenge."""
    auth = httpx.DigestAuth(user, password) if login is Login.DIGEST else httpx.BasicAuth(user, password)
    flow = auth.sync_auth_flow(httpx.Request("GET", url))
    request = next(flow)
    if login is Login.DIGEST:
        request = flow.send(httpx.Response(401, headers={"WWW-Authenticate": GATE.challenge(login)}, request=request))
    return str(request.headers["Authorization"])


@pytest.mark.parametrize("login", [Login.BASIC, Login.DIGEST])
def test_only_the_right_user_with_the_right_password_is_admitted(login: Login) -> None:
    assert GATE.admits(login, "GET", answer(login, "viewer", "right"))
    assert not GATE.admits(login, "GET", answer(login, "viewer", "wrong"))
    assert not GATE.admits(login, "GET", answer(login, "stranger", "right"))
    assert not GATE.admits(login, "GET", None)


def test_a_digest_of_another_nonce_is_refused() -> None:
    other = Gate("viewer", "right", "ffff")
    assert not other.admits(Login.DIGEST, "GET", answer(Login.DIGEST, "viewer", "right"))


def test_a_camera_without_login_admits_everybody() -> None:
    assert GATE.admits(Login.NONE, "GET", None)


def test_a_gate_does_not_show_its_password() -> None:
    assert "right" not in repr(GATE)
