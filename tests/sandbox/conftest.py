"""A running forge on a free port, shared by the tests of a module."""

from collections.abc import Iterator

import pytest
from sandbox_client import ROOT, Client

from kawal_sandbox.server import Server, start


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start(tmp_path_factory.mktemp("forge"), admin_token=ROOT)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def root(server: Server) -> Client:
    return Client(server.url, ROOT)
