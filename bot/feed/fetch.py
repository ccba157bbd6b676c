"""The guarded fetcher: one GET for a feed, with a wall around everything that the other side decides.

Expected failures are values. `hostile` marks an answer that must never be believed or waited for; a network that is
merely down is not hostile. Walls: addresses (at every dial), redirects, time, size, encodings, complete answers.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import TracebackType

import httpcore
import httpx

from bot.feed.addresses import AddressRefused, GuardedBackend, ProxyBackend, ProxyFault, check_written
from bot.feed.challenge import PAGE_BYTES, STATUSES, challenge
from bot.feed.socks import SocksBackend
from bot.model import Fetched, FetchFailed, NotModified

DEADLINE_SECONDS = 20.0
BODY_BYTES = 5_000_000
REDIRECTS = 3
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
PERMANENT_STATUSES = frozenset({301, 308})
BUSY_STATUSES = frozenset({429, 503})  # the two that RFC 6585 and RFC 9110 let carry Retry-After
GZIP = 16 + zlib.MAX_WBITS
HOST_BYTES = 253  # RFC 1035, 2.3.4, written with dots
CONNECTIONS = 20
KEPT_SECONDS = 30.0
SOCKS_PORT = 1080  # IANA; Tor's is 9050 and must be written
PROXY_SCHEMES = ("http", "socks5", "socks5h")
CREDENTIAL_BYTES = 255  # RFC 1929, 2
REASON_CHARACTERS = 200  # of what the other side or a library says


class Wall(Exception):
    """An answer that must not be used; the words are the reason."""


class Fetcher:
    """Fetches feeds for as long as it is open; one client for life, because a new one costs 20 ms of TLS set-up.

    `deadline` is the number of seconds that one fetch may take, redirects included. Private addresses, where allowed,
    are dialled by a client of their own: its open connections must not serve a fetch that is not allowed to use them.
    So is each proxy.
    """

    def __init__(self, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline
        self._clients: dict[tuple[bool, str | None], httpx.AsyncClient] = {}
        self._agent = f"Vestka/{version('vestka')} (+feed reader)"

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        hosts: frozenset[str] | None = None,
        allow_private: bool = False,
        proxy: str | None = None,
    ) -> Fetched | NotModified | FetchFailed:
        """GET `url` and give the whole decoded body, or the reason why there is none.

        `etag` and `last_modified` are sent verbatim as validators (RFC 9110, 13.1). `hosts`, lower case, limits which
        hosts may be asked, redirects included. `allow_private` is for tests and for people who ask for it by name.
        `proxy` is http://[NAME:PASSWORD@]HOST[:PORT], socks5://… or socks5h://…; it resolves every name, .onion too.
        """
        try:
            through = None if proxy is None else _proxy(proxy)
        except (ValueError, httpx.InvalidURL):  # their words repeat the address, and with it the password
            return FetchFailed(
                reason="the proxy's address cannot be read: write socks5://HOST:PORT or http://HOST:PORT"
            )
        attempt = _Attempt(
            self._client(allow_private, proxy, through),
            self._headers(etag, last_modified),
            hosts,
            judge_written=proxy is not None and not allow_private,
        )
        try:
            return await attempt.run(url, self._deadline)
        except (Wall, AddressRefused) as refused:
            return FetchFailed(reason=str(refused), hostile=True)
        except httpx.InvalidURL as error:
            return FetchFailed(reason=f"the address cannot be read: {_words(error)}", hostile=True)
        except httpx.RemoteProtocolError as error:
            return FetchFailed(reason=f"the answer breaks HTTP: {_words(error)}", hostile=_is_wall(error))
        except (ProxyFault, httpx.TransportError, TimeoutError) as error:
            return FetchFailed(reason=_down(error, through, self._deadline), hostile=attempt.dripped(error))

    def _headers(self, etag: str | None, last_modified: str | None) -> list[tuple[bytes, bytes]]:
        headers = [(b"User-Agent", self._agent.encode()), (b"Accept-Encoding", b"gzip")]
        headers.append((b"Accept", b"application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"))
        if etag is not None:
            headers.append((b"If-None-Match", etag.encode("latin-1", "replace")))
        if last_modified is not None:
            headers.append((b"If-Modified-Since", last_modified.encode("latin-1", "replace")))
        return headers

    def _client(self, allow_private: bool, proxy: str | None, through: httpx.Proxy | None) -> httpx.AsyncClient:
        key = (allow_private, proxy)
        if key not in self._clients:
            self._clients[key] = _client(allow_private, through, self._deadline / 2)
        return self._clients[key]


def _proxy(address: str) -> httpx.Proxy:
    """A proxy's address with its name and password taken out of it. Raises ValueError or httpx.InvalidURL."""
    proxy = httpx.Proxy(address)
    too_long = any(len(word) > CREDENTIAL_BYTES for word in proxy.raw_auth or ())
    if proxy.url.scheme not in PROXY_SCHEMES or not proxy.url.host or too_long:
        raise ValueError("not a proxy that is spoken to")
    return proxy


