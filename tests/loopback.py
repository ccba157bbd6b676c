"""A machine whose packets cannot leave, for tests of the wire: names are scripted, and a dial beyond loopback fails.

Beside it what listens there: a trap that counts connections, a SOCKS5 and an HTTP proxy that know names, and a
certificate authority that lasts as long as a test.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from inspect import unwrap
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import pytest

# The spellings of loopback and its like that a feed or a redirect may try.
FORMS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "localhost", "LOCALHOST",
    "localhost.", "127.0.0.1.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.2", "127.255.255.254", "①②⑦.⓪.⓪.①", "ⓛocalhost", "x@127.0.0.1",
    "[fe80::1%25lo]",
]  # fmt: skip


class Machine:
    """`names` scripts the resolver, round by round; `lookups` keeps the names that were asked, `outside` the numbers
    beyond loopback that were dialled (nothing was sent to them).
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[list[str]]] = {"localhost": [["127.0.0.1"]], "127.0.0.1.": [["127.0.0.1"]]}
        self.lookups: list[str] = []
        self.outside: list[str] = []
        self._numeric = socket.getaddrinfo
        self._connect = socket.socket.connect
        monkeypatch.setattr(socket, "getaddrinfo", self._getaddrinfo)
        monkeypatch.setattr(socket.socket, "connect", self._guarded())

    def _getaddrinfo(self, host: Any, port: Any, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        with contextlib.suppress(socket.gaierror):
            return self._numeric(name, port, family, kind, proto, socket.AI_NUMERICHOST)
        self.lookups.append(name)
        rounds = self.names.get(name) or self.names.get(name.rstrip(".").lower())
        if not rounds:
            raise socket.gaierror(socket.EAI_NONAME, "this machine knows no such name")
        numbers = rounds.pop(0) if len(rounds) > 1 else rounds[0]
        return [found for number in numbers for found in self._numeric(number, port, family, kind, proto)]

    def _guarded(self) -> Callable[[socket.socket, Any], None]:
        def connect(this: socket.socket, address: Any) -> None:
            if this.family in (socket.AF_INET, socket.AF_INET6):
                number = ipaddress.ip_address(address[0])
                if not (number.is_loopback or number.is_unspecified):
                    self.outside.append(str(number))
                    raise ConnectionRefusedError(f"a dial to {number} was about to leave the machine")
            self._connect(this, address)

        return connect


class Listener:
    """What all servers here share: one port for the length of an `async with`, and a count of its connections."""

    hosts: tuple[str, ...] = ("127.0.0.1",)

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Any:
        for host in self.hosts:
            with contextlib.suppress(OSError):  # a machine without IPv6
                server = await asyncio.start_server(self._accept, host, self.port)
                self.port = server.sockets[0].getsockname()[1]
                self._servers.append(server)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side went away, or the test is over
        finally:
            writer.close()
            self._tasks.discard(task)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""


class Trap(Listener):
    """Listens on every spelling of loopback and says nothing; `connections` must stay 0."""

    hosts = ("127.0.0.1", "127.0.0.2", "127.255.255.254", "::1")


class Proxy(Listener):
    """`routes` maps the names that this proxy knows to local ports; `asked` keeps what clients asked it for."""

    def __init__(self, routes: dict[str, int], auth: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.routes = routes
        self.auth = auth
        self.asked: list[tuple[str, int]] = []

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, first: bytes) -> None:
        """Carry bytes both ways between a client and what the route leads to, `first` first."""
        ours, theirs = await asyncio.open_connection("127.0.0.1", self.routes[host])
        theirs.write(first)
        try:
            await asyncio.gather(_carry(reader, theirs), _carry(ours, writer))
        finally:
            theirs.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


class SocksProxy(Proxy):
    """RFC 1928 with RFC 1929; it takes names only, for a number would mean that somebody resolved for it."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greeting, perhaps name and password, one CONNECT."""
        _, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        wanted = 0 if self.auth is None else 2
        writer.write(bytes([5, wanted if wanted in offered else 255]))
        if wanted not in offered:
            return
        if self.auth is not None:
            given = tuple([(await self._counted(reader, skip)).decode() for skip in (1, 0)])
            writer.write(bytes([1, 0 if given == self.auth else 1]))
            if given != self.auth:
                return
        assert (await reader.readexactly(4))[3] == 3, "a number came where a name was to come"
        host = (await self._counted(reader, 0)).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((host, port))
        known = host in self.routes
        writer.write(bytes([5, 0 if known else 4, 0, 1, 0, 0, 0, 0, 0, 0]))
        if known:
            await self.join(reader, writer, host, b"")

    async def _counted(self, reader: asyncio.StreamReader, skip: int) -> bytes:
        await reader.readexactly(skip)
        return await reader.readexactly((await reader.readexactly(1))[0])


class HttpProxy(Proxy):
    """Tunnels for CONNECT, forwards GET http://…; `heads` keeps what clients sent."""

    def __init__(self, routes: dict[str, int], auth: tuple[str, str] | None = None) -> None:
        super().__init__(routes, auth)
        self.heads: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.heads.append(head)
        method, target, _ = head.split(" ", 2)
        url = httpx.URL(f"//{target}" if method == "CONNECT" else target)
        host = url.raw_host.decode()
        self.asked.append((host, url.port or 80))
        words = base64.b64encode(":".join(self.auth or ()).encode()).decode()
        line = f"Proxy-Authorization: Basic {words}\r\n"
        if self.auth is not None and line not in head:
            writer.write(b"HTTP/1.1 407 Name Wanted\r\nContent-Length: 0\r\n\r\n")
        elif host not in self.routes:
            writer.write(b"HTTP/1.1 502 No Way\r\nContent-Length: 0\r\n\r\n")
        elif method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Go\r\n\r\n")
            await self.join(reader, writer, host, b"")
        else:
            first = head.replace(target, url.raw_path.decode(), 1).replace(line, "").encode("latin-1")
            await self.join(reader, writer, host, first)


class Authority:
    """A certificate authority in a folder, made with the openssl command; `trust` lets our clients believe it."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("no openssl command to make certificates with")
        self.folder = folder
        self._run("req", "-x509", *NEW_KEY, "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test Authority")

    def _run(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"this openssl cannot make such a certificate: {done.stderr.decode()[-120:]}")

    def server(self, name: str = "site.example", *, days: int = 2, signed: bool = True) -> ssl.SSLContext:
        """A server's context for `name` and 127.0.0.1; expired with days < 0, its own signer with `signed=False`."""
        names = f"subjectAltName=DNS:{name},IP:127.0.0.1"
        self._run("req", *NEW_KEY, "site.key", "-out", "site.csr", "-subj", f"/CN={name}", "-addext", names)
        signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"] if signed else ["-signkey", "site.key"]
        copied = ["-copy_extensions", "copy", "-days", str(days), "-out", "site.pem"]
        self._run("x509", "-req", "-in", "site.csr", *signer, *copied)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "site.pem", self.folder / "site.key")
        return context

    def trust(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Add this authority to those that the real client context trusts; nothing else of it changes."""
        real = httpx.create_ssl_context
        # A context of its own: the one that all other tests share must not come to trust this authority.
        monkeypatch.setattr(ssl, "create_default_context", unwrap(ssl.create_default_context))

        def create(**words: Any) -> ssl.SSLContext:
            context = real(**words)
            context.load_verify_locations(self.folder / "ca.pem")
            return context

        monkeypatch.setattr(httpx, "create_ssl_context", create)


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout")
