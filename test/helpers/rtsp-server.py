"""RTSP server for tests: GStreamer's own, with a live test picture at /h264, /h265 and (with a password) /private.

Usage: rtsp-server.py PORT WIDTH HEIGHT FPS [basic|digest]; port 0 takes a free one. Prints the port once it listens.
User and password of /private are admin and p@ss/word.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

port, width, height, fps = sys.argv[1:5]
Gst.init(None)
encoders = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=5 ! rtph264pay name=pay0 pt=96",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=5 ! rtph265pay name=pay0 pt=96",
}


def factory(codec):
    made = GstRtspServer.RTSPMediaFactory()
    picture = f"video/x-raw,format=I420,width={width},height={height},framerate={fps}/1"
    made.set_launch(f"( videotestsrc is-live=true pattern=ball ! {picture} ! {encoders[codec]} config-interval=1 )")
    made.set_shared(True)
    return made


def protect(media_factory):
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    media_factory.set_permissions(permissions)
    return media_factory


server = GstRtspServer.RTSPServer()
server.set_service(port)
server.set_address("127.0.0.1")
mounts = server.get_mount_points()
mounts.add_factory("/h264", factory("h264"))
mounts.add_factory("/h265", factory("h265"))
if len(sys.argv) > 5:
    mounts.add_factory("/private", protect(factory("h264")))
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if sys.argv[5] == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest("admin", "p@ss/word", token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("admin", "p@ss/word"), token)
    server.set_auth(auth)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
