"""A server on loopback that breaks where it is told to: what the stand-ins of the platforms have in common."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One disturbance. `accepts`: the call takes effect all the same. `answer`: the bytes that are written, if any.

    `reads`: the body is read. Where the answer is not whole (`cut`) or there is none, the connection ends, unless the
    fault `hangs`: then nothing more is ever said.
    """

    accepts: bool
    answer: bytes = b""
    reads: bool = True
    cut: bool = False
    hangs: bool = False


def http(status: int, body: bytes, kind: str = "application/json", *, length: int | None = None) -> bytes:
    """One HTTP answer; `length` says another Content-Length than the true one."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n".encode() + body


HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"
CLOSED = Fault(accepts=False, reads=False)  # before the body was read
RESET = Fault(accepts=True)
SILENT = Fault(accepts=True, hangs=True)
DEAF = Fault(accepts=False, hangs=True)
BAD_GATEWAY = Fault(accepts=False, answer=http(502, HTML, "text/html"))
BAD_GATEWAY_AFTER = Fault(accepts=True, answer=http(502, HTML, "text/html"))


def reset(writer: asyncio.StreamWriter) -> bool:
    """Break the connection off with RST."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def spoiled(writer: asyncio.StreamWriter, fault: Fault) -> bool:
    """Answer as the fault does; whether the connection lasts."""
    writer.write(fault.answer)
    await writer.drain()
    if fault.hangs:
        await asyncio.Event().wait()
    return not fault.cut if fault.answer else reset(writer)


class Breakable:
    """The server: `_one` answers one request and says whether the connection lasts."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The `api_base` of this server."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            self._tasks.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        raise NotImplementedError
