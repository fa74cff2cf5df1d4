"""The host: the server's side of one kernel, a process that runs user code.

    starting ──Ready──► idle ◄──Finished── busy
        │                │ └──Execute──────►│        any of them ──► ended ──► gone
    (NoKernel)                                         Died            no process, descendant, file, descriptor

Promise: nothing that the kernel sends, and nothing it fails to do, reaches further than this object. What it
sends is measured before it is decoded, its output is bounded, its frames must fit what was asked of it, and
every way to end becomes one `Died` with a sentence. Nothing here waits for the kernel.
Left alone: making the process (`fork`), the words (`sentences`), what the frames mean to people (`actors`).
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import signal
import socket
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal, assert_never

import msgspec

from vernissage.kernels import processes, sentences
from vernissage.ports import Died, KernelSpec, Listener
from vernissage_kernel import frames
from vernissage_kernel.control import Prelude

READ_AT_ONCE = 262_144
"""Bytes of one kernel's output before other kernels and pages get their turn."""

MAX_SHOWN = 2 * frames.MAX_FRAME
"""Bytes of results (not of printed text) of one execution."""

MAX_SHOWN_COUNT = 5_000
"""Results of one execution; more than a page can show, and few enough to keep."""

MAX_INTRICATE = 16 * 1024 * 1024
"""Bytes of a value that is no plain text. One byte of msgpack can become sixty of Python's, text stays what it is."""

SHUTDOWN_SECONDS = 1.0
"""What an idle kernel may take to run its exit handlers."""

_buffer = memoryview(bytearray(READ_AT_ONCE))
"""Where every kernel's bytes arrive first; used within one callback only."""

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[frames.KernelFrame] = msgspec.msgpack.Decoder(frames.KernelFrame)

_NOTHING = msgspec.Raw(b"")


class _Outline(msgspec.Struct):
    """The fields of a frame that may be anything, left as they came."""

    frame: str = ""
    data: msgspec.Raw = _NOTHING
    metadata: msgspec.Raw = _NOTHING
    rows: msgspec.Raw = _NOTHING
    traceback: msgspec.Raw = _NOTHING
    matches: msgspec.Raw = _NOTHING
    kinds: msgspec.Raw = _NOTHING
    variables: msgspec.Raw = _NOTHING


_outline = msgspec.msgpack.Decoder(_Outline)
_bundle = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])


def _intricate(body: bytes) -> str:
    """The tag of a frame whose decoding could take many times its size; "" for any other."""
    if len(body) <= MAX_INTRICATE:
        return ""
    outline = _outline.decode(body)
    parts = [getattr(outline, field) for field in _Outline.__struct_fields__ if field not in ("frame", "data")]
    parts.append(outline.data)
    data = memoryview(outline.data)
    if data and 0x80 <= data[0] <= 0x8F:  # A MIME bundle of at most 15 forms is looked into.
        parts[-1:] = _bundle.decode(outline.data).values()
    for part in parts:
        view = memoryview(part)
        text = len(view) > 0 and (0xC4 <= view[0] <= 0xC6 or 0xD9 <= view[0] <= 0xDB or 0xA0 <= view[0] <= 0xBF)
        if len(view) > MAX_INTRICATE and not text:
            return outline.frame or "?"
    return ""


_ANSWERS: dict[type[frames.Frame], type[frames.Frame]] = {
    frames.Complete: frames.Completions,
    frames.Inspect: frames.Inspection,
    frames.ListVariables: frames.VariableList,
    frames.PageTable: frames.TablePage,
    frames.ReadCsv: frames.CsvPiece,
    frames.SaveTable: frames.TableSaved,
}

_DEAD = "The kernel has ended. Run the cell again: a new kernel starts by itself."


