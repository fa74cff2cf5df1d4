"""What is left when the server is killed or the disk is full: with real kills and real limits (`spec/store.md`)."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.postgres import plain
from vernissage.ports import Project, StoredOperation, StoreFull
from vernissage.store import DirectoryBlobs, SqlStore, open_store

pytestmark = pytest.mark.anyio

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def an_operation(seq: int, size: int = 8) -> StoredOperation:
    return StoredOperation(seq, b"%d " % seq + b"x" * size, "u1", T0)


async def with_project(store: SqlStore) -> None:
    await store.add_project(Project("p1", "t", "", "u1", "u1", T0, T0), b"{}", ())


# --- killed -----------------------------------------------------------------------------------------

WRITER = """
import asyncio, os, sys
from pathlib import Path
from datetime import datetime, UTC
from vernissage.ports import StoredOperation
from vernissage.store import open_store

async def main():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    async with await open_store(Path(sys.argv[1])) as store:
        seq = int(sys.argv[2])
        while True:
            seq += 1
            operation = StoredOperation(seq, b"%d " % seq + b"x" * 8, "u1", at)
            await store.append_operations("p1", (operation,), "t", "", None)
            os.write(1, b"%d\\n" % seq)

asyncio.run(main())
"""


def killed_after(count: int, data: Path, known: int) -> int:
    """The last edit acknowledged by a process that was killed when it had said so many."""
    acknowledged = known
    with subprocess.Popen([sys.executable, "-c", WRITER, str(data), str(known)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # Read to the end: what it could still say before the signal met it was said after a commit, too.
        for line in process.stdout:
            acknowledged = int(line)
            if acknowledged == known + count:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return acknowledged


@pytest.mark.parametrize("after", [1, 37, 150])
async def test_sto8_acknowledged_operations_survive_a_kill(tmp_path: Path, after: int) -> None:
    async with await open_store(tmp_path) as store:
        await with_project(store)
    known = 0
    for _ in range(2):
        acknowledged = killed_after(after, tmp_path, known)
        async with await open_store(tmp_path) as store:
            operations = (await store.draft("p1")).operations
        assert operations == tuple(an_operation(seq) for seq in range(1, len(operations) + 1))
        # One more may have been kept whose acknowledgement never came out.
        assert len(operations) in (acknowledged, acknowledged + 1)
        known = len(operations)


# --- full -------------------------------------------------------------------------------------------

LIMITED = """
import asyncio, json, resource, sys
from pathlib import Path
from datetime import datetime, UTC
from vernissage.ports import StoredOperation, StoreFull
from vernissage.store import DirectoryBlobs, open_store

