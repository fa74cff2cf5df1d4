"""What code in a kernel must not get at. Every attempt is real, and this process plays the server (often root)."""

# ruff: noqa: ASYNC240
# What is waited for here is other processes, seen through /proc; nothing else runs on the loop meanwhile.

from __future__ import annotations

import os
import secrets
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.kernels import Watched
from vernissage.kernels import ForkKernels, confinement_report, harden_server, safety
from vernissage.ports import KernelFile
from vernissage_kernel import confine

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(confine.landlock_version() < 6, reason="this system's Landlock is older than version 6"),
]


@pytest.fixture
async def kernel(kernels: ForkKernels) -> AsyncIterator[Watched]:
    watched = await Watched.start(kernels)
    yield watched
    await watched.kernel.stop()


def attempt(code: str) -> str:
    """A cell that tries, and prints what came of it: the error's class, or what it got."""
    body = "\n".join(f"    {line}" for line in code.splitlines())
    return (
        f"import os, signal\ntry:\n{body}\n"
        "except Exception as error:\n    print(type(error).__name__)\nelse:\n    print('DONE')"
    )


async def refused(kernel: Watched, code: str) -> None:
    """The attempt fails for want of rights."""
    printed = (await kernel.run(attempt(code))).strip()
    assert printed in ("PermissionError", "OSError"), f"{code} → {printed}"


