"""Readers: what is stored of them tells nobody who they are. All addresses here are invented."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.leaving import forget_the_gone, note_came, note_left, scrub
from bot.store import Store, readers
from bot.subscribers import addresses, choices, links, sealing
from bot.subscribers.erasures import Erasures
from bot.subscribers.links import Purpose, digest
from bot.subscribers.sealing import Front, Opener, Sealed, new_keys

NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)
KEYS = new_keys()
FRONT = Front.of(KEYS["reader_public_key"], KEYS["reader_index_key"])
OPENER = Opener.of(KEYS["reader_private_key"])


def newcomer(address: str, **more: str) -> readers.Newcomer:
    """Somebody who asks for the newsletter, as the pages would seal it."""
    id, word = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    values = {"address": address, "word": word, "language": "be", "pace": "each", "discreet": False} | more
    return readers.Newcomer(
        id=id,
        index=FRONT.index(address),
        sealed=FRONT.seal(id, "row", values),
        link=digest(word, Purpose.READER),
        confirm=digest(more.get("confirm", secrets.token_urlsafe(16)), Purpose.CONFIRM),
        week="2026-W28",
    )


def everything(folder: Path) -> bytes:
    """Every byte of a data folder: the database, its journal, and whatever else lies there."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def ask(store: Store, one: readers.Newcomer, now: datetime = NOW) -> bool:
    """What the pages do with a form; whether a letter will be written."""
    async with store.write() as c:
        allowed = await readers.may_ask(c, one.index, now)
        id = await readers.come(c, one, now + timedelta(hours=48), allowed=allowed)
        await readers.write_to(c, id or "nobody", b"wish", secrets.token_bytes(9), now, allowed=allowed)
        return bool(await readers.letters(c, now, 1000)) and allowed


# ---- sealing


@given(st.text(max_size=60), st.sampled_from(["be", "ru", "en"]))
def test_what_is_sealed_is_opened_with_the_private_key_alone(word: str, language: str) -> None:
    """The pages can add a reader and read none; only who writes the letters can open the row."""
    values = {"address": "reader@example.invalid", "word": word, "language": language}
    assert OPENER.open("row", "row", FRONT.seal("row", "row", values)) == values
    with pytest.raises(Sealed):
        Opener.of(new_keys()["reader_private_key"]).open("row", "row", FRONT.seal("row", "row", values))


def test_a_sealed_value_belongs_to_its_row_and_field() -> None:
    """Nobody with the database can give one reader's address or choices to another, or change a bit of them."""
    sealed = FRONT.seal("one", "row", {"address": "reader@example.invalid"})
    for row, field, data in (("two", "row", sealed), ("one", "choices", sealed), ("one", "row", sealed[:-1] + b"\0")):
        with pytest.raises(Sealed):
            OPENER.open(row, field, data)


def test_no_length_tells_anything() -> None:
    """A long address and a short one, one language or another, look alike; what does not fit is refused."""
    sizes = {len(FRONT.seal("r", "row", {"address": "a" * n, "language": "be"})) for n in (1, 64, 254)}
    assert len(sizes) == 1
    with pytest.raises(ValueError, match="more than a sealed value holds"):
        FRONT.seal("r", "row", {"address": "a" * 600})


def test_a_wrong_key_is_one_line_that_does_not_repeat_it() -> None:
    """A mangled key is refused when it is read, and shown nowhere."""
    for wrong in ("", "short", "ы" * 43, KEYS["reader_private_key"][:-2] + "!!"):
        for make in (lambda key: Front.of(key, KEYS["reader_index_key"]), Opener.of):
            with pytest.raises(ValueError, match="vestka subscribers keys") as told:
                make(wrong)
            assert not wrong or wrong not in str(told.value)
    assert not any(key in f"{FRONT!r}{OPENER!r}{FRONT}{OPENER}" for key in KEYS.values())


# ---- addresses, links, choices


