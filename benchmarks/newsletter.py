"""How fast the newsletter leaves, and how much memory that takes: `python -m benchmarks.newsletter`.

Ours is the shipped sending (sealed rows opened, one row a reader durable in SQLite at synchronous=FULL, 20 mails
between two commits) with TLS off and no rate limit; nobody signs, for that is the relay's work. The anchor is the loop
that one writes first: smtplib over one kept connection, MIMEText, a commit for each mail. They alternate in one run,
against the same sink: Postfix's smtp-sink, or a small one of our own where that is absent. What counts is the ratio.

`--memory` measures the peak of a process that serves 10,000 and then 200,000 readers from the table.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import resource
import shutil
import smtplib
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import aiosmtplib
import sqlalchemy as sa

from bot import app
from bot.pipeline import Pipeline
from bot.pipeline.sealing import newcomer
from bot.settings import build
from bot.store import ledger, mails
from bot.store.schema import reader
from bot.subscribers.choices import Choices
from bot.subscribers.sealing import new_keys
from channels import Post
from channels.newsletter.issue import LEAVE

KEYS = new_keys()
SITE = "https://news.example.invalid"
SENDER = "news@example.invalid"
STATEMENT = "Суд у Мройску пакінуў пад вартай 14 чалавек\n\n" + "\n\n".join(
    f"{i}. Адвакатаў не пусцілі ні да каго з іх, паведамляе бюро. Сваякі чакаюць адказу ўжо {i + 2} дзён, "
    "і ніхто не кажа ім, дзе знаходзяцца затрыманыя і ў чым іх абвінавачваюць."
    for i in range(1, 12)
)
FEWEST = 3.0  # times the anchor
GROWTH = 10.0  # MB


@contextlib.contextmanager
def sink() -> Iterator[tuple[int, str]]:
    """A server that takes mail and throws it away: its port and its name."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [own, *user, f"127.0.0.1:{port}", "1000"] if own else [sys.executable, "-m", "benchmarks.sink", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield port, "smtp-sink" if own else "our own sink"
    finally:
        process.kill()
        process.wait()


def settings(folder: Path, port: int) -> Any:
    """The shipped settings, but for TLS and the rate."""
    for name, value in KEYS.items():
        os.environ.setdefault(f"VESTKA_{name.upper()}", value)
    raw = {
        "project": {
            "name": "Бюро",
            "database": f"sqlite:///{folder / 'vestka.db'}",
            "timezone": "UTC",
            "languages": ["be"],
        },
        "sources": {"desk": {"kind": "manual", "language": "be", "settle": "0s"}},
        "delivery": {"wire": "live"},
        "channels": {
            "newsletter": {
                "kind": "newsletter",
                "languages": ["be"],
                "from": f"Бюро <{SENDER}>",
                "relays": [f"127.0.0.1:{port}"],
                "smtp_security": "none",
                "per_minute": 0,
            }
        },
        "web": {"public_url": SITE},
    }
    return build(raw, folder)


async def people(pipeline: Pipeline, count: int) -> None:
    """So many readers, sealed as the pages seal."""
    front, now = app.front(pipeline.settings), app.clock()
    for start in range(0, count, 1000):
        rows = []
        for i in range(start, min(start + 1000, count)):
            one, _ = newcomer(front, f"reader{i}@example.org", Choices(language="be"), now)
            rows.append({"id": one.id, "index": one.index, "sealed": one.sealed, "link": one.link, "week": one.week})
        async with pipeline.store.write() as c:
            await c.execute(sa.insert(reader), rows)


async def issue(pipeline: Pipeline, again: str | None) -> None:
    """A statement, or the same once more, has gone out: its readers are not served yet."""
    if again is None:
        await pipeline.hand_in(STATEMENT, "be", person="benchmark")
        for number in await pipeline.to_draft():
            await pipeline.draft(number)
    else:
        await pipeline.repost(1, ["newsletter"], nonce=again, person="benchmark")
    await pipeline.deliver()


async def ours(pipeline: Pipeline, count: int, again: str | None) -> float:
    """Seconds in which every reader is served; each row says so afterwards."""
    await issue(pipeline, again)
    assert pipeline.mailing is not None
    began = time.perf_counter()
    sent = await pipeline.mailing.work()
    seconds = time.perf_counter() - began
    assert sent == count, f"{sent} of {count} readers were served"
    async with pipeline.store.read() as c:
        newest = (await mails.in_state(c, "done"))[-1]
        assert await mails.tally(c, newest["id"]) == {"sent": count}, "not everybody was served"
    return seconds


def naive(post: Post, folder: Path, port: int, count: int) -> float:
    """The loop that one writes first."""
    file = folder / "naive.db"
    file.unlink(missing_ok=True)
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    database.execute("create table reader (id integer primary key, address text, word text, sent integer default 0)")
    rows = [(i, f"reader{i}@example.org", f"{i:022}") for i in range(count)]
    database.execute("begin")
    database.executemany("insert into reader (id, address, word) values (?, ?, ?)", rows)
    database.execute("commit")
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number, address, word in database.execute("select id, address, word from reader where sent = 0").fetchall():
            link = f"{SITE}/be/u/{word}"
            message = MIMEMultipart("alternative")
            message["Subject"], message["From"], message["To"] = post.subject, f"Bureau <{SENDER}>", address
            message["List-Unsubscribe"] = f"<{link}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            message.attach(MIMEText(post.text.replace(LEAVE, link), "plain", "utf-8"))
            message.attach(MIMEText((post.html or "").replace(LEAVE, link), "html", "utf-8"))
            server.sendmail(SENDER, [address], message.as_string())
            database.execute("update reader set sent = 1 where id = ?", (number,))
    seconds = time.perf_counter() - began
    assert database.execute("select count(*) from reader where sent = 1").fetchone() == (count,)
    database.close()
    return seconds


