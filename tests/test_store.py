"""The database keeps the laws that no program may break."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.errors import SettingsError, StoreError, TemporaryError
from bot.store import HEAD, Store, people
from bot.store.schema import delivery, event, metadata, rendition
from tests.house import ROOT

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


def row(**values: object) -> dict[str, object]:
    """One delivery."""
    return {
        "key": "s1/r1/telegram-be/be/1/auto",
        "rendition_id": 1,
        "subject": "s1",
        "revision": 1,
        "channel": "telegram-be",
        "language": "be",
        "part": 1,
        "parts": 1,
        "cause": "auto",
        "kind": "telegram",
        "action": "create",
        "public": True,
        "payload_hash": "0",
        "wire": "rehearsal",
        "state": "sent",
        "attempts": 1,
        "due_at": NOW,
        "created": NOW,
    } | values


async def add_rendition(c: sa.ext.asyncio.AsyncConnection) -> None:
    """What the deliveries of these tests were made of."""
    await c.execute(
        sa.insert(rendition).values(
            subject="s1",
            revision=1,
            channel="telegram-be",
            language="be",
            cause="auto",
            kind="telegram",
            origin="original",
            state="approved",
            posts=[],
            hashes=[],
            reasons=[],
            findings=[],
            sentences=[],
            created=NOW,
        )
    )


async def test_a_second_automatic_post_of_a_story_cannot_even_be_written_down(store: Store) -> None:
    """Whatever a program does wrong, the ledger takes an automatic post of a story in one channel once."""
    async with store.write() as c:
        await add_rendition(c)
        await c.execute(sa.insert(delivery).values(row()))
    with pytest.raises(IntegrityError):
        async with store.write() as c:
            await c.execute(sa.insert(delivery).values(row(key="s1/r2/telegram-be/be/1/auto", revision=2)))
    async with store.write() as c:
        await c.execute(sa.insert(delivery).values(row(key="s1/r1/telegram-be/be/1/repost-7", cause="repost-7")))


async def test_a_key_stands_in_the_ledger_once(store: Store) -> None:
    """The same post cannot be in the outbox twice."""
    async with store.write() as c:
        await add_rendition(c)
        await c.execute(sa.insert(delivery).values(row(state="due")))
    with pytest.raises(IntegrityError):
        async with store.write() as c:
            await c.execute(sa.insert(delivery).values(row(state="due")))


async def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    """A time whose zone nobody knows never enters the ledger, and every time comes back in UTC."""
    async with store.write() as c:
        await people.record(c, NOW, who="alena", what="publish")
    async with store.read() as c:
        assert (await people.trail(c))[0]["at"] == NOW
    with pytest.raises(sa.exc.StatementError):
        async with store.write() as c:
            await people.record(c, NOW.replace(tzinfo=None), who="alena", what="publish")


async def test_the_audit_trail_shows_when_someone_has_changed_it(store: Store) -> None:
    """A line of the audit trail that was altered or taken out afterwards is found."""
    async with store.write() as c:
        for what in ("seen", "approved", "repost"):
            await people.record(c, NOW, who="alena", what=what, subject="s1")
    async with store.write() as c:
        assert await people.first_break(c) is None
        await c.execute(sa.update(event).where(event.c.id == 2).values(who="somebody else"))
        assert await people.first_break(c) == 2
        await c.execute(sa.delete(event).where(event.c.id == 2))
        assert await people.first_break(c) == 3


async def test_a_database_that_is_newer_than_the_program_is_left_alone(tmp_path: Path) -> None:
    """An older Vestka does not touch what a newer one has written, and says so in one line."""
    url = f"sqlite:///{tmp_path / 'vestka.db'}"
    await (await Store.open(url)).close()
    with sqlite3.connect(tmp_path / "vestka.db") as raw:
        raw.execute("update alembic_version set version_num = '9999'")
    raw.close()
    with pytest.raises(StoreError, match="newer Vestka"):
        await Store.open(url)


async def test_a_damaged_database_is_named_and_not_overwritten(tmp_path: Path) -> None:
    """A file that is no database ends the start with one line, and stays as it is."""
    file = tmp_path / "vestka.db"
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        await Store.open(f"sqlite:///{file}")
    assert file.read_bytes() == b"not a database at all" * 100


async def test_the_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else on the machine can read the ledger."""
    await (await Store.open(f"sqlite:///{tmp_path / 'state' / 'vestka.db'}")).close()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / "vestka.db").stat().st_mode & 0o777 == 0o600


