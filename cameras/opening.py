"""From a camera in the configuration to a source of frames."""

from cameras.http_snapshot import HttpSnapshotSource
from cameras.recording import open_recording
from cameras.rtsp import RtspSource
from cameras.source import FrameSource
from town.township import Camera, HttpSnapshot, LookLimits, Rtsp, Town


def open_source(camera: Camera, town: Town, limits: LookLimits) -> FrameSource:
    """The source of a camera. No network is touched; a recording is listed. Raises CameraError where there is none, or it is misnamed."""
    match camera.source:
        case HttpSnapshot() as snapshot:
            return HttpSnapshotSource(camera.id, snapshot, limits)
        case Rtsp() as stream:
            return RtspSource(camera.id, stream, limits)
        case recording:
            return open_recording(recording, camera.id, town, limits)