def _is_wall(error: httpx.RemoteProtocolError) -> bool:
    """A head without an end, or a redirect to an address that nobody can read: not what a broken network does."""
    return any(words in str(error) for words in ("too long", "URL in location header"))


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:REASON_CHARACTERS]


def _down(error: Exception, through: httpx.Proxy | None, deadline: float) -> str:
    """What cannot be reached, and why: the proxy by its address without its password, else the site."""
    way = "" if through is None else f" through the proxy {through.url}"
    match error:
        case ProxyFault():
            return f"the proxy {through and through.url} {_words(error)}"
        case TimeoutError():
            return f"no complete answer within {deadline:g} s{way}"
        case _:
            return f"the site cannot be reached{way}: {_words(error)}"


def _client(allow_private: bool, through: httpx.Proxy | None, dial_seconds: float) -> httpx.AsyncClient:
    """A client that asks no environment for proxies, keeps no cookies and dials through the guard or the proxy."""
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    # httpx has no public place for a network backend; its pool is replaced by one that has it.
    transport._pool = _pool(allow_private, through, dial_seconds)
    nothing = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    # The deadline of a fetch bounds all of it; httpx's own timeouts start anew with every byte.
    return httpx.AsyncClient(
        transport=transport, trust_env=False, cookies=nothing, timeout=None, follow_redirects=False
    )


def _pool(allow_private: bool, through: httpx.Proxy | None, dial_seconds: float) -> httpcore.AsyncConnectionPool:
    """The connections of one client: dialled here, behind SOCKS5, or by an HTTP proxy (CONNECT for https)."""
    context = httpx.create_ssl_context(trust_env=False)
    backend: httpcore.AsyncNetworkBackend = GuardedBackend(allow_private)
    if through is not None:
        backend = ProxyBackend(dial_seconds)
        if through.url.scheme == "http":
            return httpcore.AsyncHTTPProxy(
                str(through.url),
                through.raw_auth,
                ssl_context=context,
                max_connections=CONNECTIONS,
                keepalive_expiry=KEPT_SECONDS,
                network_backend=backend,
            )
        backend = SocksBackend(backend, through.url.host, through.url.port or SOCKS_PORT, through.raw_auth)
    return httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=CONNECTIONS,
        keepalive_expiry=KEPT_SECONDS,
        network_backend=backend,
    )


class _Attempt:
    """One fetch: its redirects, its deadline, and whether an answer has begun."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        headers: list[tuple[bytes, bytes]],
        hosts: frozenset[str] | None,
        *,
        judge_written: bool,
    ) -> None:
        self._client = client
        self._headers = headers
        self._hosts = hosts
        self._judge_written = judge_written
        self._answered = False

    def dripped(self, error: Exception) -> bool:
        """An answer that has begun and drips is a wall that was hit; a site that does not answer is only down."""
        return isinstance(error, TimeoutError) and self._answered

    async def run(self, address: str, deadline: float) -> Fetched | NotModified | FetchFailed:
        """Follow the redirects within `deadline` seconds. Raises what a fetch may fail with."""
        url = httpx.URL(address)
        permanent = True
        until = asyncio.get_running_loop().time() + deadline
        async with asyncio.timeout_at(until):
            for turn in range(REDIRECTS + 1):
                self._judge(url)
                request = httpx.Request("GET", url, headers=self._headers)
                answer = await self._client.send(request, stream=True)
                self._answered = True
                try:
                    if answer.status_code not in REDIRECT_STATUSES:
                        return await self._read(answer, url, str(url) if turn and permanent else None, until)
                    permanent &= answer.status_code in PERMANENT_STATUSES
                    url = _redirected(answer, url)
                finally:
                    await answer.aclose()
        raise Wall(f"more than {REDIRECTS} redirects")

    def _judge(self, url: httpx.URL) -> None:
        """Refuse an address that may not be asked, before any dial."""
        if url.scheme not in ("http", "https") or not url.host:
            raise Wall(f"it leads to an address that is not http or https: {url.scheme or 'none'}")
        if url.userinfo:
            raise Wall("the address carries a user name or password")
        if len(url.raw_host) > HOST_BYTES:
            raise Wall(f"the name of the host is longer than {HOST_BYTES} characters")
        if self._hosts is not None and url.host.lower() not in self._hosts:
            raise Wall(f"it leads to the host {url.host}, which is not one of the source's own")
        if self._judge_written:
            check_written(url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))

    async def _read(
        self, answer: httpx.Response, url: httpx.URL, moved_to: str | None, until: float
    ) -> Fetched | NotModified | FetchFailed:
        status = answer.status_code
        conditional = any(name.startswith(b"If-") for name, _ in self._headers)
        if status == 304 and conditional:
            return NotModified()
        if status != 200:
            return await _refusal(answer, until)
        body = await _body(answer)
        if (service := challenge(status, answer.headers, body)) is not None:
            return FetchFailed(reason=_challenged(service))
        return Fetched(
            url=str(url),
            body=body,
            content_type=_header(answer, b"content-type") or "",
            etag=_header(answer, b"etag"),
            last_modified=_header(answer, b"last-modified"),
            moved_to=moved_to,
            date=_date(answer),
        )


async def _refusal(answer: httpx.Response, until: float) -> FetchFailed:
    """What an answer that is not 200 says: whose it is, and how long to wait."""
    status = answer.status_code
    wait = retry_after(answer.headers.get("retry-after")) if status in BUSY_STATUSES else None
    page = await _beginning(answer, until) if status in STATUSES else b""
    if (service := challenge(status, answer.headers, page)) is not None:
        reason = _challenged(service)
    elif status == 407:  # RFC 9110, 15.5.8: only a proxy says this
        reason = "the proxy asks for a name and password (407)"
    else:
        reason = f"the site answers {status}"
    return FetchFailed(reason=reason, status=status, retry_after=wait)


def _challenged(service: str) -> str:
    return (
        f"an anti-bot page ({service}) stands before the feed; the site's administrator must let Vestka through: "
        'allow the User-Agent "Vestka/…" or this server\'s address, or name a mirror in urls'
    )


def _redirected(answer: httpx.Response, url: httpx.URL) -> httpx.URL:
    """Where a redirect leads; never from https to http."""
    location = answer.headers.get("location")
    if not location:
        raise Wall(f"a redirect ({answer.status_code}) leads nowhere")
    target = url.join(location)
    if url.scheme == "https" and target.scheme == "http":
        raise Wall("a redirect leads from https to http")
    return target


def _header(answer: httpx.Response, name: bytes) -> str | None:
    """The first header of that name, byte for byte (latin-1 maps each byte to one character and back)."""
    for key, value in answer.headers.raw:
        if key.lower() == name:
            return value.decode("latin-1")
    return None


def _date(answer: httpx.Response) -> datetime | None:
    """What the other side's clock shows: Date (RFC 9110, 6.6.1), and the Age of what a cache kept (RFC 9111, 5.1)."""
    age = (_header(answer, b"age") or "").strip()
    try:
        date = parsedate_to_datetime(_header(answer, b"date") or "")
        if date.tzinfo is None:
            return None
        return date.astimezone(UTC) + timedelta(seconds=int(age[:9]) if age.isascii() and age.isdigit() else 0)
    except (ValueError, TypeError, OverflowError):
        return None


