"""Dials through a SOCKS5 proxy, such as Tor's: the proxy is given the name, and nothing is resolved here.

RFC 1928, with name and password by RFC 1929. httpcore's own SOCKS pool leaves a socket open each time that the proxy
says no, takes an answer in two pieces for a broken one, and writes the password to its log.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from ipaddress import IPv4Address, ip_address

import httpcore

from bot.feed.addresses import ProxyBackend, ProxyFault

VERSION, CONNECT = 5, 1
NO_AUTH, PASSWORD = 0, 2
IPV4, NAME, IPV6 = 1, 3, 4
REPLIES = {  # RFC 1928, 6
    1: "it failed",
    2: "its rules do not allow it",
    3: "the network is unreachable",
    4: "the host is unreachable",
    5: "the host refuses the connection",
    6: "the time ran out",
}


class SocksBackend(httpcore.AsyncNetworkBackend):
    """Dials for httpcore by way of the proxy at `host` and `port`; `auth` is its name and password."""

    def __init__(self, proxy: ProxyBackend, host: str, port: int, auth: tuple[bytes, bytes] | None) -> None:
        self._proxy = proxy
        self._host = host
        self._port = port
        self._auth = auth

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises ProxyFault when the proxy is to blame, httpcore.ConnectError when the site is."""
        stream = await self._proxy.connect_tcp(self._host, self._port, timeout, local_address, socket_options)
        async with AsyncExitStack() as unless_connected:
            unless_connected.push_async_callback(stream.aclose)
            try:
                await _greet(stream, self._auth)
                await _connect(stream, host, port)
            except (httpcore.ReadError, httpcore.WriteError) as error:
                raise ProxyFault("hung up") from error
            unless_connected.pop_all()
        return stream

    async def sleep(self, seconds: float) -> None:
        await self._proxy.sleep(seconds)


async def _greet(stream: httpcore.AsyncNetworkStream, auth: tuple[bytes, bytes] | None) -> None:
    wanted = NO_AUTH if auth is None else PASSWORD
    await stream.write(bytes([VERSION, 1, wanted]))
    version, method = await _exactly(stream, 2)
    if version != VERSION:
        raise ProxyFault("does not speak SOCKS5")
    if method != wanted:
        raise ProxyFault("asks for a name and password" if auth is None else "takes no name and password")
    if auth is not None:
        await stream.write(bytes([1]) + b"".join(bytes([len(word)]) + word for word in auth))
        if (await _exactly(stream, 2))[1] != 0:
            raise ProxyFault("refuses the name and password")


async def _connect(stream: httpcore.AsyncNetworkStream, host: str, port: int) -> None:
    try:
        number = ip_address(host)
        target = bytes([IPV4 if isinstance(number, IPv4Address) else IPV6]) + number.packed
    except ValueError:
        target = bytes([NAME, len(host)]) + host.encode("ascii")
    await stream.write(bytes([VERSION, CONNECT, 0]) + target + port.to_bytes(2, "big"))
    version, reply, _, kind = await _exactly(stream, 4)
    if version != VERSION or kind not in (IPV4, NAME, IPV6):
        raise ProxyFault("does not speak SOCKS5")
    if reply != 0:
        raise httpcore.ConnectError(REPLIES.get(reply, f"error {reply}"))
    bound = {IPV4: 4, IPV6: 16}.get(kind) or (await _exactly(stream, 1))[0]
    await _exactly(stream, bound + 2)


async def _exactly(stream: httpcore.AsyncNetworkStream, count: int) -> bytes:
    """`count` bytes, in however many pieces they come."""
    came = b""
    while len(came) < count:
        piece = await stream.read(count - len(came))
        if not piece:
            raise ProxyFault("hung up")
        came += piece
    return came
