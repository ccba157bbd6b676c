"""What came in: sources and their validators, stories, editions, revisions, quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Block, BlockKind, Entry, Statement, Story, StoryState
from bot.store.schema import Utc, alternate, quarantine, revision, source, statement, statement_alias, story, written

TOGETHER = timedelta(days=3)  # editions of one page come within this time of each other


async def source_row(c: AsyncConnection, name: str) -> Mapping[str, Any]:
    """What is remembered of a source; an empty mapping before its first poll."""
    row = (await c.execute(sa.select(source).where(source.c.name == name))).mappings().first()
    return dict(row) if row is not None else {}


async def save_source(c: AsyncConnection, name: str, **values: Any) -> None:
    """Remember things of a source."""
    changed = await c.execute(sa.update(source).where(source.c.name == name).values(**values))
    if changed.rowcount == 0:
        await c.execute(sa.insert(source).values(name=name, fails=values.pop("fails", 0), **values))


@dataclass(frozen=True, slots=True)
class Known:
    """A statement that an entry may be: its number, the digest of its last entry, the source that it is watched in."""

    number: int
    digest: str
    source: str
    guid: str | None


async def known(c: AsyncConnection, name: str, aliases: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """(kind, value) -> statement, for those aliases that were seen before.

    An address names one page wherever it is told; what else identifies an entry is its own source's affair.
    """
    by_kind: dict[str, list[str]] = {}
    for kind, value in aliases:
        by_kind.setdefault(kind, []).append(value)
    found: dict[tuple[str, str], Known] = {}
    for kind, values in by_kind.items():
        query = (
            sa.select(statement_alias.c.value, statement.c.id, statement.c.digest, statement.c.source, statement.c.guid)
            .join(statement, statement.c.id == statement_alias.c.statement_id)
            .where(statement_alias.c.kind == kind, statement_alias.c.value.in_(values))
            .order_by(statement.c.id.desc())
        )
        if kind != "url":
            query = query.where(statement_alias.c.source == name)
        found |= {(kind, value): Known(*row) for value, *row in await c.execute(query)}
    return found


async def names(c: AsyncConnection, number: int) -> set[tuple[str, str]]:
    """Every name under which a statement is known, as (kind, value)."""
    rows = await c.execute(
        sa.select(statement_alias.c.kind, statement_alias.c.value).where(statement_alias.c.statement_id == number)
    )
    return {(kind, value) for kind, value in rows}


async def same_text(c: AsyncConnection, hashes: Iterable[str]) -> dict[str, Known]:
    """Hash of a text -> the oldest statement that ever said it, for those that were seen before."""
    query = (
        sa.select(revision.c.body_hash, statement.c.id, statement.c.digest, statement.c.source, statement.c.guid)
        .join(statement, statement.c.id == revision.c.statement_id)
        .where(revision.c.body_hash.in_(list(hashes)))
        .order_by(statement.c.id.desc())
    )
    return {value: Known(*row) for value, *row in await c.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The newest text of a statement: its number and story, where it is watched, its language, title and blocks."""

    number: int
    story: int
    source: str
    language: str
    title: str
    blocks: tuple[Block, ...]


async def texts_beside(c: AsyncConnection, name: str, since: datetime, numbers: Iterable[int]) -> list[Text]:
    """The newest texts of other sources' statements first seen since then, and of these numbers, newest first."""
    rows = await c.execute(
        sa.select(
            statement.c.id,
            statement.c.story_id,
            statement.c.source,
            statement.c.language,
            revision.c.title,
            revision.c.blocks,
        )
        .join(revision, sa.and_(revision.c.statement_id == statement.c.id, revision.c.n == statement.c.revision))
        .where((statement.c.first_seen >= since) & (statement.c.source != name) | statement.c.id.in_(list(numbers)))
        .order_by(statement.c.id.desc())
    )
    return [
        Text(number=number, story=story_, source=source_, language=language, title=title, blocks=_blocks(blocks))
        for number, story_, source_, language, title, blocks in rows
    ]


async def first_seen(c: AsyncConnection, number: int) -> datetime:
    """When a statement was first seen."""
    found = await c.execute(sa.select(statement.c.first_seen).where(statement.c.id == number))
    return cast(datetime, found.scalar_one())


