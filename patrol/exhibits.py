"""The pictures of an order as they are handed to a person: read from the folder, made an exhibit, written as files of their own."""

from collections.abc import Iterator
from pathlib import Path

from cameras.encoding import jpeg_of
from detectors.exhibit import Caption, exhibit
from detectors.listing import read_picture
from storage.database import Database
from town.evidence import Picture, Purpose
from town.township import Township, Zone
from town.work import WorkOrder

WORDS = {Purpose.OPENED: "发现时", Purpose.CLEARED: "恢复后"}


def write_exhibits(database: Database, township: Township, order: WorkOrder, out: Path) -> list[Path]:
    """Write every picture of an order that can be read to a folder, and return the files. Raises OSError."""
    folder = township.storage.pictures or database.pictures_beside()
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for purpose, picture in database.evidence.pictures_of(order.id):
        image = read_picture(folder / picture.path)
        if image is not None:
            captions = list(_captions(township, order, picture, purpose))
            zone = _zone(township, order)
            file = out / f"{order.id}-{purpose}-{picture.taken_at:%Y%m%dT%H%M%SZ}.jpg"
            file.write_bytes(jpeg_of(exhibit(image, order.box, zone.polygon if zone else None, purpose, captions)))
            written.append(file)
    return written


def _captions(township: Township, order: WorkOrder, picture: Picture, purpose: Purpose) -> Iterator[Caption]:
    at = f"{picture.taken_at.astimezone(township.town.zone):%Y-%m-%d %H:%M:%S}"
    where = f"{order.camera_id}/{order.zone_id} {order.position.lat:.5f},{order.position.lon:.5f}"
    yield Caption(f"{order.summary} · {WORDS[purpose]}", f"{order.rule_id} {purpose}")
    yield Caption(f"{at} · {where}", f"{at} {where}")
    yield Caption(order.id, order.id)


def _zone(township: Township, order: WorkOrder) -> Zone | None:
    camera = township.camera_by_id.get(order.camera_id)
    return next((zone for zone in camera.zones if zone.id == order.zone_id), None) if camera else None
