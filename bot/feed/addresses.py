"""The address guard: which hosts a fetch may dial, decided at the dial itself, on the numbers that will be dialled.

A name is resolved once and every number it gives is judged; the connection goes to the number that was judged, so a
second answer of the resolver (rebinding) is never asked for. Behind a proxy the proxy resolves, for a DNS query would
tell who is read: there only what is written can be judged.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore

PORTS = frozenset({80, 443, 8080, 8443})
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
REFUSED6 = tuple(
    IPv6Network(net)
    for net in (
        "::/96",  # IPv4-compatible, RFC 4291 2.5.5.1, deprecated: [::127.0.0.1]
        "64:ff9b:1::/48",  # local-use NAT64, RFC 8215
        "2001::/32",  # Teredo, RFC 4380
        "fec0::/10",  # site-local, RFC 3879
    )
)


# Names of this machine or this network: RFC 6761, RFC 6762, and ICANN's reservation of 2024.
LOCAL_NAMES = frozenset({"localhost", "local", "internal"})


class AddressRefused(Exception):
    """A dial that may not happen; the words are the reason."""


class ProxyFault(Exception):
    """The proxy is to blame, not the site; the words say what it does, behind its name."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet; IPv4 that travels inside IPv6 is judged by what is inside."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.scope_id is not None or any(address in net for net in REFUSED6):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """All numbers of a name, in the resolver's order, each once. Raises httpcore.ConnectError when it has none."""
    if host.rstrip(".").lower().endswith(".onion"):
        # RFC 7686, 2: asking DNS for such a name would find nothing and tell who is read.
        raise httpcore.ConnectError("a name in .onion is reached through Tor only: set the source's proxy")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name {host} cannot be resolved") from error
    return tuple(dict.fromkeys(str(info[4][0]) for info in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials for httpcore, public addresses only; `allow_private` lets loopback and private networks through."""

    def __init__(self, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve once, refuse when any number is not public, then try the numbers in turn."""
        numbers = await resolve(host, port)
        if not self._allow_private:
            check(host, port, numbers)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for number in numbers:
            try:
                return await self._inner.connect_tcp(number, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"the name {host} has no address")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def check(host: str, port: int, numbers: tuple[str, ...]) -> None:
    """Raise AddressRefused unless the port is one of the web and every number is public; mixed answers are refused."""
    if port not in PORTS:
        raise AddressRefused(f"port {port} is not one that web sites use")
    for number in numbers:
        if not is_public(ip_address(number)):
            raise AddressRefused(f"{host} leads to {number}, which is not a public address")


class ProxyBackend(GuardedBackend):
    """Dials the proxy and nothing else. An admin wrote its address, so it may be on this machine.

    `seconds` bounds the dial, for a proxy that swallows packets must be named before the deadline of the fetch.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(allow_private=True)
        self._seconds = seconds

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Dial the proxy. Raises ProxyFault, so that the site is not blamed for it."""
        try:
            async with asyncio.timeout(self._seconds):
                return await super().connect_tcp(host, port, timeout, local_address, socket_options)
        except TimeoutError as error:
            raise ProxyFault(f"cannot be reached: no connection within {self._seconds:g} s") from error
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise ProxyFault(f"cannot be reached: {error}") from error


def check_written(host: str, port: int) -> None:
    """Raise AddressRefused when the address, as it is written, is not one of the public web; nothing is resolved.

    A host that ends in a number is an IPv4 address (URL Standard, "ends in a number checker"); of its spellings only
    four decimal numbers are taken, because proxies read the others (127.1, 0x7f000001) each in its own way.
    """
    name = host.rstrip(".").lower()
    try:
        number = ip_address(name)
    except ValueError:
        labels = name.split(".")
        if labels[-1][:1].isdigit():
            raise AddressRefused(f"{host} is a number in an odd spelling, not a public address") from None
        if len(labels) == 1 or labels[-1] in LOCAL_NAMES:
            raise AddressRefused(f"{host} is a name of a private network, not a public address") from None
        check(host, port, ())
    else:
        check(host, port, (str(number),))
