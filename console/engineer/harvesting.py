"""Harvests from the console: how much there is, the folder that it is written to on the server, and a zip of it to download."""

import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nicegui import ui
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from console.engineer.errands import ErrandFailed, Errands
from console.frame import Look
from console.markup import heading
from console.pictures import folder_of
from console.site import Site
from console.visitors import needed_visitor
from patrol.lessons import TO_LABEL, TRAIN, VAL, lesson_of
from town.accounts import Role

PATH = "/bench/harvest.zip"
DOWNLOADED_AT_MOST = 200_000_000


@dataclass(frozen=True, slots=True)
class Crop:
    """What a harvest would hold: pictures by where they go, and their bytes."""

    counts: Counter[str]
    size_bytes: int

    @property
    def total(self) -> int:
        return self.counts.total()


def crop_of(site: Site) -> Crop:
    """Counted from what is judged by now, without reading a picture. Raises StorageError. Blocks."""
    counts: Counter[str] = Counter()
    size, township = 0, site.township()
    for kept in site.database.evidence.kept():
        lesson = lesson_of(kept, township)
        if lesson:
            counts[lesson.split] += 1
            size += kept.picture.size_bytes
    return Crop(counts, size)


def harvest_folder(site: Site) -> Path:
    """Beside the folder of pictures."""
    pictures = folder_of(site)
    return pictures.with_name(f"{pictures.name}-harvest")


def facts_of(counts: Mapping[str, int]) -> dict[str, int]:
    return {"train": counts.get(TRAIN, 0), "val": counts.get(VAL, 0), "to_label": counts.get(TO_LABEL, 0)}


async def written(site: Site, errands: Errands, out: Path) -> Mapping[str, int]:
    """Harvest into a folder, in a process of its own. Raises ErrandFailed."""
    counts: Mapping[str, int] = {}
    async with aclosing(errands.send("harvest", file=str(site.file), out=str(out))) as telling:
        async for told in telling:
            counts = told["counts"]
    return counts


def zip_route(site: Site, errands: Errands) -> tuple[str, Any]:
    """`/bench/harvest.zip`."""

    async def download(request: Request) -> Response:
        visitor = needed_visitor(request, {Role.ENGINEER})
        crop = await site.aside(lambda: crop_of(site))
        if crop.size_bytes > DOWNLOADED_AT_MOST:
            return PlainTextResponse("too large to download: write it on the server", 413)
        aside = Path(tempfile.mkdtemp(prefix="weisu-harvest-"))
        try:
            await written(site, errands, aside / "harvest")
            await site.at_length(lambda: zip_folder(aside / "harvest", aside / "harvest.zip"))
            await site.aside(lambda: site.doorkeeper.note(visitor, "harvest_downloaded", f"{crop.total}"))
        except ErrandFailed as error:
            shutil.rmtree(aside, ignore_errors=True)
            return PlainTextResponse(str(error), 409)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        gone = BackgroundTask(shutil.rmtree, aside, ignore_errors=True)
        return FileResponse(aside / "harvest.zip", media_type="application/zip", filename="harvest.zip", background=gone)

    return PATH, download


def zip_folder(folder: Path, out: Path) -> None:
    """All files below a folder, uncompressed: pictures are compressed already."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for file in _files(folder):
            packed.write(file, file.relative_to(folder.parent))


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


class HarvestPanel:
    """Its count is made when the page is opened, and after each judgement."""

    def __init__(self, look: Look, errands: Errands) -> None:
        self._look, self._errands = look, errands
        self._say = partial(look.words, "model")
        with ui.element("section").classes("panel stack"):
            heading(self._say("harvest"))
            ui.label(self._say("harvest_hint")).classes("quiet")
            self._told = ui.label(self._say("counting")).classes("num").props('aria-live="polite"')
            self._buttons = ui.element("div").classes("row")
            self._done = ui.label().classes("num").props('aria-live="polite"')
            ui.label(self._say("where", folder=harvest_folder(look.site))).classes("quiet mono")
        ui.timer(0, self.count, once=True)

    async def count(self) -> None:
        crop = await self._look.site.aside(lambda: crop_of(self._look.site))
        self._told.text = self._say("harvest_count", total=crop.total, **facts_of(crop.counts)) if crop.total else self._say("harvest_none")
        self._buttons.clear()
        if not crop.total:
            return
        with self._buttons:
            ui.button(self._say("write"), on_click=self._write).props("unelevated no-caps")
            size = f"{crop.size_bytes / 1e6:.1f} MB"
            if crop.size_bytes <= DOWNLOADED_AT_MOST:
                ui.link(self._say("download", size=size), PATH)
            else:
                ui.label(self._say("too_large", size=size)).classes("quiet")

    async def _write(self) -> None:
        look, site = self._look, self._look.site
        if not await look.may_act(Role.ENGINEER):
            return
        out = harvest_folder(site)
        self._done.text = self._say("writing")
        try:
            counts = await written(site, self._errands, out)
        except ErrandFailed as error:
            self._done.text = self._say("not_written", why=error)
            return
        await site.aside(lambda: site.doorkeeper.note(look.visitor, "harvest_written", str(out)))
        self._done.text = self._say("written", folder=out, **facts_of(counts))
