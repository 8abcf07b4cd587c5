"""Those who ask the REST API of a served town, each with a token of their own."""

from datetime import timedelta

import httpx

from tests.doubles.people import MANAGER, NEAR, NOW
from tests.doubles.served_town import ServedTown
from town.accounts import Account, Kind, Role, Session, fresh_key, hash_of

ROOT = "/api/v1"
OTHER_MANAGER = "manager-2"
PEOPLE = {Role.MANAGER: MANAGER, Role.CLEANER: NEAR, Role.ENGINEER: "", Role.AUDITOR: ""}


def token(town: ServedTown, role: Role, person: str | None = None) -> str:
    """A token for somebody of a role; the account's name is the role's, or the person's that is named."""
    who = PEOPLE[role] if person is None else person
    name = person or role.value
    if role is Role.CLEANER:
        key = fresh_key()
        with town.database.transaction() as book:
            book.begin_session(Session(hash_of(key), Kind.PHONE, role, "", who, "phone", NOW, NOW + timedelta(days=1)))
        return key
    account = town.database.accounts.account(name)
    if account is None:
        account = Account(name, role, who, "no password opens it", NOW, "test")
        with town.database.transaction() as book:
            book.open_account(account)
    return town.site.doorkeeper.give_token(account, "test", timedelta(days=1), "test")


class Caller:
    """Asks as one person."""

    def __init__(self, town: ServedTown, role: Role, person: str | None = None) -> None:
        self.headers = {"Authorization": f"Bearer {token(town, role, person)}"}
        self._web = town.web

    def get(self, path: str, **query: object) -> httpx.Response:
        return self.asks("GET", path, params={name.rstrip("_"): value for name, value in query.items()})

    def post(self, path: str, said: object) -> httpx.Response:
        return self.asks("POST", path, json=said)

    def asks(self, method: str, path: str, **more: object) -> httpx.Response:
        return self._web.request(method, f"{ROOT}{path}", headers=self.headers, **more)  # type: ignore[arg-type]

    def does(self, order_id: str, action: str, **fields: object) -> httpx.Response:
        return self.post(f"/orders/{order_id}/deeds", {"action": action, "reason": "看过现场", **fields})
