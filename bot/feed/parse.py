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
    if len(body) > DOCUMENT_BYTES:
        return Quarantined(reason="the document is larger than 5,000,000 bytes")
    header = json.dumps({"content_type": content_type, "url": url, "script": script}).encode() + b"\n"
    code, answer, complaint = await _run(header + body, wall)
    if code is None:
        return Quarantined(reason=complaint)
    if code != 0:
        last = complaint.strip().rsplit("\n", 1)[-1]
        words = "".join(character if character.isprintable() else " " for character in last)[:200]
        why = "parsing it takes more memory than allowed" if "MemoryError" in words else ENDINGS.get(code)
        return Quarantined(reason=why or f"the parser ended with code {code}: {words}")
    try:
        value = json.loads(answer)
    except ValueError:
        return Quarantined(reason="the parser's answer is cut short")
    if "refused" in value:
        return Quarantined(reason=value["refused"])
    entries = tuple(_entry(record) for record in value["entries"])
    return Document(title=value["title"], language=value["language"], entries=entries)


async def _run(data: bytes, wall: float) -> tuple[int | None, bytes, str]:
    """The child's exit code, stdout and stderr; the code is None, and the last the reason, when it had to be stopped."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(CHILD), stdin=pipe, stdout=pipe, stderr=pipe, env={}
    )
    assert child.stdin and child.stdout and child.stderr
    try:
        async with asyncio.timeout(wall):
            _, answer, complaint = await asyncio.gather(
                _feed(child.stdin, data), _capped(child.stdout, ANSWER_BYTES), _capped(child.stderr, COMPLAINT_BYTES)
            )
            if len(answer) > ANSWER_BYTES:
                return None, b"", "what the parser makes of it is too large"
            return await child.wait(), answer, complaint.decode("utf-8", "replace")
    except TimeoutError:
        return None, b"", f"parsing it takes longer than {wall:g} s"
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        # The transport keeps its pipes until they are read to the end, which a stopped child's never are.
        child._transport.close()  # type: ignore[attr-defined]  # asyncio offers no public way


async def _feed(stdin: asyncio.StreamWriter, data: bytes) -> None:
    """Hand the document over; a child that died while reading shows in its exit code."""
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(data)
        await stdin.drain()
    stdin.close()


async def _capped(stream: asyncio.StreamReader, limit: int) -> bytes:
    """What the child writes, up to one byte more than `limit`, so that the caller sees that it was too much."""
    pieces: list[bytes] = []
    size = 0
    while size <= limit and (piece := await stream.read(65_536)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[: limit + 1]


def _entry(record: dict[str, Any]) -> Entry:
    """The value that travels; its digest covers everything that the entry says, so that unchanged entries cost nothing."""
    digest = hashlib.sha256(json.dumps(record, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    record.pop("whole", None)
    raw = record.pop("published")
    record["alternates"] = tuple((language, url) for language, url in record["alternates"])
    return Entry(**record, published=moment(raw), published_raw=raw, digest=digest)


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
