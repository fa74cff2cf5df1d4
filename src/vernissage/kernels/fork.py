"""Kernels by fork: one zygote with everything imported, a fork of it for each kernel.

A zygote costs a second or two and is started ahead (`prepare`) or by the first kernel; a kernel costs
milliseconds. When a zygote dies, its kernels die with it and say so, and the next start makes a new one.

Promise: `close` leaves no process, descriptor, directory or task behind. `runtime` belongs to this object
alone; what a server that crashed left there is removed at the first start.
Left alone: what happens between a kernel and its host (`host`), inside a kernel (`vernissage_kernel`).
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Any, assert_never

import msgspec

from vernissage.kernels import directory, processes
from vernissage.kernels.host import ForkedKernel
from vernissage.ports import KernelSpec, Listener, NoKernel
from vernissage_kernel.control import (
    MAX_CONTROL,
    Exited,
    Fork,
    Forked,
    FromZygote,
    NotForked,
    Prelude,
    Prepared,
    Swept,
    Unable,
)

PREPARE_SECONDS = 120.0
"""For the imports of an environment on a slow disk."""

START_SECONDS = 30.0
"""From the request of a kernel to its Ready, on a machine that is swamped."""

WATCH_SECONDS = 0.5
"""Between two looks at the memory of busy kernels; idle ones are looked at each fourth time."""

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "ARROW_IO_THREADS")


def clean_environment(home: Path) -> dict[str, str]:
    """What a zygote is started with: this list, and nothing else of the server's own environment."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    kept.setdefault("PATH", os.defpath)
    kept.setdefault("LANG", "C.UTF-8")
    own = {"HOME": home, "TMPDIR": home / "tmp", "IPYTHONDIR": home / "ipython", "MPLCONFIGDIR": home / "matplotlib"}
    for path in own.values():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Threads do not survive a fork; the child raises the numbers.
    return kept | {name: str(path) for name, path in own.items()} | dict.fromkeys(_ONE_THREAD, "1")


class ForkKernels:
    """Keeps the promise of `ports.Kernels` on this machine."""

    def __init__(
        self,
        runtime: Path,
        *,
        reads: Iterable[Path] = (),
        writes: Iterable[Path] = (),
        threads: int = 0,
    ) -> None:
        """`runtime`: a directory for this object alone. `reads`, `writes`: paths outside that every kernel may
        read, or write.
        `threads`: of numerical libraries in each kernel; 0 = as many as there are processors."""
        self._runtime = runtime
        self._reads = tuple(str(path) for path in reads)
        self._writes = tuple(str(path) for path in writes)
        self._threads = threads or len(os.sched_getaffinity(0))
        self._zygote: _Zygote | None = None
        self._preparing = asyncio.Lock()
        self._kernels: dict[str, ForkedKernel] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._cleaned = False

    async def prepare(self) -> Prepared:
        """Have a zygote ready, and say how it confines kernels. Raises NoKernel."""
        return (await self._have_zygote()).prepared

    async def start(self, spec: KernelSpec, listener: Listener) -> ForkedKernel:
        """A new kernel that has said Ready. Raises NoKernel."""
        zygote = await self._have_zygote()
        if spec.id in self._kernels:
            raise ValueError(f"there is a kernel {spec.id!r} already")
        own = directory.make(self._runtime, spec.id, spec.files, link=zygote.prepared.landlock > 0)
        ours, theirs = socket.socketpair()
        output, output_in = os.pipe()
        errors, errors_in = os.pipe()
        kernel = ForkedKernel(spec, listener, secrets.randbits(62) | 1, own, ours, output, errors)
        self._kernels[spec.id] = kernel
        self._spawn(self._bury(kernel, zygote))
        try:
            kernel.greet(
                Prelude(
                    directory=str(own),
                    files=tuple(str(file.path.resolve()) for file in spec.files),
                    reads=self._reads,
                    writes=self._writes,
                    memory=spec.limits.memory,
                    threads=self._threads,
                    context=spec.context,
                    secrets=spec.secrets,
                    unreadable=spec.unreadable,
                )
            )
            try:
                await zygote.fork(kernel, theirs, output_in, errors_in)
            finally:
                theirs.close()
                os.close(output_in)
                os.close(errors_in)
            async with asyncio.timeout(START_SECONDS):
                # Not awaited itself, so that the kernel's own end and our being cancelled are told apart.
                await asyncio.wait([kernel.ready])
        except TimeoutError:
            kernel.abandon()
            await kernel.gone.wait()
            raise NoKernel(
                f"The new kernel was not ready after {START_SECONDS:.0f} seconds. The machine is very busy: try "
                f"again later."
            ) from None
        except BaseException:
            kernel.abandon()
            raise
        if kernel.ready.cancelled():
            await kernel.gone.wait()
            why = kernel.setup_errors.strip().rpartition("\n")[2] or "it ended at once"
            raise NoKernel(f"No kernel could be started ({why}). Try again; `vernissage doctor` says more.")
        return kernel

    async def close(self) -> None:
        """End every kernel and what made them."""
        self._closed = True
        await asyncio.gather(*(kernel.stop() for kernel in tuple(self._kernels.values())))
        if self._zygote is not None:
            await self._zygote.end()
            self._zygote = None
        # The memory watch ends with its last kernel.
        await asyncio.gather(*self._tasks)

    # --- inside

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _have_zygote(self) -> _Zygote:
        async with self._preparing:
            if self._closed:
                raise NoKernel("The server is stopping, so it starts no kernels. Try again when it is back.")
            if self._zygote is not None and self._zygote.alive:
                return self._zygote
            if self._zygote is not None:
                await self._zygote.end()
                self._zygote = None
            home = self._runtime / "zygote"
            if not self._cleaned:
                self._runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
                for left in self._runtime.iterdir():
                    if left != home:
                        await asyncio.to_thread(directory.remove, left)
                self._cleaned = True
            zygote = _Zygote(clean_environment(home))
            try:
                async with asyncio.timeout(PREPARE_SECONDS):
                    await asyncio.wait([zygote.preparing])
            except BaseException as error:
                await zygote.end()
                if isinstance(error, TimeoutError):
                    raise NoKernel(
                        f"Python's packages were not imported after {PREPARE_SECONDS:.0f} seconds. Try again; "
                        "if it stays so, `vernissage doctor` says more."
                    ) from None
                raise
            if failure := zygote.failure:
                await zygote.end()
                raise NoKernel(f"Kernels cannot be started: {failure}. Run `vernissage doctor`.")
            self._zygote = zygote
            return zygote

    async def _bury(self, kernel: ForkedKernel, zygote: _Zygote) -> None:
        """From a kernel's start to its last trace."""
        if not any(task.get_name() == "memory watch" for task in self._tasks):
            watch = asyncio.create_task(self._watch_memory(), name="memory watch")
            self._tasks.add(watch)
            watch.add_done_callback(self._tasks.discard)
        await kernel.exited.wait()
        await kernel.swept.wait()
        zygote.kernels.pop(kernel.id, None)
        await asyncio.to_thread(directory.remove, kernel.directory())
        self._kernels.pop(kernel.id, None)
        kernel.gone.set()

    async def _watch_memory(self) -> None:
        tick = 0
        while self._kernels:
            tick += 1
            orphans: Mapping[int, list[int]] = {}
            if self._zygote is not None and self._zygote.alive:
                orphans = processes.orphans(self._zygote.pid, [kernel.pid for kernel in self._kernels.values()])
            for kernel in tuple(self._kernels.values()):
                if kernel.busy or tick % 4 == 0:
                    kernel.weigh(orphans.get(kernel.mark, []))
            await asyncio.sleep(WATCH_SECONDS)


