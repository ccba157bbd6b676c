"""Hostile and broken answers over the wire, rows 39 to 57 of the list of bad inputs: one table, in its order.

Every row ends inside the deadline with its own reason, the process stays small, nothing private is connected to,
nothing leaves the machine, and the next fetch works.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import resource
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest

from bot.feed import Fetcher
from bot.feed import addresses as guard
from bot.model import Fetched, FetchFailed, NotModified
from tests.loopback import FORMS, Authority, Machine, Trap
from tests.web import Answer, Web, answer, dripping

FULL = bool(os.environ.get("VESTKA_HOSTILE"))
DEADLINE = 20.0 if FULL else 5.0  # seconds for what is refused at once
DRIP_DEADLINE = 20.0 if FULL else 1.0  # seconds for what only the deadline ends
EVERY = 0.25 if FULL else 0.05  # seconds between two bytes of a drip
GROWTH = 150  # MB
SITE = "127.0.0.3"  # stands for a public address where a row needs one
PUBLIC = "93.184.216.34"


@dataclass
class Stage:
    """What a row plays on: a site that may be believed to be public, a trap on loopback, and the machine."""

    web: Web
    trap: Trap
    machine: Machine
    fetcher: Fetcher
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    async def fetch(self, url: str, **words: str) -> Fetched | NotModified | FetchFailed:
        """A fetch as of any source, nothing private allowed."""
        return await self.fetcher.fetch(url, etag=words.get("etag"))


Result = Fetched | NotModified | FetchFailed
Play = Callable[[Stage], Awaitable[Result]]


@dataclass(frozen=True)
class Row:
    """One row: its number and name, what is played, words of the reason, and whether it is a wall that was hit."""

    number: int
    name: str
    play: Play
    words: str
    hostile: bool = True
    deadline: float = DEADLINE
    outside: list[str] = field(default_factory=list)


def site(scripted: Answer | Callable[[], Answer]) -> Play:
    """Fetch one answer of a site."""

    async def play(stage: Stage) -> Result:
        stage.web.answers["/feed"] = scripted
        return await stage.fetch(stage.web.url("/feed"))

    return play


def packed(layers: int, coding: str, status: int = 200) -> Play:
    """A gibibyte of nothing, packed so many times."""

    async def play(stage: Stage) -> Result:
        return await site(answer(bomb(layers), status=status, content_encoding=coding))(stage)

    return play


def leading(*locations: str) -> Play:
    """Follow redirects /0 -> locations[0] -> …; TRAP is the port of the trap."""

    async def play(stage: Stage) -> Result:
        for number, location in enumerate(locations):
            stage.web.answers[f"/{number}"] = answer(
                status=302, location=location.replace("TRAP", str(stage.trap.port))
            )
        return await stage.fetch(stage.web.url("/0"))

    return play


def at(host: str) -> Play:
    """Ask for a host whose every spelling is loopback."""

    async def play(stage: Stage) -> Result:
        return await stage.fetch(f"http://{host}:{stage.trap.port}/")

    return play


def named(*rounds: list[str]) -> Play:
    """Ask for a name whose numbers the resolver gives, round by round; it is asked once."""

    async def play(stage: Stage) -> Result:
        stage.machine.names["site.example"] = list(rounds)
        result = await stage.fetch(f"http://site.example:{stage.trap.port}/")
        assert stage.machine.lookups == ["site.example"]
        return result

    return play


@cache
def bomb(layers: int) -> bytes:
    """1 GiB of zeros in valid gzip, of one block repeated, so that it costs us neither time nor memory to make."""
    if layers > 1:
        return gzip.compress(bomb(layers - 1), 9)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(1 << 20)
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(1024):
        check = zlib.crc32(zeros, check)
    head, end = bytes([31, 139, 8, 0, 0, 0, 0, 0, 0, 255]), bytes([3, 0])
    return head + block * 1024 + end + check.to_bytes(4, "little") + (1 << 30).to_bytes(4, "little")


async def bytes_after_a_pause(writer: asyncio.StreamWriter) -> None:
    writer.write(answer(gzip.compress(b"<rss/>"), content_encoding="gzip", content_length="999"))
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.write(b"m" * 900)


async def endless_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


async def one_huge_header(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Filler: ")
    for _ in range(13):
        writer.write(b"x" * 1_000_000)
        await writer.drain()
    writer.write(b"\r\nContent-Length: 6\r\n\r\n<rss/>")


async def many_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(13_000):
        writer.write(b"X-%d: %s\r\n" % (number, b"x" * 990))
        await writer.drain()
    writer.write(b"Content-Length: 6\r\n\r\n<rss/>")


async def not_modified_with_a_body(writer: asyncio.StreamWriter) -> None:
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<false>"
    writer.write(b"HTTP/1.1 304 Not Modified\r\nContent-Length: %d\r\n\r\n%s" % (len(forged), forged))
    await writer.drain()
    await asyncio.sleep(5)  # the connection stays open, as if it could be used again


async def asked_and_not_modified(stage: Stage) -> Result:
    """Twice, so that a body left in the connection would be taken for the second answer."""
    stage.web.answers["/feed"] = not_modified_with_a_body
    for _ in range(2):
        result = await stage.fetch(stage.web.url("/feed"), etag='"1"')
        assert isinstance(result, NotModified)
    return result


async def from_https_to_http(stage: Stage) -> Result:
    authority = Authority(stage.folder)
    authority.trust(stage.monkeypatch)
    async with Web(SITE, tls=authority.server()) as secure:
        stage.machine.names["site.example"] = [[SITE]]
        secure.answers["/feed"] = answer(status=301, location=stage.web.url("/good"))
        result = await stage.fetch(secure.url("/feed", host="site.example"))
        assert len(secure.requests) == 1 and stage.web.requests == []
        return result


def certified(name: str = "site.example", *, days: int = 2, signed: bool = True, trusted: bool = True) -> Play:
    """Ask site.example, whose certificate is as told; not a byte of the request may reach it."""

    async def play(stage: Stage) -> Result:
        authority = Authority(stage.folder)
        if trusted:
            authority.trust(stage.monkeypatch)
        async with Web(SITE, tls=authority.server(name, days=days, signed=signed)) as secure:
            secure.answers["/feed"] = answer(b"<rss/>")
            stage.machine.names["site.example"] = [[SITE]]
            result = await stage.fetch(secure.url("/feed", host="site.example"))
            assert secure.requests == [] or isinstance(result, Fetched)
            return result

    return play


FIFTY_HEADERS = answer(b"x").replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip" * 50 + b"\r\n\r\n")
CHECKED = "CERTIFICATE_VERIFY_FAILED"
ROWS = [
    Row(39, "gzip bomb, 1 GiB in one layer", packed(1, "gzip"), "unpacks to more than 5,000,000 bytes"),
    Row(39, "gzip bomb in a refusal", packed(1, "gzip", status=403), "answers 403", hostile=False),
    Row(40, "gzip bomb, two layers", packed(2, "gzip, gzip"), "packed as"),
    Row(41, "gzip bomb, fifty layers", packed(50, ", ".join(["gzip"] * 50)), "packed as"),
    Row(41, "fifty headers, one layer each", site(FIFTY_HEADERS), "packed as"),
    Row(42, "br", site(answer(b"\x0b\x02\x80<rss/>\x03", content_encoding="br")), "packed as 'br'"),
    Row(42, "zstd", site(answer(b"\x28\xb5\x2f\xfd", content_encoding="zstd")), "packed as 'zstd'"),
    Row(42, "deflate", site(answer(zlib.compress(b"<rss/>"), content_encoding="deflate")), "packed as 'deflate'"),
    Row(43, "not gzip", site(answer(b"<rss/>", content_encoding="gzip")), "labelled gzip and is not"),
    Row(43, "gzip cut short", site(answer(gzip.compress(b"<rss/>" * 1000)[:-4], content_encoding="gzip")), "cut short"),
    Row(43, "bytes after the end", site(answer(gzip.compress(b"<rss/>") + b"m", content_encoding="gzip")), "follow"),
    Row(43, "bytes after the end, later", site(bytes_after_a_pause), "follow"),
    Row(44, "a body byte by byte", site(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", every=EVERY)),
        "no complete answer within", deadline=DRIP_DEADLINE),
    # A site that never comes to its answer is slow, not hostile: no alarm about an attack.
    Row(45, "headers byte by byte", site(dripping(b"HTTP/1.1 200 OK\r\nX-Filler: ", every=EVERY)),
        "no complete answer within", hostile=False, deadline=DRIP_DEADLINE),
    Row(46, "one header of 13 MB", site(one_huge_header), "breaks HTTP"),
    Row(46, "headers of 13 MB", site(many_headers), "breaks HTTP"),
    # A connection that broke is the network's fault.
    Row(47, "a body shorter than promised", site(answer(b"<rss>", content_length="500")), "breaks HTTP", hostile=False),
    Row(48, "redirect to itself", leading("/0"), "more than 3 redirects"),
    Row(48, "a circle of redirects", leading("/1", "/0"), "more than 3 redirects"),
    Row(48, "a fourth redirect", leading("/1", "/2", "/3", "/good"), "more than 3 redirects"),
    Row(49, "redirect to a file", leading("file:///etc/hostname"), "not http or https: file"),
    Row(49, "redirect to ftp", leading("ftp://127.0.0.1:TRAP/"), "not http or https: ftp"),
    Row(50, "redirect to 127.0.0.1", leading("http://127.0.0.1:TRAP/"), "not a public address"),
    Row(50, "redirect to localhost", leading("http://localhost:TRAP/"), "not a public address"),
    Row(50, "redirect with a password", leading("http://name:word@127.0.0.1:TRAP/"), "user name"),
    Row(51, "from https to http", from_https_to_http, "from https to http"),
    # The number that was judged is dialled; a second question would have been answered with loopback.
    Row(52, "DNS rebinding", named([PUBLIC], ["127.0.0.1"]), "cannot be reached", hostile=False, outside=[PUBLIC]),
    Row(53, "public and private, mixed", named([PUBLIC, "127.0.0.1"]), "127.0.0.1, which is not a public address"),
    Row(53, "private and public, mixed", named(["127.0.0.1", PUBLIC]), "127.0.0.1, which is not a public address"),
    # The last spelling is no address to the resolver either, so it is nobody's attack.
    *[Row(54, form, at(form), "", hostile="%25" not in form) for form in FORMS],
    Row(55, "endless chunks", site(endless_chunks), "larger than 5,000,000 bytes"),
    Row(56, "304 with a body", asked_and_not_modified, ""),
    Row(56, "304 with a body, unasked", site(not_modified_with_a_body), "answers 304", hostile=False),
    Row(57, "self-signed", certified(signed=False, trusted=True), CHECKED, hostile=False),
    Row(57, "an unknown authority", certified(trusted=False), CHECKED, hostile=False),
    Row(57, "expired", certified(days=-1), "expired", hostile=False),
    Row(57, "another site's certificate", certified("other.example"), CHECKED, hostile=False),
]  # fmt: skip


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    """The site is believed to be public and ports do not matter; loopback else is as private as ever."""
    really = guard.is_public

    def is_public(address: IPv4Address | IPv6Address) -> bool:
        return address == ip_address(SITE) or really(address)

    monkeypatch.setattr(guard, "is_public", is_public)
    monkeypatch.setattr(guard, "PORTS", range(65_536))
    async with Web(SITE) as web, Trap() as trap, Fetcher(deadline=DEADLINE) as fetcher:
        web.answers["/good"] = answer(b"<rss/>")
        yield Stage(web, trap, Machine(monkeypatch), fetcher, tmp_path, monkeypatch)


@contextlib.contextmanager
def small() -> Iterator[None]:
    """The process may not grow by more than 150 MB at any moment; Linux lets the mark of the highest be set anew."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < GROWTH, f"the process grew by {grown:.0f} MB"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.name}")
