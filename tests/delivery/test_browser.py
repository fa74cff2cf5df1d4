"""The browser that takes pictures: found, alone, gone afterwards (`spec/notifications.md`)."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.post import Receiver
from vernissage.delivery import Chromium, find_chromium
from vernissage.ports import NoPicture

pytestmark = pytest.mark.anyio


def a_program(place: Path, text: str) -> Path:
    place.write_text(f"#!{sys.executable}\n{text}")
    place.chmod(0o755)
    return place


def test_not16_the_browser_is_the_one_set_or_one_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium("") is None
    found = a_program(tmp_path / "chromium-browser", "")
    assert find_chromium("") == found
    assert find_chromium("none") is None
    assert find_chromium("/no/such/browser") is None
    assert find_chromium(str(found)) == found


async def test_not16_without_a_browser_there_is_no_picture() -> None:
    with pytest.raises(NoPicture, match="there is no Chromium on the server"):
        await Chromium(None).take("http://127.0.0.1:1/")


async def test_not16_a_browser_that_ends_or_cannot_start_gives_no_picture(tmp_path: Path) -> None:
    for text in ("raise SystemExit(1)", "import sys; print('no'); sys.exit(0)"):
        with pytest.raises(NoPicture, match="the browser ended"):
            await Chromium(a_program(tmp_path / "browser", text)).take("http://127.0.0.1:1/")


async def test_not18_the_browser_knows_nothing_of_the_server_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[NOT18] No setting, no file of the server's, no process and no profile of it afterwards."""
    monkeypatch.setenv("VERNISSAGE_SMTP_PASSWORD", "canary")
    said = tmp_path / "said"
    text = f"""
import os, pathlib, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(604.25)"])
fds = [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 4]
pathlib.Path({str(said)!r}).write_text(repr((sorted(os.environ), os.getcwd(), len(fds), os.getpid())))
os.read(3, 10)
"""
    with pytest.raises(NoPicture):
        await Chromium(a_program(tmp_path / "browser", text)).take("http://127.0.0.1:1/")
    names, directory, descriptors, _ = eval(said.read_text())
    assert not [name for name in names if name.startswith("VERNISSAGE")]
    assert "vernissage-picture-" in directory and not await asyncio.to_thread(os.path.exists, directory)
    assert descriptors <= 1  # the one with which it lists them
    for process in psutil.process_iter(["cmdline"]):
        assert "time.sleep(604.25)" not in " ".join(process.info["cmdline"] or ())


@pytest.mark.slow
async def test_not16_a_page_that_is_no_app_gives_no_picture() -> None:
    program = find_chromium("")
    if program is None:
        pytest.skip("there is no Chromium here")
    with Receiver() as nothing, pytest.raises(NoPicture):
        await Chromium(program).take(nothing.url)  # it knows no GET
