"""`vernissage secret`, on the data directory and on a server."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PROJECT
from tests.support.server import RunningServer
from vernissage.cli import main

HUSH = "hush-0417-hush"
READS = (
    PROJECT
    + """\
  - {id: say, type: python, source: "import vernissage\\nprint('it is', vernissage.secrets['DB'])"}
"""
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in ("VERNISSAGE_URL", "VERNISSAGE_TOKEN", "VERNISSAGE_DATA", "VERNISSAGE_SERVER_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "p.vernissage.yaml").write_text(READS)
    return tmp_path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("cli") / "data") as running:
        yield running


class Shell:
    """Commands with something on their standard input, and what they say."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.said = ""

    def run(self, *arguments: str, stdin: str = "", status: int = 0) -> str:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        found = main(list(arguments))
        captured = self._capsys.readouterr()
        assert found == status, captured
        self.said += captured.out + captured.err
        return captured.out + captured.err

    def json(self, *arguments: str, stdin: str = "") -> Any:
        return json.loads(self.run(*arguments, "--json", stdin=stdin))


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


def names(found: Any) -> list[tuple[str, str]]:
    return [(one["name"], one["scope"]) for one in found]


def test_cli30_secrets_are_set_listed_and_removed_in_the_data_directory(here: Path, shell: Shell) -> None:
    shell.run("init")
    project = shell.json("import", "p.vernissage.yaml")["id"]
    assert "DB is kept" in shell.run("secret", "set", "DB", "--project", project, "--value-stdin", stdin=f"{HUSH}\n")
    shell.run("secret", "set", "SHARED", "--value-stdin", stdin="a\nb\n\n")
    assert names(shell.json("secret", "list", "--project", project)) == [("DB", "PROJECT"), ("SHARED", "WORKSPACE")]
    assert names(shell.json("secret", "list")) == [("SHARED", "WORKSPACE")]
    assert "command line" in shell.run("secret", "list", "--project", project)
    assert "it is [secret]" in shell.run("run", project, "--draft")
    assert "removed" in shell.run("secret", "remove", "DB", "--project", project)
    assert "no secret DB here" in shell.run("secret", "remove", "DB", "--project", project, status=1)
    assert HUSH not in shell.said
    assert HUSH.encode() not in b"".join(path.read_bytes() for path in (here / "data").glob("vernissage.db*"))


def test_cli30_what_cannot_be_is_said(here: Path, shell: Shell) -> None:
    shell.run("init")
    assert "--value-stdin" in shell.run("secret", "set", "DB", status=2)
    assert "empty" in shell.run("secret", "set", "DB", "--value-stdin", stdin="\n", status=1)
    assert "letters, digits" in shell.run("secret", "set", "D B", "--value-stdin", stdin=HUSH, status=1)
    nowhere = ("secret", "set", "DB", "--project", "none", "--value-stdin")
    assert "no project none" in shell.run(*nowhere, stdin=HUSH, status=1)
    (here / "data" / "keys" / "server").write_bytes(b"short")
    assert "is damaged" in shell.run("secret", "set", "DB", "--value-stdin", stdin=HUSH, status=1)
    assert HUSH not in shell.said


def test_cli30_on_a_server_too(
    here: Path, shell: Shell, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shell.json("token", "create", "--user", "admin@localhost", "--data", str(server.data))["token"]
    monkeypatch.setenv("VERNISSAGE_URL", server.url)
    monkeypatch.setenv("VERNISSAGE_TOKEN", token)
    project = shell.json("import", "p.vernissage.yaml")["id"]
    shell.run("secret", "set", "DB", "--project", project, "--value-stdin", stdin=HUSH)
    shell.run("secret", "set", "EVERYBODYS", "--value-stdin", stdin=HUSH)
    assert names(shell.json("secret", "list", "--project", project)) == [("DB", "PROJECT"), ("EVERYBODYS", "WORKSPACE")]
    shell.run("secret", "remove", "EVERYBODYS")
    assert names(shell.json("secret", "list")) == []
    assert HUSH not in shell.said
