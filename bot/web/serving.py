"""Pages on an address of this machine, for as long as a block runs; nothing of a request is logged."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import uvicorn

from bot.errors import UsageError


class _Server(uvicorn.Server):
    """uvicorn inside our own loop: it may not take the signals for itself."""

    def capture_signals(self) -> Any:
        """Nothing is captured: whoever serves ends it."""
        return nullcontext()


@asynccontextmanager
async def served(application: Any, host: str, port: int) -> AsyncIterator[int]:
    """An application on an address for as long as the block runs; port 0 takes a free one. Yields the port."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise UsageError(f"port {port} is taken on {host}; choose another") from None
    config = uvicorn.Config(
        application, log_level="error", access_log=False, lifespan="off", ws="none", server_header=False
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event
        await asyncio.sleep(0.005)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task
