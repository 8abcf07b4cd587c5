"""Where frames come from: one small promise that every kind of camera keeps, and the ways in which it can fail."""

from datetime import datetime
from typing import Protocol

from town.problems import CannotRun
from town.sight import Frame


class CameraError(CannotRun):
    """A look failed. `reason` is one of a fixed set of words; the text says more. Never holds a credential.

    CameraError
    ├── Unreachable      unreachable       the address does not answer, or refuses
    ├── TimedOut         timed_out         the deadline passed
    ├── Forbidden        forbidden_address the address is outside the networks the config allows
    ├── Redirected       redirected        the camera pointed elsewhere: never followed
    ├── Refused          auth_refused      the camera wants other credentials (401, 403)
    ├── BadAnswer        bad_answer        another HTTP status, or a broken protocol
    ├── WrongType        wrong_type        what came is no JPEG, PNG or video
    ├── TooLarge         too_large         more bytes or pixels than allowed
    ├── Undecodable      undecodable       truncated or damaged
    └── NoFrame          no_frame          a recording has nothing for that time
    """

    reason = "failed"


class Unreachable(CameraError):
    reason = "unreachable"


class TimedOut(CameraError):
    reason = "timed_out"


class Forbidden(CameraError):
    reason = "forbidden_address"


class Redirected(CameraError):
    reason = "redirected"


class Refused(CameraError):
    reason = "auth_refused"


class BadAnswer(CameraError):
    reason = "bad_answer"


class WrongType(CameraError):
    reason = "wrong_type"


class TooLarge(CameraError):
    reason = "too_large"


class Undecodable(CameraError):
    reason = "undecodable"


class NoFrame(CameraError):
    reason = "no_frame"


class FrameSource(Protocol):
    """Gives one frame when asked."""

    async def fetch(self, now: datetime) -> Frame:
        """The camera's picture at `now`, a UTC instant. Raises CameraError. May be cancelled at any await, leaving nothing behind."""
        ...

    async def close(self) -> None:
        """Give back what is held. Never raises; safe to repeat."""
        ...
