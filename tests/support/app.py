"""A server with people and apps for tests of its HTTP API and its socket: real processes, real sockets.

site.browser("edith").call("GET", "/projects")      # by cookie, with the CSRF token of a page
site.program("edith").get("/api/v1/projects")       # by bearer token
with site.socket("apple") as socket:                # a tab in a room
    socket.hello({"room": "app", "project": site.private})
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import httpx2
import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.server import Client, RunningServer
from vernissage.actors import people
from vernissage.app import opened
from vernissage.ports import SignIn
from vernissage.settings import Settings

WAITS = 30.0
"""Seconds that a test waits for an event: the machine may be busy."""

GALLERY = """
vernissage: 1
title: Gallery
cells:
  - id: canary_cell
    type: python
    source: |
      import pandas as pd
      canary_frame = pd.DataFrame({"x": range(3000), "y": ["row"] * 3000})
      print("canary_print")
      "canary_output"
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 1, max: 100, step: 1, default: 20}
  - {id: pick, type: input, kind: dropdown, name: pick, label: Pick, options_from: canary_frame.x, default: 1}
  - {id: canary_hidden_input, type: input, kind: text, name: canary_input, label: Hidden, default: canary_default}
  - {id: press, type: input, kind: button, name: press, label: Again}
  - id: shown
    type: python
    label: Twice
    source: |
      canary_source = n * 2
      print("canary_printed_text")
      canary_source
  - id: broken
    type: python
    label: Broken
    source: |
      def canary_function():
          raise ValueError(f"canary_exception {n}")
      canary_function()
  - id: query
    type: sql
    label: Query
    connection: dataframes
    result: canary_result
    source: select x as x, canary_column from canary_frame where x < {{ n }}
  - {id: rows, type: table, label: All rows, dataframe: canary_frame}
  - {id: words, type: markdown, source: "## {{ n }} rows"}
  - id: hush
    type: python
    label: Hush
    source: |
      import vernissage
      canary_value = vernissage.secrets["canary_secret_name"]
      display({"text/html": f"<p>{canary_value}</p>", "text/plain": f"it is {canary_value}"}, raw=True)
      pd.DataFrame({"a": [canary_value] * 100})
app:
  tabs:
    - name: Overview
      rows:
        - columns:
            - {start: 0, end: 120, elements: [{cell: n}, {cell: pick}, {cell: press}, {cell: shown}, {cell: broken},
               {cell: query}, {cell: rows}, {cell: words}, {cell: hush, show_prints: true}]}
"""
"""An app that computes, fails and shows a table; what somebody with App only must not read holds the word canary."""

SECRET, VALUE = "canary_secret_name", "canary/secret/value+0417"
"""Of the workspace; the gallery shows it on its page."""

PLAIN = """
vernissage: 1
title: Plain
cells:
  - {id: n, type: input, kind: slider, name: n, label: Rows, min: 1, max: 100, step: 1, default: 20}
  - id: twice
    type: python
    source: |
      n * 2
