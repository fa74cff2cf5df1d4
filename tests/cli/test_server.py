"""Commands beside and against a real server."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ENDS_WITHIN, FAILING, PROJECT, Command, environment
from tests.support.server import RunningServer
from vernissage.cli import main


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("cli") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def token(server: RunningServer) -> str:
    """A token of the admin, made on the data directory while the server runs. [CLI9]"""
    done = subprocess.run(
        [sys.executable, "-m", "vernissage", "token", "create", "--user", "admin@localhost", "--data", server.data],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=ENDS_WITHIN,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def there(server: RunningServer, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to work in, with the server and the token set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERNISSAGE_URL", server.url)
    monkeypatch.setenv("VERNISSAGE_TOKEN", token)
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> Any:
    """What a command answers as JSON."""
    assert main([*arguments, "--json"]) == status, capsys.readouterr()
    return json.loads(capsys.readouterr().out)


def imported(there: Path, capsys: pytest.CaptureFixture[str], text: str) -> str:
    """A project of this text on the server; its id."""
    (there / "p.vernissage.yaml").write_text(text)
    return str(answer(capsys, "import", "p.vernissage.yaml")["id"])


def test_cli9_the_data_directory_can_be_worked_on_while_a_server_runs(
    server: RunningServer, there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (there / "p.vernissage.yaml").write_text(PROJECT)
    beside = answer(capsys, "import", "p.vernissage.yaml", "--data", str(server.data))
    assert answer(capsys, "project", "show", beside["id"])["title"] == "Numbers up to n"
    answer(capsys, "user", "add", "ana@example.com", "--data", str(server.data))
    assert "ana@example.com" in {one["email"] for one in answer(capsys, "user", "list")}


def test_cli15_cli17_publish_and_run(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """[CLI13, CLI15, CLI17]"""
    id = imported(there, capsys, PROJECT)
    assert main(["run", id]) == 1
    assert capsys.readouterr().err.startswith("This project is not published.")

    assert main(["publish", id, "--title", "First"]) == 0
    assert capsys.readouterr().out == "Version 1 is published.\n"
    assert main(["publish", id]) == 1
    assert capsys.readouterr().err.startswith("The draft is what is published already.")

    assert main(["run", id, "-i", "n=3", "-i", "word=7"]) == 0
    captured = capsys.readouterr()
    assert "\nMake them\nmade 3 '7' False\n" in captured.out
    assert "\nCount\n3  (−7 against 10)\n" in captured.out
    assert captured.err.startswith("Version 1 ran in ")

    assert main(["run", id, "-i", "n=500"]) == 2
    assert capsys.readouterr().err.startswith("n takes a whole number from 1 to 100; 500 ")
    assert main(["run", id, "-i", "m=1"]) == 2
    assert capsys.readouterr().err == "This project has no input m. Its inputs are n, word, go.\n"

    assert main(["export", id, "--version", "1"]) == 0
    assert capsys.readouterr().out.startswith("vernissage: 1\ntitle: Numbers up to n\n")


def test_cli17_a_failing_cell_stops_the_publishing(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """[CLI15, CLI17]"""
    id = imported(there, capsys, FAILING)
    assert main(["publish", id]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[0] == "Load: KeyError: 'mass'"
    assert captured.err.splitlines()[1].startswith("Nothing was published: 1 cell failed in its preview run.")
    assert answer(capsys, "project", "show", id)["publishedVersion"] is None

    assert main(["publish", id, "--force", "--wait"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("Version 1 is published.\n", "Load: KeyError: 'mass'\n")
    ended = answer(capsys, "run", id, status=1)
    assert (ended["status"], ended["cells"][0]["error"]) == ("ERRORED", "KeyError: 'mass'")


def test_cli18_a_server_is_asked_with_a_token(
    server: RunningServer, there: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["project", "list", "--token", "vnsg_wrong"]) == 1
    assert "does not take this token" in capsys.readouterr().err
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: it refuses
        assert main(["project", "list", "--url", f"http://127.0.0.1:{nobody.getsockname()[1]}"]) == 1
    assert capsys.readouterr().err.startswith("No server answers at http://127.0.0.1:")
    assert main(["project", "list", "--url", "example.com"]) == 2
    assert "is no server's address" in capsys.readouterr().err
    made = answer(capsys, "token", "create", "--name", "mine", "--expires", "30d")
    assert made["id"] in {one["id"] for one in answer(capsys, "token", "list")}
    answer(capsys, "token", "revoke", made["id"])
    assert main(["project", "list", "--token", made["token"]]) == 1
    capsys.readouterr()
    monkeypatch.delenv("VERNISSAGE_TOKEN")
    assert main(["project", "list"]) == 2
    monkeypatch.delenv("VERNISSAGE_URL")
    assert main(["publish", "x"]) == 2


def test_cli19_a_second_server_says_so_once(server: RunningServer, command: Command) -> None:
    second = command("serve", "--data", str(server.data), "--port", "0")
    assert (second.returncode, second.stdout) == (1, "")
    pid = server.process.pid if server.process else 0
    (said,) = (line for line in second.stderr.splitlines() if "is in use by another" in line)
    assert said == (
        f"The data directory {server.data} is in use by another Vernissage server (process {pid}). "
        "Stop that server first, or start this one with another --data directory."
    )
    assert "Traceback" not in second.stderr
    port = command("serve", "--port", str(server.port))
    assert (port.returncode, port.stdout) == (1, "")
    assert port.stderr == (
        f"Nothing can listen on 127.0.0.1:{server.port} (Address already in use). Choose another with --port, or stop "
        "what uses it.\n"
    )


def test_cli20_any_free_port_and_an_end_in_good_order(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vernissage", "serve", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(),
    )
    with process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 10):
            pass
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=ENDS_WITHIN)
    assert port > 0
    assert process.returncode == 0, said
    assert "Traceback" not in said