@pytest.mark.parametrize(
    "typed",
    [
        "a@x.org\r\nBcc: v@x.org", "a@x.org\n", "a@x.org, b@x.org", "a@x.org b@x.org", "a@x.org;b@x.org", "", "@", "a@",
        "Name <a@x.org>", "a\0@x.org", "a@localhost", "a@[127.0.0.1]", "а@x.org", "a" * 65 + "@x.org", '"a b"@x.org',
        "a@" + "b" * 250 + ".org", "'; drop table reader; --@x.org", "a@x..org", "a\u202e@x.org",
    ],
)  # fmt: skip
def test_what_is_no_address_of_one_mailbox_is_refused(typed: str) -> None:
    """No line break, no second address, no look-alike letter comes in by the form."""
    with pytest.raises(ValueError, match="no address"):
        addresses.normalised(typed)


def test_one_mailbox_is_one_address() -> None:
    """White space around it and capitals of the domain make no second reader."""
    assert addresses.normalised(" Reader@Example.ORG\t") == "Reader@example.org"
    assert FRONT.index("Reader@example.org") == FRONT.index("reader@example.org")
    assert addresses.normalised("a@\u0442\u044d\u0441\u0442.org").startswith("a@xn--")


def test_a_link_is_for_one_purpose() -> None:
    """Who can confirm cannot leave with the same word, and what is no word finds nobody."""
    word = secrets.token_urlsafe(16)
    assert digest(word, Purpose.CONFIRM) != digest(word, Purpose.READER)
    assert len(word) == 22 and digest("", Purpose.READER) == digest("x" * 5000, Purpose.READER)
    assert word not in digest(word, Purpose.READER) and links.BYTES * 8 >= 128


def test_choices_are_among_those_that_there_are() -> None:
    """A form cannot choose another language, pace or anything else."""
    assert choices.chosen({"language": "be"}, ("be",), discreet=True) == choices.Choices(language="be")
    form = {"language": "en", "pace": "weekly", "discreet": "on"}
    made = choices.chosen(form, ("be", "en"), discreet=True)
    assert choices.restored(made.values()) == made and made.discreet
    assert not choices.chosen(form, ("be", "en"), discreet=False).discreet
    for form in ({}, {"language": "xx"}, {"language": "be", "pace": "hourly"}):
        with pytest.raises(ValueError, match=r"no language|no pace"):
            choices.chosen(form, ("be",), discreet=True)


# ---- the database


async def test_a_stolen_database_names_no_reader(tmp_path: Path) -> None:
    """Whoever has the whole data folder and a list of all addresses, but no key, recovers none of a thousand."""
    known = [f"reader{n}@example{n % 7}.org" for n in range(1000)]
    store = await Store.open(f"sqlite:///{tmp_path / 'vestka.db'}")
    async with store.write() as c:
        for address in known:
            assert await readers.add(c, newcomer(address, confirm=secrets.token_urlsafe(16)))
    async with store.read() as c:
        assert await readers.count(c) == 1000
    await store.close()
    raw = everything(tmp_path)
    assert not any(address.encode() in raw or address.partition("@")[0].encode() in raw for address in known)
    guesses = {
        hashlib.new(kind, address.encode()).hexdigest() for address in known for kind in ("sha256", "sha1", "md5")
    }
    indexes = {row[0] for row in sqlite3.connect(tmp_path / "vestka.db").execute('select "index" from reader')}
    assert len(indexes) == 1000 and indexes.isdisjoint(guesses)
    assert b"2026-07" not in raw and b'"be"' not in raw  # neither a day nor a language


async def test_leaving_leaves_no_byte(tmp_path: Path) -> None:
    """Who leaves is in neither the database file nor its journal, sealed or hashed, and the others are all there."""
    store = await Store.open(f"sqlite:///{tmp_path / 'vestka.db'}")
    gone, stays = newcomer("gone@example.org"), newcomer("stays@example.org")
    async with store.write() as c:
        for one in (gone, stays):
            assert await readers.add(c, one)
            assert await readers.may_ask(c, one.index, NOW)
    async with store.write() as c:
        assert await readers.leave(c, gone.link) == gone.index
        assert await readers.leave(c, gone.link) is None
    assert await store.scrub()
    raw = everything(tmp_path)
    for trace in (gone.sealed, gone.id.encode(), gone.index.encode(), gone.link.encode()):
        assert trace not in raw
    assert stays.sealed in raw
    await store.close()