"""


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    cookie: str
    token: str


ROLES = {"olga": "editor", "edith": "editor", "victor": "editor", "apple": "editor", "vera": "viewer", "sam": "editor"}
"""olga owns; edith Can edit; victor Can view; apple App only; vera is a viewer in the workspace with a grant of Can
edit; sam has no grant."""


@dataclass
class Site:
    server: RunningServer
    people: dict[str, Person] = field(default_factory=dict)
    private: str = ""
    """The gallery's project, shared with people."""
    web: str = ""
    """A plain project, open to the web as an app."""
    _clients: list[httpx2.Client] = field(default_factory=list)
    _programs: dict[str, httpx2.Client] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of every connection."""
        for client in (*self._clients, *self._programs.values()):
            client.close()

    def settle(self) -> None:
        """Make people, two projects, grants; publish both."""
        self.people = asyncio.run(_people(self.server))
        self.meet_admin()
        answer = self.program("admin").post("/api/v1/secrets", json={"name": SECRET, "value": VALUE})
        assert answer.status_code == 201, answer.text
        self.private = self.project(GALLERY, "olga")
        self.web = self.project(PLAIN, "olga")
        shared = {"edith": "CAN_EDIT", "victor": "CAN_VIEW", "apple": "APP_ONLY", "vera": "CAN_EDIT"}
        self.share(self.private, shared)
        self.share(self.web, shared, web="APP_ONLY")
        for project in (self.private, self.web):
            self.publish(project)

    def newcomer(self, name: str, role: str = "editor") -> Person:
        """Somebody for one test, under a name of its own."""
        assert name not in self.people
        self.people[name] = asyncio.run(_newcomer(self.server, role))
        return self.people[name]

    def meet_admin(self) -> None:
        """Make a cookie and a token for the admin: the printed link works once only."""
        self.people["admin"] = asyncio.run(_admin(self.server))

    def project(self, text: str, owner: str) -> str:
        """Import a project; its id."""
        answer = self.program(owner).post("/api/v1/projects/import", content=text.encode())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def share(self, project: str, grants: dict[str, str], web: str = "") -> None:
        """Replace the grants, as the owner."""
        found = [{"principal": f"user:{self.people[name].email}", "access": access} for name, access in grants.items()]
        found.append({"principal": f"user:{self.people['olga'].email}", "access": "FULL_ACCESS"})
        if web:
            found.append({"principal": "web", "access": web})
        answer = self.program("olga").put(f"/api/v1/projects/{project}/sharing", json={"grants": found})
        assert answer.status_code == 200, answer.text

    def publish(self, project: str, *, force: bool = False) -> int:
        """Publish the draft, errors and all; the version's number."""
        program = self.program("olga")
        started = program.post(f"/api/v1/projects/{project}/publish", json={"force": force})
        assert started.status_code == 202, started.text
        address = f"/api/v1/projects/{project}/publish/{started.json()['publishId']}"
        if not force:
            until(lambda: program.get(address).json()["status"] != "RUNNING")
            done = program.post(f"{address}/confirm", json={"acceptErrors": True})
            assert done.status_code == 200, done.text
        return int(program.get(address).json()["version"])

    def browser(self, name: str = "") -> Client:
        """A browser signed in as somebody; "" = nobody."""
        client = self._client()
        if name:
            client.http.cookies.set("vernissage", self.people[name].cookie)
        client.refresh()
        return client

    def visitor(self, project: str) -> Client:
        """A browser without an account that has opened an app which is open to the web."""
        client = self._client()
        page = client.http.get(f"/main/app/{project}/latest")
        assert page.status_code == 200
        client.csrf = boot(page.text)["csrf"]
        return client

    def program(self, name: str = "") -> httpx2.Client:
        """A program with somebody's token; "" = without one."""
        if name not in self._programs:
            headers = {"Authorization": f"Bearer {self.people[name].token}"} if name else {}
            self._programs[name] = httpx2.Client(base_url=self.server.url, headers=headers, timeout=60)
        return self._programs[name]

    def _client(self) -> Client:
        client = Client(self.server.url)
        self._clients.append(client.http)
        return client

    def socket(self, name: str = "", client: Client | None = None, *, origin: str = "", bearer: str = "") -> Socket:
        """A tab's socket: of somebody by their cookie, of a browser, or of a program by its token."""
        headers = {"Origin": origin} if origin else {}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        cookie = self.people[name].cookie if name else client.http.cookies.get("vernissage") if client else None
        if cookie:
            headers["Cookie"] = f"vernissage={cookie}"
        return Socket(self.server.url, headers)


def boot(page: str) -> Any:
    """What a page carries."""
    return msgspec.json.decode(
        page.partition('<script type="application/json" id="boot">')[2].partition("</script>")[0]
    )


