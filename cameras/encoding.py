"""Pictures to bytes: the JPEG that is kept of a frame."""

import cv2
import numpy as np

from town.sight import Image

QUALITY = 90


class Unencodable(ValueError):
    """The image has no JPEG: it is empty, or no picture of bytes."""


def jpeg_of(image: Image) -> bytes:
    """The image (height × width × 3, BGR) as a JPEG, good enough to label and to train on. Raises Unencodable."""
    try:
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
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
