"""A kernel within the process, for tests of what happens around one: it runs Python cells, and starts in no time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.core.machine import execute
from vernissage.core.outputs import DisplayOutput, ErrorOutput, StreamOutput
from vernissage.ports import Died, KernelSpec, Listener
from vernissage_kernel import frames


class PlainKernel:
    """Keeps as much of the promise of `ports.Kernel` as Python cells need."""

    def __init__(self, spec: KernelSpec, listener: Listener) -> None:
        self.id = spec.id
        self._listener = listener
        self._namespace: dict[str, Any] = {}
        self._dead = False

    def send(self, frame: frames.HostFrame) -> None:
        asyncio.get_running_loop().call_soon(self._obey, frame)

    def _obey(self, frame: frames.HostFrame) -> None:
        if self._dead:
            return
        match frame:
            case frames.SetVariables(values):
                self._namespace |= values
            case frames.ForgetVariables(names):
                for name in names:
                    self._namespace.pop(name, None)
            case frames.Execute(execution, _, _, frames.RunPython(source)):
                ok, outputs = execute(source, self._namespace)
                for output in outputs:
                    match output:
                        case StreamOutput(name, text):
                            self._listener(frames.Stream(execution, name, text))
                        case DisplayOutput(data):
                            self._listener(frames.Display(execution, data, result=True))
                        case ErrorOutput(ename, evalue):
                            self._listener(frames.ErrorRaised(execution, ename, evalue, ()))
                self._listener(frames.Finished(execution, ok, 0.001))
            case _:
                raise AssertionError(frame)

    async def request(self, frame: frames.RequestFrame) -> frames.ReplyFrame:
        return frames.RequestFailed(0, "This kernel runs cells and does nothing else.")

    def interrupt(self) -> None:
        pass

    async def stop(self) -> None:
        if not self._dead:
            self._dead = True
            self._listener(Died("stopped", "It was stopped."))

    def directory(self) -> Path:
        return Path("/nowhere")

    def memory(self) -> int:
        return 0


class PlainKernels:
    """Keeps the promise of `ports.Kernels`."""

    async def start(self, spec: KernelSpec, listener: Listener) -> PlainKernel:
        kernel = PlainKernel(spec, listener)
        listener(frames.Ready("3.11.7"))
        return kernel

    async def close(self) -> None:
        pass
