"""How the service is run: broker, storage, looks, dispatch, limiter, model and console, as `camera_config.yaml` names them."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    SecretStr,
    Tag,
    field_validator,
    model_validator,
)

from town.datum import Datum
from town.durations import Duration
from town.noun import Noun, Slug


class EmbeddedBroker(Noun):
    """weisu's own broker in a process of its own: MQTT 3.1.1, for a desk or a small town."""

    broker: Literal["embedded"]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 1883


class ExternalBroker(Noun):
    """A broker that others run, such as Mosquitto."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    tls: bool = False
    ca_file: Path | None = None
    username: str | None = None
    password: SecretStr | None = None
    protocol: Literal["3.1.1", "5"] = "5"


def _broker_kind(value: Any) -> str:
    named = value.get("broker") if isinstance(value, dict) else getattr(value, "broker", None)
    return "embedded" if named is not None else "external"


Mqtt = Annotated[Annotated[EmbeddedBroker, Tag("embedded")] | Annotated[ExternalBroker, Tag("external")], Discriminator(_broker_kind)]


class PictureTimes(Noun):
    """For how long pictures are kept after they were taken, by what they are kept for. Those of a live order stay until it has ended."""

    judged: Duration = timedelta(days=30)
    order: Duration = timedelta(days=30)
    disagreement: Duration = timedelta(days=30)
    held: Duration = timedelta(days=30)


class StorageSettings(Noun):
    """`pictures` is where evidence is kept (left out: beside the database), `pictures_mb` how much of it; 0 keeps none.

    `keep_pictures_for` says how long, by kind.

    What was seen is kept for `keep_looks_for`, why the rules decided as they did for `keep_reasons_for`.
    """

    url: str = "sqlite:///weisu.db"
    keep_looks_for: Duration = timedelta(days=30)
    keep_reasons_for: Duration = timedelta(days=365)
    keep_pictures_for: PictureTimes = PictureTimes()
    pictures: Path | None = None
    pictures_mb: Annotated[int, Field(ge=0)] = 2000


class LookLimits(Noun):
    """What any look may cost, and where a camera may live.

    `budget` is how many looks may begin a second in the whole township (left out: as many as are due). A look over RTSP counts for
    `rtsp_cost` of them, any other for one.
    """

    deadline: Duration = timedelta(seconds=10)
    confirm_every: Duration = timedelta(seconds=10)
    refresh_every: Duration = timedelta(minutes=10)
    at_once: Annotated[int, Field(ge=1, le=2000)] = 64
    budget: Annotated[float, Field(gt=0)] | None = None
    rtsp_cost: Annotated[float, Field(ge=1, le=1000)] = 1.0
    max_bytes: Annotated[int, Field(ge=1024)] = 12_000_000
    max_pixels: Annotated[int, Field(ge=4096)] = 25_000_000
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = (
        IPv4Network("10.0.0.0/8"),
        IPv4Network("172.16.0.0/12"),
        IPv4Network("192.168.0.0/16"),
    )
    allow_loopback: bool = False
    allow_link_local: bool = False


class DispatchSettings(Noun):
    """Who is offered an order: the `nearest` cleaners on shift within `within_m`, then wider.

    Nobody gets more than `offers_an_hour` (null: any number), but for orders of top priority.
    """

    nearest: Annotated[int, Field(ge=1, le=50)] = 3
    within_m: Annotated[float, Field(gt=0)] = 1500.0
    widen_after: Duration = timedelta(minutes=3)
    resend_after: Duration = timedelta(seconds=20)
    offers_an_hour: Annotated[int, Field(ge=1)] | None = 12


def _some_time(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("a span of time, such as 10m")
    return value


class RuleLimit(Noun):
    """Another limit for one rule; what it leaves out is the township's."""

    orders: Annotated[int, Field(ge=1)] | None = None
    within: Annotated[Duration, AfterValidator(_some_time)] | None = None


class LimiterSettings(Noun):
    """A rule that would open more than `orders` within a span is paused for the whole township.

    `orders` left out: 20, or a tenth of the cameras where that is more. `rules` holds other limits for some rules, by their id.
    """

    orders: Annotated[int, Field(ge=1)] | None = None
    within: Annotated[Duration, AfterValidator(_some_time)] = timedelta(minutes=10)
    rules: dict[Slug, RuleLimit] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderLimit:
    """What one rule may open before it is paused."""

    orders: int
    within: timedelta


class ModelSettings(Noun):
    """Which network looks: the file `path`, else the version promoted in `folder`, else the one that ships with weisu."""

    path: Path | None = None
    folder: Path = Path("models")
    min_confidence: Annotated[float, Field(gt=0, lt=1)] = 0.15
    threads: Annotated[int, Field(ge=0, le=256)] = 0


def _listen(value: str) -> str:
    if int(value.rpartition(":")[2]) > 65535:
        raise ValueError("a port is at most 65535")
    return value


def _base_url(value: str) -> str:
    if not value.isascii() or {"?", "#"} & set(value):
        raise ValueError("only an address and perhaps a path, such as https://weisu.town.example")
    return value.rstrip("/")


class MapSettings(Noun):
    """Where the base map's tiles come from: an address with {z}, {x} and {y}, and who is named for it. Left out: a drawn ground.

    `datum` is what its coordinates mean; `origin` the server that a browser asks, as a content security policy names it.
    """

    tiles: Annotated[str, Field(pattern=r"^https?://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/[^\s@]*$", max_length=300)] | None = (
        None
    )
    attribution: Annotated[str, Field(max_length=200)] = ""
    datum: Datum = Datum.WGS84

    @field_validator("tiles")
    @classmethod
    def _names_the_tile(cls, value: str | None) -> str | None:
        if value is not None and any(part not in value for part in ("{z}", "{x}", "{y}")):
            raise ValueError("an address with {z}, {x} and {y}, such as https://tiles.town.example/{z}/{x}/{y}.png")
        return value

    @property
    def origin(self) -> str:
        """Empty where there are no tiles."""
        return "/".join(self.tiles.split("/")[:3]) if self.tiles else ""


class ConsoleSettings(Noun):
    """Where weisu answers over HTTP, `host:port` (port 0: any free one), and how others reach it: `url`, left out where that is `listen`.

    Only proxies in `trust_proxies` may say whom they ask for. Open311 answers to the bearers of `open311_tokens`, by name the SHA-256 of
    each; to nobody where there is none. A link to a picture opens for `links_for`. `map` is what maps are drawn on.
    """

    listen: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"), AfterValidator(_listen)] = "127.0.0.1:8080"
    url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$", max_length=200), AfterValidator(_base_url)] | None = None
    links_for: Annotated[Duration, AfterValidator(_some_time)] = timedelta(hours=2)
    trust_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    open311_tokens: dict[Slug, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=dict)
    map: MapSettings = MapSettings()

    @model_validator(mode="after")
    def _can_be_reached(self) -> "ConsoleSettings":
        if self.url is None and self.host in {"0.0.0.0", "::"}:  # noqa: S104  what others wrote is only compared
            raise ValueError("who listens on every address says in url by which one others reach it")
        return self

    @property
    def base(self) -> str:
        """What links begin with; empty where only the running service knows its port."""
        return self.url or (f"http://{self.listen}" if self.port else "")

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


def _unless_off(value: Any) -> Any:
    """YAML reads `off` as false."""
    return None if value is False or value == "off" else value


def _may_be_off(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [*schema["anyOf"], {"enum": [False, "off"]}]


ConsoleOrOff = Annotated[ConsoleSettings | None, BeforeValidator(_unless_off), Field(json_schema_extra=_may_be_off)]
