"""The parent's side of the parser child: start it, bound it, and believe nothing but its JSON.

Hostile bytes are never parsed in this process; whatever they do to the child, the answer here is a value.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from bot.feed.body import cut_short
from bot.model import Document, Entry, Quarantined

WALL_SECONDS = 8.0
ANSWER_BYTES = 16 * 1024 * 1024
COMPLAINT_BYTES = 4_096
DOCUMENT_BYTES = 5_000_000
CHILD = Path(__file__).with_name("child.py")

# "EST", "MSK" or no zone at all would be read as UTC, hours wrong: such a date counts as unknown.
TRUSTED_ZONE = re.compile(r"(?:\bGMT|\bUTC|\dZ|\s[+-]\d{4})$")

ENDINGS = {
    -6: "the parser was aborted by it",
    -9: "parsing it takes too long",
    -11: "it crashes the parser",
    -24: "parsing it takes more than 5 s of computing",
}


async def parse(
    body: bytes, *, content_type: str, url: str, script: str | None = None, wall: float = WALL_SECONDS
) -> Document | Quarantined:
    """Make a feed document of the bytes of one HTTP answer, in a child process with limits.

    `content_type` is the HTTP header as received, `url` the final address (relative links are joined with it), `script`
    the language the source is set to (be, ru and uk expect Cyrillic letters), `wall` the seconds the child may take.
    Never raises for what the bytes are: whatever is not a whole, clean feed is `Quarantined` with its reason.
    """
    return _document(await answer_of({"content_type": content_type, "url": url, "script": script}, body, wall))


async def parse_list(
    body: bytes,
    *,
    content_type: str,
    url: str,
    hosts: frozenset[str],
    items: str = "",
    script: str | None = None,
    wall: float = WALL_SECONDS,
) -> Document | Quarantined:
    """Make a document of a page of HTML that lists articles: title, address and date of each, and no text.

    `hosts` are those of the site (`identity.names`): other links are no entries. `items` is a CSS selector of one entry
    (www.w3.org/TR/selectors-3), which the settings have looked at, or "" where the list is to be recognised. The other
    words, and what comes back, are as for `parse`.
    """
    from cssselect import HTMLTranslator

    header = {
        **{"content_type": content_type, "url": url, "script": script, "page": "list"},
        **{"items": HTMLTranslator().css_to_xpath(items) if items else None, "hosts": sorted(hosts)},
    }
    return _document(await answer_of(header, body, wall))


def _document(value: dict[str, Any] | Quarantined) -> Document | Quarantined:
    if isinstance(value, Quarantined):
        return value
    entries = tuple(_entry(record) for record in value["entries"])
    return Document(title=value["title"], language=value["language"], entries=entries, doubt=value["doubt"])


async def answer_of(header: dict[str, Any], body: bytes, wall: float) -> dict[str, Any] | Quarantined:
    """What the child makes of a document, or why nothing; `header` is its first line of input."""
    if len(body) > DOCUMENT_BYTES:
        return Quarantined(reason="the document is larger than 5,000,000 bytes")
    code, answer, complaint = await _run(json.dumps(header).encode() + b"\n" + body, wall)
    if code is None:
        return Quarantined(reason=complaint)
    if code != 0:
        last = complaint.strip().rsplit("\n", 1)[-1]
        words = "".join(character if character.isprintable() else " " for character in last)[:200]
        why = "parsing it takes more memory than allowed" if "MemoryError" in words else ENDINGS.get(code)
        return Quarantined(reason=why or f"the parser ended with code {code}: {words}")
    try:
        value: dict[str, Any] = json.loads(answer)
    except ValueError:
        return Quarantined(reason="the parser's answer is cut short")
    return Quarantined(reason=value["refused"]) if "refused" in value else value


async def _run(data: bytes, wall: float) -> tuple[int | None, bytes, str]:
    """The child's exit code, stdout and stderr; code None, and the reason last, when it had to be stopped."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(CHILD), stdin=pipe, stdout=pipe, stderr=pipe, env={}
    )
    assert child.stdin and child.stdout and child.stderr
    try:
        async with asyncio.timeout(wall):
            _, answer, complaint = await asyncio.gather(_feed(child.stdin, data), _answer(child), _tail(child.stderr))
            if len(answer) > ANSWER_BYTES:
                return None, b"", "what the parser makes of it is too large"
            return await child.wait(), answer, complaint.decode("utf-8", "replace")
    except TimeoutError:
        return None, b"", f"parsing it takes longer than {wall:g} s"
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        # asyncio waits until the pipes are read to their end, which those of a stopped child never are.
        child._transport.close()  # type: ignore[attr-defined]  # asyncio offers no public way
        await child.wait()


async def _feed(stdin: asyncio.StreamWriter, data: bytes) -> None:
    """Hand the document over; a child that died while reading shows in its exit code."""
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(data)
        await stdin.drain()
    stdin.close()


async def _answer(child: asyncio.subprocess.Process) -> bytes:
    """What the child writes; one that writes more than it may is stopped."""
    assert child.stdout
    answer = bytearray()
    while len(answer) <= ANSWER_BYTES and (piece := await child.stdout.read(65_536)):
        answer += piece
    if len(answer) > ANSWER_BYTES:
        child.kill()
    return bytes(answer)


async def _tail(stream: asyncio.StreamReader) -> bytes:
    """The last words of the child's traceback."""
    tail = b""
    while piece := await stream.read(65_536):
        tail = (tail + piece)[-COMPLAINT_BYTES:]
    return tail


def _entry(record: dict[str, Any]) -> Entry:
    """The value that travels; its digest covers all that the entry says, so that unchanged entries cost nothing."""
    digest = hashlib.sha256(json.dumps(record, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    record.pop("whole", None)
    raw = record.pop("published")
    record["alternates"] = tuple((language, url) for language, url in record["alternates"])
    record["attachments"] = tuple((text, url) for text, url in record["attachments"])
    excerpt = record["fault"] is None and cut_short(record["markup"], is_html=record["is_html"])
    return Entry(**record, published=moment(raw), published_raw=raw, digest=digest, excerpt=excerpt)


def moment(raw: str) -> datetime | None:
    """The date of a feed (RFC 822 or RFC 3339) in UTC, or None when it is unreadable or its zone cannot be trusted."""
    text = raw.strip()
    try:
        if (written := datetime.fromisoformat(text)).tzinfo:
            return written.astimezone(UTC)
        return None
    except (ValueError, OverflowError):
        pass
    if not TRUSTED_ZONE.search(text):
        return None
    try:
        written = parsedate_to_datetime(text)
        return written.astimezone(UTC) if written.tzinfo else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
