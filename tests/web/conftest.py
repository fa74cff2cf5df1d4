"""One server with people and apps for the tests that leave each other alone, and one to be broken."""

from __future__ import annotations

from collections.abc import Iterator

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


@pytest.fixture(scope="session")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server to be broken and killed; whoever breaks it leaves it running and whole."""
    with RunningServer(tmp_path_factory.mktemp("breakable") / "data") as server:
        yield server