async def ages(c: AsyncConnection, numbers: Iterable[int]) -> dict[int, datetime]:
    """Statement -> when it was published, or else first seen."""
    when = sa.func.coalesce(statement.c.published, statement.c.first_seen, type_=Utc)
    rows = await c.execute(sa.select(statement.c.id, when.label("at")).where(statement.c.id.in_(list(numbers))))
    return {row.id: row.at for row in rows}


async def vanished(c: AsyncConnection, numbers: Iterable[int]) -> list[int]:
    """Those of these statements that had gone from their feed."""
    rows = await c.execute(
        sa.select(statement.c.id).where(statement.c.vanished.is_not(None), statement.c.id.in_(list(numbers)))
    )
    return [number for (number,) in rows]


async def recent(c: AsyncConnection, name: str) -> list[datetime]:
    """When the newest twenty statements of a source were published, or else first seen."""
    when = sa.func.coalesce(statement.c.published, statement.c.first_seen, type_=Utc)
    rows = await c.execute(sa.select(when).where(statement.c.source == name).order_by(statement.c.id.desc()).limit(20))
    return [moment for (moment,) in rows]


async def newest_hash(c: AsyncConnection, number: int) -> str:
    """The content hash of a statement's newest revision."""
    found = await c.execute(
        sa.select(revision.c.content_hash)
        .where(revision.c.statement_id == number)
        .order_by(revision.c.n.desc())
        .limit(1)
    )
    return str(found.scalar_one())


async def hashes(c: AsyncConnection, number: int) -> list[str]:
    """The content hashes of all texts that a statement ever had, oldest first."""
    rows = await c.execute(
        sa.select(revision.c.content_hash).where(revision.c.statement_id == number).order_by(revision.c.n)
    )
    return [content_hash for (content_hash,) in rows]


async def linked_story(
    c: AsyncConnection, language: str, url: str, alternates: Sequence[tuple[str, str]]
) -> int | None:
    """The story that a page belongs to by hreflang, either way, when it has no edition in this language yet."""
    theirs = sa.select(statement.c.story_id).join(alternate, alternate.c.statement_id == statement.c.id)
    ours = sa.select(statement.c.story_id).join(statement_alias, statement_alias.c.statement_id == statement.c.id)
    queries = [theirs.where(alternate.c.url == url, alternate.c.language == language)]
    queries += [
        ours.where(statement_alias.c.kind == "url", statement_alias.c.value == there, statement.c.language == other)
        for other, there in alternates
        if other != language
    ]
    for query in queries:
        for (number,) in await c.execute(query):
            taken = await c.execute(
                sa.select(statement.c.id).where(statement.c.story_id == number, statement.c.language == language)
            )
            if taken.first() is None:
                return int(number)
    return None


async def sibling_story(c: AsyncConnection, new: Statement, page: str) -> int | None:
    """The story of which another source tells the same page in another language: by an address that differs in the
    language alone, or by the identifier that a translation plug-in gives to all editions of a page.

    Only of about the same time, for two languages may count their pages apart; and never where two stories would do.
    A bare number is nobody's identifier.
    """
    when = sa.func.coalesce(statement.c.published, statement.c.first_seen, type_=Utc)
    moment = new.published or new.first_seen
    one = sa.and_(statement_alias.c.kind == "page", statement_alias.c.value == page)
    if new.guid and not new.guid.strip().isdigit():
        host = page.partition("/")[0]
        beside = sa.select(statement_alias.c.statement_id).where(
            statement_alias.c.kind == "page", statement_alias.c.value.startswith(f"{host}/", autoescape=True)
        )
        one = one | sa.and_(statement.c.guid == new.guid, statement.c.id.in_(beside))
    taken = sa.select(statement.c.story_id).where(statement.c.language == new.language)
    found = await c.execute(
        sa.select(statement.c.story_id)
        .join(statement_alias, statement_alias.c.statement_id == statement.c.id)
        .where(
            one,
            statement.c.source != new.source,
            statement.c.language != new.language,
            statement.c.story_id.not_in(taken),
            when.between(moment - TOGETHER, moment + TOGETHER),
        )
        .distinct()
        .limit(2)
    )
    numbers = [int(number) for (number,) in found]
    return numbers[0] if len(numbers) == 1 else None


