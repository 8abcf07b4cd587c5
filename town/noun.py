"""What every noun of the configuration is built on."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""An id that can stand in an MQTT topic: lower-case letters, digits and single hyphens."""


class Noun(BaseModel):
    """A frozen value of the configuration that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)
