"""One fork server for all actors' tests; each test has a world of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.worlds import World
from vernissage.kernels import ForkKernels


@pytest.fixture(scope="package")
async def kernels(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ForkKernels]:
    """Kernels by fork."""
    made = ForkKernels(Path(tmp_path_factory.mktemp("kernels")) / "runtime")
    yield made
    await made.close()


@pytest.fixture
async def world(tmp_path: Path, kernels: ForkKernels) -> AsyncIterator[World]:
    """A new world."""
    made = await World.made(tmp_path / "data", kernels)
    yield made
    await made.close()
