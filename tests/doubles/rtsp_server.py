"""A real RTSP server on GStreamer, run by Debian's own Python in a process of its own: `camera_servers.RtspCamera` starts it.

    /usr/bin/python3 rtsp_server.py '{"video": PATH | "images": [PATH…], "loop": bool, "username": …, "password": …}'

H.264 is served as it is in the file; pictures are encoded, a keyframe each, one a second. Like a camera, it gives a new client
the newest keyframe first. It prints its port when it is ready. A line `at SECONDS` on its standard input pins the recording
there until `play SECONDS` lets it run on from there; it answers each with `ok`, and ends when its standard input does.
"""

import itertools
import json
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

_H264 = "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=out sync=false"


class Playhead:
    """Where the recording stands: it runs with the clock, or is pinned."""

    def __init__(self):
        self.play(0.0)

    def play(self, seconds):
        self._pinned, self._started = None, time.monotonic() - seconds

    def pin(self, seconds):
        self._pinned = seconds

    def seconds(self):
        return time.monotonic() - self._started if self._pinned is None else self._pinned


class Recorded:
    """All access units of a recording in memory."""

    def __init__(self, pipeline, loop):
        self.units, self.caps = _read_all(pipeline)
        self.loop = loop
        self.playhead = Playhead()

    def from_now(self):
        """The units from the newest keyframe at the playhead on, their times counted from 0."""
        at = self.playhead.seconds()
        if self.loop:
            at %= self.units[-1][0] / Gst.SECOND
        keys = [i for i, (pts, is_key, _) in enumerate(self.units) if is_key and pts <= at * Gst.SECOND + Gst.MSECOND]
        first = keys[-1] if keys else 0
        return ((pts - self.units[first][0], data) for pts, _, data in itertools.islice(self.units, first, None))


def _read_all(description):
    pipeline = Gst.parse_launch(description)
    out = pipeline.get_by_name("out")
    pipeline.set_state(Gst.State.PLAYING)
    units, caps, zero = [], None, None
    while (sample := out.emit("pull-sample")) is not None:
        buffer, caps = sample.get_buffer(), sample.get_caps()
        zero = buffer.pts if zero is None else zero
        is_key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
        units.append((max(0, buffer.pts - zero), is_key, buffer.extract_dup(0, buffer.get_size())))
    pipeline.set_state(Gst.State.NULL)
    if not units:
        raise SystemExit("nothing to serve in " + description)
    return units, caps


def feed(_factory, media, recorded):
    source = media.get_element().get_by_name_recurse_up("source")
    source.set_property("caps", recorded.caps)
    units = recorded.from_now()

    def push(source, _length):
        pts, data = next(units, (None, None))
        if data is None:
            source.emit("end-of-stream")
            return
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = pts
        source.emit("push-buffer", buffer)

    source.connect("need-data", push)


def guard(server, factory, username, password):
    """Let only this user in, by digest as cameras do."""
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(username, password, token)
    server.set_auth(auth)
    role = Gst.Structure.new_empty("viewer")
    role.set_value("media.factory.access", True)
    role.set_value("media.factory.construct", True)
    factory.add_role_from_structure(role)


def obey(recorded, loop):
    for line in sys.stdin:
        order, seconds = line.split()
        (recorded.playhead.pin if order == "at" else recorded.playhead.play)(float(seconds))
        print("ok", flush=True)
    loop.quit()


def main():
    wanted = json.loads(sys.argv[1])
    Gst.init(None)
    if "video" in wanted:
        pipeline = f'filesrc location="{wanted["video"]}" ! qtdemux ! {_H264}'
    else:
        pipeline = (
            f'multifilesrc location="{wanted["images"]}" caps="image/jpeg,framerate=1/1" ! jpegdec ! videoconvert ! '
            f"video/x-raw,format=I420 ! x264enc key-int-max=1 tune=zerolatency ! {_H264}"
        )
    recorded = Recorded(pipeline, wanted.get("loop", False))
    server = GstRtspServer.RTSPServer(service="0", address="127.0.0.1")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch("( appsrc name=source format=time ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )")
    factory.connect("media-configure", feed, recorded)
    if wanted.get("username"):
        guard(server, factory, wanted["username"], wanted["password"])
    server.get_mount_points().add_factory("/stream", factory)
    server.attach(None)
    loop = GLib.MainLoop()
    threading.Thread(target=obey, args=(recorded, loop), daemon=True).start()
    print(server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
