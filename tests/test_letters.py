"""Letters to single readers, in a real SMTP conversation: from a form to a mailbox, and nothing of it is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.pipeline.lettering import Lettering
from bot.pipeline.sealing import newcomer
from bot.settings import Settings, build
from bot.store import Store, alarms, people, readers
from bot.subscribers.choices import Choices, Pace
from bot.subscribers.links import Purpose, digest
from bot.subscribers.sealing import new_keys
from tests.submission import Postbox, submission

KEYS = new_keys()
SITE = "https://news.example.invalid"
NOW = datetime(2026, 7, 6, 9, tzinfo=UTC)


@dataclass
class Writing:
    """The writer of letters, its server, and the database that the pages write into."""

    letters: Lettering
    postbox: Postbox
    store: Store
    settings: Settings
    now: datetime = NOW

    async def ask(self, address: str = "reader@example.org", **choices: Any) -> str:
        """Somebody fills in the form; the word that confirms."""
        front = app.front(self.settings)
        one, word = newcomer(front, address, Choices(**({"language": "be"} | choices)), self.now)
        async with self.store.write() as c:
            allowed = await readers.may_ask(c, one.index, self.now)
            row = await readers.come(c, one, self.now + timedelta(hours=48), allowed=allowed)
            await readers.write_to(
                c, str(row), front.seal(str(row), "letter", {"word": word}), self.now, allowed=allowed
            )
        return word

    async def work(self, **later: float) -> int:
        """Some time passes; how many letters went out."""
        self.now += timedelta(**later)
        return await self.letters.work()

    def mail(self) -> Any:
        """The newest mail, as a mailbox reads it."""
        content = self.postbox.mails[-1].content
        assert isinstance(content, bytes)
        return message_from_bytes(content, policy=default)

    async def waiting(self) -> int:
        """How many letters wait, now or later."""
        async with self.store.read() as c:
            return len(await readers.letters(c, self.now + timedelta(days=365), 1000))

    async def told(self) -> list[str]:
        """What is wrong now, and what the trail says of letters."""
        async with self.store.read() as c:
            wrong = [alarm.text for alarm in await alarms.standing(c)]
            return wrong + [act["detail"] for act in await people.trail(c) if act["what"] == "letter"]


@asynccontextmanager
async def writing(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> AsyncIterator[Writing]:
    """A live house with a newsletter whose relay is a server on loopback."""
    for name, value in KEYS.items():
        monkeypatch.setenv(f"VESTKA_{name.upper()}", value)
    async with submission() as (postbox, port):
        letter = {
            "kind": "newsletter",
            "languages": ["be", "en"],
            "from": "Бюро Мройска <news@example.invalid>",
            "discreet_from": "Навіны <post@neutral.invalid>",
            "relays": [f"127.0.0.1:{port}"],
            "smtp_security": "none",
        }
        raw = {
            "project": {"name": "Бюро Мройска", "database": f"sqlite:///{folder / 'vestka.db'}"},
            "delivery": {"wire": "live"},
            "channels": {"newsletter": letter},
            "web": {"public_url": SITE},
        }
        settings = build(raw | more, folder)
        store = await Store.open(settings.database_url())
        made = app.lettering(settings, store, app.read_templates(settings))
        assert made is not None
        writer = Writing(made, postbox, store, settings)
        object.__setattr__(made, "clock", lambda: writer.now)
        yield writer
        await store.close()


async def test_who_asks_is_written_to_in_their_language_with_a_word_that_confirms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter goes to the address of the form, says who asks, has the one link, and nothing that was typed in."""
    async with writing(tmp_path, monkeypatch) as made:
        word = await made.ask()
        assert await made.work() == 1 and await made.waiting() == 0
        mail = made.mail()
        assert mail["To"] == "reader@example.org" and mail["Subject"] == "Калі ласка, пацвердзіце"
        assert mail["Auto-Submitted"] == "auto-replied" and mail["Content-Language"] == "be"
        text = mail.get_body(("plain",)).get_content()
        assert re.findall(r"https?://\S+", text) == [f"{SITE}/be/c/{word}"] and "Бюро Мройска" in text
        html = mail.get_body(("html",)).get_content()
        assert re.findall(r'(?:src|href)="([^"]+)"', html) == [f"{SITE}/be/c/{word}"]
        assert await made.work(hours=1) == 0 and len(made.postbox.mails) == 1


