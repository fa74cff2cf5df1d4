"""The kernel's life: answers the host's frames, one after another, until it is told to end.

    prepare()  once, in the zygote, before any fork: imports, the shell, first-use costs
       │ fork
    serve()    in the child: Ready, then a frame at a time until Shutdown or the end of the socket

Promise: after `prepare` the process has the one thread that it began with. An execution always ends with
`Finished`, its error before it; nothing that it printed or showed comes after.
Left alone: the fork and its walls (`zygote`, `confine`), limits of time and memory (the host).
"""

from __future__ import annotations

import atexit
import os
import platform
import re
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

import msgspec

from vernissage_kernel import charts, code, tables, templates, tracebacks, uploads, values, variables
from vernissage_kernel import context as run_state
from vernissage_kernel.channel import Channel, Interrupts, TooLarge
from vernissage_kernel.display import VEGALITE_MIME, KernelFormatter, too_large
from vernissage_kernel.frames import (
    OPTIONS_MIME,
    TABLE_MIME,
    VALUE_MIME,
    AnyWork,
    Complete,
    Context,
    CsvPiece,
    DrawChart,
    EnterRun,
    Execute,
    Finished,
    ForgetVariables,
    Inspect,
    ListVariables,
    PageTable,
    ReadCsv,
    ReadOptions,
    Ready,
    RenderMarkdown,
    ReplyFrame,
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
    TableHead,
    TablePage,
    TableSaved,
    VariableList,
)
from vernissage_kernel.shell import KernelShell, make_shell
from vernissage_kernel.sql import Database

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS", "NUMEXPR_NUM_THREADS")
"""Libraries that would start threads at their import, which a fork cannot carry along."""


class RequestError(Exception):
    """A request that cannot be answered, with the sentence for it."""


class KeptTables:
    """The tables that outputs show: each is kept until its cell runs again."""

    def __init__(self) -> None:
        self._tables: dict[str, Any] = {}
        self._views: dict[str, tables.TableView] = {}
        self._by_cell: dict[str, list[str]] = {}
        self._cell = ""
        self._prefix = ""
        self._kernel = ""

    def born(self) -> None:
        """After the fork: no two kernels name their tables alike, so that a page knows an old one from a new one."""
        self._kernel = os.urandom(4).hex()

    def begin(self, cell: str, execution: int) -> None:
        """A cell runs: the tables of its last run go."""
        for handle in self._by_cell.pop(cell, ()):
            del self._tables[handle]
            self._views.pop(handle, None)
        self._cell, self._prefix = cell, f"{cell}.{self._kernel}.{execution}"

    def keep(self, table: Any) -> TableHead:
        """Take a table as it is now; its head, with the handle."""
        handles = self._by_cell.setdefault(self._cell, [])
        handle = f"{self._prefix}.{len(handles) + 1}"
        kept = tables.snapshot(table)
        head = tables.head(kept, handle)
        self._tables[handle] = kept
        handles.append(handle)
        return head

    def view(self, handle: str) -> tables.TableView:
        """The table behind a handle; converted at the first question. Raises RequestError."""
        if handle not in self._views:
            if handle not in self._tables:
                raise RequestError(
                    "This table is no longer in the kernel: its cell ran again. Look at the newer output."
                )
            self._views[handle] = tables.TableView(tables.to_arrow(self._tables[handle]))
        return self._views[handle]


