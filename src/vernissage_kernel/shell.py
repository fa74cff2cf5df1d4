"""IPython's shell inside a kernel: runs the source of Python cells, sends what they print and show as frames.

The shell is made before the fork, single-threaded, and knows no channel; `KernelShell.attach` gives it
one in the child. Cells run without an event loop around them, so `asyncio.run` works in them; a cell with
a top-level `await` runs in the kernel's own loop.

Left alone: cells that are not Python (`runner` gives them to their modules), what the host makes of frames.
"""

from __future__ import annotations

import asyncio
import atexit
import builtins
import getpass
import hashlib
import inspect
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.events import EventManager, available_events
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type as TypeTrait
from traitlets.config import Config

from vernissage_kernel import tracebacks
from vernissage_kernel.channel import Channel, TooLarge
from vernissage_kernel.display import KernelFormatter, plain_bundle, plain_value, too_large
from vernissage_kernel.frames import ClearOutput, Display, Stream, UpdateDisplay

BATCH = 8_192
"""Characters of printed text that are sent at once, whole line or not."""

BURST = 20
"""Lines within `PAUSE` that are sent one by one; further ones wait for the pause to end, and go together."""

PAUSE = 0.05
"""Seconds that a line waits at most in a burst."""

PIECE = 1_000_000
"""Characters of one stream frame at most."""


class Outlet:
    """Where frames of the running execution go. One per kernel; text and displays leave in their order."""

    def __init__(self) -> None:
        self.channel: Channel | None = None
        self.execution = 0
        self._lock = threading.RLock()
        self._held: list[tuple[Literal["stdout", "stderr"], int, str]] = []
        self._size = 0
        self._window = 0.0
        self._sent = 0
        self._timer: threading.Timer | None = None
        self.shield: Callable[[], AbstractContextManager[None]] = nullcontext

    def write(self, name: Literal["stdout", "stderr"], text: str) -> None:
        """Take printed text; send it soon, together with what comes right after it."""
        with self._lock:
            self._held.append((name, self.execution, text))
            self._size += len(text)
            if self._size >= BATCH:
                self.flush()
            elif text.endswith("\n"):
                now = time.monotonic()
                if now - self._window > PAUSE:
                    self._window, self._sent = now, 0
                self._sent += 1
                if self._sent <= BURST:
                    self.flush()
                elif self._timer is None:
                    self._timer = threading.Timer(PAUSE, self._timed_out)
                    self._timer.daemon = True
                    self._timer.start()

    def _timed_out(self) -> None:
        with self._lock:
            self._timer = None
            self.flush()

    def flush(self) -> None:
        """Send all text that waits. An interrupt waits until it is out, so that none is lost."""
        with self.shield(), self._lock:
            held, self._held, self._size = self._held, [], 0
            channel = self.channel
            if channel is None:
                return
            start = 0
            for i in range(1, len(held) + 1):
                if i < len(held) and held[i][:2] == held[start][:2]:
                    continue
                name, execution, _ = held[start]
                text = "".join(piece for _, _, piece in held[start:i])
                text = text.encode("utf-8", "replace").decode()  # Lone surrogates cannot travel.
                for at in range(0, len(text), PIECE):
                    channel.send(Stream(execution=execution, name=name, text=text[at : at + PIECE]))
                start = i

    def settle(self) -> None:
        """Send all text that waits and wait for a flush on the way, so that nothing comes after."""
        with self._lock:
            timer, self._timer = self._timer, None
            self.flush()
        if timer is not None:
            timer.cancel()
            timer.join()

    def show(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any],
        *,
        display_id: str = "",
        update: bool = False,
        result: bool = False,
    ) -> None:
        """Send a display, or an update of one; what is too large is named instead."""
        with self._lock:
            self.flush()
            if self.channel is None:
                return
            try:
                self.channel.send(self._frame(data, metadata, display_id, update, result))
            except TooLarge as error:
                self.channel.send(self._frame(too_large("all of it", error.size), {}, display_id, update, result))

    def _frame(
        self, data: dict[str, Any], metadata: dict[str, Any], display_id: str, update: bool, result: bool
    ) -> Display | UpdateDisplay:
        if update:
            return UpdateDisplay(display_id=display_id, data=data, metadata=metadata)
        return Display(execution=self.execution, data=data, metadata=metadata, display_id=display_id, result=result)

    def clear(self, wait: bool) -> None:
        """Send the wish to clear the cell's output."""
        with self._lock:
            self.flush()
            if self.channel is not None:
                self.channel.send(ClearOutput(execution=self.execution, wait=wait))


