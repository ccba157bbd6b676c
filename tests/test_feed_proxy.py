"""What the fetcher promises behind a proxy: nobody but the proxy learns who is read, and the walls stand as ever."""

import asyncio
import gzip
import logging
import socket
from pathlib import Path

import pytest

from bot.feed import Fetcher
from bot.model import Fetched, FetchFailed
from tests.loopback import FORMS, Authority, HttpProxy, Listener, Machine, Proxy, SocksProxy
from tests.web import Web, answer, dripping

ONION = "vestkatest" + "a" * 46 + ".onion"
KINDS = {"socks5": SocksProxy, "socks5h": SocksProxy, "http": HttpProxy}


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """No packet leaves, and every name that is looked up is written down."""
    monkeypatch.setattr("bot.feed.addresses.PORTS", range(65_536))
    return Machine(monkeypatch)


def at(proxy: Proxy, scheme: str, auth: str = "") -> str:
    return f"{scheme}://{auth}127.0.0.1:{proxy.port}"


@pytest.mark.parametrize("scheme", KINDS)
@pytest.mark.parametrize("host", ["site.example", ONION, "xn--l1adgmc.xn--90ais"])
async def test_names_go_to_the_proxy(machine: Machine, scheme: str, host: str) -> None:
    """The name of the site goes to the proxy as it is; this machine asks no resolver, so nobody learns who is read."""
    async with Web() as web, KINDS[scheme]({host: web.port}) as proxy, Fetcher(deadline=5) as fetcher:
        web.answers["/feed"] = answer(b"<rss/>")
        result = await fetcher.fetch(f"http://{host}/feed", proxy=at(proxy, scheme))
        assert isinstance(result, Fetched) and result.body == b"<rss/>"
        assert proxy.asked == [(host, 80)]
        assert f"Host: {host}\r\n" in web.requests[0] and "proxy" not in web.requests[0].lower()
    assert machine.lookups == [] and machine.outside == []


