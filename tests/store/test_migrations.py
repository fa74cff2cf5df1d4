"""How a database comes to have its tables (`spec/store.md`)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.postgres import plain
from vernissage.store import CannotOpen, migrations, open_store
from vernissage.store.tables import metadata

pytestmark = pytest.mark.anyio


def differences(connection: object) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))  # type: ignore[arg-type]


async def test_sto24_the_steps_make_the_tables_of_the_code(tmp_path: Path) -> None:
    async with await open_store(tmp_path):
        pass
    engine = create_engine(f"sqlite:///{tmp_path}/vernissage.db")
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


@pytest.mark.postgres
async def test_sto24_the_steps_make_the_tables_of_the_code_on_postgresql(postgres_server: Callable[[], str]) -> None:
    url = postgres_server()
    stores = await asyncio.gather(*(open_store(url) for _ in range(4)))
    for store in stores:
        assert await store.projects() == ()
        await store.close()
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_sto24_many_open_a_new_database_at_once(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(open_store(tmp_path) for _ in range(6)))
    for store in stores:
        assert await store.users() == ()
        await store.close()


def test_sto24_every_step_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    steps = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(steps)) == migrations.REVISIONS


async def test_sto23_a_newer_database_is_refused_unchanged(tmp_path: Path) -> None:
    async with await open_store(tmp_path):
        pass
    path = tmp_path / "vernissage.db"
    database = sqlite3.connect(path)
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    before = path.read_bytes()
    with pytest.raises(CannotOpen, match=r"revision 9999.*newer Vernissage"):
        await open_store(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.postgres
async def test_sto23_a_newer_postgresql_database_is_refused(postgres_server: Callable[[], str]) -> None:
    url = postgres_server()
    async with await open_store(url):
        pass
    connection = await asyncpg.connect(plain(url))
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()
    with pytest.raises(CannotOpen, match="revision 9999"):
        await open_store(url)


async def test_what_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "vernissage.db").write_bytes(b"these are no tables " * 500)
    with pytest.raises(CannotOpen, match="cannot be opened"):
        await open_store(tmp_path)
    with pytest.raises(CannotOpen, match="not in 'mysql'"):
        await open_store("mysql://localhost/x")
    with pytest.raises(CannotOpen, match="Check its address") as refused:
        await open_store("postgresql://ada:hush@127.0.0.1:1/x")
    assert "hush" not in str(refused.value)
