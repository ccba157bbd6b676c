"""`vestka try`: a look at a real feed or page, without settings and without state; nothing is kept and nothing sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot import review
from bot import settings as settings_module
from bot.app import clock, corridor
from bot.errors import UsageError
from bot.feed import Fetcher, behind, body, clean, identity, is_page, parse, parse_list, whole
from bot.model import (
    Document,
    Fetched,
    FetchFailed,
    Origin,
    Quarantined,
    Statement,
    Story,
    StoryState,
)
from bot.pipeline import in_order, primary
from bot.settings import LANGUAGES, Settings
from bot.text import letters
from bot.translation import FileMemory
from bot.views import judged_rows

# Answers after which the same request may do better later: RFC 9110, RFC 8470 (425), RFC 6585 (429), and every 5xx.
PASSING_STATUSES = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What would become of a feed, as JSON values: its newest statements with every channel's posts.

    `unserved` are the pairs of languages ("be-en") for which nothing in the chain can translate.
    """

    feed: str
    language: str
    entries: int
    statements: list[dict[str, Any]]
    quarantined: list[str]
    unserved: list[str]


async def try_url(
    url: str, to: Sequence[str], memory: FileMemory, *, newest: int, allow_private: bool
) -> Trial | FetchFailed:
    """Fetch a feed (or the page that names one, or lists articles) and walk its newest entries through the corridor.

    Nothing is kept. Raises UsageError for what is no address of the web.
    """
    _check_address(url)
    async with Fetcher() as fetcher:
        _, got = await behind(fetcher, url, allow_private=allow_private)
        if isinstance(got, FetchFailed):
            return got
        return await _walk(fetcher, got, url, to, memory, newest, allow_private)


async def _walk(
    fetcher: Fetcher, got: Fetched, url: str, to: Sequence[str], memory: FileMemory, newest: int, allow_private: bool
) -> Trial:
    """What would become of the newest entries of a document."""
    document = await parse(got.body, content_type=got.content_type, url=got.url, script=None)
    label = ""
    if isinstance(document, Quarantined) and is_page(got):
        hosts = identity.names((url, got.url))
        document = await parse_list(got.body, content_type=got.content_type, url=got.url, hosts=hosts)
        label = 'a page without a feed, kind = "page"'
    if isinstance(document, Quarantined):
        reason = f"no feed is named on this page: {got.url}; {document.reason}" if label else document.reason
        return Trial(feed=url, language="", entries=0, statements=[], quarantined=[reason], unserved=[])
    statements, faults = _statements(document, got.url, newest)
    name = document.title or url
    feed = f"{name} ({label})" if label else name
    walked = corridor(_settings(name, to), memory)
    shown: list[dict[str, Any]] = []
    unserved: set[str] = set()
    for number, beginning in enumerate(statements, 1):
        statement, stop = await _completed(fetcher, beginning, got.url, allow_private)
        judged = await walked.judge(_story(number, statement), clock())
        for why in filter(None, (stop, document.doubt)):
            judged = [(review.held_for(decision, why), checked, kind) for decision, checked, kind in judged]
        unserved |= {
            f"{statement.language}-{checked.language}"
            for _, checked, _ in judged
            if checked.origin is Origin.UNTRANSLATED
        }
        shown.append(
            {
                "title": statement.title,
                "url": statement.url,
                "language": statement.language,
                "channels": judged_rows(judged, walked.settings),
            }
        )
    return Trial(
        feed=feed,
        language=statements[0].language if statements else "",
        entries=len(document.entries),
        statements=shown,
        quarantined=faults,
        unserved=sorted(unserved),
    )


async def _completed(
    fetcher: Fetcher, statement: Statement, feed: str, allow_private: bool
) -> tuple[Statement, str | None]:
    """A statement with its whole text from its page, where the feed has only the beginning; else why it would wait."""
    if not statement.excerpt:
        return statement, None
    stop = "The feed carries only the beginning of the text, and "
    if identity.host(statement.url) != identity.host(feed):
        return statement, f"{stop}its page is on another site."
    answer = await fetcher.fetch(statement.url, allow_private=allow_private)
    if not isinstance(answer, Fetched):
        return statement, f"{stop}its page could not be read: {getattr(answer, 'reason', 'no page')}."
    read = await whole(answer, statement)
    if isinstance(read, Quarantined):
        return statement, f"{stop}its page cannot stand in for it: {read.reason}."
    return replace(statement, title=read.title, blocks=read.blocks, excerpt=False), None


def may_pass(failed: FetchFailed) -> bool:
    """Whether trying again later may help: the network is down, or the site says so; a 404 stays one."""
    return failed.status is None or failed.status >= 500 or failed.status in PASSING_STATUSES


def _check_address(url: str) -> None:
    """Raises UsageError unless it is an http(s) address with a host."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is none
        good = False
    if not good:
        raise UsageError(f"{url[:60]!r} is not an http(s) address, such as https://example.org/feed.xml")


def _story(number: int, statement: Statement) -> Story:
    return Story(
        number=number,
        revision=1,
        drafted=0,
        state=StoryState.OPEN,
        created=statement.first_seen,
        not_before=statement.first_seen,
        reason=None,
        editions=(statement,),
    )


def _statements(document: Document, url: str, newest: int) -> tuple[list[Statement], list[str]]:
    made: list[Statement] = []
    faults: list[str] = []
    for entry in reversed(in_order(document)):
        if len(made) == newest:
            break
        blocks = body(entry, url)
        title = clean.plain(entry.title)
        fault = entry.fault or (blocks.reason if isinstance(blocks, Quarantined) else None)
        if fault is None and not (title and (blocks or entry.excerpt)):
            fault = "an entry without a title or without a text"
        if fault is not None or isinstance(blocks, Quarantined):
            faults.append(f"{title or entry.link or 'an entry'}: {fault}")
            continue
        label = primary(entry.language or document.language or "")
        language = letters.spoken("\n\n".join(block.text for block in blocks) or title, label) or "en"
        if language not in LANGUAGES:
            faults.append(f"{title}: its language is {language!r}, none of {', '.join(LANGUAGES)}")
            continue
        made.append(
            Statement(
                source="try",
                language=language,
                url=entry.link or url,
                title=title,
                blocks=blocks,
                first_seen=clock(),
                published=entry.published,
                guid=entry.guid,
                excerpt=entry.excerpt,
            )
        )
    return made, faults


def _settings(name: str, languages: Sequence[str]) -> Settings:
    made: dict[str, Any] = {}
    for language in languages:
        made[f"telegram-{language}"] = {"kind": "telegram", "language": language, "chat": "@example"}
        made[f"x-{language}"] = {"kind": "x", "language": language}
    made["newsletter"] = {"kind": "newsletter", "languages": list(languages)}
    raw = {"project": {"name": name, "languages": list(languages)}, "channels": made}
    return settings_module.build(raw, Path.cwd())
