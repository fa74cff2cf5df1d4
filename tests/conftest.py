"""What every test may ask for: the event loop, a PostgreSQL of its own, the path of a browser.

Nothing here replaces a part of the product. Tests of one area keep their own fixtures beside themselves.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from vernissage.store import open_store

# The machine that runs the tests is shared: a slow example is no failure, and the count keeps the suite short.
settings.register_profile(
    "default", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The server runs on asyncio, so the tests do."""
    return "asyncio"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser of this machine: `VERNISSAGE_TEST_BROWSER`, else chromium or Chrome on the path."""
    found = os.environ.get("VERNISSAGE_TEST_BROWSER") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        pytest.fail("There is no browser for the tests: install one with `apt-get install chromium`.")
    return found


def _postgres_bin() -> Path:
    """Where initdb and postgres lie: Debian keeps them out of the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parent.parent.name))
    if not versions:
        pytest.fail("There are no PostgreSQL server programs for the tests: `apt-get install postgresql`.")
    return versions[-1].parent


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server of this test process; call it for the address of a new, empty database.

    The address is `postgresql+asyncpg://…`, as `VERNISSAGE_DATABASE_URL` takes it.
    """
    programs = _postgres_bin()
    # PostgreSQL refuses to run as root, and its user must be able to reach the directory.
    switch = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    directory = Path(tempfile.mkdtemp(prefix="vernissage-postgres-", dir="/tmp"))
    if switch:
        account = pwd.getpwnam("postgres")
        os.chown(directory, account.pw_uid, account.pw_gid)
    data = directory / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def call(*command: str | Path) -> None:
        done = subprocess.run(
            [*switch, *map(str, command)], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode:
            pytest.fail(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")

    try:
        call(programs / "initdb", "-D", data, "-U", "vernissage", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = (
            f"-h 127.0.0.1 -p {port} -k {directory} -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        )
        # The log takes the server's output: without it, pg_ctl's caller would wait for ever for the end of a pipe.
        call(programs / "pg_ctl", "-D", data, "-w", "-l", directory / "log", "-o", options, "start")
        try:

            def create() -> str:
                name = f"test_{secrets.token_hex(6)}"
                call(programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "vernissage", name)
                return f"postgresql+asyncpg://vernissage@127.0.0.1:{port}/{name}"

            yield create
        finally:
            call(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_store(postgres_server: Callable[[], str]) -> str:
    """The address of a database that has the store's tables."""

    async def prepared(url: str) -> str:
        async with await open_store(url):
            return url

    return asyncio.run(prepared(postgres_server()))
