"""What the demo made for itself can be read by a shell, so that other commands find its township."""

import subprocess
import sys
from pathlib import Path

import pytest

from simulator.demo_township import fresh_environment, fresh_gate, keep_environment, read_demo


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
def test_a_shell_reads_the_environment_that_was_kept(tmp_path: Path) -> None:
    environment = fresh_environment(tmp_path / "a folder's", 8080, 1883, fresh_gate())
    keep_environment(environment, tmp_path / "demo.env")
    said = subprocess.run(["/bin/sh", "-c", f". '{tmp_path}/demo.env'; env"], capture_output=True, text=True, check=True, env={}).stdout
    read = dict(line.split("=", 1) for line in said.splitlines() if line.startswith("WEISU_"))
    assert read == environment
    assert read_demo(read).storage.url.endswith("a folder's/weisu.db")
    assert (tmp_path / "demo.env").stat().st_mode & 0o077 == 0
