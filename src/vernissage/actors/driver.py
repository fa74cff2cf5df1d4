"""The driver: holds a session's kernel, does what the session machine wants of it, and hands its reports back.

Frames come in order and are handed on in order, also where one of them must first be kept as a blob. A report carries
the generation of the kernel that it is about, so that a kernel that was ended cannot speak for its successor.

A kernel is started when its turn comes (`gate`). Values that are files go to the kernel once the files lie there; what
is sent after them waits behind them, an interrupt too.

This is the one place where values of secrets are taken out of all that a kernel says (`_Speech`), before anything is
kept, told or recorded.

Left alone: what is to be run (`core.session`), the process (`kernels`).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, TypeAlias, assert_never

import msgspec

from vernissage.actors.gate import Gate, Turn
from vernissage.actors.placing import place
from vernissage.core.document import (
    Cell,
    ChartCell,
    DropdownInput,
    FileRef,
    InputCell,
    MarkdownCell,
    MultiselectInput,
    PythonCell,
    SqlCell,
    TableCell,
    ValueCell,
)
from vernissage.core.inputs import kernel_path
from vernissage.core.outputs import BlobRef, CellRun, DisplayOutput, ErrorOutput, StreamOutput
from vernissage.core.secrets import Redactor
from vernissage.core.session import (
    CellFinished,
    DisplayUpdated,
    KernelEnded,
    KernelQueued,
    KernelStarted,
    KernelTaken,
    OutputArrived,
    OutputCleared,
    Report,
    Session,
)
from vernissage.ports import (
    TRACE,
    Blobs,
    Died,
    Kernel,
    KernelReport,
    Kernels,
    KernelSpec,
    Meter,
    NoKernel,
    StoreFull,
    Unmetered,
)
from vernissage_kernel import frames

log = logging.getLogger(__name__)
UNMETERED = Unmetered()

INLINE = 64 * 1024
"""Bytes of one MIME type of an output; what is more is kept as a blob and fetched by the browser when it is shown."""

INLINE_JSON = 1024 * 1024
"""The same for JSON types, such as a chart with its data."""

MAX_INLINE = 4 * INLINE_JSON
"""Bytes of all that stands in one output itself; a larger one is not shown."""

CUT_TEXT = 5_000
"""Characters of a cell in a table's head; one with more was cut there (`vernissage_kernel.tables.CELL_TEXT`)."""

MAX_TABLE = 256 * 1024 * 1024
"""Bytes of one table that is kept with the results of a run."""

NO_SPEC = "No kernel could be started: its project could not be read from the database. Try again later."

Address = Callable[[str, str], str]
"""(hash, MIME type) → the unguessable address that serves it."""


class _Speech:
    """[SEC5] [SEC6] What a kernel says, without the values of its secrets.

    The end of printed text that could be the beginning of a value waits for what is printed next, and no longer than
    until something else comes: so a value that arrives in two pieces is seen, and the order stays.
    """

    def __init__(
        self, redactor: Redactor, errors: Redactor, hand_on: Callable[[frames.KernelFrame | Died], None]
    ) -> None:
        """`errors`: for what only those read who may see source."""
        self._redactor = redactor
        self._errors = errors
        self._hand_on = hand_on
        self._held: frames.Stream | None = None

    def take(self, report: KernelReport) -> None:
        """Hand on what may be shown of a report, after what was held back before it."""
        if not self._redactor:
            self._hand_on(report)
        elif isinstance(report, frames.Stream):
            self._print(report)
        else:
            self._let_go()
            self._hand_on(self._cleaned(report))

    def _print(self, stream: frames.Stream) -> None:
        held = self._held
        if held is not None and (held.name, held.execution) != (stream.name, stream.execution):
            self._let_go()
            held = None
        shown, rest = self._redactor.split((held.text if held else "") + stream.text)
        self._held = msgspec.structs.replace(stream, text=rest) if rest else None
        if shown:
            self._hand_on(msgspec.structs.replace(stream, text=shown))

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._hand_on(held)

    def _cleaned(self, report: KernelReport) -> KernelReport:
        clean, errors = self._redactor, self._errors
        match report:
            case frames.Display(data=data, metadata=metadata) | frames.UpdateDisplay(data=data, metadata=metadata):
                return msgspec.structs.replace(report, data=clean.bundle(data), metadata=clean.value(metadata))
            case frames.ErrorRaised(ename=ename, evalue=evalue, traceback=traceback, app_text=app_text):
                return msgspec.structs.replace(
                    report,
                    ename=errors.text(ename),
                    evalue=errors.text(evalue),
                    traceback=errors.value(traceback),
                    app_text=clean.text(app_text),
                )
            case Died(sentence=sentence):
                return msgspec.structs.replace(report, sentence=clean.text(sentence))
            case _:
                return report  # it holds no text of the code's own


