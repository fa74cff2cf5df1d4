"""The kernel's end of the socket, and the one place where an interrupt is let in or kept waiting.

A frame is never cut in half: an interrupt that arrives while one is written waits until it is out.
A process that user code forked (multiprocessing) holds a copy of the socket, and must never write to it.

Left alone: what the frames mean.
"""

from __future__ import annotations

import _thread
import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import msgspec

from vernissage_kernel.frames import MAX_FRAME, HostFrame, KernelFrame

# Made before the fork: a decoder reads every type that it may meet.
_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytearray], HostFrame] = msgspec.msgpack.Decoder(HostFrame).decode


class TooLarge(Exception):
    """A frame is longer than `MAX_FRAME` and was not sent."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes are too many for one frame")
        self.size = size


class Interrupts:
    """SIGINT while a cell runs raises KeyboardInterrupt in it; at any other time it means nothing.

    Promise: an interrupt after Started ends the cell, unless the cell's own code makes something else of it. There
    are places where a raised one would be lost: in a hook that somebody wraps in `try` (`check` raises it again
    before the cell's code), in a finalizer, where Python itself drops it (`dropped` sends it again), and in an event
    loop's own code, which would forget the step that it was about to take: there the loop is asked to raise it between
    two steps, or it is sent again once the code that has called the loop goes on.
    """

    AGAIN = 0.01
    """Seconds after which an interrupt is sent again: by then the finalizer, say, is done."""

    def __init__(self) -> None:
        self.armed = False
        self.arrived = False
        """An interrupt reached the code that runs, or that ran last."""
        self._shields = 0
        self._pending = False
        self._runs = 0
        self._sending = threading.Lock()

    def install(self) -> None:
        """Take SIGINT. Again before each cell, since the last one may have taken it for itself."""
        signal.signal(signal.SIGINT, self._arrived)
        if sys.unraisablehook is sys.__unraisablehook__:  # Else it is the user's.
            sys.unraisablehook = self.dropped

    def _arrived(self, _number: int, frame: FrameType | None) -> None:
        if not self.armed:
            return
        if self._shields:
            self._pending = True
            return
        self.arrived = True
        loop = asyncio._get_running_loop()
        if loop is None or not _of_asyncio(frame):
            raise KeyboardInterrupt
        if _between_steps(frame):
            loop.call_soon_threadsafe(self._raise_in, self._runs)
        else:
            self._send_again()

    def _raise_in(self, run: int) -> None:
        """What an event loop calls between two of its steps; in the next cell's loop it means nothing any more."""
        if self.armed and run == self._runs:
            raise KeyboardInterrupt

    def check(self) -> None:
        """Raise the interrupt that has arrived, should something have swallowed it. Right before a cell's own code."""
        if self.armed and self.arrived:
            raise KeyboardInterrupt

    def dropped(self, what: sys.UnraisableHookArgs) -> None:
        """`sys.unraisablehook`: an error in a finalizer or a callback of native code, which cannot go further up."""
        if self.armed and self.arrived and issubclass(what.exc_type, KeyboardInterrupt):
            self._send_again()
        else:
            sys.__unraisablehook__(what)

    def _send_again(self) -> None:
        # A bare thread: this may run amid `threading`, whose locks are then taken.
        _thread.start_new_thread(self._resend, (self._runs,))

    def _resend(self, run: int) -> None:
        time.sleep(self.AGAIN)
        with self._sending:
            if self.armed and run == self._runs:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Keep an interrupt waiting until the block is done."""
        if threading.current_thread() is not threading.main_thread():
            yield  # Signals only ever arrive in the main thread.
            return
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._pending and not self._shields:
            self._pending = False
            if self.armed:
                self.arrived = True
                raise KeyboardInterrupt

    @contextmanager
    def while_running(self, started: Callable[[], None]) -> Iterator[None]:
        """The block can be interrupted. `started` tells the host so: what it answers waits until it has been told."""
        self._pending = self.arrived = False
        self._runs += 1
        try:
            with self.shield():
                self.armed = True
                started()
            yield
        finally:
            self.armed = False
            with self._sending:
                pass  # One that is on its way arrives now: later it would be the next cell's.


def _of_asyncio(frame: FrameType | None) -> bool:
    name = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return name == "selectors" or name.startswith("asyncio.")


def _between_steps(frame: FrameType | None) -> bool:
    """Whether nobody's code has called asyncio here: the loop looks for its next step, or a task asks for one."""
    while frame is not None and _of_asyncio(frame):
        if frame.f_code.co_name == "run_forever":
            return True
        frame = frame.f_back
    return False


def _well_formed(value: Any) -> Any:
    """Plain values with a question mark for each half of a surrogate pair."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list() | tuple():
            return [_well_formed(item) for item in value]
        case dict():
            return {_well_formed(key): _well_formed(item) for key, item in value.items()}
        case _:
            return value


class Channel:
    """Frames in, frames out, over a socket that blocks."""

    def __init__(self, socket: socket.socket, interrupts: Interrupts) -> None:
        self._socket = socket
        self._socket.setblocking(True)
        self.shield = interrupts.shield
        """Keeps an interrupt waiting."""
        self.check_interrupt = interrupts.check
        """Raises an interrupt that was swallowed on the way to the cell's code."""
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def ours(self) -> bool:
        """False in a process that user code forked."""
        return os.getpid() == self._owner

    def send(self, frame: KernelFrame) -> None:
        """Write one frame, whole. Raises TooLarge without writing anything."""
        if not self.ours():
            return
        try:
            body = _encode(frame)
        except UnicodeEncodeError:
            # Half a surrogate pair, from a broken file name, say, is text in Python and nowhere else.
            body = _encode(_well_formed(msgspec.to_builtins(frame)))
        if len(body) > MAX_FRAME:
            raise TooLarge(len(body))
        with self.shield(), self._lock:
            header = len(body).to_bytes(4, "big")
            if len(body) < 65_536:
                self._socket.sendall(header + body)
            else:
                self._socket.sendall(header)
                self._socket.sendall(body)

    def receive(self) -> HostFrame | None:
        """The next frame of the host; None when it has gone."""
        header = self._read(4)
        if header is None:
            return None
        body = self._read(int.from_bytes(header, "big"))
        return None if body is None else _decode(body)

    def _read(self, size: int) -> bytearray | None:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = self._socket.recv_into(view)
            if count == 0:
                return None
            view = view[count:]
        return data
