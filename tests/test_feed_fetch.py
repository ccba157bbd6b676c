"""What the fetcher promises: whole answers, nothing private dialled, every wait and every size bounded."""

import asyncio
import gzip
import ipaddress
import socket
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.feed import Fetcher
from bot.feed.addresses import AddressRefused, GuardedBackend, is_public
from bot.feed.fetch import BODY_BYTES, Wall, _gunzipped, retry_after
from bot.model import Fetched, FetchFailed, NotModified
from tests.web import Web, answer

FORMS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "localhost", "LOCALHOST",
    "localhost.", "127.0.0.1.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.2", "127.255.255.254", "①②⑦.⓪.⓪.①", "ⓛocalhost", "x@127.0.0.1",
    "[fe80::1%25lo]",
]  # fmt: skip


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """No packet of these tests leaves the machine: names are known here, and other dials are refused at the socket."""
    numeric, connect = socket.getaddrinfo, socket.socket.connect

    def getaddrinfo(host, *arguments, **words):
        name = host.decode() if isinstance(host, bytes) else host
        return numeric("127.0.0.1" if name.rstrip(".").lower() == "localhost" else name, *arguments, **words)

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert ipaddress.ip_address(address[0]).is_loopback, f"a dial to {address} was about to leave the machine"
        return connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", guarded)


async def fetched(scripted, deadline=5.0, **words):
    """What one fetch of one scripted answer gives."""
    async with Web() as web, Fetcher(deadline=deadline) as fetcher:
        web.answers["/feed"] = scripted
        return await fetcher.fetch(web.url("/feed"), allow_private=True, **words), web


async def refused(scripted, words, **more):
    """Expect a wall, and its name in the reason."""
    result, _ = await fetched(scripted, **more)
    assert isinstance(result, FetchFailed) and result.hostile, result
    assert words in result.reason
    return result


async def test_whole_answer():
    """A complete answer comes back byte for byte, with what must be remembered for the next request."""
    result, web = await fetched(answer(b"<rss/>", etag='W/"\xe9 1"', last_modified="Mon, 16 Nov 2026 10:00:00 GMT"))
    assert result == Fetched(
        url=web.url("/feed"), body=b"<rss/>", content_type="application/rss+xml", etag='W/"\xe9 1"',
        last_modified="Mon, 16 Nov 2026 10:00:00 GMT",
    )  # fmt: skip
    assert "user-agent: vestka/" in web.requests[0].lower() and "(+feed reader)" in web.requests[0]


async def test_validators_verbatim():
    """The site gets its own validators back exactly as it wrote them, and its 304 means that nothing changed."""
    etag, date = 'W/"\xe9 odd, "', "yesterday, about noon"
    result, web = await fetched(answer(status=304), etag=etag, last_modified=date)
    assert isinstance(result, NotModified)
    assert f"If-None-Match: {etag}\r\n" in web.requests[0] and f"If-Modified-Since: {date}\r\n" in web.requests[0]


async def test_304_unasked():
    """A 304 that nobody asked for is no answer."""
    result, _ = await fetched(answer(status=304))
    assert isinstance(result, FetchFailed)


@pytest.mark.parametrize("status", [201, 206, 403, 404, 410, 500, 502])
async def test_only_200(status):
    """A feed in an answer that is not 200 is not read, and that is no attack."""
    result, _ = await fetched(answer(b"<rss></rss>", status=status))
    assert isinstance(result, FetchFailed) and not result.hostile and str(status) in result.reason


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after(status):
    """A busy site is left alone for as long as it asks."""
    result, _ = await fetched(answer(status=status, retry_after="120"))
    assert isinstance(result, FetchFailed) and result.retry_after == 120 and not result.hostile


def test_retry_after_date():
    """Retry-After may be a date; nonsense is not obeyed."""
    later = datetime.now(UTC) + timedelta(seconds=100)
    assert 90 < (retry_after(format_datetime(later, usegmt=True)) or 0) <= 100
    assert retry_after("soon") is None and retry_after(None) is None and retry_after("-5") is None


async def test_one_gzip():
    """One layer of gzip is unpacked."""
    result, _ = await fetched(answer(gzip.compress(b"<rss/>"), content_encoding="gzip"))
    assert isinstance(result, Fetched) and result.body == b"<rss/>"


