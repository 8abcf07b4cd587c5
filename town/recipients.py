"""Who hears of what, besides by MQTT: managers and engineers, over which channels, and when not."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainSerializer, model_validator

from town.durations import Duration, Window
from town.noun import Noun, Slug


class Role(StrEnum):
    MANAGER = "manager"
    ENGINEER = "engineer"


class Matter(StrEnum):
    """What a recipient can hear of."""

    OVERDUE = "overdue"
    """An order that nobody claimed, did or could verify in time."""
    NOBODY_TO_SEND = "nobody_to_send"
    THIRD_RETURN = "third_return"
    THIRD_ATTEMPT = "third_attempt"
    UNIT_LATE = "unit_late"
    """A unit that was whistled for has not reported in."""
    NO_PICTURE = "no_picture"
    UNFIT_VIEW = "unfit_view"
    RULE_PAUSED = "rule_paused"
    MODEL_REFUSED = "model_refused"
    DEAD_LETTERS = "dead_letters"
    DISK = "disk"
    PICTURES_OVERDUE = "pictures_overdue"
    """Pictures that should have been deleted are still there."""


MATTERS: dict[Role, frozenset[Matter]] = {
    Role.MANAGER: frozenset(list(Matter)[:5]),
    Role.ENGINEER: frozenset(list(Matter)[5:]),
}
"""What each role hears of unless `hears` says less."""


def _half_a_day_at_most(value: timedelta) -> timedelta:
    if not timedelta(0) <= value <= timedelta(hours=12):
        raise ValueError("a span of up to 12h, such as 5m")
    return value


class Recipient(Noun):
    """Somebody who is told. `urls` are names of environment variables that hold an address each, in Apprise's way of writing; each file of
    `url_files` holds one. Without `grids` those of all are meant. Nothing but what is urgent is told in `quiet_hours`, the town's time.
    """

    id: Slug
    role: Role
    language: Literal["zh", "en"] = "zh"
    grids: tuple[Slug, ...] = ()
    urls: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = ()
    url_files: tuple[Path, ...] = ()
    quiet_hours: tuple[Window, ...] = ()
    hears: Annotated[frozenset[Matter] | None, PlainSerializer(lambda matters: matters and sorted(matters))] = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Recipient":
        if not self.urls and not self.url_files:
            raise ValueError("urls: the names of environment variables that hold an address each, or url_files: files with one each")
        return self

    @model_validator(mode="after")
    def _hears_of_its_own(self) -> "Recipient":
        strange = (self.hears or frozenset()) - MATTERS[self.role]
        if strange:
            raise ValueError(f"a {self.role} hears of {', '.join(sorted(MATTERS[self.role]))}")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """A name each for the ways to this recipient, which tells nothing of the address."""
        return (*self.urls, *(file.name for file in self.url_files))

    def hears_of(self, matter: Matter, grid_id: str) -> bool:
        """Whether a matter is this recipient's; one without a grid concerns all grids."""
        wanted = MATTERS[self.role] if self.hears is None else self.hears
        return matter in wanted and (not self.grids or not grid_id or grid_id in self.grids)


class NoticeSettings(Noun):
    """Who is told, and how long what is not urgent waits for more to go with it in one message.

    Less than `disk_free_mb` on the database's disk is a matter for engineers.
    """

    recipients: tuple[Recipient, ...] = ()
    group_within: Annotated[Duration, AfterValidator(_half_a_day_at_most)] = timedelta(minutes=5)
    disk_free_mb: Annotated[int, Field(ge=0)] = 1000

    def recipient(self, recipient_id: str) -> Recipient | None:
        return next((one for one in self.recipients if one.id == recipient_id), None)
