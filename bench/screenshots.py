"""Pictures of every page of the console at the sizes of a phone, a desk and a wall, from the running demo, to be looked at by a person.

    python -m bench.screenshots [--out bench/out/pages] [--after 45] [--only today]

The demo runs for so many seconds first, so that there is something to see. Needs Debian's package chromium.
"""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"phone": (360, 780), "desk": (1440, 900), "wall": (2560, 1440)}
TOWN = ("today", "orders", "cameras", "figures", "people")
BENCH = ("zones", "rules", "why", "model")
_SAID = re.compile(r"console (\S+)  网格长 manager (\S+)  工程师 engineer (\S+)\s+c01 的手机 phone (\S+)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "out" / "pages")
    parser.add_argument("--after", type=float, default=45.0)
    parser.add_argument("--only", default="", help="pages whose name contains this")
    asked = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("needs Debian's package chromium", file=sys.stderr)
        return 1
    with demo() as (url, manager, engineer, phone), sync_playwright() as playwright:
        time.sleep(asked.after)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size, (width, height) in SIZES.items():
            shots = Shots(browser, url, asked.out / size, width, height, asked.only)
            shots.desk("manager", manager, [f"/town/{name}" for name in TOWN], ("/town/orders/", "/town/cameras/"))
            shots.desk("engineer", engineer, [*(f"/bench/{name}" for name in BENCH), "/accounts", "/audit", "/me"], ("/bench/zones/",))
            if size == "phone":
                shots.phone(phone)
        browser.close()
    print(f"look at {asked.out}")
    return 0


@contextmanager
def demo() -> Iterator[tuple[str, str, str, str]]:
    """The demo, and where its console is: address, the manager's and the engineer's password, and what opens a phone."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "service", "demo", "--keep", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        try:
            assert process.stdout
            said = ""
            while not (found := _SAID.search(said)):
                line = process.stdout.readline()
                assert line, f"the demo ended:\n{said}"
                said += line
            url, manager, engineer, phone = found.groups()
            yield url, manager, engineer, phone
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


class Shots:
    """Pictures in one size."""

    def __init__(self, browser: Browser, url: str, folder: Path, width: int, height: int, only: str) -> None:
        self._browser, self._url, self._folder, self._only = browser, url, folder, only
        self._size = {"width": width, "height": height}
        folder.mkdir(parents=True, exist_ok=True)

    def desk(self, name: str, password: str, paths: list[str], details: tuple[str, ...]) -> None:
        """Sign in, take each page, and of each kind of detail the first that a page leads to."""
        page = self._page()
        page.goto("/login")
        self._take(page, "login")
        page.locator("#name").fill(name)
        page.locator("#password").fill(password)
        page.locator("button").click()
        page.wait_for_url(re.compile("/(town|bench)/"))
        seen = set[str]()
        for path in paths:
            page.goto(path)
            self._take(page, path)
            links = [str(link.get_attribute("href")) for link in page.locator("a[href]").all()]
            for kind in details:
                first = next((link for link in links if link.startswith(kind)), None)
                if first and kind not in seen:
                    seen.add(kind)
                    page.goto(first)
                    self._take(page, f"{kind}one")
        page.context.close()

    def phone(self, entrance: str) -> None:
        page = self._page()
        page.goto(entrance)
        self._take(page, "phone-enter")
        page.locator("button").click()
        page.wait_for_url("**/phone")
        time.sleep(8)
        self._take(page, "phone")
        page.context.close()

    def _page(self) -> Page:
        return self._browser.new_context(base_url=self._url, viewport=self._size, locale="zh-CN").new_page()  # type: ignore[arg-type]

    def _take(self, page: Page, path: str) -> None:
        name = path.strip("/").replace("/", "-")
        if self._only in name:
            time.sleep(2.5)  # pictures and maps come after the page
            page.screenshot(path=self._folder / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
