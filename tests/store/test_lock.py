"""The data directory: closed to others, held by one server, with one key (`spec/store.md`)."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from vernissage.store import CannotOpen, DataDirectory, DataDirectoryInUse, server_key

HOLDER = """
import sys
from pathlib import Path
from vernissage.store import DataDirectory
with DataDirectory.made(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_server(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the directory until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_sto40_the_directory_is_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "data"
    path.mkdir(mode=0o755, parents=True)
    directory = DataDirectory.made(path)
    for part in (path, directory.blobs, directory.kernels, directory.keys):
        assert stat.S_IMODE(part.stat().st_mode) == 0o700
    assert directory.database.parent == path
    assert DataDirectory.made(path) == directory


def test_sto40_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotOpen, match="cannot be used"):
        DataDirectory.made(tmp_path / "file" / "data")


def test_sto41_the_second_server_is_refused(tmp_path: Path) -> None:
    directory = DataDirectory.made(tmp_path)
    with another_server(tmp_path) as process:
        with pytest.raises(DataDirectoryInUse) as refused, directory.held():
            pass
        sentence = str(refused.value)
        assert f"process {process.pid}" in sentence and "--data" in sentence and str(tmp_path) in sentence
        # The refused one has not touched the first one's number.
        with pytest.raises(DataDirectoryInUse, match=str(process.pid)), directory.held():
            pass


def test_sto41_its_end_frees_the_directory_however_it_comes(tmp_path: Path) -> None:
    directory = DataDirectory.made(tmp_path)
    with another_server(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        with directory.held():
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    for _ in range(3):
        with directory.held():
            pass
    with pytest.raises(RuntimeError, match="fails"), directory.held():
        raise RuntimeError("the server fails")
    with directory.held():
        pass


def test_sto42_the_key_is_made_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(server_key, [tmp_path / "data"] * 16))
    assert len(keys) == 1
    (key,) = keys
    assert len(key) == 32
    assert [path.name for path in (tmp_path / "data" / "keys").iterdir()] == ["server"]
    path = tmp_path / "data" / "keys" / "server"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert server_key(tmp_path / "data") == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert server_key(tmp_path / "other") != key


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_sto42_a_damaged_key_is_refused(tmp_path: Path, content: bytes) -> None:
    server_key(tmp_path)
    path = tmp_path / "keys" / "server"
    path.write_bytes(content)
    with pytest.raises(CannotOpen, match="damaged"):
        server_key(tmp_path)
    assert path.read_bytes() == content
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_bytes(b"k" * 32)
    with pytest.raises(CannotOpen, match="cannot be read"):
        server_key(tmp_path)
