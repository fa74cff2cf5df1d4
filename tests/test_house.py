"""The house keeps its own promises: pins agree, and a cell's `import vernissage` stays light."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

ROOT = Path(__file__).resolve().parent.parent


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / name).read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_what_is_installed_for_tests_holds_what_is_installed_to_run() -> None:
    base, dev = pins("base.txt"), pins("dev.txt")
    assert base.items() <= dev.items()


@pytest.mark.parametrize("path", ["requirements/base.txt", "requirements/dev.txt", "frontend/package-lock.json"])
def test_no_pin_names_where_it_was_fetched(path: str) -> None:
    content = (ROOT / path).read_text("utf-8")
    assert "--index-url" not in content
    assert '"resolved"' not in content


def test_vernissage_in_a_cell_loads_no_part_of_the_server() -> None:
    program = "import sys, vernissage; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("vernissage.")} == set()
    assert loaded.isdisjoint({"litestar", "uvicorn", "sqlalchemy", "structlog"})


@pytest.mark.anyio
async def test_the_tests_postgresql_gives_each_caller_an_empty_database(postgres_server: Callable[[], str]) -> None:
    first, second = postgres_server(), postgres_server()
    assert first != second
    engine = create_async_engine(first)
    async with engine.connect() as connection:
        assert await connection.scalar(text("select count(*) from pg_tables where schemaname = 'public'")) == 0
    await engine.dispose()
