"""Pictures to bytes: the JPEG that is kept of a frame, and the small one for a slow line."""

import cv2
import numpy as np

from town.sight import Image

QUALITY = 90
SMALL_WIDTH_PX, SMALL_QUALITY = 640, 70


class Unencodable(ValueError):
    """The image has no JPEG: it is empty, or no picture of bytes."""


def jpeg_of(image: Image) -> bytes:
    """The image (height × width × 3, BGR) as a JPEG, good enough to label and to train on. Raises Unencodable."""
    return _jpeg(image, QUALITY)


def small_jpeg(jpeg: bytes) -> bytes:
    """A JPEG of ours made small enough for a phone on a slow line: about 40 KB. Raises Unencodable for what is none."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise Unencodable("not a picture")
    return _jpeg(narrowed(np.asarray(image, dtype=np.uint8), SMALL_WIDTH_PX), SMALL_QUALITY)


def _jpeg(image: Image, quality: int) -> bytes:
    try:
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error as error:
        raise Unencodable("not a picture that can be kept") from error
    if not done:
        raise Unencodable("not a picture that can be kept")
    return data.tobytes()


def narrowed(image: Image, wide: int) -> Image:
    """The image at most so many pixels wide; itself where it is not wider."""
    height, width = image.shape[:2]
    if width <= wide:
        return image
    small = cv2.resize(image, (wide, max(1, round(height * wide / width))), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)