@pytest.mark.parametrize("scheme", KINDS)
async def test_https_through_the_proxy(
    machine: Machine, scheme: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Through a proxy the site's certificate is checked too, for the site's own name."""
    authority = Authority(tmp_path)
    authority.trust(monkeypatch)
    async with (
        Web(tls=authority.server("site.example")) as web,
        KINDS[scheme]({"site.example": web.port, "other.example": web.port}) as proxy,
        Fetcher(deadline=5) as fetcher,
    ):
        web.answers["/feed"] = answer(b"<rss/>")
        good = await fetcher.fetch("https://site.example/feed", proxy=at(proxy, scheme))
        assert isinstance(good, Fetched)
        bad = await fetcher.fetch("https://other.example/feed", proxy=at(proxy, scheme))
        assert isinstance(bad, FetchFailed) and "CERTIFICATE_VERIFY_FAILED" in bad.reason
        assert proxy.asked == [("site.example", 443), ("other.example", 443)]
    assert machine.lookups == []


@pytest.mark.parametrize("scheme", KINDS)
async def test_name_and_password(scheme: str, caplog: pytest.LogCaptureFixture) -> None:
    """A proxy gets the name and password of its address; they stand in no reason and no log, and no site sees them."""
    caplog.set_level(logging.DEBUG)
    async with (
        Web() as web,
        KINDS[scheme]({"site.example": web.port}, ("reader", "pass word")) as proxy,
        Fetcher(deadline=5) as fetcher,
    ):
        web.answers["/feed"] = answer(b"<rss/>")
        url = "http://site.example/feed"
        assert isinstance(await fetcher.fetch(url, proxy=at(proxy, scheme, "reader:pass%20word@")), Fetched)
        for auth in ("", "reader:wr0ng@"):
            refused = await fetcher.fetch(url, proxy=at(proxy, scheme, auth))
            assert isinstance(refused, FetchFailed) and not refused.hostile and "proxy" in refused.reason
            assert "wr0ng" not in refused.reason and "reader" not in refused.reason
        assert len(web.requests) == 1 and "authorization" not in web.requests[0].lower()
    for secret in ("pass word", "pass%20word", "wr0ng", "cmVhZGVy"):
        assert secret not in caplog.text


@pytest.mark.parametrize("scheme", KINDS)
async def test_a_proxy_that_is_down(scheme: str) -> None:
    """When the proxy does not answer, the proxy is named, without its password, and the site is not blamed."""
    async with SocksProxy({}) as gone:
        address = f"{scheme}://reader:s3cret@127.0.0.1:{gone.port}"
    async with Fetcher(deadline=5) as fetcher:
        result = await fetcher.fetch("http://site.example/feed", proxy=address)
    assert isinstance(result, FetchFailed) and not result.hostile and result.status is None
    assert result.reason.startswith(f"the proxy {scheme}://127.0.0.1:{gone.port} cannot be reached")
    assert "s3cret" not in result.reason and "reader" not in result.reason


async def test_a_proxy_that_swallows_packets() -> None:
    """A proxy that never takes up the connection is named before the deadline of the fetch."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = [socket.socket() for _ in range(4)]  # they fill the queue, so that the next dial hangs
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
    try:
        async with Fetcher(deadline=2) as fetcher:
            port = listener.getsockname()[1]
            result = await fetcher.fetch("http://site.example/", proxy=f"socks5://127.0.0.1:{port}")
    finally:
        for one in (*waiting, listener):
            one.close()
    assert isinstance(result, FetchFailed) and not result.hostile
    assert (
        "the proxy socks5://127.0.0.1:" in result.reason and "cannot be reached: no connection within" in result.reason
    )


@pytest.mark.parametrize("scheme", KINDS)
async def test_a_site_that_the_proxy_cannot_reach(scheme: str) -> None:
    """When the proxy answers and the site does not, nobody is accused of an attack."""
    async with KINDS[scheme]({}) as proxy, Fetcher(deadline=5) as fetcher:
        for url in ("http://site.example/", "https://site.example/"):
            result = await fetcher.fetch(url, proxy=at(proxy, scheme))
            assert isinstance(result, FetchFailed) and not result.hostile
            assert "site" in result.reason and "cannot be reached: no" not in result.reason


async def test_what_is_no_proxy() -> None:
    """A server that does not speak SOCKS5, or hangs up, is named as that and breaks nothing."""

    class Other(Listener):
        words = b""

        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(3)
            writer.write(self.words)

    said = {
        b"": "hung up",
        b"\x05": "hung up",
        b"HTTP/1.1 400 Bad Request\r\n\r\n": "does not speak SOCKS5",
        b"\x05\x77": "asks for a name and password",
        b"\x05\x00\x05\x00\x00\x09": "does not speak SOCKS5",
        b"\x05\x00\x05\x00\x00\x01": "hung up",
    }
    async with Other() as other, Fetcher(deadline=5) as fetcher:
        for other.words, words in said.items():
            result = await fetcher.fetch("http://site.example/", proxy=f"socks5://127.0.0.1:{other.port}")
            assert isinstance(result, FetchFailed) and not result.hostile
            assert result.reason == f"the proxy socks5://127.0.0.1:{other.port} {words}"


@pytest.mark.parametrize(
    "address",
    ["ftp://reader:s3cret@127.0.0.1:1", "socks4://s3cret@127.0.0.1:1", "s3cret", "socks5://", "http://s3cret@:80",
     "socks5://reader:s3cret@127.0.0.1:port", f"socks5://s3cret:{'x' * 256}@127.0.0.1:1", "https://s3cret@127.0.0.1:1"],
)  # fmt: skip
async def test_what_is_no_address_of_a_proxy(address: str) -> None:
    """An address that is none of a proxy gets one line with the cure, and nothing of it is repeated."""
    async with Fetcher() as fetcher:
        result = await fetcher.fetch("http://site.example/", proxy=address)
    assert isinstance(result, FetchFailed) and not result.hostile
    assert "socks5://HOST:PORT" in result.reason and "s3cret" not in result.reason


WRITTEN = [
    *FORMS, "10.0.0.1", "[fd00::1]", "192.168.1", "0x7f.1", "127.0.0.1.0x1", "any.localhost", "LOCALHOST.", "router",
    "metadata.google.internal", "printer.local", "a" * 60 + ("." + "a" * 60) * 4 + ".example",
]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "host"), [*(("socks5", host) for host in WRITTEN), ("http", "127.0.0.1"), ("http", "localhost")]
)
async def test_private_addresses_are_refused_as_written(machine: Machine, scheme: str, host: str) -> None:
    """A proxy is never asked for this machine or a private network, however that is spelt; by a redirect neither."""
    async with (
        Web() as web,
        KINDS[scheme]({"site.example": web.port}) as proxy,
        Fetcher(deadline=5) as fetcher,
    ):
        direct = await fetcher.fetch(f"http://{host}/", proxy=at(proxy, scheme))
        assert isinstance(direct, FetchFailed) and direct.hostile
        assert proxy.connections == 0
        web.answers["/"] = f"HTTP/1.1 302 Go\r\nLocation: http://{host}/\r\nContent-Length: 0\r\n\r\n".encode()
        sent = await fetcher.fetch("http://site.example/", proxy=at(proxy, scheme))
        assert isinstance(sent, FetchFailed) and sent.hostile
        assert proxy.asked == [("site.example", 80)]
    assert machine.lookups == [] and machine.outside == []


