"""Invented statements with what a reader must learn from them, and the ruler that measures a summary by it.

Each file is TOML between two lines of "+++", then the title, then the body: "## " opens a heading, "- " and "1. " an
item, "> " a quotation, "| " a row of a table. What must be shown was written down before any summary was looked at.
Files marked `held_out` are never tuned on.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.model import Block, BlockKind, Statement

_MARKS = re.compile(r"(?P<heading>## )|(?P<item>- |(?P<ordinal>\d+)[.)] )|(?P<quotation>> )|(?P<table>\| )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One statement, and the judgement of what matters in it: any of `actor`, any of `main`, each of `demands`.

    `idle` is what a short post has no room for: greetings, slogans, what the organisation says of itself, remote
    history, and the words of officials who dispute the news.
    """

    name: str
    language: str
    kind: str
    held_out: bool
    actor: tuple[str, ...]
    main: tuple[str, ...]
    demands: tuple[str, ...]
    idle: tuple[str, ...]
    title: str
    body: str

    def statement(self) -> Statement:
        """The statement as the feed gives it: with its blocks told apart."""
        blocks = tuple(_block(line) for line in self.body.splitlines() if line.strip())
        return Statement(
            source="site",
            language=self.language,
            url="https://example.invalid/1",
            title=self.title,
            blocks=blocks,
            first_seen=datetime(2026, 3, 1, tzinfo=UTC),
        )

    def plain(self) -> str:
        """The statement as a text file: headings are short lines, the cells of a table are parted by tabs."""
        lines = [self.title, ""]
        for line in self.body.splitlines():
            bare = re.sub(r"^(?:## |> )", "", line)
            lines.append(bare if not bare.startswith("|") else "\t".join(bare.strip("| ").split(" | ")))
        return "\n".join(lines) + "\n"

    def wrapped(self, marker: str) -> str:
        """The same file as another hand writes it: lines of at most 72 columns, Windows line ends, other list marks."""
        lines: list[str] = []
        for line in self.plain().splitlines():
            marked = re.sub(r"^- ", marker, re.sub(r"^(\d+)[.)] ", r"\1) ", line))
            table = "\t" in marked
            lines += [marked] if table or not marked else textwrap.wrap(marked, 72, break_on_hyphens=False)
        return "\r\n".join(lines) + "\r\n"

    def lists(self) -> list[list[str]]:
        """The items of each list."""
        found: list[list[str]] = []
        before = False
        for block in self.statement().blocks:
            item = block.kind is BlockKind.ITEM
            if item and not before:
                found.append([])
            if item:
                found[-1].append(block.text)
            before = item
        return found

    def told(self, text: str) -> bool:
        """Whether a reader of `text` learns who it is about and the main point."""
        flat = _flat(text)
        return any(_flat(one) in flat for one in self.actor) and any(_flat(one) in flat for one in self.main)

    def clean(self, text: str) -> bool:
        """Whether `text` spends no room on what is idle."""
        flat = _flat(text)
        return not any(_flat(one) in flat for one in self.idle)

    def demanded(self, text: str, announced: Iterable[int] = ()) -> bool:
        """Whether every demand is in `text`, or in a list that is announced by its number of items."""
        flat, counts = _flat(text), set(announced)
        hidden = " ".join(_flat(item) for items in self.lists() if len(items) in counts for item in items)
        return all(_flat(one) in flat or _flat(one) in hidden for one in self.demands)


@cache
def cases() -> tuple[Case, ...]:
    """Every statement of this folder, in the order of the file names."""
    return tuple(_case(path) for path in sorted(Path(__file__).parent.glob("*.md")))


def _case(path: Path) -> Case:
    _, front, text = path.read_text(encoding="utf-8").split("+++\n", 2)
    said = tomllib.loads(front)
    title, body = text.split("\n", 1)
    return Case(
        name=path.stem,
        language=path.stem[:2],
        kind=said["kind"],
        held_out=said.get("held_out", False),
        actor=tuple(said["actor"]),
        main=tuple(said["main"]),
        demands=tuple(said["demands"]),
        idle=tuple(said.get("idle", ())),
        title=title,
        body=body.strip("\n"),
    )


def _block(line: str) -> Block:
    mark = _MARKS.match(line)
    if mark is None:
        return Block(kind=BlockKind.PARAGRAPH, text=line)
    ordinal = int(mark["ordinal"]) if mark["ordinal"] else None
    return Block(kind=BlockKind(mark.lastgroup or ""), text=line[mark.end() :], ordinal=ordinal)


def _flat(text: str) -> str:
    return " ".join(text.split())