def _codings(answer: httpx.Response) -> list[str]:
    """The layers that the body is packed in, in the order of packing (RFC 9110, 8.4)."""
    words = ",".join(
        value.decode("latin-1") for name, value in answer.headers.raw if name.lower() == b"content-encoding"
    )
    return [word for word in words.lower().replace(" ", "").split(",") if word not in ("", "identity")]


async def _body(answer: httpx.Response) -> bytes:
    """The whole body, decoded, at most 5,000,000 bytes; nothing may be missing and nothing may follow it."""
    match _codings(answer):
        case []:
            return await _bounded(answer.aiter_raw())
        case ["gzip" | "x-gzip"]:
            return await _gunzipped(answer.aiter_raw())
        case codings:
            raise Wall(f"the answer is packed as {', '.join(codings)[:60]!r}, which was not asked for")


async def _beginning(answer: httpx.Response, until: float) -> bytes:
    """What a refusal says, at most 65,536 bytes of it, as far as they come: the refusal itself is known already.

    It may take half of the time that is left, so that a refusal whose body drips stays a refusal.
    """
    match _codings(answer):
        case []:
            unpacker = None
        case ["gzip" | "x-gzip"]:
            unpacker = zlib.decompressobj(GZIP)
        case _:
            return b""
    page = bytearray()
    came = 0
    half = (asyncio.get_running_loop().time() + until) / 2
    try:
        async with asyncio.timeout_at(half):
            async for piece in answer.aiter_raw():
                page += piece if unpacker is None else unpacker.decompress(piece, PAGE_BYTES - len(page))
                came += len(piece)
                if max(came, len(page)) >= PAGE_BYTES:
                    break
    except (TimeoutError, httpx.TransportError, zlib.error):
        pass  # a body that breaks off or is no gzip says what it said until then
    return bytes(page[:PAGE_BYTES])


async def _bounded(pieces: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > BODY_BYTES:
            raise Wall("the answer is larger than 5,000,000 bytes")
    return bytes(body)


async def _gunzipped(pieces: AsyncIterator[bytes]) -> bytes:
    """One layer of gzip, unpacked piece by piece, for 1 MB may hold 1 GiB; its end mark must be the end."""
    unpacker = zlib.decompressobj(GZIP)
    body = bytearray()
    async for piece in pieces:
        try:
            body += unpacker.decompress(piece, BODY_BYTES + 1 - len(body))
        except zlib.error as error:
            raise Wall("the answer is labelled gzip and is not") from error
        if len(body) > BODY_BYTES:
            raise Wall("the answer unpacks to more than 5,000,000 bytes")
        if unpacker.unused_data:
            raise Wall("bytes follow the end of the gzip data")
    if not unpacker.eof:
        raise Wall("the gzip data is cut short")
    return bytes(body)


def retry_after(value: str | None) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110, 10.2.3): a number or an HTTP date; None when it says neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