class Held:
    """A kernel, and what the driver that holds it knows of it: what is handed over when another driver takes it."""

    def __init__(self, spec: KernelSpec, turn: Turn, meter: Meter) -> None:
        self.spec = spec
        self.turn = turn
        self.kernel: Kernel | None = None
        """None: it starts, or it has died."""
        self.python = ""
        self.died = False
        self.redactor = Redactor(spec.secrets, named=spec.context.trigger == "logic")
        """Of the secrets that it was given."""
        self.trigger: frames.Trigger = spec.context.trigger
        """Of the run that it knows it is in."""
        self.placed: set[str] = set()
        """Hashes of the files that were put into it."""
        self.hear: Callable[[frames.KernelFrame | Died], None] = lambda _: None
        """Where what may be shown of its reports goes."""
        self._meter = meter
        self._speech = _Speech(self.redactor, Redactor(spec.secrets), lambda frame: self.hear(frame))

    def listen(self, report: KernelReport) -> None:
        """Take what it says."""
        if isinstance(report, Died):
            self.died = True
            self.kernel = None
            self.turn.leave()
            self._meter.kernel_ended(report.reason)
            log.info("kernel_ended", extra={"kernel": self.spec.id[:8], "reason": report.reason})
        if isinstance(report, frames.Ready):
            self.python = report.python
        else:
            self._speech.take(report)


Take: TypeAlias = Callable[[Callable[[], Awaitable[KernelSpec]]], Awaitable[tuple[Held, Session] | None]]
"""Awaitable: a kernel that was kept ready and fits what a new one would be given, and what ran in it; None: there is
none."""