class OutputStream(io.TextIOBase):
    """`sys.stdout` and `sys.stderr` of a kernel. In a process that user code forked it writes to the descriptor."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, outlet: Outlet, name: Literal["stdout", "stderr"], descriptor: int) -> None:
        self._outlet = outlet
        self._name: Literal["stdout", "stderr"] = name
        self._descriptor = descriptor
        self._buffer = _ByteStream(self)

    @property
    def name(self) -> str:
        """As Python's own streams are named."""
        return f"<{self._name}>"

    @property
    def buffer(self) -> io.BufferedIOBase:
        """For code that prints bytes."""
        return self._buffer

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if not text:
            return 0
        channel = self._outlet.channel
        if channel is None or not channel.ours():
            os.write(self._descriptor, text.encode("utf-8", "replace"))
        else:
            self._outlet.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        channel = self._outlet.channel
        if channel is not None and channel.ours():
            self._outlet.flush()

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False


class _ByteStream(io.BufferedIOBase):
    def __init__(self, text: OutputStream) -> None:
        self._text = text

    def write(self, data: Any) -> int:
        raw = bytes(data)
        self._text.write(raw.decode("utf-8", "replace"))
        return len(raw)

    def flush(self) -> None:
        self._text.flush()

    def fileno(self) -> int:
        return self._text.fileno()

    def writable(self) -> bool:
        return True


class _Compiler(CachingCompiler):
    """Names compiled source after the cell, so that tracebacks and warnings do."""

    cell = ""
    cell_name = ""
    file = ""
    """The file name of the source that was compiled last for a cell."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:  # noqa: ARG002
        digest = hashlib.sha1(f"{self.cell}\0{transformed_code}".encode("utf-8", "replace"), usedforsecurity=False)
        self.file = f"<cell {self.cell_name!r} {digest.hexdigest()[:10]}>"
        tracebacks.cell_names[self.file] = self.cell_name
        return self.file

    def format_code_name(self, name: str) -> tuple[str, str] | None:
        known = tracebacks.cell_names.get(name)
        return None if known is None else ("cell", repr(known))


class _Publisher(DisplayPublisher):
    outlet: Outlet

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,  # noqa: ARG002
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        self._validate_data(data, metadata)  # type: ignore[no-untyped-call]
        display_id = str((transient or {}).get("display_id", ""))
        self.outlet.show(plain_bundle(data), plain_value(metadata or {}), display_id=display_id, update=update)

    def clear_output(self, wait: bool = False) -> None:
        self.outlet.clear(bool(wait))


class _Hook(DisplayHook):
    """Shows the value of a cell's last expression. Keeps no `Out`, `_` or `_1`: they would hold every table shown."""

    outlet: Outlet

    def quiet(self) -> bool:
        shell = self.shell
        return isinstance(shell, KernelShell) and bool(
            self.semicolon_at_end_of_expression(shell.running_source)  # type: ignore[no-untyped-call]
        )

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.outlet.show(plain_bundle(format_dict), plain_value(md_dict or {}), result=True)

    def update_user_ns(self, result: Any) -> None:
        pass

    def log_output(self, format_dict: dict[str, Any]) -> None:
        pass

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Events(EventManager):
    """IPython's hooks around a cell, but an interrupt that arrives in one ends the cell, instead of the hook alone."""

    def trigger(self, event: str, *args: Any, **kwargs: Any) -> None:
        for function in self.callbacks[event][:]:
            try:
                function(*args, **kwargs)
            except Exception:  # noqa: BLE001  A hook is the user's or a library's; the cell does not depend on it.
                sys.stderr.write(f"Error in the {event} hook {function}:\n")
                self.shell.showtraceback()


class NoTerminal(RuntimeError):
    """Code asked for something that only a terminal has."""


