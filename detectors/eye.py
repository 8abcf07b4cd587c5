"""The eye: looks at the whole frame, closer where zones are small, and says each object once."""

from collections.abc import Sequence

from detectors.detector import Detector
from detectors.merging import Candidate, in_frame, one_each
from detectors.regions import WHOLE, reduction_for, regions_for
from town.geometry import Box
from town.places import Zone
from town.sight import Detection, Frame, Image

QUARTERS = tuple(Box(x, y, x + 0.6, y + 0.6) for y in (0.0, 0.4) for x in (0.0, 0.4))
"""The frame in four parts that overlap by a third: what is cut in one is whole in another, unless the whole frame shows it large."""


class Eye:
    """A detector that chooses where to look. Detections below `min_confidence` are left out."""

    def __init__(self, detector: Detector, min_confidence: float) -> None:
        self._detector = detector
        self._min_confidence = min_confidence

    @property
    def labels(self) -> tuple[str, ...]:
        return self._detector.labels

    def reduction(self, zones: Sequence[Zone], width: int, height: int) -> int:
        """How many times smaller frames of a camera may be taken, to see its zones as well: 1, 2, 4 or 8."""
        return reduction_for(zones, width, height, self._detector.side_px)

    def see(self, frame: Frame, zones: Sequence[Zone]) -> list[Detection]:
        """Every object of the frame once, boxes normalised to it, most confident first."""
        height, width = frame.image.shape[:2]
        regions = regions_for(zones, width, height, self._detector.side_px)
        return one_each(self._seen_in(frame.image, regions, self._min_confidence))

    def search(self, frame: Frame, zones: Sequence[Zone], min_confidence: float) -> list[Detection]:
        """Everything that the frame may show from a confidence on: all of it is looked at from afar, closer, and where zones are.

        An object may be named several times.
        """
        height, width = frame.image.shape[:2]
        regions = dict.fromkeys((WHOLE, *QUARTERS, *regions_for(zones, width, height, self._detector.side_px)))
        return [candidate.detection for candidate in self._seen_in(frame.image, tuple(regions), min_confidence)]

    def _seen_in(self, image: Image, regions: Sequence[Box], min_confidence: float) -> list[Candidate]:
        seen = self._detector.detect([crop(image, region) for region in regions], min_confidence)
        return [in_frame(detection, region) for region, found in zip(regions, seen, strict=True) for detection in found]


def crop(image: Image, region: Box) -> Image:
    height, width = image.shape[:2]
    left, right = round(region.x1 * width), round(region.x2 * width)
    top, bottom = round(region.y1 * height), round(region.y2 * height)
    return image[top:bottom, left:right]