async def test_ker30_the_environment_is_a_short_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Read by a zygote that is made with it in the server's environment.
    monkeypatch.setenv("VERNISSAGE_DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    own = ForkKernels(tmp_path / "runtime")
    kernel = await Watched.start(own)
    names = set((await kernel.run("import os; print(*os.environ)")).split())
    everything = await kernel.run("print(open('/proc/self/environ').read(), os.environ)")
    await own.close()
    assert "secret" not in everything
    assert not {name for name in names if "NUM_THREADS" not in name and "THREADS" not in name} - {
        "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "MPLBACKEND",
        "PLOTLY_RENDERER", "VERNISSAGE_KERNEL_DIRECTORY", "COLUMNS", "LINES", "GIT_PAGER", "PAGER", "TERM", "CLICOLOR",
        "CLICOLOR_FORCE", "FORCE_COLOR", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "JE_ARROW_MALLOC_CONF",
        "OPENBLAS_THREAD_TIMEOUT",
    }  # fmt: skip


async def test_ker30_no_descriptor_of_the_server_or_the_fork_server(kernel: Watched) -> None:
    source = (
        "import os\nfor n in sorted(os.listdir('/proc/self/fd'), key=int):\n"
        "    try: print(n, os.readlink(f'/proc/self/fd/{n}'))\n    except OSError: pass"
    )
    held = dict(line.split(" ", 1) for line in (await kernel.run(source)).splitlines())
    assert held["0"] == "/dev/null"
    kinds = [target.split(":")[0] for number, target in held.items() if int(number) > 2]
    # The channel, and what the kernel has opened itself since.
    assert kinds.count("pipe") == 0, held
    opened = [
        target for target in held.values() if target.startswith("/") and not target.startswith(("/dev/", "/proc/"))
    ]
    assert not opened, held


async def test_ker30_no_capability_is_left(kernel: Watched) -> None:
    status = await kernel.run("print(open('/proc/self/status').read())")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1"
    if os.geteuid() == 0:
        assert fields["CapBnd"] == "0" * 16


async def test_ker31_the_servers_environment_and_memory_are_closed(kernel: Watched) -> None:
    for name in ("environ", "mem", "maps", "cmdline", "fd", "status", "root/etc/hostname", "cwd/pyproject.toml"):
        verb = "os.listdir" if name == "fd" else "open"
        await refused(kernel, f"{verb}('/proc/{os.getpid()}/{name}')")
        await refused(kernel, f"{verb}(f'/proc/{{os.getppid()}}/{name}')")
    await refused(kernel, "os.listdir('/proc')")


async def test_ker31_files_elsewhere_are_closed(kernel: Watched, tmp_path: Path) -> None:
    database = tmp_path / "vernissage.db"
    database.write_text("secret")
    for path in (database, "/etc/shadow", "/root", "/var/log", "/home"):
        await refused(kernel, f"print(os.listdir('{path}') if os.path.isdir('{path}') else open('{path}').read())")
    await refused(kernel, f"os.link('{database}', 'mine'); print(open('mine').read())")
    await refused(kernel, f"os.symlink('{database}', 'linked'); print(open('linked').read())")
    assert (
        await kernel.run(f"import subprocess; print(subprocess.run(['cat', '{database}'], capture_output=True))") != ""
    )
    assert "secret" not in kernel.printed(1) + "".join(kernel.printed(n) for n in range(1, 20))


async def test_ker31_other_kernels_directories_are_closed(kernels: ForkKernels, kernel: Watched) -> None:
    other = await Watched.start(kernels)
    await other.run("open('mine.txt', 'w').write('theirs')")
    theirs = other.kernel.directory() / "work" / "mine.txt"
    await refused(kernel, f"print(open({str(theirs)!r}).read())")
    await refused(kernel, f"os.listdir('{other.kernel.directory()}')")
    await refused(kernel, "print(os.listdir('../..'))")
    await other.kernel.stop()


async def test_ker32_the_server_and_other_kernels_cannot_be_signalled_or_traced(
    kernels: ForkKernels, kernel: Watched
) -> None:
    other = await Watched.start(kernels)
    for pid in (os.getpid(), other.kernel.pid):  # type: ignore[attr-defined]
        for number in (0, 9, 2):
            await refused(kernel, f"os.kill({pid}, {number})")
        await refused(
            kernel,
            "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
            f"if libc.ptrace(16, {pid}, 0, 0) < 0: raise OSError(ctypes.get_errno(), 'ptrace')",
        )
        await refused(kernel, f"os.pidfd_open({pid}); signal.pidfd_send_signal(os.pidfd_open({pid}), 9)")
    await refused(kernel, "os.kill(os.getppid(), 9)")
    for number in (os.getpid(), other.kernel.pid):  # type: ignore[attr-defined]
        await refused(kernel, f"import resource; resource.prlimit({number}, resource.RLIMIT_CORE, (0, 0))")
        await refused(kernel, f"os.sched_setaffinity({number}, {{0}})")
        await refused(kernel, f"os.setpriority(os.PRIO_PROCESS, {number}, 1)")
    await refused(kernel, "os.setpriority(os.PRIO_USER, 0, 1)")
    await kernel.run("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); os.nice(1)")
    assert await other.run("print('well')") == "well\n"
    await other.kernel.stop()


async def test_ker33_it_writes_only_in_its_own_directory(kernel: Watched, tmp_path: Path) -> None:
    own = kernel.kernel.directory()
    for name in ("work", "home", "tmp", "out"):
        await kernel.run(f"open('{own}/{name}/file', 'w').write('x')")
    assert (await kernel.run("import tempfile; print(tempfile.mkdtemp())")).startswith(f"{own}/tmp/")
    assert (await kernel.run("import os; print(os.path.expanduser('~'))")) == f"{own}/home\n"
    assert await kernel.run("open('/dev/null', 'w').write('x')\nprint('well')") == "well\n"
    for path in (tmp_path, "/tmp", "/var/tmp", "/etc", "/usr/lib", confine.readable_roots()[0], own.parent):
        await refused(kernel, f"open('{path}/written', 'w')")
        await refused(kernel, f"os.mkdir('{path}/made')")
    await refused(kernel, f"os.rename('{own}', '{own}x')")


async def test_ker33_a_versions_file_cannot_be_altered(kernels: ForkKernels, tmp_path: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_text("data")
    blob.chmod(0o644)
    before = blob.stat()
    kernel = await Watched.start(kernels, files=(KernelFile("data.csv", blob),))
    assert await kernel.run("print(open('data.csv').read())") == "data\n"
    for code in (
        "open('data.csv', 'w')", "open('data.csv', 'a')", "open('data.csv', 'r+')", "os.truncate('data.csv', 0)",
        f"open('{blob}', 'w')", f"os.remove('{blob}')", f"os.rename('other', '{blob}')",
        "os.chmod('data.csv', 0)", "os.utime('data.csv', (0, 0))", "os.setxattr('data.csv', 'user.a', b'b')",
        "os.fchmod(os.open('data.csv', os.O_RDONLY), 0)", "os.chmod('/usr/bin/env', 0)",
        "fd = os.open('data.csv', os.O_RDONLY); open(f'/proc/self/fd/{fd}', 'w')",
    ):  # fmt: skip
        if "other" in code:
            await kernel.run("open('other', 'w').write('x')")
        if ("chmod" in code or "utime" in code or "xattr" in code) and not (await kernels.prepare()).private_mounts:
            continue  # Said by `confinement_report`.
        await refused(kernel, code)
    # Its own copy is its own business.
    await kernel.run("os.remove('data.csv'); open('data.csv', 'w').write('mine')")
    await kernel.kernel.stop()
    after = blob.stat()
    assert blob.read_text() == "data"
    assert (stat.S_IMODE(after.st_mode), after.st_mtime_ns, after.st_ino) == (0o644, before.st_mtime_ns, before.st_ino)


async def test_ker33_no_way_back_through_mounts(kernel: Watched) -> None:
    code = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.{call} < 0: raise OSError(ctypes.get_errno(), 'no')"
    )
    await refused(kernel, code.format(call="mount(b'/', b'/mnt', None, 4096, None)"))
    await refused(kernel, code.format(call="mount(None, b'/', None, 32 | 4096, None)"))
    await refused(kernel, code.format(call="umount2(b'/dev/shm', 2)"))
    await refused(kernel, "os.chroot('.')")
    # A user namespace gives all capabilities within it, and still none of this.
    nested = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nchild = os.fork()\n"
        "if child == 0:\n    libc.unshare(0x10020000)\n    ok = libc.mount(None, b'/', None, 32 | 4096, None) == 0\n"
        "    try: os.chmod('/usr/bin/env', 0o755)\n    except OSError: pass\n    else: ok = True\n"
        "    os._exit(1 if ok else 0)\nprint('status', os.waitpid(child, 0)[1])"
    )
    assert "status 0" in await kernel.run(f"import os\n{nested}")