@pytest.mark.parametrize("coding", ["gzip, gzip", ", ".join(["gzip"] * 50), "br", "zstd", "deflate"])
async def test_other_packing(coding):
    """Two layers, fifty, or a packing that was not asked for are refused unopened."""
    await refused(answer(gzip.compress(gzip.compress(b"x")), content_encoding=coding), "packed")


async def test_not_gzip():
    """Bytes that are only labelled gzip are refused."""
    await refused(answer(b"<rss/>", content_encoding="gzip"), "not")


async def test_gzip_cut_short():
    """A gzip body that stops early is refused, although every byte that Content-Length promised has come."""
    await refused(answer(gzip.compress(b"<rss/>" * 1000)[:-4], content_encoding="gzip"), "cut short")


async def test_bytes_after_gzip():
    """Nothing may follow the end of the packed body."""
    await refused(answer(gzip.compress(b"<rss/>") + b"more", content_encoding="gzip"), "follow")

    async def in_pieces(writer):
        writer.write(answer(gzip.compress(b"<rss/>"), content_encoding="gzip", content_length="999"))
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(b"m" * 900)

    await refused(in_pieces, "follow")


async def test_too_large():
    """More than five megabytes are not read, whether Content-Length says so or not."""
    await refused(answer(b"x" * (BODY_BYTES + 1)), "larger")

    async def endless(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()

    await refused(endless, "larger")


async def test_huge_header():
    """A head of megabytes is refused as a wall."""
    await refused(answer(b"<rss/>", x_filler="x" * 1_000_000), "HTTP")


async def test_body_shorter_than_promised():
    """A connection that breaks before the promised end gives nothing; that is the network's fault."""
    result, _ = await fetched(answer(b"<rss>", content_length="500"))
    assert isinstance(result, FetchFailed) and not result.hostile


async def drip(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_slow_drip():
    """A body that drips byte by byte is dropped at the deadline, and named as a wall."""
    started = asyncio.get_running_loop().time()
    await refused(drip, "within", deadline=0.4)
    assert asyncio.get_running_loop().time() - started < 1.5


async def test_slow_head():
    """A site that never finishes its headers is only slow: no answer, no alarm about an attack."""

    async def head(writer):
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.05)

    result, _ = await fetched(head, deadline=0.4)
    assert isinstance(result, FetchFailed) and not result.hostile


async def test_nobody_there():
    """A port where nobody listens is a network that is down."""
    async with Web() as web:
        url = web.url()
    async with Fetcher() as fetcher:
        result = await fetcher.fetch(url, allow_private=True)
    assert isinstance(result, FetchFailed) and not result.hostile


async def redirected(*locations, **words):
    """Follow redirects /0 -> locations[0] -> … of one server."""
    async with Web() as web, Fetcher(deadline=5) as fetcher:
        for number, location in enumerate(locations):
            web.answers[f"/{number}"] = answer(status=302, location=location.replace("PORT", str(web.port)))
        web.answers["/end"] = answer(b"<rss/>")
        return await fetcher.fetch(web.url("/0"), **{"allow_private": True, **words})


async def test_redirects_followed():
    """Three redirects are followed, and the last address is the one that is remembered."""
    result = await redirected("/1", "/2", "/end")
    assert isinstance(result, Fetched) and result.url.endswith("/end")


@pytest.mark.parametrize(
    ("locations", "words"),
    [
        (["/0"], "more than 3"),
        (["/1", "/2", "/3", "/end"], "more than 3"),
        (["file:///etc/hostname"], "not http"),
        (["ftp://127.0.0.1/"], "not http"),
        (["http://name:word@127.0.0.1:PORT/end"], "user name"),
        (["http://other.invalid/"], "not one of"),
    ],
)
async def test_redirects_refused(locations, words):
    """A loop, a fourth redirect, a file, a password or a foreign host ends the fetch at a wall."""
    result = await redirected(*locations, hosts=frozenset({"127.0.0.1"}))
    assert isinstance(result, FetchFailed) and result.hostile and words in result.reason


async def test_redirect_to_private(monkeypatch):
    """A public site cannot send us to this machine: each redirect is judged at its dial."""
    answers = iter([True, False, False])
    monkeypatch.setattr("bot.feed.addresses.PORTS", range(65_536))
    monkeypatch.setattr("bot.feed.addresses.is_public", lambda address: next(answers))
    for target in ("http://127.0.0.1:PORT/end", "http://localhost:PORT/end"):
        answers = iter([True, False])
        result = await redirected(target, allow_private=False)
        assert isinstance(result, FetchFailed) and result.hostile and "not a public address" in result.reason


def test_never_from_https_to_http():
    """A redirect may not take the lock off."""
    import httpx

    from bot.feed.fetch import _redirected

    response = httpx.Response(301, headers={"location": "http://example.invalid/"})
    with pytest.raises(Wall, match="https to http"):
        _redirected(response, httpx.URL("https://example.invalid/"))


@pytest.mark.parametrize("form", FORMS)
async def test_private_forms(form, monkeypatch):
    """However loopback is spelt, no connection is ever opened to it."""
    monkeypatch.setattr("bot.feed.addresses.PORTS", range(65_536))
    async with Web() as web, Fetcher(deadline=2) as fetcher:
        result = await fetcher.fetch(f"http://{form}:{web.port}/", allow_private=False)
        assert isinstance(result, FetchFailed)
        assert web.connections == 0


async def test_odd_ports():
    """Only the ports of web sites are dialled, so a feed address cannot reach a mail or database server."""
    async with Fetcher(deadline=2) as fetcher:
        result = await fetcher.fetch("http://93.184.216.34:25/")
    assert isinstance(result, FetchFailed) and result.hostile and "port 25" in result.reason


async def answers_of_resolver(monkeypatch, *rounds):
    """The guard's dials when the resolver gives these numbers, round by round: (dialled, calls, refusal)."""
    dialled, calls = [], []

    async def resolve(host, port):
        calls.append(host)
        return rounds[min(len(calls), len(rounds)) - 1]

    class Inner:
        async def connect_tcp(self, number, *arguments):
            dialled.append(number)
            return "stream"

    backend = GuardedBackend()
    monkeypatch.setattr("bot.feed.addresses.resolve", resolve)
    monkeypatch.setattr(backend, "_inner", Inner())
    try:
        await backend.connect_tcp("site.invalid", 443)
    except AddressRefused as error:
        return dialled, calls, str(error)
    return dialled, calls, ""


async def test_rebinding(monkeypatch):
    """The number that was judged is the number that is dialled; the resolver is not asked again."""
    assert await answers_of_resolver(monkeypatch, ["93.184.216.34"], ["127.0.0.1"]) == (
        ["93.184.216.34"], ["site.invalid"], "",
    )  # fmt: skip


async def test_mixed_records(monkeypatch):
    """A name with one public and one private number is refused whole."""
    dialled, _, reason = await answers_of_resolver(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    assert dialled == [] and "10.0.0.1" in reason


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "::1", "::ffff:10.0.0.1", "::7f00:1",
     "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::"],
)  # fmt: skip
def test_not_public(address):
    """Private, tunnelled, reserved and multicast numbers are not the public internet."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_public(address):
    """Ordinary sites are reached, through NAT64 too."""
    assert is_public(ipaddress.ip_address(address))


async def test_no_proxy_from_environment(monkeypatch):
    """A proxy in the environment is not used behind the settings' back."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    result, _ = await fetched(answer(b"<rss/>"))
    assert isinstance(result, Fetched)


async def test_no_cookies():
    """Nothing that a site hands out to recognise us is kept."""
    async with Web() as web, Fetcher() as fetcher:
        web.answers["/feed"] = answer(b"<rss/>", set_cookie="who=you; Path=/")
        for _ in range(2):
            await fetcher.fetch(web.url("/feed"), allow_private=True)
        assert "cookie" not in web.requests[1].lower()


async def test_private_connection_not_shared():
    """A connection opened for a fetch that may reach private addresses never serves one that may not."""
    async with Web() as web, Fetcher(deadline=2) as fetcher:
        web.answers["/feed"] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<rss/>"
        assert isinstance(await fetcher.fetch(web.url("/feed"), allow_private=True), Fetched)
        assert isinstance(await fetcher.fetch(web.url("/feed")), FetchFailed)


async def test_bomb_is_never_unpacked():
    """Of a packed bomb that comes in one piece, no more than the five megabytes that are allowed are ever in memory."""
    bomb = gzip.compress(b"\0" * 100_000_000)

    async def whole():
        yield bomb

    tracemalloc.start()
    try:
        with pytest.raises(Wall, match="unpacks to more"):
            await _gunzipped(whole())
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
    finally:
        tracemalloc.stop()
