"""The engineer's page of zones: a camera is picked, and its zones are drawn on what it shows."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from nicegui import app, ui
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.engineer.camera_list import camera_list
from console.engineer.camera_view import Views
from console.engineer.zone_desk import ZoneDesk
from console.frame import Look, empty, page
from console.markup import heading
from console.site import Site
from console.visitors import needed_visitor
from rules.builtin import BUILT_IN
from town.accounts import Role
from town.problems import ConfigError, Problem
from town.reading import township_of
from town.township import Township
from town.writing import text_now
from town.yaml_tree import parse

PATH = "/bench/zones"
PICTURES = f"{PATH}/picture/"


@dataclass(frozen=True)
class Standing:
    """The township's file as it is now, and what it says; `problems` where it is wrong."""

    township: Township | None
    zones: Mapping[str, list[Any]]
    """What it says of the zones of each camera, as plain values."""
    problems: tuple[Problem, ...] = ()


def add(site: Site) -> None:
    views = Views()

    @app.get(PICTURES + "{key}")
    def picture(request: Request, key: str) -> Response:
        jpeg = views.jpeg(key, needed_visitor(request, {Role.ENGINEER}).session)
        if jpeg is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(jpeg, media_type="image/jpeg")

    @page(site, PATH, "zones", "zones")
    async def zones(look: Look) -> None:
        _head(look)
        with ui.element("div").classes("bench"):
            await camera_list(look, "")
            with ui.element("div").classes("panel bench-empty"):
                empty(look.words("zones", "pick"), look.words("zones", "pick_how"))

    @page(site, PATH + "/{camera_id}", "zones", "zones")
    async def zones_of_camera(look: Look, camera_id: str) -> None:
        _head(look)
        standing = await site.aside(lambda: standing_in(site.file))
        with ui.element("div").classes("bench"):
            await camera_list(look, camera_id)
            camera = standing.township.camera_by_id.get(camera_id) if standing.township else None
            if standing.township is None:
                _file_is_wrong(look, standing.problems)
            elif camera is None:
                with ui.element("div").classes("panel bench-empty"):
                    empty(look.words("zones", "no_camera"), look.words("zones", "no_camera_how"))
            else:
                ZoneDesk(look, camera, standing.zones[camera_id], views, PICTURES).build()


def standing_in(file: Path) -> Standing:
    """Blocks."""
    try:
        text = text_now(file)
        township = township_of(text, os.environ, BUILT_IN, file.resolve().parent)
    except ConfigError as error:
        return Standing(None, {}, error.problems)
    return Standing(township, {camera["id"]: list(camera.get("zones") or []) for camera in parse(text).root["cameras"]})


def _head(look: Look) -> None:
    heading(look.words("frame", "zones"), 1)


def _file_is_wrong(look: Look, problems: tuple[Problem, ...]) -> None:
    with ui.element("div").classes("panel bench-empty").props('role="alert"'):
        ui.label(look.words("zones", "file_wrong")).classes("state-title")
        for problem in problems:
            ui.label(str(problem)).classes("mono")
