"""`vernissage run FILE`: the real command, real kernels."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import ENDS_WITHIN, Command, environment
from vernissage.cli import main


def test_cli10_cli11_a_file_runs_by_itself(command: Command, project: Path, tmp_path: Path) -> None:
    """[CLI10, CLI11, CLI13]"""
    (tmp_path / "scratch").mkdir()
    done = command("run", project.name, "-i", "n=12", "-i", "word=5", "-i", "go=true", TMPDIR=str(tmp_path / "scratch"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Numbers up to n\nn = 12, word = \"5\"\n\nMake them\nmade 12 '5' True\n")
    assert "\nMarkdown cell 5\n## 12 numbers\n" in done.stdout
    assert "\nChart cell 6\nchart: point · x i, y square\n" in done.stdout
    assert "\nCount\n12  (+2 against 10)\n" in done.stdout
    rows = done.stdout.partition("\nRows\n")[2].partition("\n\n")[0].splitlines()
    assert rows[0].split() == ["i", "square"]
    assert rows[-1].split() == ["9", "81"], "ten rows"
    assert "12 rows × 2 columns" in done.stdout
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [project.name, "scratch"]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_cli12_a_failing_cell_is_named_with_its_traceback(command: Command, failing: Path) -> None:
    done = command("run", failing.name)
    assert done.returncode == 1
    assert "KeyError: 'mass'" in done.stdout
    assert "still here" in done.stdout, "cells that do not need it run"
    assert done.stderr.splitlines() == [
        "Load: KeyError: 'mass'",
        "Skipped, because they need what failed: Mean mass.",
    ]


def test_cli13_an_unknown_input_is_refused_with_those_that_there_are(command: Command, project: Path) -> None:
    done = command("run", project.name, "-i", "m=3", "--json")
    assert done.returncode == 2
    assert done.stderr == "This project has no input m. Its inputs are n, word, go.\n"
    assert json.loads(done.stdout) == {"error": done.stderr.strip()}


def test_cli2_json_holds_states_outputs_and_errors(command: Command, tmp_path: Path) -> None:
    """[CLI2] What is kept apart on a server stands whole in the answer."""
    (tmp_path / "data.csv").write_text("a\n1\n")
    (tmp_path / "p.vernissage.yaml").write_text(
        "vernissage: 1\ntitle: T\nfiles: [data.csv]\ncells:\n"
        "  - {id: a, type: python, source: 'from IPython.display import HTML; HTML(open(\"data.csv\").read())'}\n"
        "  - {id: b, type: python, source: 1/0}\n"
    )
    done = command("run", "p.vernissage.yaml", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["status"] == "ERRORED"
    first, second = answer["cells"]
    assert (first["id"], first["name"], first["state"], first["error"]) == ("a", "Python cell 1", "done", None)
    assert first["outputs"][0]["data"]["text/html"] == "a\n1\n"
    assert (second["state"], second["error"]) == ("error", "ZeroDivisionError: division by zero")


def test_cli8_what_is_no_project_is_refused_with_its_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.vernissage.yaml").write_text("vernissage: 1\ntitle: T\ncells:\n  - {type: python, sauce: x}\n")
    done = command("run", "broken.vernissage.yaml")
    assert done.returncode == 1
    assert done.stderr.startswith("broken.vernissage.yaml: Line 4: ")
    assert "sauce" in done.stderr
    assert done.stderr.count("\n") == 1
    (tmp_path / "lonely.vernissage.yaml").write_text("vernissage: 1\ntitle: T\nfiles: [gone.csv]\ncells: []\n")
    done = command("run", "lonely.vernissage.yaml")
    assert done.returncode == 1
    assert done.stderr.startswith("lonely.vernissage.yaml names gone.csv, which is not beside it.")
    assert main(["run", str(tmp_path / "nowhere.vernissage.yaml")]) == 1


def test_a_project_without_anything_to_run_ends(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.vernissage.yaml").write_text("vernissage: 1\ntitle: Empty\ncells: []\n")
    done = command("run", "empty.vernissage.yaml")
    assert (done.returncode, done.stderr.startswith("0 cells in ")) == (0, True), done.stderr


def test_cli11_outputs_come_while_a_cell_runs_and_cli10_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """[CLI10, CLI11]"""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "p.vernissage.yaml").write_text(
        "vernissage: 1\ntitle: T\ncells:\n"
        "  - id: a\n    type: python\n    source: |\n      print('first', flush=True)\n"
        "      import threading\n      threading.Event().wait()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "vernissage", "run", "p.vernissage.yaml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path / "scratch")),
    )
    with process:
        assert process.stdout is not None
        read = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=ENDS_WITHIN)
    assert read == ["T\n", "\n", "Python cell 1\n", "first\n"]
    assert process.returncode == 130
    assert "Traceback" not in said
    assert list((tmp_path / "scratch").iterdir()) == []
