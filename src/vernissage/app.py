"""The one place where the parts meet, in start order.

The server's own parts are imported where it is started: commands that only open the data wait for none of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from vernissage.ports import Blobs, Clock, Limits, Store, Token
from vernissage.settings import Settings
from vernissage.store import DataDirectory, DirectoryBlobs, KeyVault, open_store, server_key

if TYPE_CHECKING:
    from vernissage.actors.rooms import Rooms
    from vernissage.actors.runner import Runner
    from vernissage.web.openid import OpenID
    from vernissage.web.services import Services

LINK_LIVES = timedelta(hours=1)


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Store, Blobs]]:
    """What is kept, for commands that work beside a running server too."""
    directory = DataDirectory.made(settings.data)
    store = await open_store(settings.database_url or directory.path)
    try:
        yield store, DirectoryBlobs(directory.blobs)
    finally:
        await store.close()


@asynccontextmanager
async def running(settings: Settings, own_url: str = "", clock: Clock | None = None) -> AsyncIterator[Services]:
    """The server's parts, started in order, stopped in the opposite one. `own_url`: how this server reaches itself.
    `clock`: None = the machine's own."""
    from vernissage.actors import outbox as sending
    from vernissage.actors.lease import Lease
    from vernissage.actors.letters import Letters
    from vernissage.actors.passes import Passes
    from vernissage.actors.permissions import Permissions
    from vernissage.actors.publisher import Publisher
    from vernissage.actors.ready import ReadyKernels
    from vernissage.actors.refresher import Refresher
    from vernissage.actors.results import Results
    from vernissage.actors.rooms import Rooms
    from vernissage.actors.runner import Runner
    from vernissage.actors.scheduler import Scheduler
    from vernissage.actors.schedules import Schedules
    from vernissage.actors.secrets import Secrets
    from vernissage.actors.versions import Versions
    from vernissage.core import dataflow
    from vernissage.delivery import Chromium, Smtp, Webhooks, find_chromium
    from vernissage.delivery.smtp import Server as MailServer
    from vernissage.kernels import ForkKernels, confinement_report, harden_server
    from vernissage.metrics import Metrics
    from vernissage.web.outputs import addresses
    from vernissage.web.pace import ASKS_A_MINUTE, Pace
    from vernissage.web.passwords import Passwords
    from vernissage.web.proxies import Proxies
    from vernissage.web.services import Services
    from vernissage.web.tables import StoredTables

    harden_server()  # before any secret is read
    directory = DataDirectory.made(settings.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(directory.held())  # a second server on this data stops here
        key = server_key(directory.path, settings.server_key)
        store, blobs = await stack.enter_async_context(opened(settings))
        clock = clock or SystemClock()
        own_secrets = Secrets(store, KeyVault(key), clock)
        kernels = ForkKernels(directory.kernels, reads=settings.kernel_reads, writes=settings.kernel_writes)
        stack.push_async_callback(kernels.close)
        warm = asyncio.create_task(kernels.prepare(), name="prepare kernels")  # while the rest starts
        ahead = asyncio.create_task(asyncio.to_thread(dataflow.import_ahead))  # else the first SQL cell stops the loop
        meter = Metrics()
        tables = StoredTables(blobs)
        rooms = Rooms(
            store=store,
            blobs=blobs,
            kernels=kernels,
            clock=clock,
            tables=tables,
            secrets=own_secrets,
            address=addresses(key),
            limits=Limits(
                memory=settings.kernel_memory_mb * 1024**2,
                execution_seconds=settings.kernel_seconds,
                output=settings.kernel_output_kb * 1024,
            ),
            kernels_at_once=settings.kernels,
            kernels_each=settings.kernels_per_user,
            meter=meter,
        )
        stack.push_async_callback(rooms.close)
        server = secrets.token_hex(8)
        lease = Lease(store, clock, server=server, home=directory.home(), seconds=settings.lease_seconds)
        await lease.begin()  # what ran on this directory before is known to have ended from here on
        stack.push_async_callback(lease.end)
        publisher = Publisher(store, rooms, clock, server=server, lease=settings.lease_seconds)
        await publisher.recover()  # before anybody can publish
        stack.push_async_callback(publisher.close)
        permissions = Permissions(store, rooms)
        passes = Passes(clock)
        mail = Smtp(
            MailServer(
                settings.smtp_host,
                settings.smtp_port,
                settings.smtp_security,
                settings.smtp_user,
                settings.smtp_password,
                settings.mail_from,
            )
        )
        camera = Chromium(find_chromium(settings.chromium) if own_url else None)
        outbox = sending.Outbox(
            store=store,
            rooms=rooms,
            tables=tables,
            permissions=permissions,
            passes=passes,
            letters=Letters(store, rooms),
            mail=mail,
            webhooks=Webhooks(private=settings.webhook_private),
            camera=camera,
            clock=clock,
            chance=random.random,
            key=key,
            server=str(directory.path),
            limits=sending.Limits(
                base_url=settings.base_url or own_url,
                own_url=own_url,
                workspace=settings.workspace,
                workspace_name=settings.workspace_name,
                bytes_along=int(settings.mail_megabytes * 1_000_000),
                first_wait=settings.notification_retry_seconds,
                outside=settings.outside_addresses,
            ),
        )
        ready = ReadyKernels(store, rooms, clock)
        stack.push_async_callback(ready.close)
        runner = Runner(store, rooms, clock, outbox.wake, server=server, lease=settings.lease_seconds)
        await runner.recover()
        stack.push_async_callback(runner.close)
        results = Results(store, rooms)
        runner.gave_results = results.arrived  # type: ignore[method-assign]
        refresher = Refresher(store, rooms, runner, clock)
        stack.push_async_callback(refresher.close)
        openid = await _openid(stack, settings)
        scheduler = Scheduler(store, rooms, runner, clock, server=server)
        beating = asyncio.create_task(lease.keep(runner, publisher, scheduler), name="keep the lease")
        stack.push_async_callback(_cancelled, beating)
        # From here on backwards nothing new begins, and what runs may end; all the while the lease is kept.
        stack.push_async_callback(_drained, runner, rooms, settings.drain_seconds)
        serving = asyncio.create_task(scheduler.keep(), name="serve schedules")
        stack.push_async_callback(_cancelled, serving)
        passwords = Passwords()
        stack.callback(passwords.close)
        tending = asyncio.create_task(rooms.tend(), name="tend rooms")
        stack.push_async_callback(_cancelled, tending)
        await warm
        await ahead
        keeping = asyncio.create_task(ready.keep(), name="keep kernels ready")
        stack.push_async_callback(_cancelled, keeping)
        post = asyncio.create_task(outbox.run(), name="outbox")  # once all that its letters speak of is there
        stack.push_async_callback(outbox.close)
        stack.push_async_callback(_cancelled, post)
        yield Services(
            store=store,
            blobs=blobs,
            rooms=rooms,
            publisher=publisher,
            versions=Versions(store, rooms, clock),
            runner=runner,
            schedules=Schedules(store, rooms, runner, scheduler, clock),
            results=results,
            permissions=permissions,
            outbox=outbox,
            passes=passes,
            mail_ready=mail.ready,
            pictures_ready=camera.ready,
            outside_addresses=settings.outside_addresses,
            secrets=own_secrets,
            clock=clock,
            meter=meter,
            passwords=passwords,
            pace=Pace({"run": settings.run_starts_a_minute, "read": settings.reads_a_minute, "ask": ASKS_A_MINUTE}),
            key=key,
            workspace=settings.workspace,
            workspace_name=settings.workspace_name,
            base_url=settings.base_url,
            proxies=Proxies(settings.proxies, settings.sign_in_header),
            openid=openid,
            first_role=settings.first_role,
            current_inputs_links=settings.current_inputs_links,
            warnings=tuple(confinement_report((directory.path,)).sentences),
        )


async def _openid(stack: AsyncExitStack, settings: Settings) -> OpenID | None:
    """The provider that the settings name; its library is loaded only then."""
    if not settings.oidc_issuer:
        return None
    import httpx2

    from vernissage.web.openid import OpenID

    return OpenID(
        await stack.enter_async_context(httpx2.AsyncClient()),
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        name=settings.oidc_name,
        domains=settings.oidc_domains,
    )


async def _drained(runner: Runner, rooms: Rooms, seconds: float) -> None:
    """[OPS5] Let the runs that compute end, but for no longer than that."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(runner.drain(), rooms.drain())


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def sign_in_link(store: Store, user: str, base: str) -> str:
    """A one-time link that signs this user in."""
    from vernissage.web.identity import digest

    secret = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    await store.add_token(Token(secrets.token_hex(8), digest(secret), user, "sign_in", "start", now, now + LINK_LIVES))
    return f"{base}/sign-in?token={secret}"
