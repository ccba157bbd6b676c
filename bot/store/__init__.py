"""The database: SQLite by default, PostgreSQL by one setting; one transaction for one decision.

`Store` opens, migrates and hands out transactions; the functions of its modules say what is read and written in them.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import SettingsError, StoreError, TemporaryError, VestkaError

HEAD = "0007"  # the newest migration; a test keeps it equal to the folder
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
BUSY_MILLISECONDS = 4_000  # how long SQLite waits for another writer; the end of the service waits for it too
# https://www.sqlite.org/rescode.html
BUSY_CODES = frozenset({5, 6})  # SQLITE_BUSY and SQLITE_LOCKED
DISK_CODES = frozenset({8, 10, 13, 14})  # SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL and SQLITE_CANTOPEN


class Store:
    """One open database. Make it with `await Store.open(url)`, end it with `await store.close()`."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take an engine that is ready; use `open` instead."""
        self._engine = engine
        self._writer = engine.execution_options(write=True)
        self.writers = 0  # transactions that write, or wait for their turn, just now

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the database at a SQLAlchemy address and bring its schema up to date.

        Raises SettingsError for an address that names no known database, TemporaryError while another program keeps
        it busy, StoreError when it cannot be opened or is newer than this program.
        """
        address = address_of(url)
        sqlite = address.drivername == "sqlite"
        if sqlite and address.database:
            _make_private(Path(address.database))
        engine = _engine(address)
        if sqlite:
            _prepare_sqlite(engine)
        store = cls(engine)
        try:
            await store._migrate()
        except SQLAlchemyError as error:
            await store.close()
            raise _unusable(error) from None
        except VestkaError:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may write: all of it is committed at the end of the block, or nothing.

        Raises TemporaryError while another program keeps the database busy.
        """
        self.writers += 1
        try:
            with _busy_is_temporary():
                async with self._writer.begin() as connection:
                    yield connection
        finally:
            self.writers -= 1

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the database. Raises TemporaryError as `write` does."""
        with _busy_is_temporary():
            async with self._engine.connect() as connection:
                yield connection

    async def scrub(self) -> bool:
        """Empty SQLite's journal, so that no byte of an erased row is left there; False while somebody still reads it.

        https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        if self._engine.dialect.name != "sqlite":
            return True
        async with self._engine.connect() as connection:
            raw = await connection.get_raw_connection()
            cursor = await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # aiosqlite's own
            busy, *_ = await cursor.fetchone()
            await cursor.close()
        return not busy

    async def _migrate(self) -> None:
        # Whoever only looks at the ledger should not have to wait for its writers: a new schema alone needs the lock.
        async with self.read() as c:
            version = await c.run_sync(_version)
        if version is not None and version > HEAD:
            raise StoreError(
                f"project.database — made by a newer Vestka (schema {version}, here {HEAD}); update Vestka"
            )
        if version != HEAD:
            async with self.write() as c:
                await c.run_sync(_upgrade)  # does nothing when another program was faster


async def level(url: str) -> str | None:
    """The migration level of a database as it stands, None for an empty one; nothing is changed. Raises as `open` does.

    An SQLite file must exist.
    """
    engine = _engine(address_of(url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_version)
    except SQLAlchemyError as error:
        raise _unusable(error) from None
    finally:
        await engine.dispose()


def _unusable(error: SQLAlchemyError) -> StoreError:
    reason = str(error.__cause__ or error).splitlines()[0]
    return StoreError(f"project.database — the database cannot be used: {reason}")


def address_of(url: str) -> URL:
    """The parts of an address, which is not repeated in a message: it may hold a password. Raises SettingsError."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            'project.database — is no address of a database; write "sqlite:///var/vestka.db" or "postgresql://…"'
        ) from None
    if address.drivername not in DRIVERS:
        raise SettingsError(f"project.database — {address.drivername!r} is no known database; use sqlite or postgresql")
    return address


def _engine(address: URL) -> AsyncEngine:
    """An engine for an address, with the driver that we use for it. Raises SettingsError."""
    try:
        return create_async_engine(address.set(drivername=DRIVERS[address.drivername]))
    except ImportError:
        raise SettingsError(
            "project.database — install the postgres extra for PostgreSQL: pip install 'vestka[postgres]'"
        ) from None
    except (ArgumentError, ValueError):
        raise SettingsError("project.database — something after the ? of the address is not understood") from None


@contextmanager
def _busy_is_temporary() -> Iterator[None]:
    """Tell what passes or can be mended (another program, a full disk, a server that is down) from what is broken."""
    try:
        yield
    except OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        if code is None and type(error.orig).__module__.startswith("psycopg"):
            raise TemporaryError("the database server cannot be reached, or has ended the connection") from None
        code = (code or 0) & 0xFF  # extended codes keep it in one byte
        if code in BUSY_CODES:
            raise TemporaryError("the database is busy: another program writes to it; try again in a moment") from None
        if code in DISK_CODES:
            raise TemporaryError(f"the database cannot be written: {error.orig}; look at its disk") from None
        raise


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("select version_num from alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _make_private(file: Path) -> None:
    """The state folder is for its owner alone, and so is the database."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"project.database — {file} cannot be opened: {error.strerror}") from None


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """WAL and FULL: a committed intent survives a power cut. https://www.sqlite.org/pragma.html#pragma_synchronous"""

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",  # first: the next one may already have to wait
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # IMMEDIATE: a decision that reads and then writes must not find out at the end that another was faster.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN")