async def test_a_committed_intent_survives_a_power_cut(tmp_path: Path) -> None:
    """The ledger is written in the mode that keeps a commit even when the power goes, and forgets what was erased."""
    store = await Store.open(f"sqlite:///{tmp_path / 'vestka.db'}")
    async with store.read() as c:
        assert (await c.execute(sa.text("pragma journal_mode"))).scalar() == "wal"
        assert (await c.execute(sa.text("pragma synchronous"))).scalar() == 2
        assert (await c.execute(sa.text("pragma secure_delete"))).scalar() == 1
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/vestka",
        "garbage",
        "postgresql://alena:hunter2@localhost:port/vestka",
        "sqlite:///FOLDER/vestka.db?timeout=soon",
    ],
)
async def test_an_address_of_no_known_database_is_a_wrong_setting(tmp_path: Path, url: str) -> None:
    """A database that Vestka does not know is told by the name of the key, and no password is repeated."""
    with pytest.raises(SettingsError, match=r"project\.database") as caught:
        await Store.open(url.replace("FOLDER", str(tmp_path)))
    assert "hunter2" not in str(caught.value)


async def test_a_missing_driver_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever chooses PostgreSQL without having installed its driver is told how to install it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"pip install 'vestka\[postgres\]'"):
        await Store.open("postgresql://localhost/vestka")


@contextmanager
def busy(file: Path) -> Iterator[None]:
    """Another program writes to the database for as long as the block runs."""
    raw = sqlite3.connect(file)
    raw.isolation_level = None
    raw.execute("begin immediate")
    try:
        yield
    finally:
        raw.close()


async def test_looking_at_the_ledger_does_not_wait_for_its_writers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one program writes, another can open the ledger and read it."""
    monkeypatch.setattr("bot.store.BUSY_MILLISECONDS", 50)
    url = f"sqlite:///{tmp_path / 'vestka.db'}"
    await (await Store.open(url)).close()
    with busy(tmp_path / "vestka.db"):
        store = await Store.open(url)
        async with store.read() as c:
            assert await people.trail(c) == []
        await store.close()


async def test_a_ledger_that_is_locked_for_readers_too_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a backup program keeps the whole ledger for itself, whoever looks is told to try again."""
    monkeypatch.setattr("bot.store.BUSY_MILLISECONDS", 50)
    url = f"sqlite:///{tmp_path / 'vestka.db'}"
    await (await Store.open(url)).close()
    raw = sqlite3.connect(tmp_path / "vestka.db", isolation_level=None)
    raw.execute("pragma locking_mode=exclusive")
    raw.execute("begin exclusive")
    with pytest.raises(TemporaryError, match="busy"):
        await Store.open(url)
    raw.close()


@pytest.mark.parametrize("made", [True, False], ids=["at work", "being made"])
async def test_a_ledger_that_another_program_writes_is_busy_and_not_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    """Whoever cannot write because another program does is told to try again, not that the database is damaged."""
    monkeypatch.setattr("bot.store.BUSY_MILLISECONDS", 50)
    url = f"sqlite:///{tmp_path / 'vestka.db'}"
    if made:
        await (await Store.open(url)).close()
    else:
        raw = sqlite3.connect(tmp_path / "vestka.db")
        raw.execute("pragma journal_mode=wal")
        raw.close()

    async def write() -> None:
        store = await Store.open(url)
        try:
            async with store.write() as c:
                await people.record(c, NOW, who="alena", what="publish")
        finally:
            await store.close()

    with busy(tmp_path / "vestka.db"), pytest.raises(TemporaryError, match="busy"):
        await write()
    await write()


async def test_the_migrations_make_exactly_the_tables_of_the_schema(tmp_path: Path) -> None:
    """An installation that was upgraded has the same tables, indexes and rules as a new one."""
    await (await Store.open(f"sqlite:///{tmp_path / 'migrated.db'}")).close()
    made = sa.create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(made)
    made.dispose()

    def schema(name: str) -> dict[str, list[str]]:
        raw = sqlite3.connect(tmp_path / name)
        rows = raw.execute("select name, sql from sqlite_master where name not like 'alembic%' and sql is not null")
        # The clauses, in whatever order they stand.
        found = {one: sorted("".join(sql.lower().split()).rstrip(")").split(",")) for one, sql in rows}
        raw.close()
        return {name: [clause.rstrip(")") for clause in clauses] for name, clauses in found.items()}

    assert schema("migrated.db") == schema("made.db")


def test_the_program_knows_its_newest_migration() -> None:
    """A migration that was added is also carried out."""
    files = sorted((ROOT / "bot" / "store" / "migrations" / "versions").glob("v*.py"))
    assert files[-1].name.startswith(f"v{HEAD}_")