async def test_a_reader_in_the_way_keeps_erasure_from_being_called_done(tmp_path: Path) -> None:
    """While somebody still reads the old state, the journal cannot be emptied, and that is said."""
    store = await Store.open(f"sqlite:///{tmp_path / 'vestka.db'}")
    one = newcomer("gone@example.org")
    async with store.write() as c:
        await readers.add(c, one)
    async with store.read() as reading:
        await readers.count(reading)
        async with store.write() as c:
            await readers.leave(c, one.link)
        assert not await store.scrub()
    assert await store.scrub()
    await store.close()


async def test_what_a_reading_process_keeps_is_taken_out_later(tmp_path: Path) -> None:
    """Erased bytes that could not be taken out at once are not forgotten: the next try takes them."""
    store = await Store.open(f"sqlite:///{tmp_path / 'vestka.db'}")
    journal, one = Erasures(tmp_path / "erasures.log"), newcomer("gone@example.org")
    async with store.write() as c:
        await readers.add(c, one)
    async with store.read() as reading:
        await readers.count(reading)
        async with store.write() as c:
            await readers.leave(c, one.link)
            await note_left(c, journal, one.index)
        assert not await scrub(store)
        assert one.sealed in everything(tmp_path)
    assert await scrub(store) and one.sealed not in everything(tmp_path)
    assert await scrub(store)
    await store.close()


async def test_the_newest_form_of_somebody_who_waits_counts(store: Store) -> None:
    """Who asks once more, for another language or a discreet letter, is written to as they asked last."""
    first, second = newcomer("reader@example.org"), newcomer("reader@example.org")
    assert await ask(store, first)
    async with store.write() as c:
        await readers.write_to(c, first.id, b"newer", b"letter", NOW, allowed=True)
        row = await readers.of(c, second.index)
        assert row is not None and (row["id"], row["choices"]) == (first.id, b"newer")
        await readers.write_to(c, first.id, b"flood", b"letter", NOW, allowed=False)
        row = await readers.of(c, second.index)
        assert row is not None and row["choices"] == b"newer"


async def test_an_import_leaves_whoever_waits_to_confirm_alone(store: Store) -> None:
    """A list that somebody brings confirms nobody who was asked, and takes no word away that was mailed."""
    word = secrets.token_urlsafe(16)
    mine = newcomer("reader@example.org", confirm=word)
    assert await ask(store, mine)
    async with store.write() as c:
        assert not await readers.add(c, newcomer("reader@example.org"))
        assert await readers.confirm(c, digest(word, Purpose.CONFIRM), "2026-W28", NOW) == mine.index


async def test_a_clock_put_back_refuses_nobody_else(store: Store) -> None:
    """Whoever asks in an hour that the clock counts twice is taken in like anybody."""
    for n, hours in enumerate((0, -5, -5, -4)):
        assert await ask(store, newcomer(f"reader{n}@example.org"), NOW + timedelta(hours=hours))


