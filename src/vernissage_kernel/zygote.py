"""The zygote: a process with everything imported, which forks kernels on request and buries them.

    exec (clean environment) → imports, one thread → gc.freeze → Prepared
        Fork ──► fork ──► child: own session, limits, fences ──► Runner.serve, until it ends
          └──► Forked (+ pidfd) … Exited (its status) … Swept (no descendant left)

Started as `python -m vernissage_kernel.zygote CONTROL_FD`. The control socket ties it to the host: at its
end of file the zygote kills what it has forked, and ends. Its death kills the kernels (PDEATHSIG).

Promise: one thread, no user code, no secret of the server. Descendants of a kernel, wherever they went, come
back to it as their subreaper and are known by their mark (`confine.wear_mark`).
Left alone: how cells run (`runner`), what a death means for people (the host).
"""

from __future__ import annotations

import contextlib
import gc
import os
import platform
import random
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec

from vernissage_kernel import confine
from vernissage_kernel.control import (
    MAX_CONTROL,
    Control,
    Exited,
    Fork,
    Forked,
    NotForked,
    Prelude,
    Prepared,
    Swept,
    Unable,
)
from vernissage_kernel.frames import Context
from vernissage_kernel.runner import ONE_THREAD, Runner, prepare

SETUP_FAILED = 70
"""Exit status of a child that could not set itself up; why stands in its standard error."""


class Zygote:
    """One thread, one loop: requests of the host, and the ends of its children."""

    def __init__(self, control: socket.socket, runner: Runner) -> None:
        self._control = control
        self._runner = runner
        self._pid = os.getpid()
        self._kernels: dict[int, tuple[str, int]] = {}
        """Process id → kernel's id, its mark."""
        self._sweeping: dict[str, int] = {}
        """Kernel's id → mark, of kernels that ended and may have left descendants."""
        home = Path(os.environ["HOME"])
        grounds = confine.Grounds(also_readable=(home / "matplotlib",))
        private_mounts = confine.prepare_own_mounts()
        confine.bound_capabilities()
        self._ahead = _Ahead(self._pid, grounds, private_mounts, confine.system_call_filter(), _thread_pools())

    def run(self) -> None:
        """Serve until the host is gone; then end everything."""
        # Without a handler the wake-up descriptor is not written to.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        waking, woken = socket.socketpair()
        waking.setblocking(False)
        woken.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        confine.become_subreaper()
        self._ahead.measure()
        gc.collect()
        gc.freeze()
        self._tell(
            Prepared(
                python=platform.python_version(),
                threads=len(list(Path("/proc/self/task").iterdir())),
                landlock=self._ahead.grounds.landlock,
                private_mounts=self._ahead.private_mounts,
            )
        )
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(waking, select.POLLIN)
        while True:
            # A descendant that is being swept may fork once more before it dies: look again soon.
            ready = dict(poll.poll(10 if self._sweeping else None))
            if waking.fileno() in ready:
                with contextlib.suppress(BlockingIOError):
                    waking.recv(4096)
            self._bury()
            if self._control.fileno() in ready and not self._hear():
                break
        for pid in self._kernels:
            os.kill(pid, signal.SIGKILL)
        self._end_all()

    # --- requests

    def _hear(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, MAX_CONTROL, 3)
        if not message:
            return False
        request = msgspec.msgpack.decode(message, type=Fork)
        channel, output, errors = descriptors
        try:
            pid = os.fork()
        except OSError as error:
            self._tell(NotForked(kernel=request.kernel, message=error.strerror or str(error)))
            pid = -1
        if pid == 0:
            _Child(self._ahead).live(self._runner, channel, output, errors, request.mark)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid > 0:
            self._kernels[pid] = (request.kernel, request.mark)
            # Not reaped yet, so the number is this child's for certain.
            pidfd = os.pidfd_open(pid)
            try:
                self._tell(Forked(kernel=request.kernel, pid=pid), pidfd)
            finally:
                os.close(pidfd)
        return True

    def _tell(self, message: Control, *descriptors: int) -> None:
        # A host that went away is met at the next read, as end of file.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._control, [msgspec.msgpack.encode(message)], descriptors)

    # --- ends

    def _bury(self) -> None:
        """Reap whoever ended, then kill what ended kernels left behind."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self._kernels:
                kernel, mark = self._kernels.pop(pid)
                self._tell(Exited(kernel=kernel, status=os.waitstatus_to_exitcode(status)))
                self._sweeping[kernel] = mark
        if not self._sweeping:
            return
        left: dict[int, list[int]] = {}
        for pid in confine.children_of(self._pid):
            worn = confine.mark_of(pid)
            # A mark of no kernel was lowered by user code that hides: it goes with the first that ends.
            if pid not in self._kernels and worn is not None:
                left.setdefault(worn, []).append(pid)
        living = {mark for _, mark in self._kernels.values()}
        swept = set(self._sweeping.values())
        for mark, pids in left.items():
            if mark in swept or mark not in living:
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
        for kernel, mark in list(self._sweeping.items()):
            if mark not in left:
                del self._sweeping[kernel]
                self._tell(Swept(kernel=kernel))

    def _end_all(self) -> None:
        """Kill and reap until no child is left: every descendant becomes a child once its parent has gone."""
        while True:
            for pid in confine.children_of(self._pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return


@dataclass
class _Ahead:
    """What the zygote found out and made ready once, so that no child has to."""

    zygote: int
    """Its process id."""
    grounds: confine.Grounds
    private_mounts: bool
    filter_system_calls: Callable[[], None]
    raise_threads: Callable[[int], None]
    mapped: int = 0
    """`confine.mapped_memory`."""
    handled: tuple[signal.Signals, ...] = ()
    """Signals that do something else than by default."""

    def measure(self) -> None:
        """Right before the first fork."""
        self.mapped = confine.mapped_memory()
        numbers = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
        self.handled = tuple(
            signal.Signals(one) for one in numbers if signal.getsignal(one) not in (signal.SIG_DFL, None)
        )
        # The first one touches much that each child would have to copy.
        _read_prelude(msgspec.msgpack.encode(Prelude("", (), (), (), 0, 1, Context(), {"a": ""}, {"a": ""})))


class _Child:
    """What a fresh fork does to become a kernel, in an order that matters."""

    def __init__(self, ahead: _Ahead) -> None:
        self._ahead = ahead

    def live(self, runner: Runner, channel: int, output: int, errors: int, mark: int) -> NoReturn:
        """Be the kernel, then end without unwinding into the zygote's loop."""
        status = SETUP_FAILED
        try:
            os.dup2(output, 1)
            os.dup2(errors, 2)
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            signal.set_wakeup_fd(-1)
            for number in self._ahead.handled:
                signal.signal(number, signal.SIG_DFL)
            # Python's own habits: a broken pipe is an exception, an interrupt a KeyboardInterrupt.
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            link = socket.socket(fileno=channel)
            self._settle(_prelude(link), link, mark, runner)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1 if end.code else 0
        except BaseException:  # noqa: BLE001  The last frame of this process: nobody is above to be told.
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                _run_exit_handlers()
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _settle(self, prelude: Prelude, link: socket.socket, mark: int, runner: Runner) -> None:
        directory = Path(prelude.directory)
        private_mounts = self._ahead.private_mounts
        confine.set_limits(prelude.memory, self._ahead.mapped)
        confine.wear_mark(mark)
        if private_mounts:
            confine.own_mounts(directory, map(Path, prelude.writes), prelude.memory)
        os.chdir(directory / "work")
        confine.drop_capabilities()
        shared = (Path("/dev/shm"),) if private_mounts else ()  # noqa: S108  Ours alone by now.
        self._ahead.grounds.enforce(
            writes=(directory, *shared, *map(Path, prelude.writes)), reads=map(Path, (*prelude.reads, *prelude.files))
        )
        # Also closes the grounds' own descriptors, the control socket and whatever an import has opened.
        os.set_inheritable(link.fileno(), False)
        os.closerange(3, link.fileno())
        os.closerange(link.fileno() + 1, 65_536)
        self._ahead.filter_system_calls()
        confine.die_with_parent(self._ahead.zygote)
        _own_environment(directory, prelude.threads)
        _reseed()
        self._ahead.raise_threads(prelude.threads)
        sys.path.insert(0, str(directory / "work"))
        runner.serve(link, prelude.context, prelude.secrets, prelude.unreadable)