class ForkedKernel:
    """Keeps the promise of `ports.Kernel` for a process that a zygote forked."""

    def __init__(
        self,
        spec: KernelSpec,
        listener: Listener,
        mark: int,
        directory: Path,
        channel: socket.socket,
        output: int,
        errors: int,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._spec = spec
        self._listener = listener
        self.mark = mark
        self._directory = directory
        self._channel = channel
        self._channel.setblocking(False)
        self._pipes: dict[int, _Pipe] = {output: _Pipe("stdout"), errors: _Pipe("stderr")}
        self._received = bytearray()
        self._unsent = bytearray()
        self._writing = False
        self._connected = True
        """Its frames are read: it has neither closed the channel nor sent what is no frame."""

        self.pid = 0
        self._pidfd = -1
        self._status: int | None = None
        self._verdict: Died | None = None
        """Why we ended it ourselves; the first reason stands."""
        self._kill_at_birth = False
        self._doomed = False
        self.ended = False
        """Died was said, or `start` has failed."""
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.exited = asyncio.Event()
        self.swept = asyncio.Event()
        self.gone = asyncio.Event()
        self.setup_errors = ""
        """What it wrote to standard error before it was ready."""
        self._said_ready = False
        self._began = self._loop.time()

        self._queue: deque[int] = deque()
        self._started = False
        """The first of the queue has said Started."""
        self._execution_began = self._began
        self._clock: asyncio.TimerHandle | None = None
        self._grace: asyncio.TimerHandle | None = None
        self._interrupt_on_start = False
        self._printed = 0
        self._shown = 0
        self._shown_count = 0
        self._said: set[str] = set()

        self._requests: dict[int, tuple[type[frames.Frame], asyncio.Future[frames.ReplyFrame]]] = {}
        self._last_request = 0

        for descriptor in self._pipes:
            os.set_blocking(descriptor, False)
            self._loop.add_reader(descriptor, self._pipe_readable, descriptor)
        self._loop.add_reader(self._channel, self._readable)

    # --- the port

    @property
    def id(self) -> str:
        """As the spec says."""
        return self._spec.id

    def send(self, frame: frames.HostFrame) -> None:
        """Hand over work; never waits. Does nothing once the kernel is dead (its listener was told)."""
        if self.ended:
            return
        if isinstance(frame, frames.Execute):
            self._queue.append(frame.execution)
            if len(self._queue) == 1:
                self._await_execution()
        self._write(_encode(frame))

    async def request(self, frame: frames.RequestFrame) -> frames.ReplyFrame:
        """Ask and await the answer; RequestFailed when the kernel dies meanwhile."""
        self._last_request += 1
        number = self._last_request
        if self.ended:
            return frames.RequestFailed(request=number, message=_DEAD)
        answer: asyncio.Future[frames.ReplyFrame] = self._loop.create_future()
        self._requests[number] = (_ANSWERS[type(frame)], answer)
        self._write(_encode(msgspec.structs.replace(frame, request=number)))
        try:
            return await answer
        finally:
            self._requests.pop(number, None)

    def interrupt(self) -> None:
        """KeyboardInterrupt in the running cell; a kernel that goes on after `interrupt_seconds` is killed."""
        self._interrupt(sentences.would_not_stop(self._spec.limits.interrupt_seconds))

    async def stop(self) -> None:
        """End it and all its descendants; returns when they are gone. Harmless twice."""
        if not self.exited.is_set():
            if self._verdict is None:
                self._verdict = sentences.STOPPED
                idle = self.ready.done() and not self._queue and not self.ended
                if idle:
                    self._write(_encode(frames.Shutdown()))
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(SHUTDOWN_SECONDS):
                            await self.exited.wait()
            self.kill()
        await self.gone.wait()

    def directory(self) -> Path:
        """The kernel's own directory; gone after the kernel's end. What lies in it is untrusted."""
        return self._directory

    def memory(self) -> int:
        """Bytes of private memory of the process and its descendants that hang together with it; 0 once dead."""
        if self.exited.is_set() or not self.pid:
            return 0
        return sum(map(processes.private_memory, processes.tree(self.pid)))

    # --- told by the maker

    def greet(self, prelude: Prelude) -> None:
        """The first message of the channel."""
        self._write(msgspec.msgpack.encode(prelude))

    def born(self, pid: int, pidfd: int) -> None:
        """The process is there."""
        self.pid = pid
        self._pidfd = pidfd
        self._loop.add_reader(pidfd, self._died)
        if self._kill_at_birth:
            processes.kill(pidfd)
        self._settle()

    def _settle(self) -> None:
        # Two processes tell us these, so they come in either order; without its pidfd it cannot be interrupted.
        if self._said_ready and self._pidfd >= 0 and not self.ready.done():
            self.ready.set_result(None)

    def unborn(self, message: str) -> None:
        """There will be no process."""
        self.setup_errors = message
        self.buried(None)
        self.swept.set()

    def buried(self, status: int | None) -> None:
        """The process is gone. `status`: as `os.waitstatus_to_exitcode`; None where nobody knows."""
        if self.exited.is_set():
            return
        self._status = status
        self._end()

    def orphaned(self) -> None:
        """The zygote has died, so this process has, or will within the moment; nobody will tell how."""
        if self._verdict is None:
            self._verdict = sentences.LOST
        if self._pidfd < 0:
            self.buried(None)
        else:
            processes.kill(self._pidfd)

    def kill(self, why: Died | None = None) -> None:
        """End it now. The first reason that is given stands."""
        if self._verdict is None:
            self._verdict = why
        self._doomed = True
        if self.exited.is_set():
            return
        if self._pidfd < 0:
            self._kill_at_birth = True
        else:
            processes.kill(self._pidfd)

    @property
    def busy(self) -> bool:
        """Something runs, or is about to."""
        return bool(self._queue) or not self.ready.done()

    def weigh(self, orphans: list[int]) -> None:
        """End the kernel when it and its descendants hold more memory than its limit."""
        if self.exited.is_set() or not self.pid:
            return
        limit = self._spec.limits.memory
        family = [*processes.tree(self.pid), *orphans]
        # The cheap question first; the exact one walks page tables.
        if sum(map(processes.resident_memory, family)) <= limit:
            return
        used = sum(map(processes.private_memory, family))
        if used > limit:
            since = self._execution_began if self._queue else self._began
            self.kill(sentences.out_of_memory(self._loop.time() - since, used))

    # --- bytes

    def _write(self, body: bytes) -> None:
        message = len(body).to_bytes(4, "big") + body
        if not self._unsent:
            try:
                sent = self._channel.send(message)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                return  # Closed at the other end: reading says so.
            if sent == len(message):
                return
            message = message[sent:]
        self._unsent += message
        if not self._writing:
            self._writing = True
            self._loop.add_writer(self._channel, self._writable)

    def _writable(self) -> None:
        try:
            sent = self._channel.send(memoryview(self._unsent)[:READ_AT_ONCE])
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._unsent.clear()
        else:
            del self._unsent[:sent]
        if not self._unsent:
            self._writing = False
            self._loop.remove_writer(self._channel)

    def _readable(self) -> None:
        if not self._connected:
            return
        try:
            count = self._channel.recv_into(_buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            count = 0
        if count == 0:
            self._connected = False
            # A kernel that ends closes it too: give its end a moment to be told.
            self._loop.remove_reader(self._channel)
            self._loop.call_later(0.25, self._closed)
            return
        self._received += _buffer[:count]
        self._unpack()

    def _closed(self) -> None:
        if not self.exited.is_set():
            self.kill(sentences.no_frame("it was closed"))

    def _unpack(self) -> None:
        position = 0
        try:
            while not self._doomed and len(self._received) - position >= 4:
                size = int.from_bytes(self._received[position : position + 4], "big")
                if size > frames.MAX_FRAME:
                    self._refuse(f"a message of {sentences.size(size)} was announced")
                    return
                if len(self._received) - position - 4 < size:
                    return
                body = bytes(self._received[position + 4 : position + 4 + size])
                position += 4 + size
                try:
                    if kind := _intricate(body):
                        self._pass_over(kind)
                        continue
                    frame = _decoder.decode(body)
                except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                    self._refuse("what came was no message")
                    return
                self._take(frame, size)
        except BaseException:
            # A listener's fault, and the loop will say so; the frames behind this one are still heard.
            self._loop.call_soon(self._unpack)
            raise
        finally:
            del self._received[:position]

    def _pass_over(self, kind: str) -> None:
        if kind in ("display", "update_display"):
            self._say_once(sentences.showed_too_much(MAX_SHOWN_COUNT, MAX_INTRICATE))
        else:
            self._refuse("a message was too intricate")

    def _refuse(self, what: str) -> None:
        self._received.clear()
        self._connected = False
        self._loop.remove_reader(self._channel)
        self.kill(sentences.no_frame(what))

    def _pipe_readable(self, descriptor: int) -> None:
        if self._queue and not self._started:
            # Its Started is on the way, or here already: it comes first.
            self._readable()
        if descriptor in self._pipes:
            self._read_pipe(descriptor)

    def _read_pipes(self) -> None:
        """What subprocesses wrote straight to the pipes comes before the frames that follow it."""
        for descriptor in tuple(self._pipes):
            for _ in range(4):  # A descendant may write without end.
                if descriptor not in self._pipes or not self._read_pipe(descriptor):
                    break

    def _read_pipe(self, descriptor: int) -> bool:
        """True: there may be more."""
        try:
            count = os.readv(descriptor, [_buffer[:65_536]])
        except (BlockingIOError, InterruptedError):
            return False
        pipe = self._pipes[descriptor]
        text = pipe.decode(_buffer[:count], final=count == 0)
        if count == 0:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
            del self._pipes[descriptor]
        if not self._said_ready:
            self.setup_errors = (self.setup_errors + text)[-2_000:]
        elif text:
            self._print(frames.Stream(execution=self._running(), name=pipe.name, text=text))
        return count > 0

    # --- frames

    def _running(self) -> int:
        return self._queue[0] if self._queue and self._started else 0

    def _take(self, frame: frames.KernelFrame, size: int) -> None:
        if self._started:
            self._read_pipes()
        match frame:
            case frames.Ready():
                if self._said_ready:
                    self._refuse("it said twice that it is ready")
                    return
                self._said_ready = True
                self._tell(frame)
                self._settle()
            case frames.Started():
                if self._started or not self._queue or self._queue[0] != frame.execution:
                    self._refuse("it started what it was not given")
                    return
                self._started = True
                self._printed = self._shown = self._shown_count = 0
                self._said.clear()
                self._tell(frame)
                if self._interrupt_on_start:
                    self._interrupt_on_start = False
                    self._signal()
            case frames.Finished():
                if frame.execution != self._running() or not frame.execution:
                    self._refuse("it finished what it had not started")
                    return
                self._queue.popleft()
                self._started = False
                self._disarm()
                if self._queue:
                    self._await_execution()
                self._tell(frame)
            case frames.Stream():
                self._print(frame)
            case frames.Display():
                self._shown_count += 1
                self._show(frame, size)
            case frames.UpdateDisplay() | frames.ErrorRaised():
                self._show(frame, size)
            case frames.ClearOutput():
                self._tell(frame)
            case (
                frames.Completions()
                | frames.Inspection()
                | frames.VariableList()
                | frames.TablePage()
                | frames.CsvPiece()
                | frames.TableSaved()
                | frames.RequestFailed()
            ):
                wanted, answer = self._requests.get(frame.request, (None, None))
                # An answer that nobody waits for any more is no fault.
                if wanted is None or answer is None or answer.done():
                    return
                if not isinstance(frame, (wanted, frames.RequestFailed)):
                    self._refuse("it answered something else than was asked")
                    return
                answer.set_result(frame)
            case never:
                assert_never(never)

    def _tell(self, frame: frames.KernelFrame) -> None:
        if not self.ended:
            self._listener(frame)

    def _print(self, frame: frames.Stream) -> None:
        limit = self._spec.limits.output
        left = limit - self._printed
        if left > 0:
            raw = frame.text.encode("utf-8", "replace")
            self._printed += len(raw)
            if len(raw) > left:
                frame = msgspec.structs.replace(frame, text=raw[:left].decode("utf-8", "ignore"))
            self._tell(frame)
        if self._printed > limit or (left <= 0 and frame.text):
            self._say_once(sentences.printed_too_much(limit))

    def _show(self, frame: frames.Display | frames.UpdateDisplay | frames.ErrorRaised, size: int) -> None:
        self._shown += size
        # How a cell failed is said whatever came before it; one error ends a cell, so this stays bounded.
        if isinstance(frame, frames.ErrorRaised) or (self._shown <= MAX_SHOWN and self._shown_count <= MAX_SHOWN_COUNT):
            self._tell(frame)
        else:
            self._say_once(sentences.showed_too_much(MAX_SHOWN_COUNT, MAX_SHOWN))

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._tell(frames.Stream(execution=self._running(), name="stderr", text=sentence))

    # --- time

    def _await_execution(self) -> None:
        self._execution_began = self._loop.time()
        self._clock = self._loop.call_later(self._spec.limits.execution_seconds, self._time_is_up)

    def _disarm(self) -> None:
        for timer in (self._clock, self._grace):
            if timer is not None:
                timer.cancel()
        self._clock = self._grace = None
        self._interrupt_on_start = False

    def _time_is_up(self) -> None:
        limit = self._spec.limits.execution_seconds
        self._tell(frames.Stream(execution=self._running(), name="stderr", text=sentences.time_is_up(limit)))
        self._interrupt(sentences.past_its_time(limit))

    def _interrupt(self, otherwise: Died) -> None:
        if self.ended or not self._queue:
            return  # Nothing runs, so there is nothing to be interrupted.
        if self._grace is None:
            self._grace = self._loop.call_later(self._spec.limits.interrupt_seconds, self.kill, otherwise)
        if self._started:
            self._signal()
        else:
            # A signal before the cell runs would be lost.
            self._interrupt_on_start = True

    def _signal(self) -> None:
        # To the group, as a terminal does: a subprocess in the foreground is what the cell waits for.
        processes.signal_group(self._pidfd, self.pid, signal.SIGINT)

    # --- the end

    def _died(self) -> None:
        self._loop.remove_reader(self._pidfd)
        # The zygote has the status; if it does not say it soon, it never will.
        self._loop.call_later(1.0, self.buried, None)

    def _end(self) -> None:
        """What was sent before the end is heard; then Died, once; then every descriptor is closed."""
        self.exited.set()
        self._disarm()
        if not self._doomed:
            self._drain()
        # What comes from here on is of descendants.
        self._loop.remove_reader(self._channel)
        self._loop.remove_writer(self._channel)
        self._channel.close()
        for descriptor in self._pipes:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        self._pipes.clear()
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
        self._unsent.clear()
        self._received.clear()
        for number, (_, answer) in self._requests.items():
            if not answer.done():
                answer.set_result(frames.RequestFailed(request=number, message=_DEAD))
        if not self.ready.done():
            self.ready.cancel()
            self.ended = True
        elif not self.ended:
            self.ended = True
            self._listener(self._verdict or sentences.ended(self._status))

    def _drain(self) -> None:
        # A descendant may hold the other end and go on writing, so there is an end to this.
        self._read_pipes()
        for _ in range(16):
            try:
                count = self._channel.recv_into(_buffer)
            except OSError:
                break
            if count == 0:
                break
            self._received += _buffer[:count]
            self._unpack()

    def abandon(self) -> None:
        """`start` failed: the listener hears nothing of this kernel any more."""
        self.ended = True
        self.kill()


class _Pipe:
    """Text out of bytes that may be cut within a character."""

    def __init__(self, name: str) -> None:
        self.name: Literal["stdout", "stderr"] = "stdout" if name == "stdout" else "stderr"
        self.decode: Callable[..., str] = codecs.getincrementaldecoder("utf-8")("replace").decode
