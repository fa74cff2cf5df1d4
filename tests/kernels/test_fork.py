"""The fork server: what it is at the fork, what is left when kernels, it, or the server end."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC240
# What is waited for here is other processes, seen through /proc; nothing else runs on the loop meanwhile.

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support import kernels as cells
from tests.support.kernels import DEADLINE, Watched
from vernissage.kernels import ForkKernels, fork, host, processes
from vernissage.ports import KernelSpec, Limits, NoKernel
from vernissage_kernel import confine, frames

pytestmark = pytest.mark.anyio


async def gone(pid: int) -> None:
    """Wait until no such process is left."""
    async with asyncio.timeout(DEADLINE):
        while Path(f"/proc/{pid}/stat").exists():
            await asyncio.sleep(0.01)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_ker34_the_fork_server_has_one_thread(kernels: ForkKernels) -> None:
    assert (await kernels.prepare()).threads == 1
    kernel = await Watched.start(kernels)
    await kernel.run("import numpy as np; (np.ones((300, 300)) @ np.ones((300, 300))).sum()")
    zygote = int(await kernel.run("import os; print(os.getppid())"))
    assert len(list(Path(f"/proc/{zygote}/task").iterdir())) == 1
    await kernel.kernel.stop()


async def test_ker5_two_kernels_draw_different_numbers(kernels: ForkKernels) -> None:
    source = "import random, numpy as np; print(random.random(), np.random.rand())"
    drawn = []
    for _ in range(2):
        kernel = await Watched.start(kernels)
        drawn += (await kernel.run(source)).split()
        await kernel.kernel.stop()
    assert len(set(drawn)) == 4


async def test_ker20_descendants_that_left_the_group_end_with_the_kernel(kernels: ForkKernels) -> None:
    kernel, other = await Watched.start(kernels), await Watched.start(kernels)
    strays = [int(await kernel.run(cells.LEAVES_ITS_GROUP)) for _ in range(2)]
    others = int(await other.run(cells.LEAVES_ITS_GROUP))
    assert all(confine.mark_of(pid) == kernel.kernel.mark for pid in strays)  # type: ignore[attr-defined]
    await kernel.kernel.stop()
    assert not [pid for pid in strays if Path(f"/proc/{pid}").exists()]
    assert confine.mark_of(others) is not None
    await other.kernel.stop()
    assert not Path(f"/proc/{others}").exists()


async def test_ker20_a_descendant_that_lowers_its_mark_ends_too(kernels: ForkKernels) -> None:
    kernel = await Watched.start(kernels)
    stray = int(
        await kernel.run(
            cells.LEAVES_ITS_GROUP.replace("os.environ.clear()", "__import__('resource').setrlimit(10, (7, 7))")
        )
    )
    assert confine.mark_of(stray) == 7
    await kernel.kernel.stop()
    await gone(stray)


async def test_ker15_memory_of_descendants_that_left_counts(kernels: ForkKernels) -> None:
    kernel = await Watched.start(kernels, limits=Limits(memory=150 << 20))
    for _ in range(2):
        kernel.execute(cells.LEAVES_ITS_GROUP.replace("os.environ.clear()", "held = bytearray(b'x') * (90 << 20)"))
    assert (await kernel.died()).reason == "memory"
    await kernel.kernel.stop()


async def test_ker21_thirty_kernels_leave_nothing(kernels: ForkKernels) -> None:
    await kernels.prepare()
    await asyncio.to_thread(int)  # The executor's threads are the loop's own, and stay.
    first = await Watched.start(kernels)
    directory = first.kernel.directory().parent
    await first.kernel.stop()
    async with asyncio.timeout(DEADLINE):
        while len(asyncio.all_tasks()) > 2:  # This test, the fixtures' runner, until the memory watch has ended.
            await asyncio.sleep(0.05)
    before = descriptors(), len(asyncio.all_tasks()), sorted(directory.iterdir())
    zygote = kernels._zygote
    assert zygote is not None
    for _ in range(3):
        started = await asyncio.gather(*(Watched.start(kernels) for _ in range(10)))
        for kernel in started[:5]:
            kernel.execute(cells.NEVER_ENDS)
        await asyncio.gather(*(kernel.kernel.stop() for kernel in started))
        assert not confine.children_of(zygote.pid)
    async with asyncio.timeout(DEADLINE):
        while len(asyncio.all_tasks()) > before[1]:
            await asyncio.sleep(0.05)
    assert (descriptors(), len(asyncio.all_tasks()), sorted(directory.iterdir())) == before
    assert not zygote.kernels and not kernels._kernels


async def test_ker22_a_dead_fork_server_is_told_and_replaced(tmp_path: Path) -> None:
    own = ForkKernels(tmp_path / "runtime")
    kernel = await Watched.start(own)
    stray = int(await kernel.run(cells.LEAVES_ITS_GROUP))
    zygote = own._zygote
    assert zygote is not None
    os.kill(zygote.pid, signal.SIGKILL)
    died = await kernel.died()
    assert died.reason == "killed" and "a new kernel starts by itself" in died.sentence
    await kernel.kernel.stop()
    await gone(stray)
    second = await Watched.start(own)
    assert await second.run("print(1)") == "1\n"
    await own.close()


SERVER = """
import asyncio, sys
from pathlib import Path
from tests.support import kernels as cells
from tests.support.kernels import Watched
from vernissage.kernels import ForkKernels

