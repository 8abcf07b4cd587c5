"""Whether a network can stand in for the running one: it loads, names weisu's labels, and looks at a picture without breaking."""

from pathlib import Path

import numpy as np

from detectors.detector import BrokenModel, Detector, ModelError
from detectors.labels import LABELS
from detectors.loading import load_detector


def admit(folder: Path, threads: int = 0) -> Detector:
    """The detector of a model's folder, once it has proven itself on one picture. Raises ModelError with the reason."""
    try:
        detector = load_detector(folder, threads)
        _check_labels(detector.labels)
        detector.detect([_noise()])
    except ModelError:
        raise
    except Exception as error:  # a damaged file fails in as many ways as there are formats
        raise BrokenModel(f"{folder} breaks when it is run ({type(error).__name__}: {error})") from error
    return detector


def _check_labels(labels: tuple[str, ...]) -> None:
    missing, strange = sorted(set(LABELS) - set(labels)), sorted(set(labels) - set(LABELS))
    if missing or strange or len(labels) != len(LABELS):
        raise BrokenModel(
            f"the network must name each of {', '.join(LABELS)} once (missing: {', '.join(missing) or 'none'}; "
            f"unknown: {', '.join(strange) or 'none'}): train and export it with `weisu model`"
        )


def _noise() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(1).integers(0, 256, (360, 640, 3), np.uint8)
