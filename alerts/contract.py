"""The MQTT contract as an AsyncAPI 3 document, made from the topics and the payload types: `docs/asyncapi.yaml` is this, written down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

import yaml
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from alerts import messages as say
from alerts.messages import MAX_BYTES, Payload

_SCHEMAS = "#/components/schemas/"
_HEADER = "# The MQTT contract. Written by `make contract` from the code; a test compares the two. For people: docs/mqtt.md.\n"


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of topic: its place below the town's root, what it is for, who says what there, and how."""

    name: str
    path: str
    about: str
    said: tuple[type[Payload], ...]
    by_service: bool
    qos: int = 1
    retained: bool = False


_DOWN = (say.Offer, say.Redo, say.ClaimWon, say.ClaimLost, say.Update, say.Recall)
_UP = (say.Hello, say.Received, say.Claim, say.Decline, say.Arrived, say.Done, say.Cannot, say.HandOver, say.FalseAlarm)

CHANNELS: tuple[Channel, ...] = (
    Channel("inbox", "cleaners/{cleaner}/inbox", "What a cleaner is offered, answered and told.", _DOWN, by_service=True),
    Channel("snapshot", "cleaners/{cleaner}/snapshot", "All that is live for a cleaner.", (say.Snapshot,), by_service=True, retained=True),
    Channel("up", "cleaners/{cleaner}/up", "Everything that a cleaner says.", _UP, by_service=False),
    Channel(
        "presence",
        "cleaners/{cleaner}/presence",
        "A cleaner's client is here, or as its will says, gone.",
        (say.Presence,),
        by_service=False,
        retained=True,
    ),
    Channel("position", "cleaners/{cleaner}/position", "Where a cleaner is.", (say.PositionReport,), by_service=False, qos=0),
    Channel("orders", "grids/{grid}/orders", "Every order event of a grid, for its managers.", (say.OrderNews,), by_service=True),
    Channel("board", "grids/{grid}/board", "A grid at a glance, for its managers.", (say.Board,), by_service=True, retained=True),
    Channel(
        "cameraStatus", "cameras/{camera}/status", "What a camera is good for now.", (say.CameraStatus,), by_service=True, retained=True
    ),
    Channel(
        "serviceStatus",
        "service/status",
        "The service's birth, and as its will, its end.",
        (say.ServiceStatus,),
        by_service=True,
        retained=True,
    ),
    Channel("deadLetter", "service/dead-letter", "What came up and could not be taken.", (say.DeadLetter,), by_service=True),
)

_PARAMETERS = {
    "town": "The town's id.",
    "cleaner": "A cleaner's id, which is also their user name at the broker.",
    "grid": "A grid's id.",
    "camera": "A camera's id.",
}


def asyncapi() -> dict[str, Any]:
    """The whole document, as plain values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "weisu 未诉先办",
            "version": "1",
            "description": f"Work orders of a township over MQTT. JSON in UTF-8, at most {MAX_BYTES} bytes, all meaning in the payload.",
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "embedded": {"host": "127.0.0.1:1883", "protocol": "mqtt", "protocolVersion": "3.1.1", "security": [_login()]},
            "mosquitto": {"host": "mqtt.example:8883", "protocol": "secure-mqtt", "protocolVersion": "5", "security": [_login()]},
        },
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": dict(_operation(channel) for channel in CHANNELS),
        "components": {
            "messages": {type_name(kind): _message(kind) for kind in _kinds()},
            "schemas": _schemas(),
            "securitySchemes": {"login": {"type": "userPassword", "description": "The user name of a cleaner is the cleaner's id."}},
        },
    }


def asyncapi_yaml() -> str:
    """The text of `docs/asyncapi.yaml`."""
    return _HEADER + yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=140)


def type_name(kind: type[Payload]) -> str:
    """The word in a payload's `type`."""
    return str(kind.model_fields["type"].default)


class _Untitled(GenerateJsonSchema):
    """Without pydantic's titles, which repeat the names of the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  pydantic's signature
        return False


def _login() -> dict[str, str]:
    return {"$ref": "#/components/securitySchemes/login"}


def _kinds() -> Iterator[type[Payload]]:
    for channel in CHANNELS:
        yield from channel.said


def _channel(channel: Channel) -> dict[str, Any]:
    used = [name for name in _PARAMETERS if name == "town" or f"{{{name}}}" in channel.path]
    return {
        "address": f"weisu/v1/{{town}}/{channel.path}",
        "description": channel.about,
        "parameters": {name: {"description": _PARAMETERS[name]} for name in used},
        "messages": {type_name(kind): {"$ref": f"#/components/messages/{type_name(kind)}"} for kind in channel.said},
    }


def _operation(channel: Channel) -> tuple[str, dict[str, Any]]:
    """From the service's side, as AsyncAPI has it: it sends what cleaners and managers read."""
    verb = "send" if channel.by_service else "receive"
    operation: dict[str, Any] = {
        "action": verb,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "bindings": {"mqtt": {"qos": channel.qos, "retain": channel.retained, "bindingVersion": "0.2.0"}},
    }
    if channel.name == "up":
        operation["reply"] = {"channel": {"$ref": "#/channels/inbox"}}
    return f"{verb}{channel.name[0].upper()}{channel.name[1:]}", operation


def _message(kind: type[Payload]) -> dict[str, Any]:
    about = cleandoc(kind.__doc__ or "") if "__doc__" in kind.__dict__ else ""
    return {
        "name": type_name(kind),
        **({"summary": " ".join(about.split())} if about else {}),
        "contentType": "application/json",
        "payload": {"$ref": f"{_SCHEMAS}{kind.__name__}"},
    }


def _schemas() -> Mapping[str, Any]:
    kinds = [(kind, "validation") for kind in _kinds()]
    _, document = models_json_schema(kinds, ref_template=_SCHEMAS + "{model}", schema_generator=_Untitled)  # type: ignore[arg-type]
    schemas: dict[str, Any] = document["$defs"]
    return {name: schemas[name] for name in sorted(schemas)}