async def main():
    data = Path(sys.argv[1])
    at = datetime(2026, 1, 1, tzinfo=UTC)
    blobs = DirectoryBlobs(data / "blobs")
    said = []
    async with await open_store(data) as store:
        async def append(seq):
            operation = StoredOperation(seq, b"%d " % seq + b"x" * 2000, "u1", at)
            await store.append_operations("p1", (operation,), "t", "", None)

        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        seq = 0
        while len(said) < 3:
            try:
                await append(seq + 1)
                seq += 1
                assert seq < 5000
            except StoreFull as full:
                said.append(str(full))
        read = len((await store.draft("p1")).operations)
        small = await blobs.put(b"small")
        try:
            await blobs.put(b"x" * 500_000)
        except StoreFull as full:
            said.append(str(full))
        source = data / "kernels" / "table.csv"
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        source.write_bytes(b"y" * 500_000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        try:
            await blobs.put_file(source, 10**6)
        except StoreFull as full:
            said.append(str(full))
        left = [str(p) for p in (data / "blobs").rglob("*") if p.is_file()]
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await append(seq + 1)
        large = await blobs.put(b"x" * 500_000)
        print(json.dumps({"said": said, "seq": seq, "read": read, "left": left,
                          "small": small, "known": blobs.path(large) is not None}))

asyncio.run(main())
"""


def under_limit(data: Path) -> dict[str, Any]:
    """What a process told that met its limit."""
    done = subprocess.run([sys.executable, "-c", LIMITED, str(data)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


async def test_sto22_a_file_size_limit(tmp_path: Path) -> None:
    """[STO22] [STO34] The limit of a process stands for a disk: nothing fits in, and later there is room again."""
    async with await open_store(tmp_path) as store:
        await with_project(store)
    told = under_limit(tmp_path)
    edits, output, file = told["said"][:3], told["said"][3], told["said"][4]
    for sentence in told["said"]:
        assert "disk is full" in sentence and "Free some space" in sentence and str(tmp_path) in sentence
    assert all("the last edit was not kept" in sentence for sentence in edits)
    assert "500,000 bytes of output could not be kept" in output
    assert "the file table.csv could not be kept" in file
    assert told["read"] == told["seq"] > 10
    assert [Path(path).name for path in told["left"]] == [told["small"]] and told["known"]
    async with await open_store(tmp_path) as store:
        operations = (await store.draft("p1")).operations
    assert operations == tuple(an_operation(seq, 2000) for seq in range(1, told["seq"] + 2))


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 24 MB, where this user may mount one. PostgreSQL's user cannot reach `tmp_path`."""
    path = Path(tempfile.mkdtemp(prefix="vernissage-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0777", "vernissage-test", str(path)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        path.rmdir()
        pytest.skip(f"No small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
        path.rmdir()


def fill(path: Path, leave: int) -> Path:
    """A file that takes all of the disk but so many bytes."""
    free = os.statvfs(path)
    ballast = path / "ballast"
    ballast.write_bytes(bytes(max(free.f_bavail * free.f_frsize - leave, 0)))
    return ballast


def owned_like(path: str, new: Path) -> Path:
    """A new directory of the user whose that path is."""
    new.mkdir()
    owner = Path(path).stat()
    os.chown(new, owner.st_uid, owner.st_gid)
    return new


async def until_full(store: SqlStore) -> tuple[int, str]:
    """Edits until the disk takes no more: how many were accepted, and what was said."""
    for seq in range(1, 5000):
        try:
            await store.append_operations("p1", (an_operation(seq, 2000),), "t", "", None)
        except StoreFull as full:
            return seq - 1, str(full)
    pytest.fail("the disk took everything")


async def test_sto22_a_full_disk(small_disk: Path) -> None:
    """[STO22] [STO34]"""
    data = small_disk / "data"
    async with await open_store(data) as store:
        await with_project(store)
        blobs = DirectoryBlobs(data / "blobs")
        ballast = fill(small_disk, 300_000)
        seq, full = await until_full(store)
        assert seq > 10 and "the last edit was not kept" in full
        with pytest.raises(StoreFull, match="could not be kept"):
            await blobs.put(bytes(500_000))
        assert len((await store.draft("p1")).operations) == seq
        assert [p for p in (data / "blobs").rglob("*") if p.is_file()] == []
        ballast.unlink()
        await store.append_operations("p1", (an_operation(seq + 1, 2000),), "t", "", None)
    async with await open_store(data) as store:
        assert len((await store.draft("p1")).operations) == seq + 1


@pytest.mark.postgres
async def test_sto22_a_full_disk_of_postgresql(postgres_server: Callable[[], str], small_disk: Path) -> None:
    url = postgres_server()
    connection = await asyncpg.connect(plain(url))
    try:
        space = owned_like(await connection.fetchval("SHOW data_directory"), small_disk / "space")
        async with await open_store(url) as store:
            await with_project(store)
            await connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
            await connection.execute("ALTER TABLE operations SET TABLESPACE small")
            ballast = fill(small_disk, 300_000)
            seq, full = await until_full(store)
            assert "the last edit was not kept" in full and "the PostgreSQL database" in full
            assert len((await store.draft("p1")).operations) == seq > 10
            ballast.unlink()
            await store.append_operations("p1", (an_operation(seq + 1, 2000),), "t", "", None)
            await connection.execute("ALTER TABLE operations SET TABLESPACE pg_default")
            await connection.execute("DROP TABLESPACE small")
    finally:
        await connection.close()


# --- beside another process -------------------------------------------------------------------------


async def test_sto25_a_write_waits_for_the_command_line(tmp_path: Path) -> None:
    async with await open_store(tmp_path) as store:
        await with_project(store)
        other = sqlite3.connect(tmp_path / "vernissage.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE projects SET title = 'theirs'")
        # Lets go while the store waits; how long it takes to begin waiting does not matter.
        timer = threading.Timer(0.2, lambda: other.execute("COMMIT"))
        timer.start()
        await store.append_operations("p1", (an_operation(1),), "ours", "", None)
        timer.join()
        other.close()
        found = await store.project("p1")
        assert found is not None and found.title == "ours"


async def test_sto25_a_write_that_waited_too_long_leaves_the_next_one_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vernissage.store.database.BUSY_SECONDS", 0.05)
    async with await open_store(tmp_path) as store:
        await with_project(store)
        other = sqlite3.connect(tmp_path / "vernissage.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Exception, match="locked"):
            await store.append_operations("p1", (an_operation(1),), "t", "", None)
        assert (await store.draft("p1")).operations == ()
        other.execute("ROLLBACK")
        other.close()
        await store.append_operations("p1", (an_operation(1),), "t", "", None)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_opening_and_closing_leaves_nothing_open(tmp_path: Path) -> None:
    async with await open_store(tmp_path) as store:
        await with_project(store)
    files, threads = open_files(), threading.active_count()
    for _ in range(50):
        async with await open_store(tmp_path) as store:
            assert await store.project("p1") is not None
    # A thread of the loop's own pool, which closes, may have come in meanwhile.
    assert open_files() <= files + 1
    assert threading.active_count() <= threads + 6
    assert names(tmp_path) == ["blobs", "kernels", "keys", "vernissage.db"]