async def test_row(stage: Stage, row: Row) -> None:
    """The answer is refused for its own reason, in time, in little memory, with nothing private touched."""
    bomb(1)  # made before the clock runs
    async with Fetcher(deadline=row.deadline) as stage.fetcher:
        started = time.monotonic()
        with small():
            result = await row.play(stage)
        assert time.monotonic() - started < row.deadline + 2
        assert isinstance(await stage.fetch(stage.web.url("/good")), Fetched), "the next fetch"
    if row.name == "304 with a body":
        assert isinstance(result, NotModified)
    else:
        assert isinstance(result, FetchFailed), result
        assert row.words in result.reason and result.hostile is row.hostile, result
        assert "\n" not in result.reason and len(result.reason) < 400
    assert stage.trap.connections == 0 and stage.machine.outside == row.outside


def test_all_rows_are_here() -> None:
    """Every row from 39 to 57 is played, and all 24 spellings of loopback."""
    assert {row.number for row in ROWS} == set(range(39, 58))
    assert sum(row.number == 54 for row in ROWS) == len(set(FORMS)) == 24


async def test_a_good_certificate(stage: Stage) -> None:
    """The certificates above are refused for their fault alone: one without a fault is taken."""
    assert isinstance(await certified()(stage), Fetched)


async def test_the_trap_catches(stage: Stage) -> None:
    """The trap counts what a fetch without the guard reaches, or its 0 would say nothing."""
    async with Fetcher(deadline=2) as fetcher:
        for form in FORMS:
            await fetcher.fetch(f"http://{form}:{stage.trap.port}/", allow_private=True)
    assert stage.trap.connections >= 12