class Driver:
    """One session's kernel, one after the other. All methods are called on the event loop."""

    def __init__(
        self,
        kernels: Kernels,
        blobs: Blobs,
        address: Address,
        spec: Callable[[], Awaitable[KernelSpec]],
        report: Callable[[Report], None],
        gate: Gate | None = None,
        who: str = "",
        meter: Meter = UNMETERED,
        take: Take | None = None,
        *,
        at_ease: bool = False,
    ) -> None:
        """`gate`: None = this driver's kernels are the only ones. `who`: to whom they count. `take`: where ready
        kernels are to be had. `at_ease`: nobody has asked for its kernels, so they never wait for room."""
        self._kernels = kernels
        self._gate = gate or Gate(at_once=2, each=2)
        self._who = who
        self._meter = meter
        self._take = take
        self._at_ease = at_ease
        self._cells: dict[int, tuple[str, str]] = {}
        """Execution → its cell's id, and what caused it (`TRACE`)."""
        self._turn: Turn | None = None
        """Of the newest generation."""
        self._outbox: deque[tuple[frames.HostFrame | Literal["interrupt", "files"], tuple[FileRef, ...]]] = deque()
        """What waits for files to be put into the kernel."""
        self._placing: asyncio.Task[None] | None = None
        self._late: tuple[FileRef, ...] = ()
        """Files of the project that came while the kernel was starting."""
        self._blobs = blobs
        self._address = address
        self._spec = spec
        self._report = report
        self._held: Held | None = None
        """The kernel that takes work now."""
        self._generation = 0
        self._starting: set[asyncio.Task[None]] = set()
        self._frames: deque[tuple[int, frames.KernelFrame]] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def kernel(self) -> Kernel | None:
        """The kernel that takes work now."""
        return self._held.kernel if self._held is not None else None

    # --- what the session wants

    def start(self, generation: int, *, may_take: bool = False) -> None:
        """Take over a kernel that was kept ready, where that may be, else start one as soon as there is room."""
        self._generation = generation
        self._late = ()
        task = asyncio.create_task(self._start(generation, may_take), name=f"start kernel {generation}")
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start(self, generation: int, may_take: bool) -> None:
        def moved(position: int) -> None:
            if generation == self._generation:
                self._report(KernelQueued(generation, position))

        if generation != self._generation or (may_take and await self._took(generation)):
            return
        if generation != self._generation:
            return
        try:
            if self._at_ease:
                turn = self._turn = self._gate.enter_at_ease(self._who)
            else:
                turn = self._turn = self._gate.enter(self._who, moved)
        except NoKernel as error:
            self._report(KernelEnded(generation, str(error)))
            return
        started = False
        try:
            started = await turn.come() and await self._have_kernel(generation, turn)
        finally:
            if not started:
                turn.leave()

    async def _took(self, generation: int) -> bool:
        """[RDY3] Take over a ready kernel; False where there is none for this session."""
        if self._take is None:
            return False
        taken = await self._take(self._read_spec(generation))
        if taken is None:
            return False
        held, ready = taken
        if held.kernel is None:  # it died this very moment
            return False
        if generation != self._generation:  # ended meanwhile
            await held.kernel.stop()
            return True
        self._hold(generation, held)
        log.info("kernel_taken", extra={"kernel": held.spec.id[:8], "project": held.spec.context.project})
        self._report(KernelTaken(generation, ready))
        return True

    def _read_spec(self, generation: int) -> Callable[[], Awaitable[KernelSpec]]:
        async def read() -> KernelSpec:
            try:
                return await self._spec()
            except Exception:
                if generation == self._generation:
                    self._report(KernelEnded(generation, NO_SPEC))
                raise

        return read

    def _hold(self, generation: int, held: Held) -> None:
        self._held = held
        self._turn = held.turn
        held.hear = lambda frame: self._hear(generation, frame) if generation == self._generation else None

    async def _have_kernel(self, generation: int, turn: Turn) -> bool:
        """Start the kernel whose turn has come; False where there is none in the end."""
        if generation != self._generation:
            return False
        spec = await self._read_spec(generation)()
        held = Held(spec, turn, self._meter)
        held.hear = lambda frame: self._hear(generation, frame) if generation == self._generation else None
        begun = time.perf_counter()
        try:
            kernel = await self._kernels.start(spec, held.listen)
        except NoKernel as error:
            if generation == self._generation:
                self._report(KernelEnded(generation, str(error)))
            return False
        except OSError as error:
            if generation == self._generation:
                self._report(KernelEnded(generation, f"No kernel could be started ({error}). Try again later."))
            return False
        if held.died:  # heard already
            return False
        if generation != self._generation:  # ended while it started
            await kernel.stop()
            return False
        held.kernel = kernel
        self._hold(generation, held)
        late, self._late = self._late, ()
        self.bring(late)
        took = time.perf_counter() - begun
        self._meter.kernel_started(took)
        log.info("kernel_started", extra={"kernel": spec.id[:8], "project": spec.context.project, "seconds": took})
        self._report(KernelStarted(generation, held.python))
        return True

    def holds(self, spec: KernelSpec) -> bool:
        """Whether its kernel was made as this spec would make one: files, context, limits and secrets are the same."""
        return self._held is not None and self._held.spec == msgspec.structs.replace(spec, id=self._held.spec.id)

    def release(self, who: str) -> Held | None:
        """Let go of the kernel, at rest, for a session of this person; None where it cannot be had, which leaves it
        here."""
        held = self._held
        if held is None or held.kernel is None or self._outbox or self._placing is not None or self._pump is not None:
            return None
        if not self._gate.hand_over(held.turn, who):
            return None
        self._held = self._turn = None
        self._generation = -self._generation
        held.hear = lambda _: None
        return held

    def end(self, generation: int) -> None:
        """Stop the kernel of that generation, also one that is still starting or waits for its turn."""
        if generation != self._generation:
            return
        self._generation = -generation
        self._outbox.clear()
        self._cells.clear()
        kernel, self._held = self.kernel, None
        if kernel is not None:
            task = asyncio.create_task(kernel.stop(), name=f"stop kernel {generation}")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        elif self._turn is not None and not self._turn.granted.done():
            self._turn.leave()

    def bring(self, files: tuple[FileRef, ...]) -> None:
        """Put the project's files into the kernel's working directory, each in place of one of its name, before what is
        handed over from now on."""
        if self.kernel is None:
            self._late += files
        elif files:
            self._outbox.append(("files", files))
            if self._placing is None:
                self._placing = asyncio.create_task(self._place(), name="place files")

    def interrupt(self) -> None:
        """Interrupt what the kernel runs."""
        if self._outbox or self._placing is not None:
            self._outbox.append(("interrupt", ()))  # what is to be interrupted has not been sent yet
        elif self.kernel is not None:
            self.kernel.interrupt()

    def send(self, frame: frames.HostFrame, files: tuple[FileRef, ...] = ()) -> None:
        """Hand a frame to the kernel, after what was handed over before; `files` are put into its directory first."""
        held = self._held
        if held is None or held.kernel is None:
            return
        files = tuple(file for file in files if file.hash not in held.placed)
        if self._placing is None and not files:
            held.kernel.send(frame)
            return
        self._outbox.append((frame, files))
        if self._placing is None:
            self._placing = asyncio.create_task(self._place(), name="place files")

    async def _place(self) -> None:
        """[LIV11] Send what waits, in order, each with its files in place. A file that cannot be put there is missed by
        the cell that reads it, whose error says so."""
        try:
            while self._outbox:
                frame, files = self._outbox.popleft()
                held, kernel = self._held, self.kernel
                if held is None or kernel is None:
                    continue
                for file in files:
                    blob = self._blobs.path(file.hash)
                    of_project = frame == "files"  # which user code opens by name; an input's has a path of its own
                    if blob is None or (file.hash in held.placed and not of_project):
                        continue
                    with contextlib.suppress(OSError):  # the disk is full, or user code has something else in its place
                        where = file.name if of_project else kernel_path(file)
                        await asyncio.to_thread(place, kernel.directory(), where, blob)
                        if not of_project:
                            held.placed.add(file.hash)
                if kernel is not self.kernel or frame == "files":
                    continue  # done; or it ended meanwhile, and what it was to do with it
                if frame == "interrupt":
                    kernel.interrupt()
                else:
                    assert not isinstance(frame, str)
                    kernel.send(frame)
        finally:
            self._placing = None

    def execute(self, execution: int, cell: Cell, name: str, trigger: frames.Trigger) -> None:
        """Execute a cell as part of a run with that trigger."""
        if self._held is not None and trigger != self._held.trigger:
            self._held.trigger = trigger
            self.send(frames.EnterRun(trigger))
        self._cells[execution] = (cell.id, TRACE.get())
        self.send(frames.Execute(execution, cell.id, name, work_of(cell)))

    async def ask(self, frame: frames.RequestFrame) -> frames.ReplyFrame | None:
        """The kernel's answer; None where there is no kernel."""
        held = self._held
        if held is None or held.kernel is None:
            return None
        redactor, answer = held.redactor, await held.kernel.request(frame)
        if redactor and isinstance(answer, frames.CsvPiece):
            text = redactor.text(answer.data.decode("utf-8", "surrogateescape"))
            return msgspec.structs.replace(answer, data=text.encode("utf-8", "surrogateescape"))
        return msgspec.convert(redactor.value(msgspec.to_builtins(answer)), frames.ReplyFrame) if redactor else answer

    async def csv(self, table: str, query: frames.TableQuery) -> AsyncIterator[bytes]:
        """A table of the kernel as CSV, in pieces, each asked for when the one before was taken; cells may run in
        between. Raises TableGone."""
        start = 0
        while True:
            answer = await self.ask(frames.ReadCsv(0, table, query, start))
            if not isinstance(answer, frames.CsvPiece):
                sentence = answer.message if isinstance(answer, frames.RequestFailed) else ""
                raise TableGone(sentence or "The rest of the table is gone with the kernel. Run the cell again.")
            yield answer.data
            if answer.next <= start:  # 0 is the end; what kernels say is not believed
                return
            start = answer.next

    async def close(self) -> None:
        """End the kernel; returns when everything of it is gone."""
        if self._generation > 0:
            self.end(self._generation)
        await asyncio.gather(*self._starting, return_exceptions=True)
        if self._placing is not None:
            await asyncio.gather(self._placing, return_exceptions=True)
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        await asyncio.gather(*self._ending)

    # --- what the kernel says

    def _hear(self, generation: int, report: frames.KernelFrame | Died) -> None:
        if isinstance(report, Died):
            self._held = None
            self._outbox.clear()
            self._cells.clear()
            if report.reason != "stopped":
                self._after_frames(generation, KernelEnded(generation, report.sentence))
            return
        if isinstance(report, frames.Display | frames.UpdateDisplay):
            report = _showable(report)
        if self._pump is None and not _needs_blob(report):
            self._hand_on(generation, report, {})
            return
        self._frames.append((generation, report))
        if self._pump is None:
            self._pump = asyncio.create_task(self._keep_blobs(), name="keep outputs")

    def _after_frames(self, generation: int, report: Report) -> None:
        if self._pump is None:
            self._report(report)
        else:
            self._pump.add_done_callback(lambda _: self._report(report) if generation == self._generation else None)

    async def _keep_blobs(self) -> None:
        """Hand frames on in order, keeping what is big on the way."""
        try:
            while self._frames:
                generation, frame = self._frames.popleft()
                blobs: dict[str, BlobRef] = {}
                if isinstance(frame, frames.Display | frames.UpdateDisplay):
                    try:
                        data, blobs = await self._keep(frame.data)
                    except (StoreFull, OSError) as error:
                        data, blobs = {"text/plain": f"This output could not be kept. {error}"}, {}
                    frame = msgspec.structs.replace(frame, data=data)
                self._hand_on(generation, frame, blobs)
        finally:
            self._pump = None

    async def _keep(self, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, BlobRef]]:
        kept: dict[str, BlobRef] = {}
        inline: dict[str, Any] = {}
        for mime, value in data.items():
            if not _is_big(mime, value):
                inline[mime] = value
                continue
            content = _content(mime, value)
            hash = await self._blobs.put(content)
            kept[mime] = BlobRef(self._address(hash, mime), hash, len(content))
        return inline, kept

    def _hand_on(self, generation: int, frame: frames.KernelFrame, blobs: dict[str, BlobRef]) -> None:
        match frame:
            case frames.Stream(execution, name, text):
                self._report(OutputArrived(generation, execution, StreamOutput(name, text)))
            case frames.Display(execution, data, metadata, display_id, result):
                output = DisplayOutput(data, blobs, metadata, display_id, result)
                self._report(OutputArrived(generation, execution, output))
            case frames.UpdateDisplay(display_id, data, metadata):
                self._report(DisplayUpdated(generation, display_id, DisplayOutput(data, blobs, metadata, display_id)))
            case frames.ClearOutput(execution, wait):
                self._report(OutputCleared(generation, execution, wait))
            case frames.ErrorRaised(execution, ename, evalue, traceback, line, app_text):
                error = ErrorOutput(ename, evalue, traceback, line, app_text)
                self._report(OutputArrived(generation, execution, error))
            case frames.Finished(execution, ok, elapsed):
                self._meter.cell_ended(ok, elapsed)
                cell, trace = self._cells.pop(execution, ("", ""))
                log.info("cell_ended", extra={"cell": cell, "ok": ok, "seconds": elapsed, "trace": trace})
                self._report(CellFinished(generation, execution, ok, elapsed))
            case (
                frames.Ready()
                | frames.Started()
                | frames.Completions()
                | frames.Inspection()
                | frames.VariableList()
                | frames.TablePage()
                | frames.CsvPiece()
                | frames.TableSaved()
                | frames.RequestFailed()
            ):
                pass  # the session machine knows when a cell starts; answers go to who asked
            case never:
                assert_never(never)

    # --- keeping tables

    async def keep_tables(self, cells: dict[str, CellRun]) -> dict[str, CellRun]:
        """The cells with every table that the kernel still holds kept as a blob, so that it pages without a kernel."""
        kernel = self.kernel
        if kernel is None:
            return cells
        tables = [
            (id, index, output)
            for id, run in cells.items()
            for index, output in enumerate(run.outputs)
            if isinstance(output, DisplayOutput) and frames.TABLE_MIME in output.data
        ]
        # Asked for at once, so that no later execution comes between and takes a table away.
        saved = await asyncio.gather(*(self._keep_table(kernel, place, one[2]) for place, one in enumerate(tables)))
        kept = dict(cells)
        for (id, index, _), output in zip(tables, saved, strict=True):
            outputs = kept[id].outputs
            kept[id] = msgspec.structs.replace(kept[id], outputs=(*outputs[:index], output, *outputs[index + 1 :]))
        return kept

    async def _keep_table(self, kernel: Kernel, place: int, output: DisplayOutput) -> DisplayOutput:
        head = table_head(output)
        if head is None or complete(head):
            return output
        name = f"kept-{place}.arrow"
        answer = await kernel.request(frames.SaveTable(0, head.table, name))
        if not isinstance(answer, frames.TableSaved):
            return output
        try:
            hash, size = await self._blobs.put_file(kernel.directory() / "work" / "out" / name, MAX_TABLE)
        except (OSError, ValueError, StoreFull):  # too large or not there: the first page stays
            return output
        return msgspec.structs.replace(output, blobs={**output.blobs, frames.TABLE_MIME: BlobRef("", hash, size)})


