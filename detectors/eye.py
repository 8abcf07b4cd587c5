"""The eye: looks at the whole frame, closer where zones are small, and says each object once."""

from collections.abc import Sequence

from detectors.detector import Detector
from detectors.merging import in_frame, one_each
from detectors.regions import reduction_for, regions_for
from town.geometry import Box
from town.sight import Detection, Frame, Image
from town.township import Zone


class Eye:
    """A detector that chooses where to look. Detections below `min_confidence` are left out."""

    def __init__(self, detector: Detector, min_confidence: float) -> None:
        self._detector = detector
        self._min_confidence = min_confidence

    def reduction(self, zones: Sequence[Zone], width: int, height: int) -> int:
        """How many times smaller frames of a camera may be taken, to see its zones as well: 1, 2, 4 or 8."""
        return reduction_for(zones, width, height, self._detector.side_px)

    def see(self, frame: Frame, zones: Sequence[Zone]) -> list[Detection]:
        """Every object of the frame once, boxes normalised to it, most confident first."""
        height, width = frame.image.shape[:2]
        regions = regions_for(zones, width, height, self._detector.side_px)
        seen = self._detector.detect([crop(frame.image, region) for region in regions], self._min_confidence)
        return one_each(in_frame(detection, region) for region, found in zip(regions, seen, strict=True) for detection in found)


def crop(image: Image, region: Box) -> Image:
    height, width = image.shape[:2]
    left, right = round(region.x1 * width), round(region.x2 * width)
    top, bottom = round(region.y1 * height), round(region.y2 * height)
    return image[top:bottom, left:right]
