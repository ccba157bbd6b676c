"""One process leads: on PostgreSQL by an advisory lock on a connection of its own, freed when that connection ends.

A lock saves work; safety rests on unique keys and row claims. It does not survive a pooler in transaction mode.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.store import DRIVERS, address_of

LOCK = 0x7665_7374  # "vest": advisory locks are counted by database, and ours is alone in its own
# A cut network keeps the lock until TCP notices, https://www.postgresql.org/docs/current/libpq-connect.html
KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3}


class Leader:
    """Leadership over a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        """Take the SQLAlchemy address of the database."""
        address = address_of(url).set(drivername=DRIVERS["postgresql"])
        self._engine: AsyncEngine = create_async_engine(
            address, poolclass=NullPool, connect_args=KEEPALIVES, isolation_level="AUTOCOMMIT"
        )
        self._connection: AsyncConnection | None = None

    async def held(self) -> bool:
        """Whether this process leads now; it becomes the leader by asking when nobody else is."""
        try:
            if self._connection is not None:
                await self._connection.execute(sa.text("select 1"))
                return True
            self._connection = await self._engine.connect()
            if (await self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(LOCK)))).scalar():
                return True
            connection, self._connection = self._connection, None
            await connection.close()
        except SQLAlchemyError:
            await self.leave()  # the connection is gone, and the lock with it
        return False

    async def leave(self) -> None:
        """Lead no longer."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()
        await self._engine.dispose()
