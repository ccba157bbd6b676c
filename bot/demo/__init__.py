"""The demo: an invented organisation's feed walks the whole corridor in rehearsal, then is shown as it would look.

Offline and without accounts: the feed is served on loopback, the ledger and every post are written into one folder.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import app, terminal, views
from bot.demo import content
from bot.errors import UsageError
from bot.pipeline import Pipeline
from bot.settings import Settings, build
from bot.store import people
from bot.translation import key
from bot.translation.memory import read
from bot.web.serving import served


async def show(folder: Path, *, once: bool, port: int) -> None:
    """Run the demo into an absolute `folder`; a second run there adds nothing and prints the same table again."""
    now = _first_served(folder)
    feed = Feed(now)
    async with served(feed.application(), "127.0.0.1", 0) as feed_port:
        settings = _settings(folder, feed_port)
        with app.only_one(settings):
            async with app.house(settings, content.GLOSSARY.read_text(encoding="utf-8")) as pipeline:
                pipeline.ways = ()  # what an officer would be told stands in the table
                await _walk(pipeline, feed)
                stories = await views.overview(pipeline)
                terminal.print_report(stories)
                _say_where(folder)
                if not once:
                    await _serve_preview(pipeline, port)


async def _walk(pipeline: Pipeline, feed: Feed) -> None:
    """Two polls: the feed as it was, then with the correction that the site made after its statement was posted."""
    now = pipeline.clock()
    async with pipeline.store.write() as c:
        approved = read(content.MEMORY.read_text(encoding="utf-8"), content.MEMORY.name)
        await people.remember(
            c,
            [
                {
                    "key": key(one.source, one.source_language, one.language),
                    "source_language": one.source_language,
                    "language": one.language,
                    "source": one.source,
                    "target": one.target,
                    "approver": one.approver,
                }
                for one in approved
            ],
            now,
        )
    feed.edited = await views.was_polled(pipeline, content.FEEDS[0])
    await pipeline.once()
    if not feed.edited:
        feed.edited = True
        await pipeline.once()


class Feed:
    """The invented organisation's site: its feeds, first as published, then as edited."""

    def __init__(self, now: datetime) -> None:
        """`now`: when the feeds were first served; their dates count back from it."""
        self.now = now
        self.edited = False

    def application(self) -> Starlette:
        """Serves /be.xml and /en.xml."""
        return Starlette(routes=[Route("/{name}.xml", self._answer)])

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in content.FEEDS:
            return Response(status_code=404)
        return Response(content.feed(name, self.now, edited=self.edited), media_type="application/xml")


def _first_served(folder: Path) -> datetime:
    """When this folder's demo was first run: kept there, so that a second run serves the same bytes."""
    file = folder / "state" / "first-served"
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="utf-8")
        return datetime.fromisoformat(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"--out {folder}: {error}; choose another folder") from None


def _settings(folder: Path, port: int) -> Settings:
    source = {"first_run": "publish", "settle": "0s", "check_links": False, "allow_private": True}
    made: dict[str, Any] = {
        f"telegram-{language}": {"kind": "telegram", "language": language, "chat": f"@vestka_demo_{language}"}
        for language in ("be", "ru", "en")
    }
    made["x-en"] = {"kind": "x", "language": "en"}
    made["newsletter"] = {"kind": "newsletter", "languages": ["be", "ru", "en"]}
    return build(
        {
            "project": {
                "name": "Vestka Demo",
                "languages": ["be", "ru", "en"],
                "database": f"sqlite:///{folder / 'state' / 'vestka.db'}",
            },
            "translation": {"wait_for_editions": "0s"},
            "sources": {
                name: {"urls": [f"http://127.0.0.1:{port}/{name}.xml"], "language": name, **source}
                for name in content.FEEDS
            },
            "delivery": {"folder": str(folder)},
            "channels": made,
        },
        folder,
    )


def _say_where(folder: Path) -> None:
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    print(
        f"\nEvery post, exactly as it would have been sent, is in {shown}/ (calls.jsonl has them in order).",
        file=sys.stderr,
    )


async def _serve_preview(pipeline: Pipeline, port: int) -> None:
    from bot.demo.preview import preview
    from bot.web.preview import preview_app

    shown = await preview(pipeline)  # the demo has ended: what it shows no longer changes
    application = preview_app(lambda: shown, app.read_web_templates(pipeline.settings))
    async with served(application, "127.0.0.1", port) as at:
        print(f"\nOpen http://127.0.0.1:{at}/ to see them side by side. Ctrl-C ends.", file=sys.stderr)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return
