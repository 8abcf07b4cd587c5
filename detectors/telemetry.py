"""Keeps the network run-times from phoning home."""

import sys


def forbid_telemetry() -> None:
    """Make OpenVINO and NNCF fall back to the stubs that they bring for a machine without their telemetry package.

    Call before either is imported: `import openvino` alone sends an event to its maker, opted in by default.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None is how Python spells "cannot be imported"
