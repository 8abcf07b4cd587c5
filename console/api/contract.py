"""The contract of the REST API as an OpenAPI document, made from the operations: `docs/openapi.yaml` is this, written down."""

from collections.abc import Sequence
from typing import Any

import yaml
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from console.api.access import roles_named
from console.api.order_records import OrderChange
from console.api.problem import REASONS, Problem
from console.guard import COOKIE

VERSION = "1"
SERVER = "/api/v1"
_SCHEMAS = "#/components/schemas/"
_HEADER = (
    "# The contract of the REST API. Written by `make contract` from the code; a test compares the two. For people: docs/console.md.\n"
)
_ABOUT = """What the console's pages do, for programs. A program acts as an account: `weisu console api-token` makes its token.

Every operation names in `x-roles` who may ask for it; 401 without session or token, 403 for other roles. Managers see, and act on,
their own grids only; what is not theirs is not found. Instants are RFC 3339 in UTC. Lists come in pages: send `next` back as `cursor`.
Errors are `application/problem+json` (RFC 9457), each with a `reason` that stays the same:

"""
_SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser that has signed in at /login."},
    "token": {"type": "http", "scheme": "bearer", "description": "From `weisu console api-token`, or the page of accounts."},
}


def openapi(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The whole document, as plain values."""
    reasons = "\n".join(f"- `{reason}` ({kind.status.value}): {kind.meaning}." for reason, kind in REASONS.items())
    document = get_openapi(
        title="weisu 未诉先办",
        version=VERSION,
        description=f"{_ABOUT}{reasons}\n",
        routes=routes,
        servers=[{"url": SERVER}],
        license_info={"name": "AGPL-3.0-or-later"},
        separate_input_output_schemas=False,
    )
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            _finish(document["paths"][route.path_format], route)
    components = document.setdefault("components", {})
    components["schemas"] = dict(sorted({**components.get("schemas", {}), **_unnamed()}.items()))
    _tell_apart(components["schemas"])
    components["securitySchemes"] = _SECURITY
    return document


def openapi_yaml(routes: Sequence[BaseRoute]) -> str:
    """The text of `docs/openapi.yaml`."""
    return _HEADER + yaml.dump(openapi(routes), Dumper=_Readable, sort_keys=False, allow_unicode=True, width=140)


def _finish(path: dict[str, Any], route: APIRoute) -> None:
    """Name its roles, and of what may be left out only what may be sent."""
    for method in route.methods or ():
        operation = path[method.lower()]
        operation["operationId"] = route.name
        operation["security"] = [{name: []} for name in _SECURITY]
        operation["x-roles"] = sorted(role.value for roles in roles_named(route) for role in roles)
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A null cannot be written into an address: what may be null there is left out."""
    rest = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    return rest[0] if len(rest) == 1 else {name: value for name, value in schema.items() if name not in {"title", "description"}}


def _tell_apart(schemas: dict[str, Any]) -> None:
    """What says which deed it is must be said, though the code knows it by itself."""
    for schema in schemas.values():
        if "const" in schema.get("properties", {}).get("action", {}):
            schema["properties"]["action"].pop("default", None)
            schema["required"] = sorted({*schema.get("required", ()), "action"})


def _unnamed() -> dict[str, Any]:
    """Schemas that no operation names by itself: of errors, and of the data of events."""
    _, document = models_json_schema([(Problem, "serialization"), (OrderChange, "serialization")], ref_template=_SCHEMAS + "{model}")
    schemas: dict[str, Any] = document["$defs"]
    return schemas


class _Readable(yaml.SafeDumper):
    """Writes a text of several lines as such, and what occurs twice twice."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  yaml's signature
        return True


_Readable.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)
