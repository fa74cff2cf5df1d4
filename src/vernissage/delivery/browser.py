"""Pictures of apps, taken by the Chromium that is installed, in a process of its own.

The browser is started for one picture, with a new profile, a clean environment and a time limit, and is gone
afterwards with everything that it began. It speaks over a pipe, so no port of it can be found, and reaches nothing but
our own server, whatever code put on the page asks for. It never holds a person's cookie: the address that it is given
lets it in once.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import fcntl
import itertools
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vernissage.ports import NoPicture

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

LONGEST = 60.0
"""Seconds of one picture, from the start of the browser."""

WIDTH = 1200
HIGHEST = 5_000
"""CSS pixels of a picture; a longer page is cut there."""

LARGEST_ANSWER = 64 * 1024 * 1024

_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--hide-scrollbars",
    "--mute-audio",
    "--force-color-profile=srgb",
)

_START = """
import os, sys
os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4)
os.closerange(5, 256)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Puts the pipe where the browser looks for it, which only the new process itself can do."""

_STANDS = """
new Promise((resolve) => {
  const end = performance.now() + %d;
  let changed = performance.now();
  new MutationObserver(() => { changed = performance.now(); })
    .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  const look = async () => {
    const app = document.querySelector("main[data-app]");
    const busy = document.querySelector(
      '[aria-busy="true"], [data-cell-state="running"], [data-cell-state="queued"], [role="progressbar"]');
    const images = [...document.images].every((image) => image.complete);
    if (app && !busy && images && performance.now() - changed > 400) {
      await document.fonts.ready;
      resolve("stands");
    } else if (performance.now() > end) resolve(app ? "moves" : "no app");
    else setTimeout(look, 50);
  };
  look();
})
"""
"""Whether everything on the page is there: nothing computes, loads or has moved for a moment."""

_HEIGHT = """
Math.max(document.documentElement.scrollHeight, document.body.scrollHeight,
  ...[...document.querySelectorAll("main[data-app]")].map((app) => app.getBoundingClientRect().top + app.scrollHeight))
"""


def find_chromium(wanted: str) -> Path | None:
    """The browser: the one that the setting names, else one on the PATH; "none" and a missing one give None."""
    if wanted == "none":
        return None
    for name in (wanted,) if wanted else NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return None


class Chromium:
    """Keeps the promise of `ports.Camera`. One picture is taken at a time."""

    def __init__(self, program: Path | None) -> None:
        self._program = program
        self._one = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """A browser was found."""
        return self._program is not None

    async def take(self, url: str) -> bytes:
        """PNG of the app page there."""
        if self._program is None:
            raise NoPicture("there is no Chromium on the server")
        async with self._one:
            try:
                async with asyncio.timeout(LONGEST), _Browser(self._program, urlsplit(url).hostname or "") as browser:
                    return await _photograph(browser, url)
            except TimeoutError:
                raise NoPicture(f"the browser took longer than {LONGEST:.0f} s") from None
            except (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
                raise NoPicture(f"the browser ended ({type(error).__name__})") from None


async def _photograph(browser: _Browser, url: str) -> bytes:
    target = await browser.call("Target.createTarget", url="about:blank")
    attached = await browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
    page = attached["sessionId"]

    async def size(height: int) -> None:
        await browser.call(
            "Emulation.setDeviceMetricsOverride", page, width=WIDTH, height=height, deviceScaleFactor=1, mobile=False
        )

    async def value(expression: str) -> Any:
        found = await browser.call(
            "Runtime.evaluate", page, expression=expression, awaitPromise=True, returnByValue=True
        )
        return found["result"].get("value")

    await size(800)
    calm = [
        {"name": "prefers-color-scheme", "value": "light"},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    await browser.call("Emulation.setEmulatedMedia", page, features=calm)
    await browser.call("Page.enable", page)
    gone = await browser.call("Page.navigate", page, url=url)
    if gone.get("errorText"):
        raise NoPicture(f"the browser could not open the app ({gone['errorText']})")
    await browser.event("Page.loadEventFired")
    if await value(_STANDS % 20_000) == "no app":
        raise NoPicture("the app did not open")
    height = await value(_HEIGHT)
    await size(max(200, min(int(height), HIGHEST)))
    await value(_STANDS % 10_000)  # charts and tables that came into sight
    shot = await browser.call("Page.captureScreenshot", page, format="png")
    return base64.b64decode(shot["data"])


class _Browser:
    """The process and its pipe, as a context manager."""

    def __init__(self, program: Path, host: str) -> None:
        """`host`: the only one that it can reach."""
        self._program = program
        self._only = f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {host}"
        self._numbers = itertools.count(1)
        self._events: list[str] = []

    async def __aenter__(self) -> _Browser:
        self._profile = tempfile.mkdtemp(prefix="vernissage-picture-")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # Above what the new process puts at 3 and 4, so that neither overwrites the other.
        given = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (theirs_in, theirs_out)]
        for one in (theirs_in, theirs_out):
            os.close(one)
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # it refuses to run as root with one
        command = [str(self._program), *_FLAGS, self._only, *sandbox, f"--user-data-dir={self._profile}", "about:blank"]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", "-c", _START, *map(str, given), *command),
                pass_fds=given,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": self._profile, "TMPDIR": self._profile},
                cwd=self._profile,
                start_new_session=True,
            )
        finally:
            for one in given:
                os.close(one)
        loop = asyncio.get_running_loop()
        self._reader = asyncio.StreamReader(limit=LARGEST_ANSWER)
        self._reading, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), os.fdopen(ours_in, "rb", 0)
        )
        self._writing, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(ours_out, "wb", 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writing.close()
        self._reading.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await asyncio.shield(self._process.wait())
        shutil.rmtree(self._profile, ignore_errors=True)

    async def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Ask the browser, and await its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        self._writing.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = await self._take()
            if answer.get("id") == number:
                if "error" in answer:
                    raise NoPicture(f"the browser refused {method} ({answer['error'].get('message', '')})")
                result: dict[str, Any] = answer["result"]
                return result

    async def event(self, name: str) -> None:
        """Wait until the browser has told this."""
        while name not in self._events:
            await self._take()

    async def _take(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads((await self._reader.readuntil(b"\0"))[:-1])
        if "method" in message:
            self._events.append(message["method"])
        return message