_read_prelude = msgspec.msgpack.Decoder(Prelude).decode


def _prelude(link: socket.socket) -> Prelude:
    link.setblocking(True)
    size = int.from_bytes(_exactly(link, 4), "big")
    return _read_prelude(_exactly(link, size))


def _exactly(link: socket.socket, size: int) -> bytes:
    data = link.recv(size, socket.MSG_WAITALL) if size else b""
    if len(data) != size:
        raise SystemExit(0)  # The host gave up on this kernel.
    return data


def _own_environment(directory: Path, threads: int) -> None:
    """Point everything that is written at the kernel's own directory."""
    os.environ.update(
        HOME=str(directory / "home"),
        TMPDIR=str(directory / "tmp"),
        IPYTHONDIR=str(directory / "home" / ".ipython"),
        VERNISSAGE_KERNEL_DIRECTORY=str(directory),
    )
    for name in ONE_THREAD:
        os.environ[name] = str(threads)
    # It keeps the zygote's temporary directory once it was asked.
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile.tempdir = None  # type: ignore[attr-defined]


def _reseed() -> None:
    """Two forks must not draw the same numbers. `random` does it by itself, numpy does not."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _thread_pools() -> Callable[[int], None]:
    """Find the thread pools of numerical libraries now, so that a child only has to set their sizes."""
    controllers = None
    if "numpy" in sys.modules:
        try:
            from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]
        except ImportError:
            pass  # Then BLAS stays at one thread, which is slower and never wrong.
        else:
            controllers = ThreadpoolController().lib_controllers

    def raise_to(threads: int) -> None:
        for controller in controllers or ():
            controller.set_num_threads(threads)
        arrow = sys.modules.get("pyarrow")
        if arrow is not None:
            arrow.set_cpu_count(threads)
            arrow.set_io_thread_count(max(threads, 2))

    return raise_to


def _run_exit_handlers() -> None:
    """What user code registered with `atexit`, while it can still print."""
    import atexit

    atexit._run_exitfuncs()


def main() -> None:
    """Serve the host at the other end of the descriptor that the command line names."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # SIGINT of a terminal reaches the server's whole group; the server decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        zygote = Zygote(control, prepare())
    except Exception as error:
        socket.send_fds(control, [msgspec.msgpack.encode(Unable(message=f"{type(error).__name__}: {error}"))], [])
        raise
    zygote.run()


if __name__ == "__main__":
    main()