async def test_a_reader_who_asks_again_gets_their_own_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has lost their link gets it anew, and is not subscribed twice."""
    async with writing(tmp_path, monkeypatch) as made:
        word = await made.ask(language="en")
        await made.work()
        async with made.store.write() as c:
            assert await readers.confirm(c, digest(word, Purpose.CONFIRM), "2026-W28", made.now)
        made.now += timedelta(hours=1)
        await made.ask(language="en")
        assert await made.work() == 1
        mail = made.mail()
        (link,) = re.findall(r"https?://\S+", mail.get_body(("plain",)).get_content())
        assert mail["Subject"] == "You are subscribed already" and link.startswith(f"{SITE}/en/r/")
        async with made.store.read() as c:
            assert await readers.find(c, digest(link.rpartition("/")[2], Purpose.READER))
            assert await readers.count(c) == 1


async def test_an_export_has_everything_and_the_newest_choices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for their own data gets all that is stored, in the language that they have chosen since."""
    async with writing(tmp_path, monkeypatch) as made:
        front = app.front(made.settings)
        one, _ = newcomer(front, "reader@example.org", Choices(language="be"), made.now)
        async with made.store.write() as c:
            await readers.add(c, one)
            newer = Choices(language="en", pace=Pace.WEEKLY).values()
            await readers.choose(c, one.id, front.seal(one.id, "choices", newer))
            await readers.ask_export(c, one.id, made.now)
        assert await made.work() == 1
        text = made.mail().get_body(("plain",)).get_content()
        assert "reader@example.org" in text and '"pace": "weekly"' in text and made.mail()["Content-Language"] == "en"


async def test_a_discreet_letter_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a header nor a word of a discreet reader's letter names the organisation."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask(discreet=True)
        await made.work()
        raw, mail = made.postbox.mails[-1].content, made.mail()
        said = f"{mail['From']} {mail['Subject']} {[part.get_content() for part in mail.iter_parts()]}"
        assert "Бюро" not in said and "Мройск" not in said and b"news@example.invalid" not in bytes(raw or b"")
        assert made.postbox.mails[-1].mail_from == "post@neutral.invalid"


async def test_a_letter_whose_outcome_is_unknown_is_the_same_letter_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the answer is lost, the letter goes out once more with the same Message-ID."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask()
        made.postbox.verdicts.append("")
        assert await made.work() == 0 and await made.waiting() == 1
        first = made.mail()["Message-ID"]
        assert await made.work(minutes=5) == 1 and made.mail()["Message-ID"] == first


async def test_what_does_not_pass_by_itself_is_told_without_a_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relay that refuses, and rows that other keys have sealed, are an alarm that names nobody."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask()
        made.postbox.refusals.append("550 reader@example.org has moved")
        assert await made.work() == 0 and await made.waiting() == 0
        assert any("550" in line for line in await made.told())
        await made.ask("other@example.org")
        assert await made.work() == 1 and not any("could not be sent" in line for line in (await made.told())[:-1])
        await made.ask("third@example.org")
        object.__setattr__(made.letters, "opener", app.Opener.of(new_keys()["reader_private_key"]))
        assert await made.work() == 0
        said = " ".join(await made.told())
        assert "cannot be opened" in said and "example.org" not in said


async def test_a_restored_copy_forgets_who_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent from a copy of yesterday, whoever left since is erased from it again."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask()
        made.letters.erasures.left(app.front(made.settings).index("reader@example.org"))
        assert await made.letters.forget_the_gone() == 1
        assert await made.work() == 0 and made.postbox.mails == []


async def test_a_rehearsal_writes_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the house rehearses, no real reader is written to."""
    async with writing(tmp_path, monkeypatch) as made:
        raw = build({"delivery": {"wire": "rehearsal"}, "channels": {}}, tmp_path)
        assert app.lettering(raw, made.store, app.read_templates(raw)) is None
