"""One server with people and apps for the tests that leave each other alone, and one to be broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app import Site
from tests.support.server import RunningServer


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Leave its people and their grants as they are."""
    with RunningServer(tmp_path_factory.mktemp("site") / "data") as server:
        site = Site(server)
        try:
            site.settle()
            yield site
        finally:
            site.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of this test's own, to be broken."""
    with RunningServer(tmp_path / "data") as server:
        yield server
