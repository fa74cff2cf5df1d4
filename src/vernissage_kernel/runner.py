"""The kernel's life: answers the host's frames, one after another, until it is told to end.

    prepare()  once, in the zygote, before any fork: imports, the shell, first-use costs
       │ fork
    serve()    in the child: Ready, then a frame at a time until Shutdown or the end of the socket

Promise: after `prepare` the process has the one thread that it began with. An execution always ends with
`Finished`, its error before it; nothing that it printed or showed comes after.
Left alone: the fork and its walls (`zygote`, `confine`), limits of time and memory (the host).
"""

from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Mapping
from typing import Any, assert_never

from vernissage_kernel import context as run_state
from vernissage_kernel import tracebacks
from vernissage_kernel.channel import Channel, Interrupts
from vernissage_kernel.frames import (
    AnyWork,
    Complete,
    DrawChart,
    Execute,
    Finished,
    ForgetVariables,
    Inspect,
    ListVariables,
    PageTable,
    ReadOptions,
    Ready,
    RenderMarkdown,
    RequestFailed,
    RequestFrame,
    RunPython,
    RunSql,
    SaveTable,
    SetVariables,
    ShowTable,
    ShowValue,
    Shutdown,
    Started,
)
from vernissage_kernel.shell import KernelShell, make_shell

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "ARROW_IO_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class Runner:
    """A kernel. Made before the fork, served after it."""

    def __init__(self, shell: KernelShell) -> None:
        self._shell = shell
        self._interrupts = Interrupts()
        self._channel: Channel | None = None

    def serve(self, channel: socket.socket, context: Mapping[str, Any]) -> None:
        """Serve one host until Shutdown or the end of the socket. `context`: the fields of `RunContext`, and `secrets`."""
        run_state.enter(context)
        self._interrupts.install()
        self._channel = Channel(channel, self._interrupts)
        self._shell.attach(self._channel)
        self._channel.send(Ready(python=platform.python_version()))
        while (frame := self._channel.receive()) is not None:
            match frame:
                case Execute():
                    self._execute(self._channel, frame)
                case SetVariables():
                    self._shell.user_ns.update(frame.values)
                case ForgetVariables():
                    for name in frame.names:
                        self._shell.user_ns.pop(name, None)
                case Complete() | Inspect() | ListVariables() | PageTable() | SaveTable():
                    self._answer(self._channel, frame)
                case Shutdown():
                    break
                case never:
                    assert_never(never)

    def _execute(self, channel: Channel, frame: Execute) -> None:
        outlet = self._shell.outlet
        outlet.execution = frame.execution
        channel.send(Started(execution=frame.execution))
        self._interrupts.install()
        begin = time.perf_counter()
        error: BaseException | None
        try:
            with self._interrupts.while_running():
                error = self._run(frame.cell, frame.name, frame.work)
        except BaseException as raised:  # Whatever it is, it is how this execution ended.
            self._interrupts.armed = False
            error = raised
        elapsed = time.perf_counter() - begin
        outlet.settle()
        if error is not None:
            channel.send(tracebacks.describe(error, frame.execution, file=self._shell.compile.file))
        channel.send(Finished(execution=frame.execution, ok=error is None, elapsed=elapsed))
        outlet.execution = 0

    def _run(self, cell: str, name: str, work: AnyWork) -> BaseException | None:
        match work:
            case RunPython():
                return self._shell.run(cell, name, work.source)
            case RunSql() | RenderMarkdown() | DrawChart() | ShowTable() | ShowValue() | ReadOptions():
                raise NotImplementedError(type(work).__name__)
            case never:
                assert_never(never)

    def _answer(self, channel: Channel, frame: RequestFrame) -> None:
        channel.send(RequestFailed(request=frame.request, message="This kernel cannot answer that yet."))


def prepare() -> Runner:
    """Import and prime all that cells commonly use. Once, before any fork; leaves the process with one thread."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"
    return Runner(make_shell())
