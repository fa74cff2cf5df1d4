"""Kernels to test with: a listener that can be awaited, and cells built to fail.

The cells are real programs: the real runner runs them in a real kernel.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TypeVar

from vernissage.ports import Died, Kernel, KernelReport, Kernels, KernelSpec
from vernissage_kernel import frames

Report = TypeVar("Report", bound=KernelReport)

DEADLINE = 60.0
"""Seconds after which a test that waits has failed."""


class Watched:
    """A kernel with all its reports."""

    def __init__(self) -> None:
        self.reports: list[KernelReport] = []
        self._changed = asyncio.Event()
        self._executions = 0
        self.kernel: Kernel

    @classmethod
    async def start(cls, kernels: Kernels, **spec: object) -> Watched:
        """Start a kernel that tells this object."""
        watched = cls()
        identifier = f"k{secrets.token_hex(8)}"
        watched.kernel = await kernels.start(KernelSpec(id=identifier, **spec), watched.hear)  # type: ignore[arg-type]
        return watched

    def hear(self, report: KernelReport) -> None:
        """The listener."""
        self.reports.append(report)
        self._changed.set()

    async def until(self, kind: type[Report], where: Callable[[Report], bool] = lambda _: True) -> Report:
        """The first report of that kind, awaited with a deadline."""
        async with asyncio.timeout(DEADLINE):
            while True:
                self._changed.clear()
                for report in self.reports:
                    if isinstance(report, kind) and where(report):
                        return report
                await self._changed.wait()

    def execute(self, source: str) -> int:
        """Send a cell of Python; its number."""
        self._executions += 1
        self.kernel.send(
            frames.Execute(execution=self._executions, cell="cell", name="Cell", work=frames.RunPython(source=source))
        )
        return self._executions

    async def started(self, source: str) -> int:
        """Send a cell and wait until it has said on standard output that it is well on its way."""
        execution = self.execute(source)
        await self.until(frames.Stream, lambda stream: stream.execution == execution)
        return execution

    async def run(self, source: str) -> str:
        """Run a cell to its end, which must be good; what it printed."""
        execution = self.execute(source)
        async with asyncio.timeout(DEADLINE):
            finished = asyncio.ensure_future(self.until(frames.Finished, lambda f: f.execution == execution))
            died = asyncio.ensure_future(self.until(Died))
            try:
                await asyncio.wait([finished, died], return_when=asyncio.FIRST_COMPLETED)
            finally:
                died.cancel()
        assert finished.done(), self.reports[-1]
        errors = [r for r in self.reports if isinstance(r, frames.ErrorRaised) and r.execution == execution]
        assert finished.result().ok, errors
        return self.printed(execution)

    def printed(self, execution: int, name: str = "") -> str:
        """What an execution printed so far."""
        return "".join(
            report.text
            for report in self.reports
            if isinstance(report, frames.Stream) and report.execution == execution and name in ("", report.name)
        )

    async def died(self) -> Died:
        """How it ended."""
        return await self.until(Died)


# --- built to fail ----------------------------------------------------------------------------------

IGNORES_INTERRUPTS = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("on", flush=True)
while True: pass
"""

SWALLOWS_INTERRUPTS = """
on = False
while True:
    try:
        while True:
            if not on:
                on = True
                print("on", flush=True)
    except KeyboardInterrupt:
        pass
"""

EATS_MEMORY = """
import time
held = []
while True:
    held.append(bytearray(b"x") * (8 << 20))
    time.sleep(0.02)
"""

CHILDREN_EAT_MEMORY = """
import subprocess, sys
eater = "held = bytearray(b'x') * (120 << 20); import time; time.sleep(60)"
subprocess.Popen([sys.executable, "-S", "-c", eater], start_new_session=True)
subprocess.run([sys.executable, "-S", "-c", eater])
"""

_SOCKETS = """
import os
sockets = []
for name in os.listdir("/proc/self/fd"):
    try:
        if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
            sockets.append(int(name))
    except OSError:
        pass
"""

CLOSES_CHANNEL = _SOCKETS + "for s in sockets: os.close(s)\nimport time; time.sleep(60)"

SENDS_GARBAGE = (
    _SOCKETS + "for s in sockets: os.write(s, b'\\0\\0\\0\\x04\\xc1\\xc1\\xc1\\xc1')\nimport time; time.sleep(60)"
)

SENDS_GIANT_HEADER = _SOCKETS + "for s in sockets: os.write(s, b'\\xff\\xff\\xff\\xff')\nimport time; time.sleep(60)"


def sends(frame: frames.KernelFrame) -> str:
    """A cell that writes this frame into the channel by itself."""
    import msgspec

    body = msgspec.msgpack.encode(frame)
    return (
        _SOCKETS
        + f"for s in sockets: os.write(s, {len(body).to_bytes(4, 'big') + body!r})\nimport time; time.sleep(60)"
    )


SENDS_A_BOMB = (
    _SOCKETS
    + """
head = b"\\x83\\xa5frame\\xa7display\\xa9execution\\x01\\xa4data\\x81\\xa1x\\xdd"
body = head + (20_000_000).to_bytes(4, "big") + b"\\x90" * 20_000_000
for s in sockets:
    left = memoryview(len(body).to_bytes(4, "big") + body)
    while left: left = left[os.write(s, left):]
"""
)
"""A result of 20 MB that would be more than a gigabyte of lists once it is decoded."""

PRINTS_100_MB = """
line = "x" * 99_999 + "\\n"
for _ in range(1_000): print(line, end="")
"""

WRITES_100_MB_BELOW_PYTHON = """
import os
line = b"y" * 99_999 + b"\\n"
for _ in range(1_000): os.write(1, line)
"""

SHOWS_TOO_MUCH = "for n in range(6_000): display(n)"

EXITS = "import os; os._exit(3)"

CRASHES = "import ctypes; ctypes.string_at(0)"

KILLS_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"

LEAVES_ITS_GROUP = """
import os, sys, time
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.environ.clear()
        os.chdir("/")
        os.setsid()
        os.write(writing, str(os.getpid()).encode())
        while True: time.sleep(60)
    os._exit(0)
os.wait()
print(os.read(reading, 100).decode(), flush=True)
"""

NEVER_ENDS = "print('on', flush=True)\nwhile True: pass"
