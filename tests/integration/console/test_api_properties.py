"""Whatever the contract lets a program ask is answered as the contract says: asked over HTTP, drawn by schemathesis, the same each time."""

from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from console.api.app import bare_app
from console.api.contract import openapi
from tests.doubles.api_callers import ROOT, token
from tests.doubles.look_samples import look
from tests.doubles.people import BINS, GATE, NOW, after, incident
from tests.doubles.served_town import ServedTown, served
from town.accounts import Role
from town.evidence import Purpose

CONFIG = {
    # That a cursor was given here, or that a span holds anything, no schema says: such a request may be refused.
    "checks": {"positive_data_acceptance": {"enabled": False}},
    "generation": {"with-security-parameters": False},  # the test brings its own token
    "phases": {"stateful": {"enabled": False}},
}
contract = schemathesis.openapi.from_dict(openapi(bare_app().routes), config=SchemathesisConfig.from_dict(CONFIG))
asked = contract.exclude(path="/events")  # it answers without end: `test_api.py` listens to it


class Seeded:
    """A town with orders in many states, and the session of a program that may ask for its manager and for its engineer."""

    def __init__(self, town: ServedTown, session: requests.Session) -> None:
        self.url = f"{town.site.url}{ROOT}"
        self.session = session
        self.orders = [town.opens(incident(number, f"car-{number}", after(minutes=number))).id for number in range(8)]
        town.keeps(town.order(self.orders[0]), Purpose.OPENED)
        town.now = after(hours=1)
        self.tokens = {role: token(town, role) for role in (Role.MANAGER, Role.ENGINEER)}
        with town.database.transaction() as book:
            book.record_look(look(camera_id=GATE, ended_at=NOW))
            book.note_rules(town.township.rules, NOW)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    folder = tmp_path_factory.mktemp("town")
    with served(folder, model={"folder": str(folder / "models")}) as town, requests.Session() as session:
        session.trust_env = False
        yield Seeded(town, session)


@asked.parametrize()
@settings(
    max_examples=20, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
def test_every_answer_is_as_the_contract_says(case: schemathesis.Case, seeded: Seeded) -> None:
    """No 5xx; statuses, types and bodies as documented; nothing without a token; what breaks the contract is refused."""
    known = {"order_id": seeded.orders, "camera_id": [GATE], "rule_id": [BINS]}
    for name, ids in known.items():
        value = str(case.path_parameters.get(name, "")) if case.path_parameters else ""
        if value and len(value) % 2:  # half of what is drawn is led to what there is
            case.path_parameters[name] = ids[len(value) % len(ids)]
    role = Role.ENGINEER if case.path == "/model" else Role.MANAGER
    case.call_and_validate(seeded.url, seeded.session, {"Authorization": f"Bearer {seeded.tokens[role]}"}, timeout=60)
