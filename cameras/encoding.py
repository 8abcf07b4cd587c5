"""Pictures to bytes: the JPEG that is kept of a frame."""

import cv2

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
