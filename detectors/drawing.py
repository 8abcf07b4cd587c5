"""Detections drawn onto their picture, for people to look at."""

from collections.abc import Sequence

import cv2

from detectors.labels import BIKE_LABELS, VEHICLE_LABELS
from town.sight import Detection, Image

RED, ORANGE, GREEN, BLUE, VIOLET, GREY = (40, 40, 220), (0, 140, 255), (60, 160, 40), (200, 110, 20), (180, 60, 150), (120, 120, 120)
COLOURS = (
    {"overflowing_bin": RED, "garbage": ORANGE, "bin": GREEN} | dict.fromkeys(VEHICLE_LABELS, BLUE) | dict.fromkeys(BIKE_LABELS, VIOLET)
)
"""Blue, green, red. What needs somebody stands out."""


def drawn(image: Image, detections: Sequence[Detection]) -> Image:
    """A copy of the picture with a box, a label and a confidence for each detection; the surest are drawn last, on top."""
    copy = image.copy()
    scale = max(0.4, max(image.shape[:2]) / 1600)
    for detection in reversed(detections):
        _draw(copy, detection, scale)
    return copy


def _draw(image: Image, detection: Detection, scale: float) -> None:
    height, width = image.shape[:2]
    box, colour, line = detection.box, COLOURS.get(detection.label, GREY), max(1, round(2.5 * scale))
    left, top = round(box.x1 * width), round(box.y1 * height)
    cv2.rectangle(image, (left, top), (round(box.x2 * width), round(box.y2 * height)), colour, line)
    text = f"{detection.label.replace('_', ' ')} {detection.confidence:.2f}"
    (text_width, text_height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    # Inside the box where there is no room above it.
    base = top if top > text_height + below else top + text_height + below
    cv2.rectangle(image, (left, base - text_height - below), (left + text_width, base), colour, cv2.FILLED)
    cv2.putText(image, text, (left, base - below // 2), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), line, cv2.LINE_AA)


def written(image: Image) -> bytes:
    """The picture as a JPEG file."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
