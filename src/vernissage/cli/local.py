"""A run without a server: the machine of every session, one kernel, nothing kept.

The parts meet here and not in `app`, because a run of a file needs none of the server's: no data directory, no
database, no HTTP. So it starts in the time that a kernel takes.

Promises: the code runs in the same fences as on a server; when the run has ended nothing is left, whatever ended it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from vernissage.kernels import ForkKernels, harden_server
from vernissage.settings import Settings

if TYPE_CHECKING:  # `run_document` imports them while the kernel starts
    from vernissage.actors.secrets import Given
    from vernissage.core.document import Document
    from vernissage.core.inputs import Value
    from vernissage.core.outputs import CellRun
    from vernissage.core.session import Session


class MachineClock:
    """Keeps the promise of `ports.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class BlobsInMemory:
    """Keeps the promise of `ports.Blobs` for one run, except that there is no file to read them from."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, data: bytes) -> str:
        hash = hashlib.sha256(data).hexdigest()
        self._kept[hash] = data
        return hash

    async def put_file(self, path: Path, limit: int) -> tuple[str, int]:
        data = await asyncio.to_thread(_plain_file, path, limit)
        return await self.put(data), len(data)

    async def get(self, hash: str) -> bytes | None:
        return self._kept.get(hash)

    def path(self, hash: str) -> Path | None:  # noqa: ARG002 - the port's
        return None


def _plain_file(path: Path, limit: int) -> bytes:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > limit:
        raise ValueError(f"{path.name} is no file of at most {limit:,} bytes")
    return path.read_bytes()


class NoPages:
    """Keeps the promise of `ports.TableReader` where no table is kept: nobody turns pages on a terminal."""

    async def page(self, hash: str, query: Any) -> tuple[tuple[tuple[Any, ...], ...], int]:  # noqa: ARG002
        raise KeyError(hash)

    async def page_of_head(self, head: dict[str, Any], query: Any) -> tuple[tuple[tuple[Any, ...], ...], int]:  # noqa: ARG002
        raise KeyError(str(head.get("table")))

    async def csv(self, hash: str, query: Any) -> AsyncIterator[bytes]:  # noqa: ARG002
        raise KeyError(hash)
        yield b""

    async def csv_of_head(self, head: dict[str, Any], query: Any) -> AsyncIterator[bytes]:  # noqa: ARG002
        raise KeyError(str(head.get("table")))
        yield b""


@asynccontextmanager
async def local_kernels(settings: Settings) -> AsyncIterator[ForkKernels]:
    """Kernels of this process alone; they begin to get ready at once."""
    harden_server()  # the environment may hold a token
    with tempfile.TemporaryDirectory(prefix="vernissage-run-") as folder:
        kernels = ForkKernels(Path(folder) / "kernels", reads=settings.kernel_reads, writes=settings.kernel_writes)
        warm = asyncio.create_task(kernels.prepare(), name="prepare kernels")
        try:
            await asyncio.sleep(0)  # lets its process start before this one goes on importing
            yield kernels
        finally:
            warm.cancel()
            await asyncio.gather(warm, return_exceptions=True)
            await kernels.close()


async def run_document(
    kernels: ForkKernels,
    settings: Settings,
    document: Document,
    files: Mapping[str, Path],
    inputs: Mapping[str, Value],
    presses: tuple[str, ...],
    watch: Callable[[Session], None],
    given: Given | None = None,
) -> tuple[Session, BlobsInMemory]:
    """Run a document top to bottom in a new kernel. `watch` is told the session's state whenever it changed; what comes
    back is the last one, and what its outputs refer to. `given`: the secrets that the code may read."""
    from vernissage.actors.connection import Connection, Viewer
    from vernissage.actors.driver import Driver
    from vernissage.actors.room import Room
    from vernissage.core.session import Begin, open_session
    from vernissage.ports import KernelFile, KernelSpec, Limits
    from vernissage_kernel.frames import Context

    blobs, clock = BlobsInMemory(), MachineClock()

    async def spec() -> KernelSpec:
        limits = Limits(
            memory=settings.kernel_memory_mb * 1024**2,
            execution_seconds=settings.kernel_seconds,
            output=settings.kernel_output_kb * 1024,
        )
        held = tuple(KernelFile(name, path.resolve()) for name, path in files.items())
        context = Context(trigger="api", timezone=document.timezone)
        values, unreadable = (given.values, given.unreadable) if given is not None else ({}, {})
        return KernelSpec(secrets.token_hex(12), limits, held, context, values, unreadable)

    room = Room(
        id=secrets.token_urlsafe(18),
        kind="preview",  # whoever watches sees all of it
        project="",
        state=replace(open_session("run", "api", document, inputs), presses=presses),
        driver=lambda report: Driver(kernels, blobs, lambda key, _: key, spec, report),
        clock=clock,
        tables=NoPages(),
    )
    me = Connection(Viewer("command line", "Command line"), "FULL_ACCESS", "")
    try:
        room.enter(me)
        room.apply(Begin("api"))
        while room.state.active and await me.take() is not None:
            watch(room.state)  # a message says that something changed; what, the state itself says best
        watch(room.state)
        return room.state, blobs
    finally:
        await room.close()


async def whole(run: CellRun, blobs: BlobsInMemory) -> list[Any]:
    """A cell's outputs for machines: what was kept apart stands in its bundle again."""
    from vernissage.core.outputs import DisplayOutput

    outputs: list[Any] = []
    for output in run.outputs:
        if isinstance(output, DisplayOutput) and output.blobs:
            data = dict(output.data)
            for mime, kept in output.blobs.items():
                content = await blobs.get(kept.hash)
                assert content is not None, "what a run keeps it keeps to its end"
                data[mime] = _plain(mime, content)
            output = msgspec.structs.replace(output, data=data, blobs={})
        outputs.append(msgspec.to_builtins(output))
    return outputs


def _plain(mime: str, content: bytes) -> Any:
    if mime.endswith("json"):
        return msgspec.json.decode(content)
    if mime.startswith("image/") and mime != "image/svg+xml":
        return base64.b64encode(content).decode()
    return content.decode("utf-8", "replace")
