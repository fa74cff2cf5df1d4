"""A kernel without a server: real processes, frames over a socket, every wait with a deadline."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from vernissage_kernel import frames
from vernissage_kernel.frames import Display, ErrorRaised, Finished, HostFrame, KernelFrame, Started, Stream

DEADLINE = 20.0

Frame = TypeVar("Frame", bound=KernelFrame)


class Outcome:
    """All frames of one execution."""

    def __init__(self, frames: list[KernelFrame]) -> None:
        self.frames = frames

    def all(self, kind: type[Frame]) -> list[Frame]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    def one(self, kind: type[Frame]) -> Frame:
        (frame,) = self.all(kind)
        return frame

    @property
    def error(self) -> ErrorRaised:
        return self.one(ErrorRaised)

    @property
    def finished(self) -> Finished:
        return self.one(Finished)

    @property
    def data(self) -> dict[str, Any]:
        """The bundle of the only display."""
        return self.one(Display).data

    def printed(self, name: str = "stdout") -> str:
        return "".join(frame.text for frame in self.all(Stream) if frame.name == name)


class LoneKernel:
    """The host's end of one kernel."""

    def __init__(self, pid: int, link: socket.socket, home: Path) -> None:
        self.pid = pid
        self.home = home
        self._link = link
        self._link.settimeout(DEADLINE)
        self._executions = 0
        self._requests = 0
        self.ready = self.receive()

    def send(self, frame: HostFrame) -> None:
        body = msgspec.msgpack.encode(frame)
        self._link.sendall(len(body).to_bytes(4, "big") + body)

    def receive(self) -> KernelFrame | None:
        header = self._read(4)
        if not header:
            return None
        frame: KernelFrame = msgspec.msgpack.decode(self._read(int.from_bytes(header, "big")), type=KernelFrame)
        return frame

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._link.recv(size - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def begin(self, work: frames.AnyWork | str, cell: str = "cell", name: str = "Cell") -> int:
        """Start an execution; its number. Text is a Python cell's source."""
        self._executions += 1
        if isinstance(work, str):
            work = frames.RunPython(work)
        self.send(frames.Execute(execution=self._executions, cell=cell, name=name, work=work))
        return self._executions

    def end(self) -> Outcome:
        """What comes until the execution has finished."""
        found: list[KernelFrame] = []
        while not isinstance(frame := self.receive(), Finished):
            assert frame is not None, "the kernel has gone"
            found.append(frame)
        return Outcome([*found, frame])

    def run(self, work: frames.AnyWork | str, cell: str = "cell", name: str = "Cell") -> Outcome:
        """Run one cell."""
        self.begin(work, cell, name)
        outcome = self.end()
        # What is printed outside any execution (by a thread, by a library that was interrupted) may come at any time.
        own = [one for one in outcome.frames if not (isinstance(one, frames.Stream) and one.execution == 0)]
        assert isinstance(own[0], Started)
        return outcome

    def ask(self, kind: type[Any], **fields: Any) -> Any:
        """Send a request; the reply."""
        self._requests += 1
        self.send(kind(request=self._requests, **fields))
        reply: Any = self.receive()
        assert reply.request == self._requests
        return reply

    def until_printed(self, text: str) -> None:
        """Wait until the running cell has printed this."""
        while not (isinstance(frame := self.receive(), Stream) and text in frame.text):
            assert not isinstance(frame, Finished | None)

    def interrupt(self) -> None:
        os.kill(self.pid, signal.SIGINT)

    def close(self) -> None:
        self._link.close()


class Mother:
    """The process that kernels are forked from."""

    def __init__(self) -> None:
        self._control, end = socket.socketpair()
        self._control.settimeout(60)
        root = Path(__file__).resolve().parents[2]
        environment = {**os.environ, "PYTHONPATH": str(root / "src")}
        program = str(Path(__file__).with_name("mother.py"))
        self._process = subprocess.Popen([sys.executable, program], stdin=end.fileno(), env=environment)
        end.close()
        self.prepared: dict[str, Any] = msgspec.msgpack.decode(self._control.recv(1 << 16))

    def kernel(self, home: Path, context: Mapping[str, Any]) -> LoneKernel:
        host, end = socket.socketpair()
        socket.send_fds(
            self._control, [msgspec.msgpack.encode({"home": str(home), "context": dict(context)})], [end.fileno()]
        )
        end.close()
        return LoneKernel(msgspec.msgpack.decode(self._control.recv(1 << 10)), host, home)

    def close(self) -> None:
        self._control.close()
        self._process.wait(timeout=DEADLINE)