def until(true: Callable[[], bool], within: float = WAITS) -> None:
    """Ask until it is so; there is no event to wait for over HTTP."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not come to be in time"
        time.sleep(0.02)


class Socket:
    """One tab's socket. What arrives is kept in `seen`, as it came in `raw`."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        address = url.replace("http", "ws", 1) + "/api/socket"
        self.connection: ClientConnection = connect(
            address,
            additional_headers=headers or {},
            max_size=None,
            compression=None,
            open_timeout=WAITS,
            ping_interval=None,
        )
        self.seen: list[Any] = []
        self.raw: list[str] = []
        self.last = 0

    def __enter__(self) -> Socket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def cut(self) -> None:
        """As a cable that is cut: nothing is said."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)

    def send(self, message: Any) -> None:
        self.connection.send(message if isinstance(message, str | bytes) else msgspec.json.encode(message).decode())

    def hello(self, room: dict[str, Any], **rest: Any) -> Any:
        """Enter a room; the snapshot, the events of a resumption, or Ended."""
        self.send({"type": "hello", "room": room, **rest})
        return self.until(lambda message: message["type"] in ("snapshot", "ended", "events"))

    def do(self, operation: dict[str, Any], id: int = 0) -> int:
        self.last = id or self.last + 1
        self.send({"type": "do", "id": self.last, "operation": operation})
        return self.last

    def done(self, operation: dict[str, Any]) -> Any:
        """Do it and wait for the answer: Done or Refusal."""
        id = self.do(operation)
        return self.until(lambda message: message["type"] in ("done", "refusal") and message["id"] == id)

    def ask(self, question: dict[str, Any]) -> Any:
        """Ask and wait for the answer or refusal."""
        self.last += 1
        id = self.last
        self.send({"type": "ask", "id": id, "question": question})
        return self.until(lambda message: message["type"] in ("answer", "refusal") and message["id"] == id)

    def take(self, within: float = WAITS) -> Any:
        """The next message."""
        text = self.connection.recv(timeout=within)
        assert isinstance(text, str)
        self.raw.append(text)
        self.seen.append(msgspec.json.decode(text))
        return self.seen[-1]

    def until(self, fits: Callable[[Any], bool], within: float = WAITS) -> Any:
        """Take messages up to the first one that fits."""
        end = time.monotonic() + within
        while True:
            message = self.take(max(0.01, end - time.monotonic()))
            if fits(message):
                return message

    def event(self, fits: Callable[[Any], bool], within: float = WAITS) -> Any:
        """Take messages up to the first one with an event that fits; that event."""
        found = self.until(lambda message: message["type"] == "events" and any(map(fits, message["events"])), within)
        return next(event for event in found["events"] if fits(event))

    def settled(self) -> None:
        """Wait until a run has ended."""
        self.event(lambda event: event["event"] == "run_changed" and (event["run"] or {}).get("status") != "running")

    def closed(self, within: float = WAITS) -> Any:
        """Take what comes until the server closes; the last message."""
        end = time.monotonic() + within
        try:
            while True:
                self.take(max(0.01, end - time.monotonic()))
        except ConnectionClosed:
            return self.seen[-1] if self.seen else None


async def _people(server: RunningServer) -> dict[str, Person]:
    found = {}
    now = datetime.now(UTC)
    async with opened(Settings(data=server.data)) as (store, _):
        for name, role in ROLES.items():
            user = await people.add_user(store, f"{name}_canary_email@example.org", role, name.title(), "", now)
            found[name] = await _person(store, user.id, user.email, now)
    return found


async def _newcomer(server: RunningServer, role: str) -> Person:
    async with opened(Settings(data=server.data)) as (store, _):
        now = datetime.now(UTC)
        user = await people.add_user(store, f"{secrets.token_hex(4)}@example.org", role, "New", "", now)
        return await _person(store, user.id, user.email, now)


async def _admin(server: RunningServer) -> Person:
    async with opened(Settings(data=server.data)) as (store, _):
        admin = next(user for user in await store.users() if user.role == "admin")
        return await _person(store, admin.id, admin.email, datetime.now(UTC))


async def _person(store: Any, id: str, email: str, now: datetime) -> Person:
    secret = secrets.token_urlsafe(32)
    sign_in = SignIn(secrets.token_hex(8), people.digest(secret), id, now, now + timedelta(days=1))
    await store.add_sign_in(sign_in)
    _, token = await people.create_token(store, id, "test", now)
    return Person(id, email, secret, token)
