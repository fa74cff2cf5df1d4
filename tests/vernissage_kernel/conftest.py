"""Kernels for the tests: one prepared process for all of a worker's tests, a fresh fork for each kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vernissage_kernel.lone import LoneKernel, Mother


@pytest.fixture(scope="session")
def mother() -> Iterator[Mother]:
    """The process that kernels are forked from."""
    mother = Mother()
    yield mother
    mother.close()


@pytest.fixture
def start_kernel(mother: Mother, tmp_path: Path) -> Iterator[Callable[..., LoneKernel]]:
    """Start a kernel with this context."""
    kernels: list[LoneKernel] = []

    def start(**context: Any) -> LoneKernel:
        kernels.append(mother.kernel(tmp_path, context))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()


@pytest.fixture
def kernel(start_kernel: Callable[..., LoneKernel]) -> LoneKernel:
    """A fresh kernel."""
    return start_kernel()