async def test_ker36_unix_sockets_of_the_machine_are_out_of_reach(kernel: Watched, tmp_path: Path) -> None:
    name = f"\0vernissage-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(name)
        listening.listen()
        await refused(kernel, f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({name!r})")
    path = tmp_path / "server.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        await refused(kernel, f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({str(path)!r})")
    await kernel.run("import socket; socket.socketpair(); socket.socket(socket.AF_INET)")


async def test_ker33_shared_memory_is_each_kernels_own(kernels: ForkKernels, kernel: Watched) -> None:
    if not (await kernels.prepare()).private_mounts:
        pytest.skip("kernels have no mounts of their own here")
    other = await Watched.start(kernels)
    source = "from multiprocessing.shared_memory import SharedMemory; m = SharedMemory('same', create=True, size=10)"
    await kernel.run(source)
    await other.run(source)
    assert not Path("/dev/shm/same").exists()
    pool = (
        "import multiprocessing\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))"
    )
    assert await other.run(pool) == "[1, 2]\n"
    await other.kernel.stop()


def test_ker35_missing_fences_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(confine, "landlock_version", lambda: 0)
    (sentence, *_) = confinement_report().sentences
    assert "no Landlock" in sentence and "Linux 5.13" in sentence
    monkeypatch.setattr(confine, "landlock_version", lambda: 5)
    assert "signals" in confinement_report().sentences[0]
    monkeypatch.undo()
    monkeypatch.setattr(safety, "_private_mounts", lambda: False)
    assert "user namespaces" in confinement_report().sentences[-1]
    monkeypatch.undo()
    assert confinement_report([tmp_path]).exposed == ()
    inside = Path(confine.readable_roots()[0]) / "data"
    report = confinement_report([inside])
    assert report.exposed == (inside,) and any("Move it elsewhere" in s for s in report.sentences)


def test_ker31_a_hardened_server_cannot_be_read_by_its_own_user() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        harden_server()
        import ctypes

        os.write(writing, b"%d" % ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"0"
    os.close(reading)
    os.close(writing)


STACK = """
import subprocess, sys, numpy as np, pandas as pd, pyarrow as pa, duckdb, matplotlib.pyplot as plt, altair as alt
import plotly.express as px
from sklearn.linear_model import LinearRegression
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import multiprocessing, tempfile, zipfile, shutil, sqlite3
df = pd.DataFrame({"a": np.arange(1000), "b": np.arange(1000) * 2.0, "c": ["x", "y"] * 500})
df.to_parquet("a.parquet"); df.to_csv("a.csv"); df.to_pickle("a.pickle")
assert duckdb.sql("select sum(a) from 'a.parquet'").fetchall() == [(499500,)]
assert duckdb.sql("select c, sum(b) from df group by c").to_arrow_table().num_rows == 2
assert LinearRegression().fit(df[["a"]], df["b"]).coef_[0].round(6) == 2
figure, axes = plt.subplots(); axes.plot(df.a, df.b); figure.savefig("a.png"); plt.close(figure)
assert (np.ones((400, 400)) @ np.ones((400, 400)))[0, 0] == 400
alt.Chart(df.head()).mark_bar().encode(x="a", y="b").to_dict()
px.scatter(df.head(), x="a", y="b").to_json()
child = subprocess.run([sys.executable, "-c", "import pandas; print(6 * 7)"], capture_output=True, text=True)
assert child.stdout == "42\\n"
assert list(ThreadPoolExecutor(2).map(abs, [-1, -2])) == [1, 2]
shutil.copy("a.csv", "b.csv"); shutil.copytree(".", "../tmp/copy")
with zipfile.ZipFile("a.zip", "w") as archive: archive.write("a.csv")
sqlite3.connect("a.db").execute("create table t (n)")
print("well")
"""


async def test_ker37_the_data_stack_works_inside_the_fences(kernel: Watched) -> None:
    assert await kernel.run(STACK) == "well\n"


async def test_ker37_the_network_is_open(kernel: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        await kernel.run(f"import socket; socket.create_connection(('localhost', {port})).close()")


async def test_ker35_the_report_says_what_the_fork_server_found(kernels: ForkKernels) -> None:
    prepared, report = await kernels.prepare(), confinement_report()
    assert (report.landlock, report.private_mounts) == (prepared.landlock, prepared.private_mounts)
