"""What Apprise does with real servers, and that nothing of it stays in the service."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.apprise_door import AppriseDoor
from alerts.post import Letter, NotDelivered
from tests.doubles.webhook import webhook

LETTER = Letter("标题", "正文")


def test_xml_is_sent_too() -> None:
    with webhook() as hook:
        AppriseDoor(60.0).send(SecretStr(hook.address("xml")), LETTER)
    assert "<Message>正文</Message>" in hook.got[0].decode()


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with webhook() as hook:
        address = SecretStr(hook.address())
    with pytest.raises(NotDelivered, match="unreachable"):
        AppriseDoor(60.0).send(address, LETTER)


def test_what_a_server_took_at_the_second_try_is_delivered() -> None:
    with webhook(500, 200) as hook:
        AppriseDoor(60.0).send(SecretStr(f"{hook.address()}?retry=1&wait=0"), LETTER)
    assert len(hook.got) == 2


def test_an_address_never_stands_among_the_arguments_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []

    def note(arguments: object, **_how: object) -> None:
        ran.append(arguments)
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "run", note)
    with pytest.raises(NotDelivered, match="broken"):
        AppriseDoor().send(SecretStr("json://hunter2"), LETTER)
    assert ran
    assert "hunter2" not in str(ran)


def test_the_service_never_imports_apprise() -> None:
    script = "import sys, alerts.apprise_door, alerts.notifier, service; print('apprise' in sys.modules, 'requests' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert ran.stdout == "False False\n"
