"""A small web server on loopback for tests: scripted answers, raw bytes where HTTP is to be broken.

`async with Web() as web: web.answers["/feed"] = answer(b"…")`; `web.connections` counts accepted TCP connections and
`web.requests` keeps the heads that came in. An answer may be bytes, or a coroutine function that gets the writer.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """One whole HTTP answer; header names are written with _ for -, and Content-Length is right unless given."""
    lines = {"content_type": "application/rss+xml", "content_length": str(len(body)), "connection": "close", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode("latin-1") + body


def dripping(head: bytes, piece: bytes = b"x", every: float = 0.05) -> Answer:
    """An answer that never ends: `head`, then `piece` again and again, `every` so many seconds."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)

    return drip


class Web:
    """A server on 127.0.0.1 (or `host`) for the length of an `async with`; what is not in `answers` gets 404.

    With `tls` it speaks https.
    """

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.connections = 0
        self.port = 0
        self._host = host
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The address of `path` here, with the host written as you like."""
        return f"{'http' if self._tls is None else 'https'}://{host or self._host}:{self.port}{path}"

    async def __aenter__(self) -> Web:
        self._server = await asyncio.start_server(self._accept, self._host, 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
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
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(head)
            found = self.answers.get(head.split(" ")[1], answer(status=404))
            if callable(found):
                await found(writer)
            else:
                writer.write(found)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            self._tasks.discard(task)
