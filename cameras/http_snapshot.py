"""A camera that gives one JPEG or PNG per GET, such as Hikvision's and Dahua's snapshot addresses."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime
from functools import lru_cache

import httpx

from cameras.addresses import permitted_address
from cameras.pictures import MAGIC_BYTES, Reduction, check_magic, decode_aside, full_size
from cameras.source import BadAnswer, Redirected, Refused, TimedOut, TooLarge, Undecodable, Unreachable
from town.places import HttpSnapshot
from town.settings import LookLimits
from town.sight import Frame

_REFUSAL_BYTES = 65_536
_HEADERS = {"User-Agent": "weisu", "Accept": "image/jpeg, image/png", "Accept-Encoding": "identity"}

# httpx logs whole URLs at INFO, and some cameras want their password in the query.
logging.getLogger("httpx").setLevel(logging.WARNING)


class HttpSnapshotSource:
    """A `FrameSource` over HTTP. Nothing is held between looks: a thousand cameras a minute apart need no thousand sockets."""

    def __init__(self, camera_id: str, camera: HttpSnapshot, limits: LookLimits, reduction: Reduction = full_size) -> None:
        self._camera_id = camera_id
        self._camera = camera
        self._limits = limits
        self._reduction = reduction
        try:
            self._url = httpx.URL(camera.url)
            self._host = self._url.raw_host.decode("ascii")
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Unreachable("the camera's url cannot be read") from error

    async def fetch(self, now: datetime) -> Frame:
        """The camera's picture, stamped with `now`. Raises CameraError."""
        address = await permitted_address(self._host, self._limits)
        with _translated():
            data = await self._download(self._url.copy_with(host=str(address)))
        return Frame(self._camera_id, now, await decode_aside(data, self._limits.max_pixels, self._reduction), data)

    async def close(self) -> None:
        """Nothing is held between looks."""

    async def _download(self, pinned: httpx.URL) -> bytes:
        # The URL holds the checked address, so no second look-up can lead elsewhere; the camera still reads its own name.
        headers = _HEADERS | {"Host": self._url.netloc.decode("ascii")}
        transport = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, limits=httpx.Limits(max_connections=1))
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=self._limits.deadline.total_seconds()) as client:
            request = client.build_request("GET", pinned, headers=headers, extensions={"sni_hostname": self._host})
            async with aclosing(await client.send(request, stream=True)) as response:
                if response.status_code != 401 or self._camera.username is None:
                    return await self._body(response)
                await _read_up_to(response, _REFUSAL_BYTES)
                self._authorise(request, response)
            async with aclosing(await client.send(request, stream=True)) as response:
                return await self._body(response)

    def _authorise(self, request: httpx.Request, refusal: httpx.Response) -> None:
        """Answer what a 401 asks for: digest where the camera knows it, else basic."""
        asked = {challenge.partition(" ")[0].lower() for challenge in refusal.headers.get_list("www-authenticate")}
        username, secret = self._camera.username or "", self._camera.password
        password = secret.get_secret_value() if secret else ""
        if "digest" in asked:
            answer = httpx.DigestAuth(username, password).auth_flow(request)
            next(answer)
            try:
                answer.send(refusal)
            except (httpx.ProtocolError, KeyError, ValueError, StopIteration) as error:
                raise BadAnswer("the camera's digest challenge cannot be answered") from error
        elif "basic" in asked:
            next(httpx.BasicAuth(username, password).auth_flow(request))
        else:
            raise Refused("the camera asks for neither basic nor digest credentials")

    async def _body(self, response: httpx.Response) -> bytes:
        _check_status(response.status_code)
        limit = self._limits.max_bytes
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise TooLarge(f"the picture has {declared} bytes, {limit} are allowed")
        try:
            data = await _read_up_to(response, limit, is_picture=True)
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise Undecodable("the camera broke off in the middle of the picture") from error
        if len(data) > limit:
            raise TooLarge(f"the picture has more than {limit} bytes")
        return data


async def _read_up_to(response: httpx.Response, limit: int, is_picture: bool = False) -> bytes:
    """The raw body, or its start: reading stops once it is longer than the limit, or starts like no picture."""
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if is_picture and len(data) >= MAGIC_BYTES:
            check_magic(bytes(data[:MAGIC_BYTES]))
        if len(data) > limit:
            break
    return bytes(data)


def _check_status(status: int) -> None:
    if 300 <= status < 400:
        raise Redirected(f"the camera answered HTTP {status} and pointed elsewhere")
    if status in (401, 403):
        raise Refused(f"the camera answered HTTP {status} to these credentials")
    if status != 200:
        raise BadAnswer(f"the camera answered HTTP {status}")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what httpx raises into a CameraError, the original kept as its cause."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise TimedOut("the camera did not answer in time") from error
    except httpx.ConnectError as error:
        raise Unreachable("no connection to the camera") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise BadAnswer(f"the camera broke the protocol ({type(error).__name__})") from error


@lru_cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
