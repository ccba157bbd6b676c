"""What the fetcher promises of ordinary sites: whole answers, moves, refusals; test_hostile_http.py has the others."""

import gzip
import ipaddress
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version

import pytest

from bot.feed import Fetcher
from bot.feed.addresses import is_public
from bot.feed.fetch import BODY_BYTES, Wall, _gunzipped, retry_after
from bot.model import Fetched, FetchFailed, NotModified
from tests.web import Web, answer


async def fetched(scripted, deadline=5.0, **words):
    """What one fetch of one scripted answer gives."""
    async with Web() as web, Fetcher(deadline=deadline) as fetcher:
        web.answers["/feed"] = scripted
        return await fetcher.fetch(web.url("/feed"), allow_private=True, **words), web


async def test_whole_answer():
    """A complete answer comes back byte for byte, with what must be remembered for the next request."""
    result, web = await fetched(answer(b"<rss/>", etag='W/"\xe9 1"', last_modified="Mon, 16 Nov 2026 10:00:00 GMT"))
    assert result == Fetched(
        url=web.url("/feed"), body=b"<rss/>", content_type="application/rss+xml", etag='W/"\xe9 1"',
        last_modified="Mon, 16 Nov 2026 10:00:00 GMT",
    )  # fmt: skip
    assert f"User-Agent: Vestka/{version('vestka')} (+feed reader)\r\n" in web.requests[0]


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


@pytest.mark.parametrize("status", [201, 206, 401, 403, 404, 410, 500, 502])
async def test_only_200(status):
    """A feed in an answer that is not 200 is not read, that is no attack, and 410 is known for good from 404."""
    result, _ = await fetched(answer(b"<rss></rss>", status=status))
    assert result == FetchFailed(reason=f"the site answers {status}", status=status)


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


async def test_too_large():
    """More than five megabytes are not read, whether Content-Length says so or not."""
    result, _ = await fetched(answer(b"x" * (BODY_BYTES + 1)))
    assert isinstance(result, FetchFailed) and result.hostile and "larger" in result.reason


async def test_nobody_there():
    """A port where nobody listens is a network that is down."""
    async with Web() as web:
        url = web.url()
    async with Fetcher() as fetcher:
        result = await fetcher.fetch(url, allow_private=True)
    assert isinstance(result, FetchFailed) and not result.hostile


async def redirected(*steps, **words):
    """Follow redirects /0 -> steps[0] -> … of one server; a step is an address, or a status and an address."""
    async with Web() as web, Fetcher(deadline=5) as fetcher:
        for number, step in enumerate(steps):
            status, location = (302, step) if isinstance(step, str) else step
            web.answers[f"/{number}"] = answer(status=status, location=location)
        web.answers["/end"] = answer(b"<rss/>")
        return await fetcher.fetch(web.url("/0"), allow_private=True, **words)


async def test_redirects_followed():
    """Three redirects are followed, and the last address is the one that is remembered."""
    result = await redirected("/1", "/2", "/end")
    assert isinstance(result, Fetched) and result.url.endswith("/end")


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ((301,), True), ((308,), True), ((301, 308, 301), True), ((), False), ((302,), False), ((303,), False),
        ((307,), False), ((301, 302), False), ((302, 301), False), ((308, 307, 301), False),
    ],
)  # fmt: skip
async def test_moved(statuses, moved):
    """A feed has moved when every redirect on the way says that it is for ever; then an admin is asked to follow it."""
    steps = [(status, f"/{number}") for number, status in enumerate(statuses, 1)]
    if steps:
        steps[-1] = (steps[-1][0], "/end")
        result = await redirected(*steps)
    else:
        result, _ = await fetched(answer(b"<rss/>"))
    assert isinstance(result, Fetched)
    assert result.moved_to == (result.url if moved else None)


async def test_moved_to_nothing():
    """A move to a page that is gone is no move, and the page is what is told."""
    result = await redirected((301, "/gone"))
    assert isinstance(result, FetchFailed) and result.status == 404


async def test_hosts():
    """A redirect to a host that is not one of the source's own ends the fetch, without asking a resolver."""
    ours = frozenset({"127.0.0.1"})
    assert isinstance(await redirected("/end", hosts=ours), Fetched)
    result = await redirected("http://other.invalid/", hosts=ours)
    assert isinstance(result, FetchFailed) and result.hostile and "not one of" in result.reason


def test_never_from_https_to_http():
    """A redirect may not take the lock off."""
    import httpx

    from bot.feed.fetch import _redirected

    response = httpx.Response(301, headers={"location": "http://example.invalid/"})
    with pytest.raises(Wall, match="https to http"):
        _redirected(response, httpx.URL("https://example.invalid/"))


async def test_odd_ports():
    """Only the ports of web sites are dialled, so a feed address cannot reach a mail or database server."""
    async with Fetcher(deadline=2) as fetcher:
        result = await fetcher.fetch("http://93.184.216.34:25/")
    assert isinstance(result, FetchFailed) and result.hostile and "port 25" in result.reason


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
