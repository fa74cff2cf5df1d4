"""A real server for tests: `vernissage serve` in a process of its own, on a free loopback port, killed without mercy.

with RunningServer(tmp_path / "data") as server:
    page.goto(server.sign_in)
    server.kill()          # as a crash does
    server.start()         # on the same data and port
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2
import msgspec

STARTS_WITHIN = 60.0
"""Seconds until the printed line must have come: the machine may be busy with other tests."""


class RunningServer:
    """A server process and the addresses that it printed."""

    def __init__(self, data: Path, *arguments: str, environ: dict[str, str] | None = None) -> None:
        self.data = data
        self.arguments = arguments
        self.environ = environ or {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.sign_in = ""
        self.process: subprocess.Popen[str] | None = None
        self.clients: list[Client] = []

    def __enter__(self) -> RunningServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.clients:
            client.http.close()
        self.stop()

    def start(self) -> None:
        """Start it and wait for the line that it prints."""
        command = [sys.executable, "-m", "vernissage", "serve", "--json", "--data", str(self.data)]
        with (self.data.parent / f"server-{self.port}.log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **self.environ},
            )
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            if not ready.select(STARTS_WITHIN):
                self.kill()
                raise AssertionError(f"the server printed nothing within {STARTS_WITHIN:.0f} s: {self.log()}")
        line = self.process.stdout.readline()
        if not line.startswith("{"):
            self.kill()
            raise AssertionError(f"the server did not start: {line}{self.log()}")
        self.sign_in = msgspec.json.decode(line)["sign_in"]

    def log(self) -> str:
        """What it wrote to stderr."""
        return (self.data.parent / f"server-{self.port}.log").read_text()

    def kill(self) -> None:
        """End it as a crash does: at once, with nothing told or kept."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as an operator does; its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            status = process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the server did not stop on {how.name} within 30 s: {self.log()}") from None
        if process.stdout is not None:
            process.stdout.close()
        return status

    def client(self) -> Client:
        """An HTTP client of the admin, signed in by the printed link."""
        client = Client(self.url, self.sign_in)
        self.clients.append(client)
        return client


class Client:
    """The HTTP API as the browser uses it: a cookie, and the CSRF token of a page."""

    def __init__(self, url: str, sign_in: str = "") -> None:
        self.http = httpx2.Client(base_url=url, follow_redirects=True, timeout=60)
        self.csrf = ""
        if sign_in:
            self.http.get(sign_in)
            self.refresh()

    def refresh(self) -> None:
        """Take the CSRF token from the home page."""
        page = self.http.get("/").text
        boot = page.split('<script type="application/json" id="boot">')[1].split("</script>")[0]
        self.csrf = msgspec.json.decode(boot)["csrf"]

    def call(self, method: str, path: str, body: Any = None, **rest: Any) -> httpx2.Response:
        """One call under /api/v1."""
        headers = {"X-CSRF-Token": self.csrf, **rest.pop("headers", {})}
        if body is not None:
            rest["json"] = body
        return self.http.request(method, f"/api/v1{path}", headers=headers, **rest)