async def main():
    kernels = ForkKernels(Path(sys.argv[1]))
    kernel = await Watched.start(kernels)
    stray = (await kernel.run(cells.LEAVES_ITS_GROUP)).strip()
    await kernel.run("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    print(kernels._zygote.pid, kernel.kernel.pid, stray, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_ker23_nothing_outlives_a_server_that_dies_without_a_word(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "runtime")],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert server.stdout is not None
    line = await asyncio.to_thread(server.stdout.readline)
    server.kill()
    server.wait()
    server.stdout.close()
    for pid in map(int, line.split()):
        await gone(pid)
    assert len(line.split()) == 3
    # What it left on disk is removed by the next server.
    own = ForkKernels(tmp_path / "runtime")
    await own.prepare()
    assert [path.name for path in (tmp_path / "runtime").iterdir()] == ["zygote"]
    await own.close()


async def test_ker6_a_kernel_that_cannot_set_itself_up_is_no_kernel(kernels: ForkKernels) -> None:
    await kernels.prepare()
    before = descriptors()
    with pytest.raises(NoKernel, match=r"could be started \(.+\)\. Try again"):
        # Its context is refused in the child, after the fork.
        await kernels.start(KernelSpec(id="broken", context=cast(Any, {"no such field": 1})), lambda _: None)
    assert descriptors() == before and "broken" not in kernels._kernels


async def test_ker6_a_fork_server_that_cannot_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    own = ForkKernels(tmp_path / "runtime")
    with pytest.raises(NoKernel, match="vernissage doctor"):
        await own.prepare()
    await own.close()


async def test_ker6_a_start_that_is_given_up_leaves_nothing(kernels: ForkKernels) -> None:
    await kernels.prepare()
    starting = [asyncio.ensure_future(Watched.start(kernels)) for _ in range(4)]
    for delay, start in enumerate(starting):
        for _ in range(delay * 3):
            await asyncio.sleep(0)
        start.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*starting)
    async with asyncio.timeout(DEADLINE):
        while kernels._kernels:
            await asyncio.sleep(0.01)
    zygote = kernels._zygote
    assert zygote is not None and not confine.children_of(zygote.pid)


async def test_ker3_a_long_frame_arrives_whole(kernels: ForkKernels) -> None:
    kernel = await Watched.start(kernels)
    kernel.kernel.send(frames.SetVariables(values={"text": "ä" * 5_000_000}))
    assert await kernel.run("print(len(text), set(text))") == "5000000 {'ä'}\n"
    await kernel.run("display(text)")
    shown = await kernel.until(frames.Display)
    assert shown.execution == 2
    await kernel.kernel.stop()


async def test_ker10_a_listener_that_fails_still_hears_the_rest(kernels: ForkKernels) -> None:
    heard: list[object] = []
    faults: list[object] = []

    def listener(report: object) -> None:
        heard.append(report)
        if isinstance(report, frames.Started):
            raise LookupError("a fault of the listener")

    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault["exception"]))
    try:
        kernel = await kernels.start(KernelSpec(id="faulty"), listener)
        kernel.send(frames.Execute(execution=1, cell="c", name="c", work=frames.RunPython(source="1")))
        async with asyncio.timeout(DEADLINE):
            while not any(isinstance(report, frames.Finished) for report in heard):
                await asyncio.sleep(0.01)
        await kernel.stop()
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert [type(report) for report in heard].count(frames.Started) == 1
    assert [type(fault) for fault in faults] == [LookupError]


async def test_ker1_a_directory_and_an_identity_of_its_own(kernels: ForkKernels) -> None:
    kernel = await Watched.start(kernels)
    own = kernel.kernel.directory()
    assert await kernel.run("import os; print(os.getcwd())") == f"{own}/work\n"
    assert own.stat().st_mode & 0o777 == 0o700
    assert await kernel.run("import os; print(os.getsid(0) == os.getpid() == os.getpgid(0))") == "True\n"
    await kernel.run("open('helper.py', 'w').write('n = 9')")
    assert await kernel.run("import helper; print(helper.n)") == "9\n"
    with pytest.raises(ValueError, match="already"):
        await kernels.start(KernelSpec(id=kernel.kernel.id), lambda _: None)
    with pytest.raises(ValueError, match="no kernel id"):
        await kernels.start(KernelSpec(id=f"../{secrets.token_hex(4)}"), lambda _: None)
    await kernel.kernel.stop()


async def test_ker19_the_host_takes_no_frame_that_is_longer_than_allowed() -> None:
    assert host.READ_AT_ONCE < frames.MAX_FRAME
    assert fork.WATCH_SECONDS <= 0.5


def test_ker15_private_memory_is_what_this_process_holds_alone() -> None:
    before = processes.private_memory(os.getpid())
    held = bytearray(b"x") * (32 << 20)
    assert processes.private_memory(os.getpid()) - before > 24 << 20
    assert processes.resident_memory(os.getpid()) >= len(held)
    assert processes.private_memory(2**22 - 1) == 0


async def test_ker21_the_end_of_kernels_and_of_their_maker_is_silent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """[KER21] Nothing of it is written to the server's own standard error, even when the directory went first."""
    made = ForkKernels(tmp_path / "runtime")
    kernel = await Watched.start(made)
    await kernel.run("import os; os.makedirs('gone'); os.chdir('gone'); os.rmdir('../gone')")
    await kernel.kernel.stop()
    assert not any(isinstance(report, frames.Stream) for report in kernel.reports)
    shutil.rmtree(tmp_path / "runtime")
    await made.close()
    assert capfd.readouterr().err == ""