class TableGone(Exception):
    """A table can be read no further; the text is the sentence for it."""


def complete(head: frames.TableHead) -> bool:
    """Whether all of a table stands in its output: every row, and no text cut."""
    return head.total <= len(head.rows) and not any(
        isinstance(cell, str) and len(cell) > CUT_TEXT for row in head.rows for cell in row
    )


def table_head(output: DisplayOutput) -> frames.TableHead | None:
    """The table that an output shows; None where it shows none, or user code put something else in its place."""
    try:
        return msgspec.convert(output.data.get(frames.TABLE_MIME), frames.TableHead)
    except (ValueError, TypeError):
        return None


def _showable(frame: frames.Display | frames.UpdateDisplay) -> frames.Display | frames.UpdateDisplay:
    """The frame with nothing in it that cannot be sent on as JSON: user code may display anything."""
    sentence = ""
    try:
        sizes = {mime: _size(value) for mime, value in frame.data.items()}
        msgspec.json.encode(frame.metadata)
        inline = sum(size for mime, size in sizes.items() if not _is_big(mime, frame.data[mime]))
        if inline > MAX_INLINE:
            sentence = f"This output is too large to show ({inline:,} bytes)."
    except (TypeError, ValueError, RecursionError):
        sentence = "This output holds something that cannot be shown."
    return msgspec.structs.replace(frame, data={"text/plain": sentence}, metadata={}) if sentence else frame


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str) else len(msgspec.json.encode(value))


