"""From a camera in the configuration to a source of frames."""

from cameras.http_snapshot import HttpSnapshotSource
from cameras.pictures import Reduction, full_size
from cameras.recording import open_recording
from cameras.rtsp import RtspSource
from cameras.source import FrameSource
from town.places import Camera, HttpSnapshot, Rtsp, Town
from town.settings import LookLimits


def open_source(camera: Camera, town: Town, limits: LookLimits, reduction: Reduction = full_size) -> FrameSource:
    """The source of a camera, whose frames are made smaller by `reduction`. No network is touched; a recording is listed.

    Raises CameraError where there is none, or it is misnamed.
    """
    match camera.source:
        case HttpSnapshot() as snapshot:
            return HttpSnapshotSource(camera.id, snapshot, limits, reduction)
        case Rtsp() as stream:
            return RtspSource(camera.id, stream, limits, reduction)
        case recording:
            return open_recording(recording, camera.id, town, limits, reduction)