async def add_story(
    c: AsyncConnection, state: StoryState, reason: str | None, now: datetime, not_before: datetime
) -> int:
    """A new story, without editions yet; its number."""
    made = await c.execute(
        sa.insert(story)
        .values(revision=0, drafted=0, state=state, reason=reason, created=now, not_before=not_before)
        .returning(story.c.id)
    )
    return int(made.scalar_one())


async def add_statement(
    c: AsyncConnection,
    story_number: int,
    new: Statement,
    entry: Entry,
    aliases: Iterable[tuple[str, str]],
    alternates: Iterable[tuple[str, str]],
) -> int:
    """A new edition of a story, known by its aliases from now on; its number. Its text is added by `add_revision`."""
    made = await c.execute(
        sa.insert(statement)
        .values(
            story_id=story_number,
            source=new.source,
            language=new.language,
            url=new.url,
            guid=new.guid,
            published=new.published,
            published_raw=entry.published_raw,
            first_seen=new.first_seen,
            revision=0,
            digest=entry.digest,
        )
        .returning(statement.c.id)
    )
    number = int(made.scalar_one())
    await add_aliases(c, number, new.source, aliases)
    await add_alternates(c, number, alternates)
    return number


async def add_alternates(c: AsyncConnection, number: int, alternates: Iterable[tuple[str, str]]) -> None:
    """The pages in other languages that a page names, those that it did not name before."""
    rows = await c.execute(sa.select(alternate.c.language, alternate.c.url).where(alternate.c.statement_id == number))
    named = {(language, url) for language, url in rows}
    for language, url in alternates:
        if (language, url) not in named:
            await c.execute(sa.insert(alternate).values(statement_id=number, language=language, url=url))


async def add_aliases(c: AsyncConnection, number: int, name: str, aliases: Iterable[tuple[str, str]]) -> None:
    """From now on a statement is known by these names too; a name that belongs to another stays where it is."""
    for kind, value in aliases:
        taken = await c.execute(
            sa.select(statement_alias.c.statement_id).where(
                statement_alias.c.source == name, statement_alias.c.kind == kind, statement_alias.c.value == value
            )
        )
        if taken.first() is None:
            await c.execute(sa.insert(statement_alias).values(source=name, kind=kind, value=value, statement_id=number))


async def add_revision(
    c: AsyncConnection,
    number: int,
    title: str,
    blocks: Iterable[Block],
    content_hash: str,
    now: datetime,
    *,
    body_hash: str | None = None,
    excerpt: bool = False,
) -> tuple[int, int]:
    """A new text of a statement; raises the revision of the statement and of its story: (story, its revision)."""
    row = (
        await c.execute(
            sa.update(statement)
            .where(statement.c.id == number)
            .values(revision=statement.c.revision + 1)
            .returning(statement.c.revision, statement.c.story_id)
        )
    ).one()
    await c.execute(
        sa.insert(revision).values(
            statement_id=number,
            n=row.revision,
            content_hash=content_hash,
            body_hash=body_hash,
            excerpt=excerpt,
            title=title,
            blocks=[_block_to_json(block) for block in blocks],
            fetched_at=now,
        )
    )
    return int(row.story_id), await raise_revision(c, row.story_id)


async def raise_revision(c: AsyncConnection, story_number: int) -> int:
    """Something of a story has changed: what was approved for the former revision does not hold for the new one."""
    raised = await c.execute(
        sa.update(story)
        .where(story.c.id == story_number)
        .values(revision=story.c.revision + 1)
        .returning(story.c.revision)
    )
    return int(raised.scalar_one())


async def digest(c: AsyncConnection, number: int) -> str:
    """The digest of a statement's last entry."""
    return str((await c.execute(sa.select(statement.c.digest).where(statement.c.id == number))).scalar_one())


async def save_statement(c: AsyncConnection, number: int, **values: Any) -> None:
    """Remember things of a statement: the digest of its last entry, the source that it is watched in."""
    await c.execute(sa.update(statement).where(statement.c.id == number).values(**values))