class Runner:
    """A kernel. Made before the fork, served after it."""

    def __init__(self, shell: KernelShell) -> None:
        self._shell = shell
        self._interrupts = Interrupts()
        self._kept = KeptTables()
        self._database = Database()
        formatter = shell.display_formatter
        assert isinstance(formatter, KernelFormatter)
        formatter.keep_table = self._kept.keep

    def serve(
        self, channel: socket.socket, context: Context, secrets: Mapping[str, str], unreadable: Mapping[str, str]
    ) -> None:
        """Serve one host until Shutdown or the end of the socket. `unreadable`: secrets that there are, and why their
        values cannot be had."""
        run_state.enter(msgspec.structs.asdict(context), secrets, unreadable)
        self._kept.born()
        self._database = Database(context.timezone)
        self._interrupts.install()
        link = Channel(channel, self._interrupts)
        self._shell.attach(link)
        link.send(Ready(python=platform.python_version()))
        while (frame := link.receive()) is not None:
            match frame:
                case Execute():
                    self._execute(link, frame)
                case SetVariables():
                    found = {name: variables.decode(value, self._home) for name, value in frame.values.items()}
                    self._shell.user_ns.update(found)
                case ForgetVariables():
                    for name in frame.names:
                        if name not in self._shell.own_names:
                            self._shell.user_ns.pop(name, None)
                case EnterRun(trigger):
                    run_state.enter_run(trigger)
                case Complete() | Inspect() | ListVariables() | PageTable() | ReadCsv() | SaveTable():
                    self._answer(link, frame)
                case Shutdown():
                    self._end()
                    return
                case never:
                    assert_never(never)

    def _end(self) -> None:
        """What user code registered to run at the end runs here, while the host still listens."""
        atexit._run_exitfuncs()
        self._shell.outlet.settle()

    # -- executions ----------------------------------------------------------------------------------

    def _execute(self, channel: Channel, frame: Execute) -> None:
        outlet = self._shell.outlet

        def started() -> None:
            outlet.settle()  # What was printed up to here, by a thread or a finalizer, belongs to no cell.
            outlet.execution = frame.execution
            channel.send(Started(execution=frame.execution))

        self._kept.begin(frame.cell, frame.execution)
        self._shell.begin(frame.cell, frame.name)
        self._interrupts.install()
        begin = time.perf_counter()
        error: BaseException | None
        try:
            with self._interrupts.while_running(started):
                error = self._run(frame.work)
        except BaseException as raised:  # noqa: BLE001  Whatever it is, it is how this execution ended.
            self._interrupts.armed = False
            error = raised
        elapsed = time.perf_counter() - begin
        outlet.settle()
        if error is not None and self._interrupts.arrived and "interrupt" in tracebacks.text_of(error).lower():
            # Libraries tell it in their own words; DuckDB says RuntimeError: Query interrupted.
            error = KeyboardInterrupt().with_traceback(error.__traceback__)
        if error is not None:
            channel.send(tracebacks.describe(error, frame.execution, file=self._shell.compiler.file))
        channel.send(Finished(execution=frame.execution, ok=error is None, elapsed=elapsed))
        outlet.execution = 0

    def _run(self, work: AnyWork) -> BaseException | None:
        names = self._shell.user_ns
        show = self._shell.outlet.show
        match work:
            case RunPython():
                return self._shell.run(work.source)
            case RunSql():
                if work.result in self._shell.own_names:
                    raise tracebacks.CellError(
                        f"The result cannot be named {work.result!r}: the kernel needs that name.", ename="NameError"
                    )
                visible = self._visible()
                for name, value in visible.items():
                    if isinstance(value, uploads.Unreadable) and re.search(rf"\b{name}\b", work.source, re.IGNORECASE):
                        raise tracebacks.CellError(uploads.sentence_of(value), ename="ValueError")
                frame = self._database.query(work.source, visible)
                if frame is None:
                    return None
                if work.result:
                    names[work.result] = frame
                self._show_table(frame)
            case RenderMarkdown():
                text = templates.markdown(work.source, self._visible())
                show({"text/markdown": text, "text/plain": text}, {})
            case DrawChart():
                spec = charts.chart(self._evaluate(work.dataframe, "data frame"), work.spec)
                show({VEGALITE_MIME: spec, "text/plain": f"A {work.spec.get('mark', 'bar')} chart"}, {})
            case ShowTable():
                table = self._evaluate(work.dataframe, "data frame")
                if not tables.is_table(table):
                    raise tracebacks.CellError(
                        f"{work.dataframe} is no data frame but a {type(table).__name__}.", ename="TypeError"
                    )
                self._show_table(table)
            case ShowValue():
                value = self._evaluate(work.value, "value")
                compared = bool(work.compare.strip())
                compare = self._evaluate(work.compare, "value") if compared else None
                shown = values.bundle(value, compare, work.format, compared=compared)
                show({VALUE_MIME: shown, "text/plain": shown["text"]}, {})
            case ReadOptions():
                found = variables.options(self._evaluate(work.expression, "list"))
                show({OPTIONS_MIME: found, "text/plain": f"{len(found['options'])} options"}, {})
            case never:
                assert_never(never)
        return None

    def _visible(self) -> dict[str, Any]:
        """What templates may read: the user's own names."""
        own = self._shell.own_names
        return {
            name: value for name, value in self._shell.user_ns.items() if name not in own and not name.startswith("_")
        }

    def _evaluate(self, expression: str, wanted: str) -> Any:
        if not expression.strip():
            raise tracebacks.CellError(f"No {wanted} is chosen yet.", ename="ValueError")
        value = self._shell.evaluate(expression)
        if isinstance(value, uploads.Unreadable):
            raise tracebacks.CellError(uploads.sentence_of(value), ename="ValueError")
        return value

    def _show_table(self, table: Any) -> None:
        head = self._kept.keep(table)
        self._shell.outlet.show({TABLE_MIME: tables.plain_head(head), "text/plain": tables.text(head)}, {})

    # -- requests ------------------------------------------------------------------------------------

    def _answer(self, channel: Channel, frame: RequestFrame) -> None:
        try:
            channel.send(self._reply(frame))
        except (RequestError, tables.NoSuchColumn) as error:
            channel.send(RequestFailed(request=frame.request, message=str(error)))
        except TooLarge as error:
            sentence = too_large("all of it", error.size)["text/plain"]
            channel.send(RequestFailed(request=frame.request, message=sentence))
        except MemoryError:
            channel.send(RequestFailed(request=frame.request, message=tracebacks.OUT_OF_MEMORY))
        except Exception as error:  # noqa: BLE001  The objects are the user's; a question must not end their kernel.
            message = f"The kernel could not answer: {type(error).__name__}: {tracebacks.text_of(error)[:500]}"
            channel.send(RequestFailed(request=frame.request, message=message))

    def _reply(self, frame: RequestFrame) -> ReplyFrame:
        match frame:
            case Complete():
                return code.complete(self._shell, frame)
            case Inspect():
                return code.inspect(self._shell, frame)
            case ListVariables():
                found = variables.listing(self._shell.user_ns, self._shell.own_names)
                return VariableList(request=frame.request, variables=found)
            case PageTable():
                rows, total = self._kept.view(frame.table).page(frame.query)
                return TablePage(request=frame.request, rows=rows, total=total)
            case ReadCsv():
                data, following = self._kept.view(frame.table).csv(frame.query, frame.start)
                return CsvPiece(request=frame.request, data=data, next=following)
            case SaveTable():
                return TableSaved(request=frame.request, bytes=self._save(frame.table, frame.file))
            case never:
                assert_never(never)

    def _save(self, handle: str, file: str) -> int:
        if not file or file != Path(file).name or file.startswith("."):
            raise RequestError(f"{file!r} is no plain file name.")
        folder = Path(self._home, "out")
        folder.mkdir(exist_ok=True)
        return tables.save(tables.without(self._kept.view(handle).table, run_state.secrets), folder / file)

    @property
    def _home(self) -> Path:
        return self._shell.home


