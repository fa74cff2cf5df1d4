"""A server, asked over its HTTP API with a bearer token. Every failure becomes a sentence."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from vernissage.cli.common import CommandFailed, WrongUsage

SECONDS = 60.0
"""An answer takes at most that long; nothing that runs is waited for within one request."""


class ServerRefused(CommandFailed):
    """The server did not do what it was asked; it said why."""

    def __init__(self, status: int, code: str, message: str, hint: str, field: str) -> None:
        super().__init__(f"{message} {hint}".strip())
        self.http_status = status
        self.code = code
        self.field = field


class Api:
    """The calls under `/api/v1`."""

    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self._http = http
        self.url = url

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON answer; None where it is empty. Raises ServerRefused."""
        answer = await self.raw(method, path, body, **more)
        return answer.json() if answer.content else None

    async def listed(self, path: str) -> list[Any]:
        """All of a list, page by page. Raises ServerRefused."""
        found: list[Any] = []
        after: str | None = None
        while True:
            page = await self.call("GET", path, **(query(after=after) if after else {}))
            found += page["values"]
            after = page["pagination"]["after"]
            if not after:
                return found

    async def raw(self, method: str, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        """The answer as it came. Raises ServerRefused."""
        if body is not None:
            more["json"] = body
        try:
            answer = await self._http.request(method, f"/api/v1{path}", **more)
        except httpx2.HTTPError as error:
            said = str(error) or type(error).__name__
            raise CommandFailed(
                f"No server answers at {self.url} ({said}). Check the address, and that the server runs."
            ) from None
        if answer.is_success:
            return answer
        try:
            told = answer.json()["error"]
            refused = ServerRefused(
                answer.status_code, told["code"], told["message"], told["hint"], told.get("field") or ""
            )
        except (ValueError, KeyError, TypeError):
            raise CommandFailed(
                f"{self.url} answered {answer.status_code} and no reason. Is it a Vernissage server?"
            ) from None
        if answer.status_code == 401:
            raise CommandFailed(
                f"{self.url} does not take this token. Make one with `vernissage token create`, and give it with "
                "--token or VERNISSAGE_TOKEN."
            ) from None
        raise refused


@asynccontextmanager
async def asking(chosen: argparse.Namespace, url: str) -> AsyncIterator[Api]:
    """A client for the server at this address, with the token that was given."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise WrongUsage(f"{url!r} is no server's address. Write it like https://apps.example.com.")
    token = chosen.token or os.environ.get("VERNISSAGE_TOKEN", "")
    if not token:
        raise WrongUsage(
            "A server is asked with a token. Make one with `vernissage token create`, and give it with --token or "
            "VERNISSAGE_TOKEN."
        )
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=url.rstrip("/"), headers=headers, timeout=SECONDS) as http:
        yield Api(http, url.rstrip("/"))


def project_path(id: str, *more: str) -> str:
    """The path of a project's call."""
    return "/".join(("/projects", quote(id, safe=""), *(quote(part, safe="") for part in more)))


def no_server() -> WrongUsage:
    """The command asks a server, and none was named."""
    return WrongUsage("This command asks a server. Name it with --url or VERNISSAGE_URL.")


def query(**values: str) -> Mapping[str, Any]:
    """The query of a call, as `Api.call` takes it."""
    return {"params": values}
