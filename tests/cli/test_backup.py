"""Backups: made beside a server at work, restored into a new directory, refused where they are none."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import tarfile
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.support.server import RunningServer
from vernissage.cli import main

PROJECT = """\
vernissage: 1
title: Kept
cells:
  - {id: n, type: input, kind: number, name: n, default: 3}
  - {id: text, type: python, source: "n * 14"}
  - {id: large, type: python, source: "import pandas as pd\\npd.DataFrame({'x': range(200000)})"}
"""


def test_bak1_bak2_a_backup_of_a_server_at_work_is_the_whole_of_one_instant(tmp_path: Path, command: Command) -> None:
    """While edits pour in: what is restored publishes, computes and shows what was published before."""
    archive = tmp_path / "all.backup"
    with RunningServer(tmp_path / "data") as server:
        client = server.client()
        project = client.call("POST", "/projects/import", headers={}, content=PROJECT.encode()).json()["id"]
        assert client.call("POST", f"/projects/{project}/publish", {"force": True}).status_code == 202
        run = client.call("POST", f"/projects/{project}/runs", {}).json()["runId"]
        while client.call("GET", f"/projects/{project}/runs/{run}").json()["status"] in ("PENDING", "RUNNING"):
            pass
        before = client.call("GET", f"/projects/{project}/runs/{run}?outputs=true").json()["cells"]

        stop = threading.Event()
        made = 0

        def edit() -> None:
            nonlocal made
            while not stop.is_set():
                assert client.call("POST", "/projects", {"title": f"Project {made}"}).status_code == 201
                made += 1

        editing = threading.Thread(target=edit)
        editing.start()  # the client is its alone until it ends
        try:
            done = command("backup", "all.backup", "--data", str(server.data), "--json")
        finally:
            stop.set()
            editing.join()
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["key"] is True
        assert made > 0
    assert archive.stat().st_mode & 0o777 == 0o600

    assert command("restore", "all.backup", "--data", "second").returncode == 0
    with RunningServer(tmp_path / "second") as again:
        client = again.client()
        assert client.call("GET", f"/projects/{project}").json()["publishedVersion"] == 1
        assert client.call("GET", f"/projects/{project}/runs/{run}?outputs=true").json()["cells"] == before
        titles = [one["title"] for one in client.call("GET", "/projects?limit=100").json()["values"]]
        numbers = sorted(int(title.removeprefix("Project ")) for title in titles if title.startswith("Project "))
        assert numbers == list(range(numbers[0], numbers[-1] + 1))  # one instant: none is missing between two
        later = client.call("POST", f"/projects/{project}/runs", {}).json()["runId"]
        while (status := client.call("GET", f"/projects/{project}/runs/{later}").json()["status"]) != "COMPLETED":
            assert status in ("PENDING", "RUNNING")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a person and a key, and its backup."""
    place = tmp_path_factory.mktemp("made")
    assert main(["init", "--data", str(place / "data")]) == 0
    assert main(["backup", str(place / "good.backup"), "--data", str(place / "data")]) == 0
    return place


@pytest.fixture
def backup(made: Path, tmp_path: Path) -> Path:
    """The same, to be played with."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "good.backup"


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]


def write(path: Path, content: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def test_bak1_a_backup_overwrites_nothing_and_needs_data(backup: Path, command: Command) -> None:
    before = backup.read_bytes()
    done = command("backup", "good.backup", "--data", "data")
    assert (done.returncode, "is there already" in done.stderr) == (1, True)
    assert backup.read_bytes() == before
    assert "holds no data of Vernissage" in command("backup", "other.backup", "--data", "elsewhere").stderr
    assert sorted(one.name for one in backup.parent.iterdir()) == ["data", "good.backup"]


def test_bak1_the_key_may_be_left_out(backup: Path, command: Command) -> None:
    assert "keys/server" in members(backup)
    assert command("backup", "bare.backup", "--data", "data", "--without-key").returncode == 0
    assert "keys/server" not in members(backup.with_name("bare.backup"))
    done = command("restore", "bare.backup", "--data", "new")
    assert done.returncode == 0
    assert "secrets must be set anew" in done.stderr


def test_bak2_a_directory_that_holds_something_is_not_touched(backup: Path, command: Command) -> None:
    (backup.parent / "full").mkdir()
    (backup.parent / "full" / "mine").write_text("mine")
    done = command("restore", "good.backup", "--data", "full")
    assert (done.returncode, "is not empty" in done.stderr) == (1, True)
    assert [one.name for one in (backup.parent / "full").iterdir()] == ["mine"]
    (backup.parent / "empty").mkdir()
    assert command("restore", "good.backup", "--data", "empty").returncode == 0
    with sqlite3.connect(backup.parent / "empty" / "vernissage.db") as database:
        assert database.execute("select email from users").fetchall() == [("admin@localhost",)]
    database.close()
    assert (backup.parent / "empty" / "keys" / "server").stat().st_mode & 0o777 == 0o600


HASH = "0" * 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda _: {"notes.txt": b"hello"}, "is no backup of Vernissage: it begins with 'notes.txt'"),
        (lambda m: {**m, "../escaped": b"x"}, "is no backup of Vernissage: it holds '../escaped'"),
        (lambda m: {**m, f"blobs/00/00/{HASH}": b"x"}, "holds other bytes"),
        (lambda m: {**m, "vernissage.db": m["vernissage.db"][:5000]}, "The database in this backup is damaged"),
        (lambda m: {k: v for k, v in m.items() if k != "vernissage.db"}, "vernissage.db is missing"),
        (lambda m: {k: v for k, v in m.items() if k != "keys/server"}, "keys/server is missing"),
        (lambda m: {**m, "manifest.json": b'{"format": 99}'}, "was made by a newer Vernissage"),
        (lambda m: {**m, "manifest.json": b"{}"}, "is no backup of Vernissage, or it is damaged"),
        (lambda _: {}, "is no backup of Vernissage"),
    ],
    ids=["other", "path", "blob", "database", "no database", "no key", "newer", "manifest", "empty"],
)
def test_bak2_what_is_no_whole_backup_leaves_nothing(backup: Path, command: Command, change: object, said: str) -> None:
    assert callable(change)
    write(backup.with_name("bad.backup"), change(members(backup)))
    done = command("restore", "bad.backup", "--data", "new")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(one.name for one in backup.parent.iterdir()) == ["bad.backup", "data", "good.backup"]


def test_bak2_a_file_that_is_cut_off_or_no_archive_is_refused(backup: Path, command: Command) -> None:
    for name, data in (("cut", backup.read_bytes()[:-2000]), ("text", b"hello"), ("none", b"")):
        backup.with_name(name).write_bytes(data)
        done = command("restore", name, "--data", "new")
        assert (done.returncode, done.stdout) == (1, "")
        assert "is no backup of Vernissage" in done.stderr
        assert not (backup.parent / "new").exists()
    assert "There is no file absent" in command("restore", "absent", "--data", "new").stderr


def test_bak3_with_postgresql_the_rest_is_in_it(backup: Path, command: Command) -> None:
    done = command("backup", "files.backup", "--data", "data", VERNISSAGE_DATABASE_URL="postgresql://db/vernissage")
    assert done.returncode == 0, done.stderr
    assert "pg_dump" in done.stderr
    assert set(members(backup.with_name("files.backup"))) == {"manifest.json", "keys/server"}
