"""ultralytics, imported so that it neither phones home nor fetches anything."""

import os
import tempfile
from typing import Any

from detectors.detector import TrainExtraMissing
from detectors.telemetry import forbid_telemetry


def quiet_ultralytics() -> Any:
    """Import ultralytics offline, with its settings in a folder of their own, and return the module.

    Raises TrainExtraMissing where it is not installed. It would otherwise phone home, fetch weights and write to the user's home.
    """
    forbid_telemetry()
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp(prefix="weisu-ultralytics-"))
    try:
        import ultralytics
    except ImportError as error:
        raise TrainExtraMissing("this needs torch and ultralytics: pip install 'weisu[train]'") from error
    ultralytics.settings.update({"sync": False})
    return ultralytics
