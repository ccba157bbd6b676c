"""The demo's ledger as the preview page shows it: what was posted, what waits and why, what the site changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.model import Block
from bot.pipeline import Pipeline
from bot.store import intake, ledger
from bot.web.preview import Change, Posted, Preview, Story, Waiting
from channels import Post


async def preview(pipeline: Pipeline) -> Preview:
    """Every story of the ledger, oldest first."""
    async with pipeline.store.read() as c:
        stories = [await _story(c, row["id"]) for row in reversed(await intake.stories(c))]
    project = pipeline.settings.project
    return Preview(organisation=project.name, stories=tuple(stories), languages=project.languages)


async def _story(c: Any, number: int) -> Story:
    story = await intake.load_story(c, number)
    assert story is not None  # it was listed a moment ago, in this very transaction
    posts: dict[tuple[str, str], Posted] = {}
    waiting: dict[tuple[str, str], Waiting] = {}
    for row in await ledger.renditions(c, story.name):
        place = (row["channel"], row["language"])
        parts = tuple(_part(ledger.restore_post(post)) for post in row["posts"])
        words = {"channel": row["channel"], "kind": row["kind"], "language": row["language"], "parts": parts}
        if row["state"] == "approved":
            posts[place] = Posted(**words)
        elif row["state"] == "held" and place not in posts:
            waiting[place] = Waiting(**words, state="held", reasons=tuple(row["reasons"]))
    changes = [change for edition in story.editions for change in await _changes(c, edition.number, edition.language)]
    first = story.editions[0]
    return Story(
        number=story.number,
        title=first.title,
        url=first.url,
        language=first.language,
        posts=tuple(posts.values()),
        waiting=tuple(waiting.values()),
        changes=tuple(changes),
    )


async def _changes(c: Any, statement: int, language: str) -> Iterable[Change]:
    texts = await intake.texts(c, statement)
    if len(texts) < 2:
        return ()
    (old_title, old), (title, new) = texts[-2:]
    before, after = _differing([old_title, *_words(old)], [title, *_words(new)])
    message = "The site edited its page after it had been posted. Nothing is sent again by itself; a person decides."
    return (Change(language=language, message=message, before=before, after=after),)


def _words(blocks: Iterable[Block]) -> list[str]:
    return [block.text for block in blocks]


def _differing(before: list[str], after: list[str]) -> tuple[str, str]:
    """The blocks that are in one text only."""
    return " ".join(one for one in before if one not in after), " ".join(one for one in after if one not in before)


def _part(post: Post) -> Mapping[str, Any]:
    return {
        "part": post.part,
        "parts": post.parts,
        "length": post.length,
        "limit": post.limit,
        "payload": post.payload(),
    }
