"""What every implementation of `ports.Kernels` promises."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import kernels as cells
from tests.support.kernels import Watched
from vernissage.kernels import ForkKernels
from vernissage.ports import Died, KernelFile, Kernels, KernelSpec, Limits, NoKernel
from vernissage_kernel import frames

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=["fork"])
async def kernels(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kernels]:
    made = ForkKernels(Path(tmp_path_factory.mktemp("contract")) / "runtime")
    yield made
    await made.close()


@pytest.fixture
async def kernel(kernels: Kernels) -> AsyncIterator[Watched]:
    watched = await Watched.start(kernels)
    yield watched
    await watched.kernel.stop()


async def test_ker1_ready_comes_first_and_executions_keep_their_order(kernel: Watched) -> None:
    assert isinstance(kernel.reports[0], frames.Ready)
    numbers = [kernel.execute(f"print({n})") for n in range(5)]
    await kernel.until(frames.Finished, lambda f: f.execution == numbers[-1])
    assert [f.execution for f in kernel.reports if isinstance(f, frames.Finished)] == numbers
    assert [kernel.printed(n).strip() for n in numbers] == ["0", "1", "2", "3", "4"]


async def test_ker1_an_execution_is_started_then_shown_then_finished(kernel: Watched) -> None:
    await kernel.run("6 * 7")
    kinds = [type(report) for report in kernel.reports]
    assert kinds == [frames.Ready, frames.Started, frames.Display, frames.Finished]


async def test_ker1_a_kernel_that_has_started_can_be_interrupted_at_once(kernels: Kernels) -> None:
    # The process and its maker tell of its birth over two sockets, in either order.
    for _ in range(20):
        kernel = await Watched.start(kernels)
        assert kernel.kernel.memory() > 0
        execution = kernel.execute("while True: pass")
        kernel.kernel.interrupt()
        await kernel.until(frames.Finished, lambda f, execution=execution: f.execution == execution)  # type: ignore[misc]
        await kernel.kernel.stop()


async def test_ker2_what_subprocesses_print_comes_before_finished(kernel: Watched) -> None:
    source = (
        "import os, subprocess; os.write(1, b'below\\n'); subprocess.run('echo out; echo err >&2', shell=True); None"
    )
    printed = await kernel.run(source)
    assert "below\nout\n" in printed
    assert kernel.printed(1, "stderr") == "err\n"
    last = max(i for i, r in enumerate(kernel.reports) if isinstance(r, frames.Stream))
    assert isinstance(kernel.reports[last + 1], frames.Finished)


async def test_ker3_a_request_is_answered(kernel: Watched) -> None:
    await kernel.run("answer = 42")
    answer = await kernel.kernel.request(frames.ListVariables(request=0))
    assert isinstance(answer, frames.VariableList | frames.RequestFailed)


async def test_ker3_a_request_fails_when_the_kernel_dies_meanwhile(kernels: Kernels) -> None:
    kernel = await Watched.start(kernels)
    await kernel.started(cells.NEVER_ENDS)
    asking = asyncio.ensure_future(kernel.kernel.request(frames.ListVariables(request=0)))
    await asyncio.sleep(0)
    await kernel.kernel.stop()
    assert isinstance(await asking, frames.RequestFailed)
    assert isinstance(await kernel.kernel.request(frames.ListVariables(request=0)), frames.RequestFailed)


async def test_ker4_files_lie_under_their_names(kernels: Kernels, tmp_path: Path) -> None:
    blob = tmp_path / "5d41"
    blob.write_text("a,b\n1,2\n")
    files = (KernelFile("data.csv", blob), KernelFile("sub/more.csv", blob))
    kernel = await Watched.start(kernels, files=files)
    assert await kernel.run("print(open('data.csv').read(), open('sub/more.csv').read())") == "a,b\n1,2\n a,b\n1,2\n\n"
    await kernel.kernel.stop()
    assert blob.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", ""])
async def test_ker4_names_outside_of_the_working_directory_are_refused(
    kernels: Kernels, tmp_path: Path, name: str
) -> None:
    blob = tmp_path / "blob"
    blob.touch()
    with pytest.raises(ValueError, match="no name of a file below"):
        await Watched.start(kernels, files=(KernelFile(name, blob),))


async def test_ker10_stopping_is_one_death_and_nothing_follows(kernels: Kernels) -> None:
    kernel = await Watched.start(kernels)
    await kernel.run("import atexit; atexit.register(print, 'farewell')")
    await kernel.kernel.stop()
    assert [type(r) for r in kernel.reports].count(Died) == 1
    assert kernel.reports[-1] == Died("stopped", "The kernel was stopped.")
    assert any(isinstance(r, frames.Stream) and "farewell" in r.text for r in kernel.reports)
    kernel.execute("1")
    await kernel.kernel.stop()
    assert isinstance(kernel.reports[-1], Died)
    assert kernel.kernel.memory() == 0


async def test_ker11_an_interrupt_leaves_the_kernel_and_its_variables(kernel: Watched) -> None:
    await kernel.run("kept = 5")
    execution = await kernel.started(cells.NEVER_ENDS)
    kernel.kernel.interrupt()
    error = await kernel.until(frames.ErrorRaised)
    assert error.ename == "KeyboardInterrupt"
    assert not (await kernel.until(frames.Finished, lambda f: f.execution == execution)).ok
    assert await kernel.run("print(kept)") == "5\n"


async def test_ker11_an_interrupt_before_the_cell_started_still_arrives(kernel: Watched) -> None:
    execution = kernel.execute("while True: pass")
    kernel.kernel.interrupt()
    assert not (await kernel.until(frames.Finished, lambda f: f.execution == execution)).ok
    assert await kernel.run("print(1)") == "1\n"


async def test_ker11_an_interrupt_reaches_the_subprocess_that_the_cell_waits_for(kernel: Watched) -> None:
    execution = await kernel.started("import subprocess\nprint('on', flush=True)\nsubprocess.run(['sleep', '60'])")
    kernel.kernel.interrupt()
    assert not (await kernel.until(frames.Finished, lambda f: f.execution == execution)).ok
    assert await kernel.run("print(open('/proc/self/status').readline().split()[0])") == "Name:\n"


async def test_ker12_an_interrupt_while_nothing_runs_does_nothing(kernel: Watched) -> None:
    kernel.kernel.interrupt()
    assert await kernel.run("print(1)") == "1\n"


@pytest.mark.parametrize("source", [cells.IGNORES_INTERRUPTS, cells.SWALLOWS_INTERRUPTS])
async def test_ker13_a_kernel_that_goes_on_is_killed(kernels: Kernels, source: str) -> None:
    kernel = await Watched.start(kernels, limits=Limits(interrupt_seconds=0.3))
    await kernel.started(source)
    kernel.kernel.interrupt()
    died = await kernel.died()
    assert died.reason == "interrupt"
    assert "after it was interrupted" in died.sentence and "run the cells again" in died.sentence
    await kernel.kernel.stop()


async def test_ker14_a_cell_past_its_time_is_interrupted_and_says_so(kernels: Kernels) -> None:
    kernel = await Watched.start(kernels, limits=Limits(execution_seconds=0.5))
    execution = kernel.execute("while True: pass")
    assert not (await kernel.until(frames.Finished)).ok
    assert "ran longer than" in kernel.printed(execution, "stderr")
    assert await kernel.run("print(1)") == "1\n"
    await kernel.kernel.stop()


async def test_ker14_a_kernel_that_goes_on_past_its_time_is_killed(kernels: Kernels) -> None:
    kernel = await Watched.start(kernels, limits=Limits(execution_seconds=0.3, interrupt_seconds=0.2))
    kernel.execute(cells.SWALLOWS_INTERRUPTS)
    died = await kernel.died()
    assert died.reason == "interrupt" and "its limit" in died.sentence
    await kernel.kernel.stop()


@pytest.mark.parametrize("source", [cells.EATS_MEMORY, cells.CHILDREN_EAT_MEMORY])
async def test_ker15_a_kernel_over_its_memory_is_killed(kernels: Kernels, source: str) -> None:
    kernel = await Watched.start(kernels, limits=Limits(memory=200 << 20))
    kernel.execute(source)
    died = await kernel.died()
    assert died.reason == "memory"
    assert died.sentence.startswith("The kernel ran out of memory after ") and " MB)" in died.sentence
    await kernel.kernel.stop()


@pytest.mark.parametrize("source", [cells.PRINTS_100_MB, cells.WRITES_100_MB_BELOW_PYTHON])
async def test_ker16_output_past_the_limit_is_dropped_and_says_so(kernels: Kernels, source: str) -> None:
    kernel = await Watched.start(kernels, limits=Limits(output=1 << 20))
    await kernel.run(source)
    assert len(kernel.printed(1, "stdout")) == 1 << 20
    assert kernel.printed(1, "stderr").count("was dropped") == 1
    assert await kernel.run("print('again')") == "again\n"
    await kernel.kernel.stop()


async def test_ker17_results_past_what_a_page_can_show_are_dropped(kernel: Watched) -> None:
    assert "showed more than" in await kernel.run(cells.SHOWS_TOO_MUCH)
    assert [type(r) for r in kernel.reports].count(frames.Display) == 5_000


@pytest.mark.parametrize(
    ("source", "reason", "words"),
    [
        (cells.EXITS, "exited", "exit status 3"),
        (cells.CRASHES, "killed", "native code"),
        (cells.KILLS_ITSELF, "killed", "The system killed the kernel"),
    ],
)
async def test_ker18_each_way_to_die_has_its_sentence(kernels: Kernels, source: str, reason: str, words: str) -> None:
    kernel = await Watched.start(kernels)
    await kernel.run("print('before')")
    kernel.execute(source)
    died = await kernel.died()
    assert died.reason == reason and words in died.sentence
    await kernel.kernel.stop()
    assert kernel.reports[-1] == died


@pytest.mark.parametrize(
    "source",
    [
        cells.SENDS_GARBAGE,
        cells.SENDS_GIANT_HEADER,
        cells.CLOSES_CHANNEL,
        cells.sends(frames.Ready(python="3")),
        cells.sends(frames.Started(execution=7)),
        cells.sends(frames.Finished(execution=7, ok=True, elapsed=0.0)),
    ],
    ids=["garbage", "giant header", "closed", "ready twice", "started", "finished"],
)
async def test_ker19_what_is_no_frame_ends_the_kernel(kernels: Kernels, source: str) -> None:
    kernel = await Watched.start(kernels)
    other = await Watched.start(kernels)
    kernel.execute(source)
    died = await kernel.died()
    assert died.reason == "protocol" and "disturbed" in died.sentence
    await kernel.kernel.stop()
    assert await other.run("print('well')") == "well\n"
    await other.kernel.stop()


async def test_ker17_a_result_that_would_swell_when_decoded_is_dropped(kernel: Watched) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await kernel.run(cells.SENDS_A_BOMB)
    assert "showed more than" in kernel.printed(1, "stderr")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB
    await kernel.run("display('x' * 30_000_000)")
    await kernel.until(frames.Display, lambda shown: shown.execution == 2)


async def test_ker19_an_answer_to_nothing_is_ignored(kernel: Watched) -> None:
    source = cells.sends(frames.Completions(request=99, matches=(), start=0, end=0)).replace("time.sleep(60)", "None")
    await kernel.run(source)
    assert await kernel.run("print(1)") == "1\n"


async def test_ker21_a_stopped_kernel_has_no_directory(kernels: Kernels) -> None:
    kernel = await Watched.start(kernels)
    directory = kernel.kernel.directory()
    await kernel.run("import os; os.makedirs('deep/er'); open('deep/er/file', 'w').close(); os.chmod('deep', 0)")
    assert (directory / "work" / "deep").is_dir()
    await asyncio.gather(kernel.kernel.stop(), kernel.kernel.stop())
    assert not directory.exists()


async def test_ker6_no_kernel_starts_once_kernels_are_closed(tmp_path: Path) -> None:
    made = ForkKernels(tmp_path / "runtime")
    await made.close()
    with pytest.raises(NoKernel, match="stopping"):
        await made.start(KernelSpec(id="late"), lambda _: None)
