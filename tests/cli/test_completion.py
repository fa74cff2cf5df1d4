"""What a shell offers."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest


def script(shell: str) -> str:
    command = [sys.executable, "-m", "vernissage", "completion", shell]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("",), {"serve", "project", "publish"}),
        (("project", ""), {"list", "show", "import"}),
        (("project", "sh"), {"show"}),
        (("publish", "an-id", "--"), {"--force", "--wait", "--url"}),
        (("completion", "z"), {"zsh"}),
    ],
)
def test_cli22_bash_completes(typed: tuple[str, ...], offered: set[str]) -> None:
    words = " ".join(f"'{word}'" for word in ("vernissage", *typed))
    ask = f'{script("bash")}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed)}; _vernissage; echo "${{COMPREPLY[@]}}"'
    said = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True).stdout
    assert offered <= set(said.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_cli22_every_script_is_one_of_its_shell(shell: str) -> None:
    text = script(shell)
    assert "publish" in text
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=text, text=True, check=True)
