"""How far a run is, at a terminal: real commands on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import ENDS_WITHIN, environment
from tests.support.server import RunningServer
from vernissage.cli.progress import Progress
from vernissage.cli.show import Screen
from vernissage.core.outputs import CellRun, ErrorOutput, StreamOutput

COLUMNS = 60

WAITING = """\
vernissage: 1
title: It waits
cells:
  - {{id: n, type: input, kind: slider, name: n, min: 1, max: 9, default: 2}}
  - id: load
    type: python
    label: Load
    source: |
      import pathlib, threading
      while not pathlib.Path({gate!r}).exists():
          threading.Event().wait(0.05)
      rows = n * 2
      print(rows, "rows")
  - {{id: last, type: python, label: Last, source: "last = rows / 0"}}
  - {{id: never, type: value, label: Never, value: last}}
"""


class Terminal:
    """A command at a terminal: what it writes there, its screen's control sequences too."""

    def __init__(self, *arguments: str, cwd: Path, **environ: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vernissage", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env=environment(TERM="xterm", NO_COLOR="1", **environ),
        )
        os.close(theirs)
        self.text = ""
        self._deadline = time.monotonic() + ENDS_WITHIN

    def until(self, wanted: str) -> None:
        """Read until this came."""
        while not re.search(wanted, self.text):
            assert self._read(), self.text

    def end(self) -> int:
        """Read to the end; the exit status."""
        while self._read():
            pass
        os.close(self._ours)
        return self.process.wait(ENDS_WITHIN)

    def _read(self) -> bool:
        left = self._deadline - time.monotonic()
        assert select.select([self._ours], [], [], max(0, left))[0], f"too late: {self.text}"
        try:
            data = os.read(self._ours, 4096)
        except OSError:  # the last who could write there is gone
            return False
        self.text += data.decode().replace("\r\n", "\n")
        return bool(data)

    @property
    def left(self) -> str:
        """What stands on the screen: each line as it was written last."""
        return "\n".join(line.rpartition("\r\x1b[K")[2] for line in self.text.split("\n"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("progress") / "data") as running:
        yield running


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file that the first cell waits for."""
    return tmp_path / "gate"


@pytest.fixture
def file(tmp_path: Path, gate: Path) -> str:
    (tmp_path / "waits.vernissage.yaml").write_text(WAITING.format(gate=str(gate)))
    return "waits.vernissage.yaml"


LIVE = r"cell 2 of 4 · Load · \d+\.\d s"
ENDED = r"\n✓ Load \d+\.\d\d s\n"


def test_cli23_a_file_at_a_terminal(tmp_path: Path, gate: Path, file: str) -> None:
    terminal = Terminal("run", file, cwd=tmp_path)
    terminal.until(LIVE)
    gate.touch()
    assert terminal.end() == 1
    assert re.search(r"\nLoad\n4 rows" + ENDED, terminal.left), terminal.left
    assert "\n✗ Last: ZeroDivisionError: division by zero\n" in terminal.left
    assert "\n– Never: skipped\n" in terminal.left
    assert "cell 2 of" not in terminal.left, "the live line goes"


def test_cli23_a_run_and_a_preview_on_a_server_at_a_terminal(
    server: RunningServer, tmp_path: Path, gate: Path, file: str
) -> None:
    """[CLI23] Both tell of each cell; with --json, and where nobody looks, nothing of it is written."""
    token = command_there(server, tmp_path, "token", "create", "--user", "admin@localhost").stdout.strip()
    there = {"VERNISSAGE_URL": server.url, "VERNISSAGE_TOKEN": token}
    id = command_there(server, tmp_path, "import", file).stdout.strip().split()[-1]

    terminal = Terminal("publish", id, cwd=tmp_path, **there)
    terminal.until(LIVE)
    gate.touch()
    assert terminal.end() == 1
    assert re.search(ENDED, "\n" + terminal.left), terminal.left
    assert terminal.left.count("Last: ZeroDivisionError: division by zero\n") == 1, "said once"
    assert "Nothing was published: 1 cell failed" in terminal.left.replace("\n", " ")

    gate.unlink()
    forced = Terminal("publish", id, "--force", "--wait", cwd=tmp_path, **there)
    forced.until(LIVE)
    gate.touch()
    assert forced.end() == 0
    assert "\n✗ Last: ZeroDivisionError: division by zero\n" in forced.left
    assert forced.left.endswith("Version 1 is published.\n")

    gate.unlink()
    run = Terminal("run", id, "-i", "n=3", cwd=tmp_path, **there)
    run.until(LIVE)
    gate.touch()
    assert run.end() == 1
    assert re.search(r"\nLoad\n6 rows" + ENDED, run.left), run.left
    assert "cell 2 of" not in run.left

    quiet = Terminal("run", id, "--json", cwd=tmp_path, **there)
    assert quiet.end() == 1
    assert "✓" not in quiet.text
    assert "\x1b" not in quiet.text
    piped = command_there(server, tmp_path, "run", id, **there)
    assert (piped.returncode, "✓" in piped.stdout + piped.stderr, "\x1b" in piped.stdout) == (1, False, False)
    assert "\nLoad\n4 rows\n" in piped.stdout


def command_there(
    server: RunningServer, place: Path, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    """A command through pipes, on the server's data directory where it is given no address."""
    return subprocess.run(
        [sys.executable, "-m", "vernissage", *arguments],
        capture_output=True,
        text=True,
        cwd=place,
        env=environment(**(environ or {"VERNISSAGE_DATA": str(server.data)})),
        timeout=ENDS_WITHIN,
    )


class Window(io.StringIO):
    def isatty(self) -> bool:
        return True


NAMES = {"a": "A", "b": "B\x1b[2J\nc"}


def test_cli23_each_cell_is_told_of_once_after_its_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = Window()
    progress = Progress(out, Screen(out), wanted=True)
    progress.show(NAMES, {"a": CellRun("running", (StreamOutput("stdout", "no end"),)), "b": CellRun("queued")})
    assert out.getvalue() == "\nA\nno end", "no live line while a cell's own is open"
    done = CellRun("done", (StreamOutput("stdout", "no end"),), 0.125)
    for _ in range(2):
        progress.show(NAMES, {"a": done, "b": CellRun("error", (ErrorOutput("", "It\nfailed"),), 1.0)})
    assert out.getvalue().startswith("\nA\nno end\n✓ A 0.12 s\n")
    assert out.getvalue().endswith("✗ B c: It failed\n")
    assert out.getvalue().count("✓") == 1


def test_cli23_through_a_pipe_there_are_the_outputs_alone() -> None:
    out = io.StringIO()
    progress = Progress(out, Screen(out), wanted=True)
    progress.show(NAMES, {"a": CellRun("done", (StreamOutput("stdout", "text\n"),), 0.1), "b": CellRun("skipped")})
    assert (progress.live, out.getvalue()) == (False, "\nA\ntext\n")