async def save_story(c: AsyncConnection, number: int, **values: Any) -> None:
    """Change the state, the reason or the time of a story."""
    await c.execute(sa.update(story).where(story.c.id == number).values(**values))


async def state_of(c: AsyncConnection, number: int) -> StoryState:
    """How a story stands."""
    return StoryState((await c.execute(sa.select(story.c.state).where(story.c.id == number))).scalar_one())


async def story_of(c: AsyncConnection, number: int) -> int:
    """The story of a statement."""
    return int((await c.execute(sa.select(statement.c.story_id).where(statement.c.id == number))).scalar_one())


async def story_at(c: AsyncConnection, language: str, url: str) -> int | None:
    """The story that has an edition in this language at this canonical address."""
    found = await c.execute(
        sa.select(statement.c.story_id)
        .join(statement_alias, statement_alias.c.statement_id == statement.c.id)
        .where(statement_alias.c.kind == "url", statement_alias.c.value == url, statement.c.language == language)
        .limit(1)
    )
    number = found.scalar()
    return None if number is None else int(number)


async def make_part(c: AsyncConnection, number: int, into: int) -> None:
    """A story is a part of another from now on, and with it what was a part of it."""
    await c.execute(sa.update(story).where((story.c.id == number) | (story.c.part_of == number)).values(part_of=into))


async def give_words(c: AsyncConnection, number: int, to: int) -> None:
    """What officers have written for one story they have written for another."""
    await c.execute(sa.update(written).where(written.c.story_id == number).values(story_id=to))


async def move_edition(c: AsyncConnection, number: int, into: int) -> None:
    """A statement is an edition of another story from now on."""
    await c.execute(sa.update(statement).where(statement.c.id == number).values(story_id=into))


async def give_names(c: AsyncConnection, number: int, to: int) -> None:
    """What one statement was known by, another is known by from now on."""
    await c.execute(sa.update(statement_alias).where(statement_alias.c.statement_id == number).values(statement_id=to))


async def add_quarantine(c: AsyncConnection, name: str, reason: str, raw: bytes, now: datetime) -> bool:
    """Keep bytes that nothing may be made of; True when these very bytes are new here (so one alarm each)."""
    content_hash = hashlib.sha256(raw).hexdigest()
    again = await c.execute(
        sa.update(quarantine)
        .where(quarantine.c.source == name, quarantine.c.content_hash == content_hash)
        .values(times=quarantine.c.times + 1, last_seen=now)
    )
    if again.rowcount:
        return False
    await c.execute(
        sa.insert(quarantine).values(
            source=name, content_hash=content_hash, reason=reason, raw=raw, first_seen=now, last_seen=now, times=1
        )
    )
    return True


async def quarantined(c: AsyncConnection) -> list[Mapping[str, Any]]:
    """What lies in quarantine, newest first."""
    columns = [column for column in quarantine.c if column.name != "raw"]
    return [dict(row) for row in (await c.execute(sa.select(*columns).order_by(quarantine.c.id.desc()))).mappings()]


async def to_draft(c: AsyncConnection, now: datetime) -> list[int]:
    """Numbers of the open stories that are to be judged (again) and whose time has come, oldest first.

    Judged again is a story whose wait for editions of the site's own is over.
    """
    rows = await c.execute(
        sa.select(story.c.id)
        .where(
            story.c.state == StoryState.OPEN,
            (story.c.drafted < story.c.revision) | (story.c.wait_until <= now),
            story.c.not_before <= now,
            story.c.embargo.is_(None) | (story.c.embargo <= now),
        )
        .order_by(story.c.id)
    )
    return [number for (number,) in rows]


async def is_current(c: AsyncConnection, seen: Story) -> bool:
    """Whether a story is still open, and at the revision and under the embargo that were seen."""
    found = await c.execute(
        sa.select(story.c.id).where(
            story.c.id == seen.number,
            story.c.revision == seen.revision,
            story.c.state == StoryState.OPEN,
            story.c.embargo.is_(None) if seen.embargo is None else story.c.embargo == seen.embargo,
        )
    )
    return found.first() is not None


