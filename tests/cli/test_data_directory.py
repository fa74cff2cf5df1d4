"""Commands that work on the data directory."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PROJECT, Command
from vernissage.cli import main
from vernissage.formats import project_file


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in ("VERNISSAGE_URL", "VERNISSAGE_TOKEN", "VERNISSAGE_DATA"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def made(here: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The same with a data directory and its admin."""
    assert main(["init"]) == 0
    capsys.readouterr()
    return here


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a command answers as JSON."""
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: pytest.CaptureFixture[str], status: int, *arguments: str) -> str:
    """The sentence with which a command is refused."""
    assert main(list(arguments)) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.strip()


def test_cli4_init_makes_what_is_missing_once(command: Command, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = command("init", "--data", "kept", "--email", "Ana@Example.com", "--password-stdin", stdin="correct horse\n")
    assert first.returncode == 0, first.stderr
    assert "ana@example.com is its first admin." in first.stdout
    assert "vernissage serve --data kept" in first.stdout
    assert stat.S_IMODE((here / "kept").stat().st_mode) == 0o700
    again = answer(capsys, "init", "--data", "kept")
    assert again == {"data": str(here / "kept"), "admin": "ana@example.com", "made": False}
    assert "is the admin already" in refusal(capsys, 1, "init", "--data", "kept", "--email", "bo@example.com")
    assert "at least 8" in command("init", "--data", "new", "--password-stdin", stdin="short\n").stderr
    assert not (here / "new").exists()


def test_cli1_a_data_directory_must_be_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """[CLI1, CLI2]"""
    said = refusal(capsys, 1, "project", "list")
    assert said.startswith("There is no data directory data. Make it with `vernissage init`")
    assert main(["project", "list", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"error": said}
    assert list(here.iterdir()) == []


def test_cli5_a_secret_is_printed_once(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "create", "--user", "admin@localhost", "--name", "nightly", "--expires", "30d"]) == 0
    captured = capsys.readouterr()
    secret = captured.out.strip()
    assert secret.startswith("vnsg_")
    assert "It ends on 2" in captured.err
    (listed,) = answer(capsys, "token", "list")
    assert (listed["user"], listed["name"]) == ("admin@localhost", "nightly")
    assert "token" not in listed
    with closing(sqlite3.connect(made / "data" / "vernissage.db")) as database:
        assert secret not in "\n".join(database.iterdump())
    assert main(["token", "revoke", listed["id"]]) == 0
    capsys.readouterr()
    assert answer(capsys, "token", "list") == []
    assert "no token zz" in refusal(capsys, 1, "token", "revoke", "zz")
    assert "'soon' is no time" in refusal(
        capsys, 2, "token", "create", "--user", "admin@localhost", "--expires", "soon"
    )


def test_cli6_a_disabled_user_has_no_tokens_and_the_only_admin_stays(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    added = answer(capsys, "user", "add", "Ana@Example.com", "--role", "viewer")
    assert (added["email"], added["role"], added["name"]) == ("ana@example.com", "viewer", "ana")
    assert "is a user already" in refusal(capsys, 1, "user", "add", "ana@example.com")
    assert "'ana' is no e-mail" in refusal(capsys, 2, "user", "add", "ana")
    answer(capsys, "token", "create", "--user", "ana@example.com")
    answer(capsys, "user", "disable", "ana@example.com")
    assert answer(capsys, "token", "list") == []
    assert "is disabled" in refusal(capsys, 1, "token", "create", "--user", "ana@example.com")
    assert {one["email"]: one["disabled"] for one in answer(capsys, "user", "list")} == {
        "admin@localhost": False,
        "ana@example.com": True,
    }
    for way in (("disable", "admin@localhost"), ("role", "admin@localhost", "viewer")):
        assert "the only admin" in refusal(capsys, 1, "user", *way)
    assert answer(capsys, "user", "enable", "ana@example.com")["disabled"] is False
    assert answer(capsys, "user", "role", "ana@example.com", "admin")["role"] == "admin"
    assert answer(capsys, "user", "role", "admin@localhost", "viewer")["role"] == "viewer"
    with closing(sqlite3.connect(made / "data" / "vernissage.db")) as database:
        kept = database.execute("select action, origin from audit order by ordinal").fetchall()
    assert [action for action, _ in kept] == [
        "add_user", "create_token", "disable_user", "enable_user", "set_role", "set_role",
    ]  # fmt: skip
    assert {origin for _, origin in kept} == {"command line"}


def test_cli7_export_and_import_keep_the_document_and_its_files(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (made / "in").mkdir()
    (made / "in" / "p.vernissage.yaml").write_text(f"{PROJECT}files: [data.csv]\n")
    (made / "in" / "data.csv").write_text("a\n1\n")
    project = answer(capsys, "import", "in/p.vernissage.yaml", "--name", "Renamed")
    assert (project["title"], project["owner"]["email"]) == ("Renamed", "admin@localhost")
    assert [one["id"] for one in answer(capsys, "project", "list")] == [project["id"]]
    (made / "out").mkdir()
    written = answer(capsys, "export", project["id"], "-o", "out/q.vernissage.yaml")
    assert written == {"output": "out/q.vernissage.yaml", "files": ["data.csv"]}
    assert (made / "out" / "data.csv").read_text() == "a\n1\n"
    before, after = (
        project_file.read((made / place).read_text()) for place in ("in/p.vernissage.yaml", "out/q.vernissage.yaml")
    )
    assert (after.title, after.cells, after.files) == ("Renamed", before.cells, before.files)

    (made / "out" / "data.csv").write_text("precious")
    assert "holds something else" in refusal(capsys, 1, "export", project["id"], "-o", "out/r.vernissage.yaml")
    assert (made / "out" / "data.csv").read_text() == "precious"
    assert not (made / "out" / "r.vernissage.yaml").exists()

    assert main(["export", project["id"], "--format", "ipynb"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["nbformat"] == 4
    assert captured.err.startswith("Not written: data.csv")
    assert "is not published" in refusal(capsys, 1, "export", project["id"], "--version", "latest")
    assert "has no version 7" in refusal(capsys, 1, "export", project["id"], "--version", "7")
    assert "'x' is no version" in refusal(capsys, 2, "export", project["id"], "--version", "x")
    assert "There is no project" in refusal(capsys, 1, "project", "show", "00000000-0000-0000-0000-000000000000")


def test_cli8_a_broken_file_is_imported_not_at_all(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text, said in {
        "vernissage: 1\ntitle: T\ncells:\n  - {type: pyton}\n": "p.yaml: Line 4: ",
        "vernissage: 2\n": "p.yaml: Line 1: ",
        "vernissage: 1\ntitle: T\nfiles: [gone.csv]\ncells: []\n": "p.yaml names gone.csv",
        '{"cells": 3}': "p.yaml: ",
        "[": "p.yaml: Line ",
    }.items():
        (made / "p.yaml").write_text(text)
        assert refusal(capsys, 1, "import", "p.yaml").startswith(said), text
    (made / "p.yaml").write_bytes(b"\xff\xfe")
    assert "is no UTF-8 text" in refusal(capsys, 1, "import", "p.yaml")
    assert "cannot be read" in refusal(capsys, 1, "import", "nowhere.yaml")
    (made / "p.yaml").write_text(PROJECT)
    assert "--name: " in refusal(capsys, 1, "import", "p.yaml", "--name", "x" * 1000)
    assert answer(capsys, "project", "list") == []


def test_cli16_a_draft_runs_here(
    command: Command, project: Path, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_text(f"{PROJECT}files: [data.csv]\n".replace('print("made"', 'print(open("data.csv").read(), "made"'))
    (made / "data.csv").write_text("from the data directory")
    id = answer(capsys, "import", project.name)["id"]
    (made / "data.csv").unlink()
    done = command("run", id, "--draft", "-i", "n=3")
    assert done.returncode == 0, done.stderr
    assert "from the data directory made 3 'hello' False\n" in done.stdout


def test_cli21_doctor_says_what_is_wrong_and_what_to_do(command: Command, here: Path) -> None:
    done = command("doctor", "--data", "none")
    assert done.returncode == 1
    assert "✗ There is no data directory none.\n    Make it with `vernissage init`" in done.stdout
    assert "✓ Kernels start\n" in done.stdout
    assert list(here.iterdir()) == []

    assert main(["init"]) == 0
    well = command("doctor", "--json")
    assert (well.returncode, [one for one in json.loads(well.stdout) if one["state"] == "wrong"]) == (0, [])

    (here / "data" / "keys" / "server").write_bytes(b"short")
    (here / "data").chmod(0o755)
    with closing(sqlite3.connect(here / "data" / "vernissage.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    ill = command("doctor")
    assert ill.returncode == 1
    for what in ("Other users of this machine may look into", "server's key data/keys/server is damaged", "9999"):
        assert any(what in line for line in ill.stdout.splitlines() if line.startswith("✗")), ill.stdout
    assert stat.S_IMODE((here / "data").stat().st_mode) == 0o755, "it changes nothing"