def _no_input(*_: Any, **__: Any) -> NoReturn:
    raise NoTerminal("Nobody can answer input() here. Add an input cell and use its variable instead.")


def _no_getpass(*_: Any, **__: Any) -> NoReturn:
    raise NoTerminal(
        "Nobody can answer getpass() here. Keep the password as a secret of the project and read it with "
        "vernissage.secrets[...]."
    )


class _NoExit:
    """`exit` and `quit`: a cell cannot end the kernel that others may look at."""

    def __call__(self, *_: Any) -> NoReturn:
        raise NoTerminal(
            "A cell cannot end its kernel. To stop here, raise an error; to stop the kernel, use Stop kernel."
        )

    def __repr__(self) -> str:
        return "To stop the kernel, use Stop kernel."


class KernelShell(InteractiveShell):
    """The shell of one kernel."""

    compiler_class = TypeTrait(_Compiler)
    displayhook_class = TypeTrait(_Hook)
    display_pub_class = TypeTrait(_Publisher)
    running_source = ""
    home = Path()
    """The kernel's own directory, wherever user code may go."""

    def __init__(self, **kwargs: Any) -> None:
        self.outlet = Outlet()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._check_interrupt: Callable[[], None] = lambda: None
        self._entered = True
        """The cell's own code has begun, so what it does with an interrupt is up to it."""
        self._interrupted = False
        """An interrupt has cancelled the cell that awaits."""
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        publisher, hook = self.display_pub, self.displayhook
        assert isinstance(publisher, _Publisher) and isinstance(hook, _Hook)
        publisher.outlet = hook.outlet = self.outlet
        self.own_names = frozenset(self.user_ns)
        """What a fresh kernel holds already; anything else is the user's."""

    # -- as IPython builds itself: what a kernel has not -------------------------------------------

    def init_display_formatter(self) -> None:
        self.display_formatter = KernelFormatter(parent=self)
        self.configurables.append(self.display_formatter)  # type: ignore[arg-type]

    def init_events(self) -> None:
        self.events = _Events(self, available_events)
        self.events.register("pre_execute", self._clear_warning_registry)

    def init_virtualenv(self) -> None:
        pass  # The environment is the one that runs.

    def enable_gui(self, gui: Any = None) -> None:
        pass  # No window will ever open.

    def init_user_ns(self) -> None:
        super().init_user_ns()  # type: ignore[no-untyped-call]
        for name in ("exit", "quit"):
            self.user_ns[name] = _NoExit()
        self.user_ns_hidden.update(exit=self.user_ns["exit"], quit=self.user_ns["quit"])

    def ask_exit(self) -> None:
        """Magics that would leave a terminal."""
        _NoExit()()

    # -- errors: `runner` sends them, nothing is printed ---------------------------------------------

    async def run_code(self, code_obj: Any, result: Any = None, *, async_: bool = False) -> bool:
        try:
            if not self._entered:
                self._entered = True
                self._check_interrupt()
            if async_:
                await eval(code_obj, self.user_global_ns, self.user_ns)
            else:
                exec(code_obj, self.user_global_ns, self.user_ns)
        except BaseException as error:  # noqa: BLE001  Whatever user code raises is what the cell ended with.
            if result is None:
                self._print_error(error)
            else:
                result.error_in_exec = error
            return True
        return False

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """An error beside the cell's own: one in a `_repr_html_`, say. Printed."""
        error = (exc_tuple or sys.exc_info())[1]
        if error is not None:
            self._print_error(error)

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        pass  # The result of the run carries it.

    def showindentationerror(self) -> None:
        pass

    def _print_error(self, error: BaseException) -> None:
        sys.stderr.write("\n".join(tracebacks.format_error(error)) + "\n")

    def excepthook(self, etype: type[BaseException], value: BaseException, tb: TracebackType | None) -> None:  # noqa: ARG002
        self._print_error(value)

    # -- running -------------------------------------------------------------------------------------

    def attach(self, channel: Channel) -> None:
        """In the child: from here on everything that is printed or shown goes out as frames."""
        self.home = Path.cwd()
        self.outlet.channel = channel
        self.outlet.shield = channel.shield
        self._check_interrupt = channel.check_interrupt
        sys.stdout = OutputStream(self.outlet, "stdout", 1)
        sys.stderr = OutputStream(self.outlet, "stderr", 2)
        builtins.input = _no_input
        getpass.getpass = _no_getpass
        # `print` in code that kept a reference to the real streams goes to the descriptors, which the host reads.

    def begin(self, cell: str, name: str) -> None:
        """From here on what is compiled is this cell's."""
        compiler = self.compiler
        compiler.cell, compiler.cell_name, compiler.file = cell, name, ""

    @property
    def compiler(self) -> _Compiler:
        """What turns source into code, and knows whose it was."""
        assert isinstance(self.compile, _Compiler)
        return self.compile

    def evaluate(self, expression: str) -> Any:
        """The value of a Python expression that a cell names, as code of that cell."""
        compiler = self.compiler
        source = expression.strip()
        file = compiler.cache(source, 0)
        return eval(compile(source, file, "eval", dont_inherit=True), self.user_ns)

    def run(self, source: str) -> BaseException | None:
        """Run the source of a Python cell to its end. The error that it ended with, or None."""
        compiler = self.compiler
        self.running_source = source
        self._entered = self._interrupted = False
        try:
            transformed: str = self.transform_cell(source)  # type: ignore[no-untyped-call]
        except SyntaxError as broken:
            broken.filename = broken.filename or compiler.get_code_name(source, source, 0)
            return broken
        coroutine = self.run_cell_async(
            source, store_history=False, transformed_cell=transformed, cell_id=compiler.cell
        )
        result: Any = None
        error: BaseException | None
        try:
            if self.should_run_async(source, transformed_cell=transformed):
                result = self._run_in_loop(coroutine)
            else:
                result = _run_without_loop(coroutine)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as between:  # noqa: BLE001  Raised between the lines of user code: an interrupt.
            error = between
        finally:
            if inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
                coroutine.close()  # Else Python says that nobody has awaited it.
            # matplotlib's figures are shown by one of these.
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)
        if isinstance(error, asyncio.CancelledError) and self._interrupted:
            return KeyboardInterrupt().with_traceback(error.__traceback__)
        return error

    def _run_in_loop(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """The coroutine's result. An interrupt cancels it, and waits until its `finally` blocks have run."""
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        task: asyncio.Task[Any] | None = None
        try:
            task = self._loop.create_task(coroutine)
            return self._loop.run_until_complete(task)
        except KeyboardInterrupt:
            if task is None or task.done():
                raise  # A loop never comes back from a task that ended with an interrupt.
            self._interrupted = True
            task.cancel()
            return self._loop.run_until_complete(task)


def _run_without_loop(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Drive a coroutine that awaits nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("This cell awaits something where no event loop runs; put `await` at the cell's top level.")


def make_shell() -> KernelShell:
    """The one shell of this process. Starts no thread, opens no database, reads no profile."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.separate_in = ""
    config.InteractiveShell.banner1 = ""
    config.InlineBackend.figure_formats = {"retina"}
    # Backgrounds let the page through, text and lines are read on a light page and on a dark one.
    config.InlineBackend.rc = FIGURE_STYLE
    shell = KernelShell.instance(config=config)
    assert isinstance(shell, KernelShell)
    # It would clean up what goes with the kernel's directory anyway, and complains when that has gone first.
    atexit.unregister(shell.atexit_operations)
    return shell


NEUTRAL = "#7a7671"
"""A grey with enough contrast on light and on dark."""

FIGURE_STYLE: dict[str, Any] = {
    "figure.facecolor": (1, 1, 1, 0),
    "figure.edgecolor": (1, 1, 1, 0),
    "axes.facecolor": (1, 1, 1, 0),
    "savefig.facecolor": (1, 1, 1, 0),
    "axes.edgecolor": NEUTRAL,
    "axes.labelcolor": NEUTRAL,
    "axes.titlecolor": NEUTRAL,
    "xtick.color": NEUTRAL,
    "ytick.color": NEUTRAL,
    "text.color": NEUTRAL,
    "grid.color": NEUTRAL,
    "grid.alpha": 0.3,
    "legend.facecolor": "none",
    "legend.framealpha": 0.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
    "font.size": 10,
}