async def to_reread(c: AsyncConnection, now: datetime) -> list[int]:
    """The statements whose page is to be read again, oldest first."""
    rows = await c.execute(sa.select(statement.c.id).where(statement.c.reread <= now).order_by(statement.c.id))
    return [number for (number,) in rows]


async def beginning(c: AsyncConnection, number: int) -> tuple[Block, ...]:
    """What the feed last carried of a text of which it has only the beginning."""
    found = await c.execute(
        sa.select(revision.c.blocks)
        .where(revision.c.statement_id == number, revision.c.excerpt)
        .order_by(revision.c.n.desc())
        .limit(1)
    )
    return _blocks(found.scalar_one())


async def load_statement(c: AsyncConnection, number: int) -> Statement:
    """A statement with its newest text."""
    rows = await c.execute(_editions().where(statement.c.id == number))
    return _statement(rows.mappings().one())


def _editions() -> sa.Select[Any]:
    """Statements with their newest text."""
    return sa.select(statement, revision.c.title, revision.c.blocks, revision.c.excerpt).join(
        revision, sa.and_(revision.c.statement_id == statement.c.id, revision.c.n == statement.c.revision)
    )


async def load_story(c: AsyncConnection, number: int) -> Story | None:
    """A story with the newest text of each edition, in the order in which they came."""
    row = (await c.execute(sa.select(story).where(story.c.id == number))).mappings().first()
    if row is None:
        return None
    editions = await c.execute(_editions().where(statement.c.story_id == number).order_by(statement.c.id))
    made = tuple(_statement(edition) for edition in editions.mappings())
    words = await c.execute(sa.select(written).where(written.c.story_id == number).order_by(written.c.id))
    newest = {word["language"]: (word["language"], word["text"], word["author"]) for word in words.mappings()}
    return Story(
        number=number,
        revision=row["revision"],
        drafted=row["drafted"],
        state=StoryState(row["state"]),
        created=row["created"],
        not_before=row["not_before"],
        reason=row["reason"],
        editions=made,
        words=tuple(newest.values()),
        embargo=row["embargo"],
        wait_until=row["wait_until"],
        awaits=tuple(row["awaits"]),
    )


async def texts(c: AsyncConnection, number: int) -> list[tuple[str, tuple[Block, ...]]]:
    """Every text that a statement ever had, oldest first: (title, blocks)."""
    rows = await c.execute(
        sa.select(revision.c.title, revision.c.blocks).where(revision.c.statement_id == number).order_by(revision.c.n)
    )
    return [(title, _blocks(blocks)) for title, blocks in rows]


async def stories(
    c: AsyncConnection, limit: int | None = 50, state: StoryState | None = None
) -> list[Mapping[str, Any]]:
    """The newest stories (of one state): number, state, reason, revision, first title."""
    titles = (
        sa.select(revision.c.title)
        .join(statement, sa.and_(statement.c.id == revision.c.statement_id, statement.c.revision == revision.c.n))
        .where(statement.c.story_id == story.c.id)
        .order_by(statement.c.id)
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(story, titles.label("title")).order_by(story.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(story.c.state == state)
    return [dict(row) for row in (await c.execute(query)).mappings()]


async def add_words(c: AsyncConnection, story_number: int, language: str, text: str, author: str, now: datetime) -> int:
    """An officer's own words for a story; its new revision."""
    await c.execute(
        sa.insert(written).values(story_id=story_number, language=language, text=text, author=author, at=now)
    )
    return await raise_revision(c, story_number)


def _block_to_json(block: Block) -> dict[str, Any]:
    values = {"kind": block.kind.value, "text": block.text, "ordinal": block.ordinal, "href": block.href}
    return {key: value for key, value in values.items() if value is not None}


def _blocks(rows: Iterable[Mapping[str, Any]]) -> tuple[Block, ...]:
    return tuple(Block(**{**row, "kind": BlockKind(row["kind"])}) for row in rows)


def _statement(row: Any) -> Statement:
    return Statement(
        source=row["source"],
        language=row["language"],
        url=row["url"],
        title=row["title"],
        blocks=_blocks(row["blocks"]),
        first_seen=row["first_seen"],
        published=row["published"],
        guid=row["guid"],
        number=row["id"],
        story=row["story_id"],
        revision=row["revision"],
        excerpt=row["excerpt"],
    )
