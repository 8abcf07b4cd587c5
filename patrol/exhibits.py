"""The pictures of an order as they are handed to a person: read from the folder, made an exhibit, written as files or sent."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cameras.encoding import jpeg_of, narrowed
from detectors.exhibit import Caption, captioned, exhibit
from detectors.listing import read_picture
from storage.database import Database
from town.evidence import Picture, Purpose, When
from town.sight import Image
from town.township import Township
from town.work import WorkOrder

WORDS = {Purpose.OPENED: "发现时", Purpose.CLEARED: "恢复后", Purpose.NOT_CLEARED: "复查时仍在", Purpose.REPORTED: "保洁员拍摄"}


def write_exhibits(database: Database, township: Township, order: WorkOrder, out: Path) -> list[Path]:
    """Write every picture of an order that can be read to a folder, and return the files. Raises OSError."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for purpose, picture in database.evidence.pictures_of(order.id):
        jpeg = _jpeg(database, township, order, picture, purpose)
        if jpeg is not None:
            file = out / f"{order.id}-{purpose}-{picture.taken_at:%Y%m%dT%H%M%SZ}.jpg"
            file.write_bytes(jpeg)
            written.append(file)
    return written


def newest_exhibit(
    database: Database, township: Township, order: WorkOrder, when: When, wide: int | None = None
) -> tuple[str, bytes] | None:
    """The id and the JPEG of the newest picture of an order from before or after the work; None where none is kept or can be read.

    At most `wide` pixels wide, and then without captions, which nobody could read.
    """
    for purpose, picture in reversed(database.evidence.pictures_of(order.id)):
        if purpose.when is when:
            jpeg = _jpeg(database, township, order, picture, purpose, wide)
            return (picture.id, jpeg) if jpeg is not None else None
    return None


def _jpeg(
    database: Database, township: Township, order: WorkOrder, picture: Picture, purpose: Purpose, wide: int | None = None
) -> bytes | None:
    folder = township.storage.pictures or database.pictures_beside()
    image = read_picture(folder / picture.path)
    if image is None:
        return None
    captions = [] if wide else list(_captions(township, order, picture, purpose))
    shown = captioned(image, captions) if purpose is Purpose.REPORTED else _cut(township, order, image, purpose, captions)
    return jpeg_of(narrowed(shown, wide) if wide else shown)


def _cut(township: Township, order: WorkOrder, image: Image, purpose: Purpose, captions: Sequence[Caption]) -> Image:
    zone = township.zone_at(order.camera_id, order.zone_id)
    return exhibit(image, order.box, zone.polygon if zone else None, purpose, captions)


def _captions(township: Township, order: WorkOrder, picture: Picture, purpose: Purpose) -> Iterator[Caption]:
    at = f"{picture.taken_at.astimezone(township.town.zone):%Y-%m-%d %H:%M:%S}"
    where = f"{order.camera_id}/{order.zone_id} {order.position.lat:.5f},{order.position.lon:.5f}"
    yield Caption(f"{order.summary} · {WORDS[purpose]}", f"{order.rule_id} {purpose}")
    yield Caption(f"{at} · {where}", f"{at} {where}")
    yield Caption(order.id, order.id)
