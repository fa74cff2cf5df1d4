"""What every `ports.Blobs` promises (`spec/store.md`)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vernissage.ports import Blobs
from vernissage.store import BlobDamaged, DirectoryBlobs

pytestmark = pytest.mark.anyio


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory, in which kernels have theirs."""
    (tmp_path / "data" / "kernels").mkdir(parents=True)
    return tmp_path / "data"


@pytest.fixture
def blobs(data: Path) -> Blobs:
    return DirectoryBlobs(data / "blobs")


def files(data: Path) -> list[Path]:
    return [path for path in (data / "blobs").rglob("*") if path.is_file()]


@given(st.binary(max_size=5000))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_sto30_bytes_are_found_by_their_hash(blobs: Blobs, bytes_: bytes) -> None:
    hash = await blobs.put(bytes_)
    assert hash == hashlib.sha256(bytes_).hexdigest()
    assert await blobs.get(hash) == bytes_
    path = blobs.path(hash)
    assert path is not None and path.read_bytes() == bytes_


async def test_sto30_keeping_again_changes_nothing(blobs: Blobs, data: Path) -> None:
    hash = await blobs.put(b"a figure")
    path = blobs.path(hash)
    assert path is not None
    before = path.stat()
    assert await blobs.put(b"a figure") == hash
    source = data / "figure"
    source.write_bytes(b"a figure")
    assert await blobs.put_file(source, 100) == (hash, 8)
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert files(data) == [path]


async def test_sto30_many_at_once(blobs: Blobs, data: Path) -> None:
    contents = [bytes([i % 5]) * 100_000 for i in range(40)]
    hashes = await asyncio.gather(*(blobs.put(c) for c in contents))
    assert hashes == [hashlib.sha256(c).hexdigest() for c in contents]
    assert len(files(data)) == 5


async def test_sto30_a_new_store_finds_what_was_kept(blobs: Blobs, data: Path) -> None:
    hash = await blobs.put(b"kept")
    assert await DirectoryBlobs(data / "blobs").get(hash) == b"kept"


async def test_sto31_a_blob_is_read_only(blobs: Blobs) -> None:
    path = blobs.path(await blobs.put(b"fixed"))
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o400


async def test_sto31_a_damaged_blob_is_reported_and_healed(blobs: Blobs) -> None:
    hash = await blobs.put(b"the truth")
    path = blobs.path(hash)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(b"the trush")
    with pytest.raises(BlobDamaged, match="no longer holds what was kept"):
        await blobs.get(hash)
    path.write_bytes(b"the tru")
    assert await blobs.put(b"the truth") == hash
    assert await blobs.get(hash) == b"the truth"


async def test_sto32_a_file_up_to_its_limit(blobs: Blobs, data: Path) -> None:
    source = data / "kernels" / "k" / "out.bin"
    source.parent.mkdir()
    content = os.urandom(3 * 1024**2 + 1)
    source.write_bytes(content)
    hash, size = await blobs.put_file(source, len(content))
    assert size == len(content) and await blobs.get(hash) == content
    source.write_bytes(content + b"!")
    with pytest.raises(ValueError, match="larger than"):
        await blobs.put_file(source, len(content))
    assert len(files(data)) == 1
    source.write_bytes(b"")
    assert await blobs.put_file(source, 0) == (hashlib.sha256(b"").hexdigest(), 0)


async def test_sto32_no_links_and_no_other_things(blobs: Blobs, data: Path) -> None:
    secret = data / "keys"
    secret.mkdir()
    (secret / "server").write_bytes(b"secret")
    kernel = data / "kernels" / "k"
    kernel.mkdir()
    (kernel / "link").symlink_to(secret / "server")
    (kernel / "folder").symlink_to(secret, target_is_directory=True)
    (kernel / "sub").mkdir()
    os.mkfifo(kernel / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(kernel, os.O_RDONLY)
        try:
            listening.bind(f"/proc/self/fd/{here}/socket")
        finally:
            os.close(here)
        for name in ("link", "folder/server", "sub", "pipe", "socket", "missing", "sub/../../../keys/server"):
            with pytest.raises(ValueError):
                await blobs.put_file(kernel / name, 100)
    with pytest.raises(ValueError):
        await blobs.put_file(Path("/dev/zero"), 100)
    assert files(data) == []


@pytest.mark.parametrize(
    "name", ["", "..", "../../keys/server", "a" * 63, "A" * 64, "a" * 64 + "\n", "a" * 64, "é" * 64]
)
async def test_sto33_what_is_no_hash_finds_nothing(blobs: Blobs, name: str) -> None:
    assert await blobs.get(name) is None
    assert blobs.path(name) is None
