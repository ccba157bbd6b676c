"""The composition root: the only place that knows concrete classes, files and clocks, and puts the house together."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import channels
from bot.errors import SettingsError, StoreError, TemporaryError
from bot.feed import Fetcher
from bot.pipeline import Corridor, Pipeline, StoreMemory
from bot.rendering import Templates
from bot.settings import Settings, read_glossary
from bot.store import Store
from bot.translation import Engine, Memory
from channels import Wire
from channels.rehearsal import Rehearsal

ENGINES: Mapping[str, Engine] = {}  # people's memory needs no engine; each engine that is built registers here


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def shipped(name: str) -> Path:
    """A file or folder that Vestka ships: packed inside `bot` when installed, beside it in a checkout."""
    packed = Path(__file__).parent / name
    return packed if packed.exists() else Path(__file__).parent.parent / name


def read_templates(settings: Settings) -> Templates:
    """All templates and catalogues of the settings' folder, checked with a sample. Raises SettingsError."""
    folder = settings.path(settings.project.templates) if settings.project.templates else shipped("templates")
    if not folder.is_dir():
        raise SettingsError(f"project.templates — {folder} is no folder")
    kinds = {one.kind for one in settings.channels.values()}
    sources = {
        f"{kind}/{file.name}": file.read_text(encoding="utf-8")
        for kind in kinds
        for file in folder.glob(f"{kind}/*.j2")
    }
    catalogues = {
        file.parent.parent.name: file.read_text(encoding="utf-8")
        for file in folder.glob("locale/*/LC_MESSAGES/vestka.po")
    }
    templates = Templates(sources, catalogues)
    templates.check(kinds, {language for one in settings.channels.values() for language in one.languages_served()})
    return templates


def read_web_templates(settings: Settings) -> dict[str, str]:
    """The sources of the pages, by file name."""
    folder = settings.path(settings.project.templates) if settings.project.templates else shipped("templates")
    return {file.name: file.read_text(encoding="utf-8") for file in (folder / "web").iterdir() if file.is_file()}


def corridor(settings: Settings, memory: Memory, *more_glossary: str) -> Corridor:
    """The corridor for some settings. Raises SettingsError for an engine that does not exist."""
    for pair, names in settings.translation.chain.items():
        for name in names:
            if name != "memory" and name not in ENGINES:
                known = ", ".join(("memory", *ENGINES))
                raise SettingsError(f"translation.chain.{pair} — no engine is called {name!r}; there is: {known}")
    return Corridor(
        settings=settings,
        templates=read_templates(settings),
        glossary=read_glossary(settings, *more_glossary),
        engines=ENGINES,
        memory=memory,
    )


def wires(settings: Settings) -> dict[str, Wire]:
    """The wire of each channel that is switched on. Raises SettingsError where a kind cannot send."""
    if settings.delivery.wire == "live":
        kinds = ", ".join(sorted({one.kind for one in settings.channels.values()})) or "channel"
        raise SettingsError(
            f'delivery.wire — no live wire for {kinds} in this version; keep delivery.wire = "rehearsal"'
        )
    folder = settings.path(settings.delivery.folder)
    return {
        name: Rehearsal(folder, kind=one.kind, channel=channels.load(one.kind), settings=one)
        for name, one in settings.channels.items()
        if one.enabled
    }


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock of the one process that polls and delivers. Raises TemporaryError while another holds it."""
    folder = _lock_folder(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "vestka.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreError(f"{folder} — the state folder cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise TemporaryError(f"another Vestka is at work on {folder}; it carries on, this one ends") from None
    finally:
        os.close(descriptor)


def _lock_folder(settings: Settings) -> Path:
    """Beside an SQLite database, never the database file itself: closing it would drop SQLite's own locks."""
    url = settings.database_url()
    return Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else settings.state_folder()


@asynccontextmanager
async def house(settings: Settings, *more_glossary: str) -> AsyncIterator[Pipeline]:
    """Everything, put together and taken apart again."""
    made = wires(settings)
    store = await Store.open(settings.database_url())
    try:
        walked = corridor(settings, StoreMemory(store), *more_glossary)
        async with Fetcher() as fetcher:
            owner = f"{os.getpid()}-{secrets.token_hex(4)}"
            yield Pipeline(walked, store=store, fetcher=fetcher, wires=made, clock=clock, owner=owner)
    finally:
        await store.close()