def prepare() -> Runner:
    """Import and prime all that cells commonly use. Once, before any fork; leaves the process with one thread.

    Opens no connection, makes no event loop, reads no file of the user's.
    """
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    # Arrow's allocator starts a thread of its own when it is loaded.
    # Idle BLAS workers otherwise spin for a tenth of a second after each call, on a core that another session needs.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"

    runner = Runner(make_shell())
    _prime(runner)
    return runner


def _prime(runner: Runner) -> None:
    """Pay here what the first use of each part costs, once instead of in every kernel.

    Runs over a socket to nobody, through the very code that serves; leaves no variable and no table.
    """
    host, child = socket.socketpair()
    shell = runner._shell
    kept = sys.stdout, sys.stderr
    drain = bytearray(1 << 20)
    interrupts = Interrupts()
    link = Channel(child, interrupts)
    shell.attach(link)
    host.setblocking(False)
    spec = {"mark": "bar", "x": {"field": "day", "timeUnit": "month"}, "y": "number", "color": "word"}
    works: tuple[AnyWork, ...] = (
        RunPython("import numpy as np, pandas as pd\n1 + 1"),
        RunPython(PRIMER),
        RunPython("frame"),
        RunPython("frame['number'].mean()"),
        ShowTable("frame"),
        ShowValue("number", "number + 1", "plain"),
        RenderMarkdown("{{ number }}"),
        DrawChart("frame", spec),
        DrawChart("frame", {"mark": "histogram", "x": "number"}),
        ReadOptions("frame['word']"),
        RunPython("1 / 0"),
        RunPython("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.xlabel('a')\nplt.show()"),
    )
    for place, work in enumerate(works, 1):
        runner._execute(link, Execute(execution=place, cell="prime", name="prime", work=work))
        while True:
            try:
                if not host.recv_into(drain):
                    break
            except BlockingIOError:
                break
    runner._reply(Complete(request=0, code="frame.num", cursor=9))
    runner._reply(Inspect(request=0, code="frame", cursor=5))
    runner._reply(ListVariables(request=0))
    runner._kept.begin("prime", 0)
    for name in [name for name in shell.user_ns if name not in shell.own_names]:
        del shell.user_ns[name]
    shell.outlet.channel = None
    tracebacks.cell_names.clear()
    sys.stdout, sys.stderr = kept
    host.close()
    child.close()


PRIMER = """
number = 3.5
frame = pd.DataFrame({
    "number": np.arange(60) / 7,
    "word": ["a", "b", "c"] * 20,
    "day": pd.date_range("2026-01-01", periods=60, freq="D"),
})
frame.groupby("word")["number"].agg(["sum", "mean"]).reset_index().sort_values("sum")
frame.merge(frame[["word"]].drop_duplicates(), on="word")
frame[frame["number"] > 1].assign(double=lambda rows: rows["number"] * 2)
repr(frame); str(frame.describe())
print(number)
"""
