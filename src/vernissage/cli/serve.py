"""`vernissage serve`: the server. SIGTERM drains and stops it."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import socket
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import structlog
import uvicorn

from vernissage.app import running, sign_in_link
from vernissage.cli.common import CommandFailed, add_common, settings_of
from vernissage.ports import Store, User
from vernissage.store import CannotOpen, DataDirectoryInUse
from vernissage.web.pages import NotBuilt, built
from vernissage.web.server import web_app
from vernissage.web.services import Services

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
MAX_SOCKET_MESSAGE = 8 * 1024 * 1024


def add(commands: Any) -> None:
    command = commands.add_parser("serve", help="run the server")
    add_common(command)
    command.add_argument("--host", help="where to listen (default: 127.0.0.1)")
    command.add_argument("--port", type=int, help="where to listen (default: 8000; 0 = any free one)")
    command.add_argument("--examples", action="store_true", help="load and publish the example projects")
    command.set_defaults(run=serve)


async def serve(chosen: argparse.Namespace) -> int:
    """Serve until a signal says stop."""
    settings = settings_of(chosen)
    logging.basicConfig(level=LEVELS.get(settings.log, 30), format="%(levelname)s %(name)s %(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LEVELS.get(settings.log, 30)))
    try:
        built()
    except NotBuilt as error:
        raise CommandFailed(str(error)) from None
    listening = _listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = settings.base_url or f"http://{host}:{port}"

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        async with running(settings) as services:
            admin = await _first_admin(services.store)
            if chosen.examples:
                from vernissage.cli.examples import load_examples  # the examples are not part of every server

                await load_examples(services, admin)
            link = await sign_in_link(services.store, admin.id, base) if _is_loopback(settings.host) else ""
            _announce(base, link, services, json_wanted=chosen.json)
            yield services

    config = uvicorn.Config(
        web_app(open_services),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_SOCKET_MESSAGE,
        ws_per_message_deflate=False,  # on one machine or in a data centre it costs more time than it saves
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    try:
        await server.serve(sockets=[listening])
    except (CannotOpen, DataDirectoryInUse) as error:
        raise CommandFailed(str(error)) from None
    finally:
        listening.close()
    return 0 if server.started else 1


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)  # who reads the printed line may connect at once
    except OSError as error:
        listening.close()
        raise CommandFailed(
            f"Nothing can listen on {host}:{port} ({error.strerror}). Choose another with --port, or stop what uses it."
        ) from None
    listening.set_inheritable(False)
    return listening


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _first_admin(store: Store) -> User:
    """The admin that a start signs in: the first there is, or a new one on a new data directory."""
    for user in await store.users():
        if user.role == "admin" and not user.disabled:
            return user
    user = User(str(uuid.uuid4()), "admin@localhost", "Admin", "admin", "", False, datetime.now(UTC))
    await store.add_user(user)
    return user


def _announce(base: str, link: str, services: Services, *, json_wanted: bool) -> None:
    for warning in services.warnings:
        print(warning, file=sys.stderr)
    if json_wanted:
        print(json.dumps({"url": base, "sign_in": link or None}), flush=True)
    else:
        print(f"Vernissage is at {base}" + (f"  (sign in: {link})" if link else ""), flush=True)