async def test_one_address_does_not_close_the_hour_for_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms for one and the same address use up that address's letters, not everybody's."""
    monkeypatch.setattr(readers, "MOST_AN_HOUR", 5)
    async with store.write() as c:
        for n in range(20):
            await readers.may_ask(c, "a" * 64, NOW + timedelta(seconds=n))
        assert await readers.may_ask(c, "b" * 64, NOW + timedelta(seconds=30))


async def test_who_does_not_confirm_in_time_is_forgotten(store: Store) -> None:
    """A row that nobody confirmed within two days is gone, and its word opens nothing any more."""
    word = secrets.token_urlsafe(16)
    one = newcomer("late@example.org", confirm=word)
    assert await ask(store, one)
    async with store.write() as c:
        later = NOW + timedelta(hours=49)
        assert await readers.confirm(c, digest(word, Purpose.CONFIRM), "2026-W28", later) is None
        assert await readers.find(c, one.link) is None  # unconfirmed, the reader's own link opens nothing either
        assert await readers.sweep(c, later) == 1
        assert await readers.letters(c, later, 10) == []


async def test_a_word_confirms_once(store: Store) -> None:
    """The first press confirms, the second finds nothing; the row keeps a week and no day."""
    word = secrets.token_urlsafe(16)
    one = newcomer("reader@example.org", confirm=word)
    assert await ask(store, one)
    async with store.write() as c:
        assert await readers.confirm(c, digest(word, Purpose.CONFIRM), "2026-W29", NOW) == one.index
        assert await readers.confirm(c, digest(word, Purpose.CONFIRM), "2026-W29", NOW) is None
        assert await readers.find(c, one.link) == one.id
        (row,) = [row async for row in readers.rows(c)]
        assert (row["week"], row["until"], row["confirm"]) == ("2026-W29", None, None)


async def test_nobody_is_flooded_with_letters(store: Store) -> None:
    """However often one address is asked for, it gets one letter in 15 minutes and three a day."""
    one = newcomer("victim@example.org")
    times = []
    for minute in range(0, 24 * 60, 2):
        now = NOW + timedelta(minutes=minute)
        if await ask(store, newcomer("victim@example.org"), now):
            times.append(minute)
    assert len(times) == 3 and times[1] - times[0] >= 15 and times[2] - times[1] >= 15
    async with store.read() as c:
        assert len(await readers.letters(c, NOW + timedelta(days=1), 1000)) == 3
    assert await ask(store, one, NOW + timedelta(days=1, minutes=1))


async def test_all_together_cannot_send_without_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of strangers' addresses typed in by a machine ends at the hour's bound, and begins anew with the next."""
    monkeypatch.setattr(readers, "MOST_AN_HOUR", 5)
    async with store.write() as c:
        asked = [await readers.may_ask(c, f"{n:064}", NOW + timedelta(seconds=n)) for n in range(9)]
        later = await readers.may_ask(c, "f" * 64, NOW + timedelta(hours=1, seconds=1))
    assert sum(asked) == 5 and later


async def test_an_address_that_is_known_or_barred_changes_nothing(store: Store) -> None:
    """Asking again for a confirmed reader keeps the row as it is; a barred address gets neither row nor letter."""
    mine, word = newcomer("reader@example.org", confirm="a" * 22), "a" * 22
    assert await ask(store, mine)
    async with store.write() as c:
        await readers.confirm(c, digest(word, Purpose.CONFIRM), "2026-W28", NOW)
        before = [dict(row) async for row in readers.rows(c)]
        for letter in await readers.letters(c, NOW, 10):
            await readers.forget_letter(c, letter["id"])
    later = NOW + timedelta(hours=1)
    assert await ask(store, newcomer("reader@example.org"), later)
    async with store.write() as c:
        assert [dict(row) async for row in readers.rows(c)] == before
        assert [letter["kind"] for letter in await readers.letters(c, later, 10)] == ["known"]
        await readers.bar(c, FRONT.index("barred@example.org"), "5.1.1")
        await readers.bar(c, FRONT.index("barred@example.org"), "5.1.1")
    await ask(store, newcomer("barred@example.org"), later)
    async with store.write() as c:
        assert await readers.count(c) == 1
        assert len(await readers.letters(c, later, 10)) == 1
        assert not await readers.add(c, newcomer("barred@example.org"))


async def test_readers_are_read_page_by_page(store: Store) -> None:
    """Each reader comes once, whatever the size of a page."""
    async with store.write() as c:
        made = [newcomer(f"reader{n}@example.org") for n in range(23)]
        for one in made:
            assert await readers.add(c, one)
        for batch in (1, 5, 23, 500):
            assert sorted([row["id"] async for row in readers.rows(c, batch)]) == sorted(one.id for one in made)


