"""What the contract suites share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from vernissage.store import open_store


@pytest.fixture(scope="session")
def postgres_store(postgres_server: Callable[[], str]) -> str:
    """The address of a database that has the store's tables."""

    async def prepared(url: str) -> str:
        async with await open_store(url):
            return url

    return asyncio.run(prepared(postgres_server()))
