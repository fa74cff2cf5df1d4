"""What tests of the command line share: the real command in a process of its own, and a project to run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

ENDS_WITHIN = 120
"""Seconds; the machine may be busy with other tests."""

Command: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]

PROJECT = """\
vernissage: 1
title: Numbers up to n
cells:
  - {id: n, type: input, kind: slider, name: n, label: How many, min: 1, max: 100, step: 1, default: 20}
  - {id: word, type: input, kind: text, name: word, default: hello}
  - {id: go, type: input, kind: button, name: go, text: Go}
  - id: make
    type: python
    label: Make them
    source: |
      import pandas as pd
      df = pd.DataFrame({"i": range(n), "square": [i * i for i in range(n)]})
      print("made", n, repr(word), go)
  - {id: title, type: markdown, source: "## {{ n }} numbers"}
  - {id: chart, type: chart, dataframe: df, spec: {mark: point, x: i, y: square}}
  - {id: rows, type: table, label: Rows, dataframe: df}
  - {id: count, type: value, label: Count, value: len(df), compare: "10"}
"""

FAILING = """\
vernissage: 1
title: It fails
cells:
  - {id: first, type: python, label: Load, source: "mass = {}['mass']"}
  - {id: second, type: value, label: Mean mass, value: mass}
  - {id: third, type: python, source: "print('still here')"}
"""


def environment(**more: str) -> dict[str, str]:
    """The environment of a command: nothing of the one who runs the tests that would change what it does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VERNISSAGE_")}
    return {**kept, **more}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """`vernissage …` in an empty directory."""

    def run(*arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "vernissage", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(**environ),
            timeout=ENDS_WITHIN,
        )

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project file with one of most kinds of cells."""
    place = tmp_path / "numbers.vernissage.yaml"
    place.write_text(PROJECT)
    return place


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """A project file whose first cell fails."""
    place = tmp_path / "failing.vernissage.yaml"
    place.write_text(FAILING)
    return place
