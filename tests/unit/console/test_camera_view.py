"""What an engineer is shown of a camera: blurred, or not at all."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import cv2
import pytest

from console.engineer import camera_view
from console.engineer.camera_view import View, Views
from console.seeing import Seeing, size_for_people
from console.site import Site
from detectors.privacy import NotBlurred
from storage.database import Database
from storage.picture_folder import PictureFolder
from tests.doubles.camera_servers import scene
from tests.doubles.evidence_samples import picture
from tests.doubles.people import GATE, NOW, plain_township
from town.settings import ModelSettings
from town.township import Township

T = TypeVar("T")


async def aside(work: Callable[[], T]) -> T:
    return work()


@pytest.fixture
def site(tmp_path: Path) -> Any:
    cameras = plain_township()["cameras"]
    cameras[0]["source"] = {"kind": "recording", "path": str(tmp_path / "seen")}
    town = Township.model_validate(plain_township(cameras=cameras))
    (tmp_path / "seen").mkdir()
    cv2.imwrite(str(tmp_path / "seen/2026-01-01_08_00_00.jpg"), scene(320, 180))
    database = Database.open(f"sqlite:///{tmp_path / 'weisu.db'}")
    yield Site(lambda: town, database, None, lambda: NOW, aside, aside, tmp_path / "town.yaml", "", None, None)  # type: ignore[arg-type]
    database.close()


def seen(site: Site) -> View:
    async def look() -> View:
        return await Views().now(site, site.township().camera_by_id[GATE])

    return asyncio.run(look())


def keeps(site: Site, shade: int) -> None:
    jpeg = cv2.imencode(".jpg", scene(64, 36, shade))[1].tobytes()
    path = PictureFolder(site.database.pictures_beside()).write(GATE, NOW, "look-1", jpeg)
    with site.database.transaction() as book:
        book.keep_picture(picture(id="look-1", camera_id=GATE, taken_at=NOW, path=path))


def test_a_fresh_picture_comes_with_what_the_network_sees(site: Site) -> None:
    view = seen(site)

    assert (view.width, view.height, view.trouble) == (320, 180, "")
    assert view.taken_at == datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
    assert view.sight and view.sight.version
    assert view.jpeg.startswith(b"\xff\xd8")


def test_what_cannot_be_blurred_is_not_shown_and_the_last_kept_picture_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    class Blind:
        async def sight(self, *_: Any) -> Any:
            raise NotBlurred("the network cannot name person")

    monkeypatch.setattr(camera_view, "seeing_by", lambda _: Blind())
    assert replace(seen(site), detail="") == View(b"", 16, 9, None, None, "not_blurred")
    keeps(site, 1)

    view = seen(site)
    assert (view.trouble, view.taken_at, view.width, view.sight) == ("not_blurred", NOW, 64, None)


def test_a_network_that_cannot_run_shows_no_picture(site: Site, tmp_path: Path) -> None:
    frame = asyncio.run(_fetched(site))
    with pytest.raises(NotBlurred):
        asyncio.run(Seeing(ModelSettings(path=tmp_path / "none.onnx")).blurred(frame))


def test_a_camera_that_fails_says_why(site: Site, tmp_path: Path) -> None:
    (tmp_path / "seen/2026-01-01_08_00_00.jpg").write_bytes(b"no picture")

    assert (seen(site).trouble, seen(site).jpeg) == ("wrong_type", b"")


def test_a_picture_opens_for_its_session_alone_and_is_forgotten() -> None:
    views = Views(most=2)
    first = views.keep("session", b"one")

    assert views.jpeg(first, "session") == b"one"
    assert views.jpeg(first, "another") is None
    assert views.jpeg("guessed", "") is None
    views.keep("session", b"two")
    views.keep("session", b"three")
    assert views.jpeg(first, "session") is None


@pytest.mark.parametrize(("size", "by"), [((1920, 1080), 1), ((3840, 2160), 2), ((8000, 6000), 4), ((20000, 10), 8)])
def test_a_frame_is_taken_as_small_as_a_person_can_use(size: tuple[int, int], by: int) -> None:
    assert size_for_people(*size) == by


async def _fetched(site: Site) -> Any:
    source = camera_view.open_source(site.township().camera_by_id[GATE], site.township().town, site.township().looks)
    return await source.fetch(NOW)
