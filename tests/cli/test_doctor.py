"""What the doctor says of a database on a server. The rest is in `test_data_directory`."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from vernissage.cli.doctor import look_at_database
from vernissage.settings import Settings
from vernissage.store import open_store


@pytest.mark.anyio
@pytest.mark.postgres
async def test_cli21_a_postgresql_is_looked_at_and_left_alone(
    postgres_server: Callable[[], str], tmp_path: Path
) -> None:
    url = postgres_server()
    settings = Settings(data=tmp_path, database_url=url.replace("postgresql+asyncpg://", "postgresql://"))
    for _ in range(2):
        assert (await look_at_database(settings)).what == (
            "The PostgreSQL database is empty; the first start makes its tables"
        )
    await (await open_store(url)).close()
    found = await look_at_database(settings)
    assert (found.state, found.what) == ("well", "The PostgreSQL database answers, and its tables are up to date")


@pytest.mark.anyio
async def test_cli21_a_database_that_cannot_be_reached_is_wrong(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: it refuses
        url = f"postgresql://ana:secret@127.0.0.1:{nobody.getsockname()[1]}/x"
        found = await look_at_database(Settings(data=tmp_path, database_url=url))
    assert (found.state, found.do) == ("wrong", "Check its address and that it runs.")
    assert "secret" not in found.what
    found = await look_at_database(Settings(data=tmp_path, database_url="mysql://x"))
    assert "mysql:// is no PostgreSQL address" in found.what
