"""`vernissage serve`: the server. SIGTERM drains and stops it."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
import uvloop

from vernissage.app import running, sign_in_link
from vernissage.cli.common import CommandFailed, settings_of
from vernissage.cli.init import first_admin
from vernissage.cli.logs import write_logs
from vernissage.ports import NoKernel, StoreFull
from vernissage.store import CannotOpen
from vernissage.web.pages import NotBuilt, built
from vernissage.web.server import web_app
from vernissage.web.services import Services

new_loop = uvloop.new_event_loop
"""What `main` runs this command on: a message takes a quarter less time through it than through asyncio's own."""

MAX_SOCKET_MESSAGE = 8 * 1024 * 1024


async def serve(chosen: argparse.Namespace) -> int:
    """Serve until a signal says stop."""
    settings = settings_of(chosen)
    write_logs(settings.log, settings.log_format)
    try:
        built()
    except NotBuilt as error:
        raise CommandFailed(str(error)) from None
    listening = _listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = settings.base_url or f"http://{host}:{port}"

    failed: list[BaseException] = []

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        try:
            async with running(settings, _own_url(settings.host, port)) as services:
                admin, _ = await first_admin(services.store, "", "", services.clock.now())
                if chosen.examples:
                    from vernissage.cli.examples import load_examples  # the examples are not part of every server

                    await load_examples(services, admin)
                link = await sign_in_link(services.store, admin.id, base) if _is_loopback(settings.host) else ""
                _announce(base, link, services, json_wanted=chosen.json)
                yield services
        except BaseException as error:
            failed.append(error)  # uvicorn would log it and go on; it is raised again below
            raise

    config = uvicorn.Config(
        web_app(open_services),
        loop="none",  # it runs on the loop that is running
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_SOCKET_MESSAGE,
        ws_per_message_deflate=False,  # on one machine or in a data centre it costs more time than it saves
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # web/proxies.py decides which proxy is believed
        timeout_graceful_shutdown=10,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(lambda _: not failed)  # so that it is said once
    # uvicorn drains on a signal, then sends it to itself once more: by then everything has ended in good order.
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        await server.serve(sockets=[listening])
    except SystemExit:
        if not failed:
            raise
    finally:
        listening.close()
    if failed:
        if isinstance(failed[0], CannotOpen | NoKernel | StoreFull):
            raise CommandFailed(str(failed[0])) from None
        raise failed[0]
    return 0 if server.started else 1


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Every connection takes it over: else an answer's second packet waits 40 ms for the first one's receipt.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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


def _own_url(host: str, port: int) -> str:
    """How this machine reaches what listens there."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - named, not bound
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _announce(base: str, link: str, services: Services, *, json_wanted: bool) -> None:
    for warning in services.warnings:
        print(warning, file=sys.stderr)
    if json_wanted:
        print(json.dumps({"url": base, "sign_in": link or None}), flush=True)
    else:
        print(f"Vernissage is at {base}" + (f"  (sign in: {link})" if link else ""), flush=True)