async def test_private_addresses_by_name(machine: Machine) -> None:
    """Who allows private addresses by name may read them through a proxy too."""
    async with Web() as web, HttpProxy({"127.0.0.1": web.port}) as proxy, Fetcher(deadline=5) as fetcher:
        web.answers["/"] = answer(b"<rss/>")
        result = await fetcher.fetch("http://127.0.0.1/", proxy=at(proxy, "http"), allow_private=True)
        assert isinstance(result, Fetched)


async def test_ports_through_a_proxy(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a proxy too only the ports of web sites are asked for."""
    monkeypatch.setattr("bot.feed.addresses.PORTS", frozenset({80, 443}))
    async with SocksProxy({}) as proxy, Fetcher(deadline=5) as fetcher:
        for host in ("site.example", "93.184.216.34"):
            result = await fetcher.fetch(f"http://{host}:25/", proxy=at(proxy, "socks5"))
            assert isinstance(result, FetchFailed) and result.hostile and "port 25" in result.reason
        assert proxy.connections == 0


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_the_walls_stand_behind_a_proxy(scheme: str) -> None:
    """Through a proxy the bounds on redirects, size, packing and time are the same."""
    walls = {
        "/loop": (answer(status=302, location="/loop"), "more than 3 redirects"),
        "/file": (answer(status=302, location="file:///etc/hostname"), "not http"),
        "/large": (answer(b"x" * 5_000_001), "larger"),
        "/bomb": (answer(gzip.compress(bytes(20_000_000)), content_encoding="gzip"), "unpacks to more"),
        "/drip": (
            dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"),
            f"within 1.5 s through the proxy {scheme}://127.0.0.1",
        ),
    }
    async with Web() as web, KINDS[scheme]({"site.example": web.port}) as proxy, Fetcher(deadline=1.5) as fetcher:
        for path, (scripted, words) in walls.items():
            web.answers[path] = scripted
            result = await fetcher.fetch(f"http://site.example{path}", proxy=at(proxy, scheme))
            assert isinstance(result, FetchFailed) and result.hostile and words in result.reason, path


async def test_a_direct_fetch_never_uses_a_proxys_connection(machine: Machine) -> None:
    """What was opened through one proxy serves no fetch without it and none through another."""
    async with Web() as web, Fetcher(deadline=5) as fetcher:
        web.answers["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>"
        routes = {"site.example": web.port}
        async with SocksProxy(routes) as one, SocksProxy(routes) as two:
            for proxy in (one, two):
                result = await fetcher.fetch("http://site.example/", proxy=at(proxy, "socks5"))
                assert isinstance(result, Fetched)
            assert one.connections == two.connections == 1
            assert isinstance(await fetcher.fetch("http://site.example/"), FetchFailed)
            assert machine.lookups == ["site.example"]


async def test_onion_without_a_proxy(machine: Machine) -> None:
    """The name of an onion service is never asked of a resolver, which would tell who is read."""
    async with Fetcher(deadline=5) as fetcher:
        for host in (ONION, ONION.upper() + "."):
            result = await fetcher.fetch(f"http://{host}/feed")
            assert isinstance(result, FetchFailed) and not result.hostile and "proxy" in result.reason
    assert machine.lookups == []
