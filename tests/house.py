"""An installation for tests: settings, a feed on loopback, and the command line as a person would call it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot.cli import main

ROOT = Path(__file__).resolve().parent.parent
ALL_CHANNELS = """
[channels.telegram-be]
kind = "telegram"
language = "be"
chat = "@example_be"
[channels.telegram-en]
kind = "telegram"
language = "en"
chat = "@example_en"
[channels.x-en]
kind = "x"
language = "en"
[channels.newsletter]
kind = "newsletter"
languages = ["be", "en"]
from = "News <news@example.invalid>"
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed."""

    name: str
    title: str
    body: str
    published: datetime
    alternates: tuple[tuple[str, str], ...] = ()

    @property
    def link(self) -> str:
        """Its page."""
        return f"https://example.invalid/{self.name}"


def item(name: str, title: str, *paragraphs: str, hours: int = 1, now: datetime | None = None, **more: Any) -> Item:
    """An entry that is some hours old."""
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return Item(name, title, body, (now or datetime.now(UTC)) - timedelta(hours=hours), **more)


def rss(items: Sequence[Item]) -> bytes:
    """A feed of RSS 2.0."""
    entries = "".join(
        f"<item><title>{escape(one.title)}</title>"
        + "".join(
            f'<atom:link rel="alternate" hreflang="{language}" href="{url}"/>' for language, url in one.alternates
        )
        + f'<link>{one.link}</link><guid isPermaLink="false">{one.name}</guid>'
        f"<pubDate>{format_datetime(one.published)}</pubDate>"
        f"<description>{escape(one.body)}</description></item>"
        for one in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'
        f"<channel><title>Бюро</title><link>https://example.invalid/</link>{entries}</channel></rss>"
    ).encode()


class House:
    """One installation in a folder of its own."""

    def __init__(self, folder: Path, sources: Mapping[str, str], extra: str = "", channels: str = ALL_CHANNELS) -> None:
        """Write the settings; `sources` are feed addresses by language, `extra` goes into each source."""
        self.folder = folder
        self.settings = folder / "settings.toml"
        tables = "".join(
            f'[sources.{name}]\nurls = ["{url}"]\nlanguage = "{name[:2]}"\n'
            f'allow_private = true\nsettle = "0s"\n{extra}\n'
            for name, url in sources.items()
        )
        text = (
            f'[project]\nname = "Бюро"\nlanguages = ["be", "ru", "en"]\ndatabase = "sqlite:///state/vestka.db"\n'
            f'[delivery]\nwire = "rehearsal"\nfolder = "out"\n{tables}{channels}'
        )
        self.settings.write_text(text, encoding="utf-8")

    async def __call__(self, *words: str, stdin: bytes = b"", code: int | None = 0) -> str:
        """Run one command, in this process; its stdout. The exit code must be `code` (None: any)."""
        found, out, self.stderr = await asyncio.to_thread(in_process, [*words, "--settings", str(self.settings)], stdin)
        assert code is None or found == code, self.stderr + out
        return out

    async def json(self, *words: str) -> Any:
        """Run one command with --json; what it prints."""
        return json.loads(await self(*words, "--json"))

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start one command."""
        return await vestka(*words, "--settings", str(self.settings))

    def calls(self) -> list[dict[str, Any]]:
        """Everything that the rehearsal wire was asked to send; a line that is just being written is none yet."""
        file = self.folder / "out" / "calls.jsonl"
        written = file.read_bytes() if file.exists() else b""
        whole = written[: written.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.decode().split("\n") if line]

    def sent(self) -> list[str]:
        """The keys of those calls."""
        return [call["key"] for call in self.calls()]


def in_process(words: Sequence[str], stdin: bytes = b"") -> tuple[int, str, str]:
    """The command line without a process of its own: (exit code, stdout, stderr). Call it in a thread of its own."""
    out, err = io.StringIO(), io.StringIO()
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch("sys.argv", ["vestka", *words]),
        patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin))),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return code, out.getvalue(), err.getvalue()


async def vestka(*words: str) -> asyncio.subprocess.Process:
    """Start the command line in a process of its own."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "bot",
        *words,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        env=os.environ | {"NO_COLOR": "1"},
    )
