"""Where letters arrive in tests: a real SMTP server and a real HTTP receiver on loopback, which misbehave when told to.

with MailServer() as post, Receiver() as hook:
    ...
    letter = post.wait(1)[0]      # an e-mail, as its reader gets it
    call = hook.wait(1)[0]        # a request
"""

from __future__ import annotations

import asyncio
import email
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller

WAITS = 60.0
"""Seconds that a test waits for a letter: the machine may be busy, and a browser may take a picture first."""


@dataclass
class Arrival:
    """An e-mail that the mail server was given, whatever it answered."""

    sender: str
    to: list[str]
    message: EmailMessage
    at: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        """The plain part."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    def files(self) -> dict[str, bytes]:
        """Attachments by name."""
        return {
            str(part.get_filename()): part.get_payload(decode=True)  # type: ignore[misc]
            for part in self.message.iter_attachments()
        }

    def picture(self) -> bytes | None:
        """The picture inside."""
        for part in self.message.walk():
            if part.get_content_type() == "image/png":
                data = part.get_payload(decode=True)
                assert isinstance(data, bytes)
                return data
        return None


class _Arrivals:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.goes = threading.Event()
        self.goes.set()
        self._arrived = threading.Condition()

    def add(self, one: Any) -> None:
        with self._arrived:
            self.seen.append(one)
            self._arrived.notify_all()

    def wait(self, count: int, within: float = WAITS) -> list[Any]:
        """The first so many that came, once they have."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.seen) >= count, within), f"{len(self.seen)} of {count} came"
            return self.seen[:count]


class MailServer(_Arrivals):
    """A mail server. `answers`: what it says to the next letters, "" = it takes them, as it does all others; `goes`
    cleared: it has a letter and says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[str] = []
        self.recipients: dict[str, str] = {}
        """Address → what it answers to its name."""
        with socket.socket() as probe:  # it cannot be asked for any free port
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=30)

    def settings(self) -> dict[str, str]:
        """The environment of a server that sends through this one."""
        return {
            "VERNISSAGE_SMTP_HOST": "127.0.0.1",
            "VERNISSAGE_SMTP_PORT": str(self.port),
            "VERNISSAGE_SMTP_SECURITY": "none",
            "VERNISSAGE_MAIL_FROM": "Vernissage <post@v.example>",
        }

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
        if address in self.recipients:
            return self.recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.add(Arrival(envelope.mail_from, list(envelope.rcpt_tos), message))
        await asyncio.to_thread(self.goes.wait)
        return (self.answers.pop(0) if self.answers else "") or "250 Accepted"

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.goes.set()
        self._controller.stop()


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    at: float = field(default_factory=time.monotonic)


class Receiver(_Arrivals):
    """A webhook's receiver. `answers`: the statuses of the next calls, then 200; `goes` cleared: it has a call and says
    nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[int | tuple[int, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def _take(self, call: Call) -> tuple[int, dict[str, str]]:
        self.add(call)
        self.goes.wait()
        answer = self.answers.pop(0) if self.answers else 200
        return answer if isinstance(answer, tuple) else (answer, {})

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.goes.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(take: Callable[[Call], tuple[int, dict[str, str]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, headers = take(Call(self.path, {key.lower(): text for key, text in self.headers.items()}, body))
            try:
                self.send_response(status)
                for name, text in headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                pass  # whoever called is gone

        def log_message(self, *_: Any) -> None: ...

    return Handler