def work_of(cell: Cell) -> frames.AnyWork:
    """What a kernel does for a cell."""
    match cell:
        case PythonCell():
            return frames.RunPython(cell.source)
        case SqlCell():
            return frames.RunSql(cell.source, cell.result)
        case MarkdownCell():
            return frames.RenderMarkdown(cell.source)
        case ChartCell():
            return frames.DrawChart(cell.dataframe, cell.spec)
        case TableCell():
            return frames.ShowTable(cell.dataframe)
        case ValueCell():
            return frames.ShowValue(cell.value, cell.compare, cell.format)
        case InputCell(input=DropdownInput() | MultiselectInput() as input):
            return frames.ReadOptions(input.options_from)
        case InputCell():
            raise AssertionError("this input is set, not executed")
        case never:
            assert_never(never)


def _is_big(mime: str, value: Any) -> bool:
    if mime == "text/html":
        return True  # only ever shown from an address of its own
    if mime in (frames.TABLE_MIME, frames.VALUE_MIME, "text/plain"):
        return False
    return _size(value) > (INLINE if isinstance(value, str) else INLINE_JSON)


def _content(mime: str, value: Any) -> bytes:
    """The bytes that the address of an output serves."""
    if not isinstance(value, str):
        return msgspec.json.encode(value)
    if mime.startswith("image/") and mime != "image/svg+xml":
        try:
            return base64.b64decode(value, validate=False)
        except ValueError:  # user code may call anything an image; it then shows as a broken one
            return value.encode()
    return value.encode()


def _needs_blob(frame: frames.KernelFrame) -> bool:
    return isinstance(frame, frames.Display | frames.UpdateDisplay) and any(
        _is_big(mime, value) for mime, value in frame.data.items()
    )
