"""A process that prepares one runner and forks a kernel of it for each request: a zygote without walls.

Started by `lone.Mother` with a socket as its standard input. A request is one message: the kernel's directory and
context as msgpack, and the kernel's end of a socket pair. The answer is the kernel's process id.
"""

from __future__ import annotations

import os
import signal
import socket
import sys

import msgspec

from vernissage_kernel import runner
from vernissage_kernel.frames import Context


def main() -> None:
    control = socket.socket(fileno=0)
    prepared = runner.prepare()
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
    names = sorted(set(prepared._shell.user_ns) - prepared._shell.own_names)
    heavy = [name for name in ("plotly", "sklearn", "altair") if name in sys.modules]
    control.sendall(msgspec.msgpack.encode({"threads": threads, "names": names, "heavy": heavy}))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 1)
        if not data:
            return
        asked = msgspec.msgpack.decode(data)
        pid = os.fork()
        if pid == 0:
            control.close()
            os.chdir(asked["home"])
            secrets = asked["context"].pop("secrets", {})
            unreadable = asked["context"].pop("unreadable", {})
            context = msgspec.convert(asked["context"], Context)
            prepared.serve(socket.socket(fileno=descriptors[0]), context, secrets, unreadable)
            os._exit(0)
        os.close(descriptors[0])
        control.sendall(msgspec.msgpack.encode(pid))


main()
