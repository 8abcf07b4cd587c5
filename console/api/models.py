"""Versions of the network: which one looks, which runs in its shadow, whether their files are whole."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from console.api.access import Bench, Here
from console.api.bounds import Cursor, Limit, Page, page_of
from console.api.order_records import Record
from console.api.problem import Refused
from console.api.responses import problems
from console.site import Site
from detectors.versions import VersionError
from patrol.model_place import Place
from patrol.model_versions import version_row

router = APIRouter(tags=["model"])


class ModelVersion(Record):
    """One version of the network."""

    name: str
    added_at: datetime | None = Field(description="Null for the one that ships with weisu.")
    size_bytes: int
    role: str = Field(description="`promoted`, `candidate (…)`, or empty.")
    figures: dict[str, float] = Field(description="What its card says it reached.")
    damage: str = Field(description="How its files differ from those that were added; empty where they do not.")


class ModelVersionPage(Page[ModelVersion]):
    """Versions, in the order of their names."""


@router.get("/model", responses=problems())
async def list_model_versions(site: Here, visitor: Bench, cursor: Cursor = None, limit: Limit = 50) -> ModelVersionPage:  # noqa: ARG001
    """The versions of the network. Every file of those shown is read and held against its checksum."""
    return await site.aside(lambda: _page(site, cursor, limit))


def _page(site: Site, cursor: str | None, limit: int) -> ModelVersionPage:
    place = Place(site.township().model.folder, site.township())
    names, onward = page_of(sorted(place.versions.names()), str, cursor, limit)
    try:
        items = [ModelVersion.model_validate(version_row(place, name)) for name in names]
    except VersionError as error:
        raise Refused("damaged_history") from error
    return ModelVersionPage(items=items, next=onward)
