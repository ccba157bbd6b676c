"""The guarded fetcher: one GET for a feed, with a wall around everything that the other side decides.

Expected failures are values. `hostile` marks an answer that must never be believed or waited for; a network that is
merely down is not hostile. Walls: addresses (at every dial), redirects, time, size, encodings, complete answers.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import TracebackType

import httpcore
import httpx

from bot.feed.addresses import AddressRefused, GuardedBackend
from bot.model import Fetched, FetchFailed, NotModified

DEADLINE_SECONDS = 20.0
BODY_BYTES = 5_000_000
REDIRECTS = 3
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
BUSY_STATUSES = frozenset({429, 503})  # the two that RFC 6585 and RFC 9110 let carry Retry-After
GZIP = 16 + zlib.MAX_WBITS


class Wall(Exception):
    """An answer that must not be used; the words are the reason."""


class Fetcher:
    """Fetches feeds for as long as it is open; one client for life, because a new one costs 20 ms of TLS set-up.

    `deadline` is the number of seconds that one fetch may take, redirects included. Private addresses, where allowed,
    are dialled by a client of their own: its open connections must not serve a fetch that is not allowed to use them.
    """

    def __init__(self, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline
        self._clients: dict[bool, httpx.AsyncClient] = {}
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
    ) -> Fetched | NotModified | FetchFailed:
        """GET `url` and give the whole decoded body, or the reason why there is none.

        `etag` and `last_modified` are sent verbatim as validators (RFC 9110, 13.1). `hosts`, lower case, limits which
        hosts may be asked, redirects included. `allow_private` is for tests and for people who ask for it by name.
        """
        headers = [(b"User-Agent", self._agent.encode()), (b"Accept-Encoding", b"gzip")]
        headers.append((b"Accept", b"application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"))
        if etag is not None:
            headers.append((b"If-None-Match", etag.encode("latin-1", "replace")))
        if last_modified is not None:
            headers.append((b"If-Modified-Since", last_modified.encode("latin-1", "replace")))
        attempt = _Attempt(self._client(allow_private), headers, hosts)
        try:
            async with asyncio.timeout(self._deadline):
                return await attempt.run(url)
        except TimeoutError:
            # An answer that has begun and drips is a wall that was hit; a site that does not answer is only down.
            return FetchFailed(reason=f"no complete answer within {self._deadline:g} s", hostile=attempt.answered)
        except (Wall, AddressRefused) as refused:
            return FetchFailed(reason=str(refused), hostile=True)
        except httpx.InvalidURL as error:
            return FetchFailed(reason=f"the address cannot be read: {error}", hostile=True)
        except httpx.RemoteProtocolError as error:
            return FetchFailed(reason=f"the answer breaks HTTP: {error}", hostile="too long" in str(error))
        except httpx.TransportError as error:
            return FetchFailed(reason=f"the site cannot be reached: {error or type(error).__name__}")

    def _client(self, allow_private: bool) -> httpx.AsyncClient:
        if allow_private not in self._clients:
            self._clients[allow_private] = _client(allow_private)
        return self._clients[allow_private]


def _client(allow_private: bool) -> httpx.AsyncClient:
    """A client that asks no environment for proxies, keeps no cookies and dials through the guard."""
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    # httpx has no public place for a network backend; its pool is replaced by one that has it.
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=20,
        keepalive_expiry=30.0,
        network_backend=GuardedBackend(allow_private),
    )
    nothing = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    # The deadline of a fetch bounds all of it; httpx's own timeouts start anew with every byte.
    return httpx.AsyncClient(
        transport=transport, trust_env=False, cookies=nothing, timeout=None, follow_redirects=False
    )


class _Attempt:
    """One fetch: its redirects, and whether an answer has begun."""

    def __init__(
        self, client: httpx.AsyncClient, headers: list[tuple[bytes, bytes]], hosts: frozenset[str] | None
    ) -> None:
        self._client = client
        self._headers = headers
        self._hosts = hosts
        self.answered = False

    async def run(self, address: str) -> Fetched | NotModified | FetchFailed:
        url = httpx.URL(address)
        for _ in range(REDIRECTS + 1):
            self._judge(url)
            request = httpx.Request("GET", url, headers=self._headers)
            answer = await self._client.send(request, stream=True)
            self.answered = True
            try:
                if answer.status_code not in REDIRECT_STATUSES:
                    return await self._read(answer, url)
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
        if self._hosts is not None and url.host.lower() not in self._hosts:
            raise Wall(f"it leads to the host {url.host}, which is not one of the source's own")

    async def _read(self, answer: httpx.Response, url: httpx.URL) -> Fetched | NotModified | FetchFailed:
        status = answer.status_code
        conditional = any(name.startswith(b"If-") for name, _ in self._headers)
        if status == 304 and conditional:
            return NotModified()
        if status != 200:
            wait = retry_after(answer.headers.get("retry-after")) if status in BUSY_STATUSES else None
            return FetchFailed(reason=f"the site answers {status}", status=status, retry_after=wait)
        body = await _body(answer)
        return Fetched(
            url=str(url),
            body=body,
            content_type=_header(answer, b"content-type") or "",
            etag=_header(answer, b"etag"),
            last_modified=_header(answer, b"last-modified"),
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


async def _body(answer: httpx.Response) -> bytes:
    """The whole body, decoded, at most 5,000,000 bytes; nothing may be missing and nothing may follow it."""
    coding = ",".join(
        value.decode("latin-1") for name, value in answer.headers.raw if name.lower() == b"content-encoding"
    )
    match [word for word in coding.lower().replace(" ", "").split(",") if word not in ("", "identity")]:
        case []:
            return await _bounded(answer.aiter_raw())
        case ["gzip" | "x-gzip"]:
            return await _gunzipped(answer.aiter_raw())
        case _:
            raise Wall(f"the answer is packed as {coding[:60]!r}, which was not asked for")


async def _bounded(pieces: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > BODY_BYTES:
            raise Wall("the answer is larger than 5,000,000 bytes")
    return bytes(body)


async def _gunzipped(pieces: AsyncIterator[bytes]) -> bytes:
    """One layer of gzip, unpacked piece by piece, for 1 MB may hold 1 GiB; the end mark must be there, and be the end."""
    unpacker = zlib.decompressobj(GZIP)
    body = bytearray()
    async for piece in pieces:
        if unpacker.eof:
            raise Wall("bytes follow the end of the gzip data")
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
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3): a number or an HTTP date; None when it says neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
