"""One fork server for the whole directory; each test starts kernels of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vernissage.kernels import ForkKernels


@pytest.fixture(scope="package")
async def kernels(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ForkKernels]:
    """Kernels by fork."""
    made = ForkKernels(Path(tmp_path_factory.mktemp("kernels")) / "runtime")
    yield made
    await made.close()
