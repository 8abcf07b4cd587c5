"""A throw-away certificate authority for a test, made with Debian's openssl."""

import shutil
import subprocess
from pathlib import Path

import pytest

from alerts.mosquitto import Certificate

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"


class Authority:
    """Signs for 127.0.0.1; `root` is what clients trust. Skips the test where openssl is missing."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self.root = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        _openssl("req", "-x509", *_KEY, "-days", "2", "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.root)

    def signed(self, name: str = "broker") -> Certificate:
        """A certificate for this machine, and its key."""
        request, key, certificate, names = (self._folder / f"{name}.{end}" for end in ("csr", "key", "pem", "names"))
        names.write_text(_NAMES)
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        by = ("-CA", self.root, "-CAkey", self._key, "-CAcreateserial")
        _openssl("x509", "-req", "-in", request, *by, "-days", "2", "-extfile", names, "-out", certificate)
        return Certificate(certificate, key)


def _openssl(*arguments: str | Path) -> None:
    binary = shutil.which("openssl")
    if binary is None:
        pytest.skip("openssl is not installed")
    subprocess.run([binary, *map(str, arguments)], check=True, capture_output=True)