def source(port: int, count: int, size: int) -> float | None:
    """Postfix's smtp-source with mails of the same size and four connections, where it is there."""
    own = shutil.which("smtp-source") or shutil.which("smtp-source", path="/usr/sbin")
    if own is None:
        return None
    began = time.perf_counter()
    words = ["-s", "4", "-m", str(count), "-l", str(size), "-f", SENDER, "-t", "reader@example.org"]
    subprocess.run([own, *words, f"127.0.0.1:{port}"], check=True, capture_output=True)
    return time.perf_counter() - began


async def right(folder: Path) -> int:
    """Before any time is taken: 200 readers, 200 mails, each with its own address and link; the bytes of one."""
    from tests.submission import submission

    async with submission() as (postbox, port), app.house(settings(folder, port)) as pipeline:
        await people(pipeline, 200)
        await ours(pipeline, 200, None)
        seen = set()
        for one in postbox.mails:
            assert isinstance(one.content, bytes)
            message = message_from_bytes(one.content)
            link = message["List-Unsubscribe"].strip("<>")
            parts: Any = message.get_payload()
            said = [part.get_payload(decode=True).decode() for part in parts]
            assert message["To"] == one.rcpt_tos[0] and all(link in text and LEAVE not in text for text in said)
            seen.add((message["To"], link))
        assert len(seen) == 200, "mails are not each reader's own"
        return len(one.content)


async def compare(count: int, pairs: int) -> bool:
    """Alternate, print, and say whether the ratio holds."""
    with tempfile.TemporaryDirectory() as first:
        size = await right(Path(first))
    with tempfile.TemporaryDirectory() as name, sink() as (port, what):
        folder = Path(name)
        async with app.house(settings(folder, port)) as pipeline:
            await people(pipeline, count)
            await ours(pipeline, count, None)  # warm-up, thrown away
            async with pipeline.store.read() as c:
                (row,) = await ledger.renditions(c, "s1", channel="newsletter", cause="auto")
            (post,) = ledger.approved_of(row).posts
            naive(post, folder, port, count)
            mine, theirs = [], []
            for pair in range(pairs):
                mine.append(count / await ours(pipeline, count, f"n{pair}"))
                theirs.append(count / naive(post, folder, port, count))
            anchor = source(port, count * 5, size)
    versions = (
        f"Python {platform.python_version()}, aiosmtplib {aiosmtplib.__version__}, SQLite {sqlite3.sqlite_version}"
    )
    print(f"{count:,} readers, {pairs} pairs, {size:,} bytes a mail, {what}; {versions}")
    for label, rates in (("ours", mine), ("smtplib + MIMEText + commit each", theirs)):
        print(f"  {label}: {statistics.median(rates):,.0f} mails/s [{min(rates):,.0f}-{max(rates):,.0f}]")
    ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
    print(f"  ratio {statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}], wanted {FEWEST}")
    if anchor is not None:
        print(f"  smtp-source -s 4, one fixed mail, for comparison: {count * 5 / anchor:,.0f} mails/s")
    return statistics.median(ratios) >= FEWEST


async def alone(folder: Path, port: int, count: int) -> None:
    """In a process of its own: serve everybody in the table, and print the peak of memory in MB."""
    async with app.house(settings(folder, port)) as pipeline:
        await ours(pipeline, count, None)
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def memory(counts: tuple[int, int]) -> bool:
    """The peak with few and with many readers."""
    peaks = []
    for count in counts:
        with tempfile.TemporaryDirectory() as name, sink() as (port, _):
            asyncio.run(filled(Path(name), port, count))
            words = ["--alone", name, "--port", str(port), "--readers", str(count)]
            environment = os.environ | {f"VESTKA_{key.upper()}": value for key, value in KEYS.items()}
            command = [sys.executable, "-m", "benchmarks.newsletter", *words]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
            peaks.append(float(done.stdout.splitlines()[-1]))
            print(f"  {count:,} readers: peak {peaks[-1]:.1f} MB", flush=True)
    print(f"  growth {peaks[1] - peaks[0]:.1f} MB, wanted at most {GROWTH}")
    return peaks[1] - peaks[0] <= GROWTH


async def filled(folder: Path, port: int, count: int) -> None:
    """A database with so many readers."""
    async with app.house(settings(folder, port)) as pipeline:
        await people(pipeline, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=2_000)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.alone is not None:
        asyncio.run(alone(words.alone, words.port, words.readers))
        return
    if words.memory:
        sys.exit(0 if memory((10_000, 200_000)) else 1)
    sys.exit(0 if asyncio.run(compare(words.readers, words.pairs)) else 1)


if __name__ == "__main__":
    main()
