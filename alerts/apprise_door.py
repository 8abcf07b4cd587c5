"""The door to Apprise, which knows WeCom, DingTalk, Feishu, mail and some hundred others: the only importer of it.

Each letter has a short-lived process of its own: 40 MB of Apprise never stay in the service, and one that hangs can be killed. Addresses
hold tokens, and Apprise's own words may hold addresses: they reach that process on its standard input, and only a word of ours comes back.
"""

import json
import logging
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from alerts.post import Letter, NotDelivered

DEADLINE_S = 12.0
_PROGRAM = (sys.executable, "-m", "alerts.apprise_door")


class AppriseDoor:
    """Keeps the promise of `Post`. `deadline_s` is for a whole letter, the start of its process included."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s

    def send(self, address: SecretStr, letter: Letter) -> None:
        asked = json.dumps({"address": address.get_secret_value(), "title": letter.title, "body": letter.body})
        try:
            ran = subprocess.run(  # noqa: S603  the program is ours
                _PROGRAM,
                input=asked,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                timeout=self._deadline_s,
                check=False,
                cwd=Path(__file__).parents[1],
            )
        except subprocess.TimeoutExpired:
            # The error holds what was asked, and with it the address: it must not become a cause that is printed.
            raise NotDelivered("timed_out") from None
        except OSError as error:
            raise NotDelivered("broken") from error
        reason = ran.stdout.strip() if ran.returncode == 0 else "broken"
        if reason != "delivered":
            raise NotDelivered(reason or "broken")


class _Answers:
    """What the servers answered, as words; empty while nothing was wrong. Only an `errcode` tells what the plugin does not know.

    Plugins go by the status of HTTP alone, and may have succeeded at a second try, while WeCom and DingTalk answer 200 with an
    `errcode` to what they refuse: a key that is wrong, or more messages than they allow.
    """

    def __init__(self) -> None:
        self.wrong = ""
        self.errcode = ""

    def listen(self) -> None:
        """Hear every answer from now on. The process is this letter's alone, so that nobody else is heard."""
        import requests

        send = requests.Session.send

        def heard(session: Any, request: Any, **how: Any) -> Any:
            try:
                answer = send(session, request, **how)
            except requests.RequestException:
                self.wrong = "unreachable"
                raise
            self._note(answer)
            return answer

        requests.Session.send = heard

    def _note(self, answer: Any) -> None:
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            self.wrong = f"refused (HTTP {answer.status_code})"
            return
        try:
            said = answer.json()
        except ValueError:
            return
        code = said.get("errcode") if isinstance(said, dict) else None
        if isinstance(code, int) and code:
            self.errcode = f"refused (errcode {code})"


def _deliver(address: str, title: str, body: str) -> str:
    import apprise

    logging.disable()  # its words may hold the address
    answers = _Answers()
    answers.listen()
    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="weisu", app_desc="weisu"))
    if not sender.add(address):
        return "bad_address"
    taken = sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    return answers.errcode or ("delivered" if taken else answers.wrong or "refused")


if __name__ == "__main__":
    sys.stdout.write(_deliver(**json.load(sys.stdin)))