class _Zygote:
    """The host's end of one zygote."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._loop = asyncio.get_running_loop()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # -P: the directory that the server was started in is no place for kernels to import from.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "vernissage_kernel.zygote", str(theirs.fileno())],
                env=environment,
                cwd=environment["HOME"],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        self._control.setblocking(False)
        self._loop.add_reader(self._control, self._hear)
        self.preparing: asyncio.Future[None] = self._loop.create_future()
        self.prepared = Prepared(python="", threads=0, landlock=0, private_mounts=False)
        self.failure = ""
        self.kernels: dict[str, ForkedKernel] = {}
        self.alive = True
        self._sweeps: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def fork(self, kernel: ForkedKernel, channel: socket.socket, output: int, errors: int) -> None:
        """Ask for a process for this kernel; `born` or `unborn` answers."""
        self.kernels[kernel.id] = kernel
        message = msgspec.msgpack.encode(Fork(kernel=kernel.id, mark=kernel.mark))
        while True:
            if not self.alive:
                kernel.unborn("the process that kernels come from has ended")
                return
            try:
                socket.send_fds(self._control, [message], [channel.fileno(), output, errors])
                return
            except BlockingIOError:
                await asyncio.sleep(0.005)  # Hundreds were asked for at once.
            except OSError:
                self._lost()

    async def end(self) -> None:
        """Close the control socket, at which it ends what it forked and then itself; returns when it is gone."""
        self._lost()
        await asyncio.to_thread(self._process.wait)
        await asyncio.gather(*self._sweeps)

    def _hear(self) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, MAX_CONTROL, 1)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            message, descriptors = b"", []
        if not message:
            self._lost()
            return
        heard: FromZygote = msgspec.msgpack.decode(message, type=FromZygote)
        match heard:
            case Prepared():
                self.prepared = heard
                self.preparing.set_result(None)
            case Unable():
                self.failure = heard.message
                self.preparing.set_result(None)
            case Forked():
                self.kernels[heard.kernel].born(heard.pid, descriptors[0])
            case NotForked():
                self.kernels[heard.kernel].unborn(heard.message)
            case Exited():
                self.kernels[heard.kernel].buried(heard.status)
            case Swept():
                self.kernels[heard.kernel].swept.set()
            case never:
                assert_never(never)

    def _lost(self) -> None:
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._control)
        self._control.close()
        if not self.preparing.done():
            self.failure = "Python ended while it imported its packages; the server's log says why"
            self.preparing.set_result(None)
        for kernel in tuple(self.kernels.values()):
            if not kernel.swept.is_set():
                kernel.orphaned()
                sweep = asyncio.create_task(self._sweep(kernel))
                self._sweeps.add(sweep)
                sweep.add_done_callback(self._sweeps.discard)

    async def _sweep(self, kernel: ForkedKernel) -> None:
        await kernel.exited.wait()
        await processes.sweep(kernel.mark)
        kernel.swept.set()