async def test_a_letter_that_fails_is_put_off_and_goes_with_its_reader(store: Store) -> None:
    """A letter waits for its next try; when its reader has left there is none to write to."""
    one = newcomer("reader@example.org")
    assert await ask(store, one)
    async with store.write() as c:
        (letter,) = await readers.letters(c, NOW, 10)
        assert (letter["kind"], letter["row"], letter["attempts"]) == ("confirm", one.sealed, 0)
        await readers.put_off(c, letter["id"], NOW + timedelta(minutes=5), counts=True)
        assert await readers.letters(c, NOW, 10) == []
        (again,) = await readers.letters(c, NOW + timedelta(minutes=5), 10)
        assert again["attempts"] == 1
        await readers.leave(c, one.link)
        assert await readers.letters(c, NOW + timedelta(days=1), 10) == []


async def test_an_export_waits_once(store: Store) -> None:
    """However often somebody asks for their own data, one letter is written at a time."""
    one = newcomer("reader@example.org")
    async with store.write() as c:
        await readers.add(c, one)
        await readers.choose(c, one.id, FRONT.seal(one.id, "choices", {"language": "en"}))
        for _ in range(3):
            await readers.ask_export(c, one.id, secrets.token_bytes(9), NOW)
        (letter,) = await readers.letters(c, NOW, 10)
    assert letter["kind"] == "export" and OPENER.open(one.id, "choices", letter["choices"]) == {"language": "en"}


# ---- the journal of erasures


def test_the_journal_knows_who_is_gone_and_who_came_back(tmp_path: Path) -> None:
    """Whoever left is known until they confirm again; a line that a crash has torn off swallows no other."""
    file = tmp_path / "erasures.log"
    journal = Erasures(file)
    assert journal.gone() == frozenset() and journal.length() == 0
    one, two = FRONT.index("one@example.org"), FRONT.index("two@example.org")
    journal.left(one)
    before = journal.left(two)
    journal.came(one)
    assert journal.gone() == {two} and journal.gone(before) == frozenset()
    with file.open("a") as torn:
        torn.write(f"-{one[:20]}")
    assert journal.left(one) == journal.length() == file.stat().st_size
    assert journal.gone() == {one, two} and journal.gone(before) == {one}
    assert file.stat().st_mode & 0o077 == 0 and "example" not in file.read_text()


async def test_only_a_copy_that_was_restored_forgets(tmp_path: Path, store: Store) -> None:
    """Who has left since the copy was made is erased from it again; who waits or came back since is not."""
    journal = Erasures(tmp_path / "erasures.log")
    gone, back = newcomer("gone@example.org"), newcomer("back@example.org")
    async with store.write() as c:
        for one in (gone, back):
            assert await readers.add(c, one)
        await note_left(c, journal, back.index)  # before the copy was made …
        await note_came(c, journal, back.index)
    assert await forget_the_gone(store, journal) == 0
    journal.left(gone.index)  # … and after it: the database that noted this is lost
    assert await forget_the_gone(store, journal) == 1
    async with store.read() as c:
        assert [row["id"] async for row in readers.rows(c)] == [back.id]
    again = newcomer("gone@example.org")
    assert await ask(store, again)  # comes back, and waits to confirm: no start takes that away
    assert await forget_the_gone(store, journal) == 0
    async with store.read() as c:
        assert await readers.of(c, again.index) is not None


async def test_a_restored_copy_forgets_who_has_left_since(tmp_path: Path, store: Store) -> None:
    """Erasing by the journal takes the row out whether it is confirmed or not, and says how many there were."""
    gone, stays = newcomer("gone@example.org"), newcomer("stays@example.org")
    async with store.write() as c:
        for one in (gone, stays):
            await readers.add(c, one)
        assert await readers.erase(c, {gone.index, FRONT.index("never@example.org")}) == 1
        assert [row["id"] async for row in readers.rows(c)] == [stays.id]


def test_new_keys_are_new_each_time() -> None:
    """No two installations share a key, and what the pages need is apart from what opens."""
    other = new_keys()
    assert set(other.values()).isdisjoint(KEYS.values()) and set(other) == set(KEYS)
    assert json.dumps(other).count("private") == 1 and sealing.ROOM >= 254 + 64
