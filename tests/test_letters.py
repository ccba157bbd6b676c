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
            row = str(await readers.come(c, one, self.now + timedelta(hours=48), allowed=allowed))
            wish = front.seal(row, "choices", Choices(**({"language": "be"} | choices)).values())
            letter = front.seal(row, "letter", {"word": word})
            await readers.write_to(c, row, wish, letter, self.now, allowed=allowed)
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
            "enabled": False,  # its statements are not sent by this version
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
        press = app.press(settings)
        assert press is not None
        press.rest = 0.0
        made = app.lettering(settings, store, app.read_templates(settings), press)
        assert made is not None
        writer = Writing(made, postbox, store, settings)
        object.__setattr__(made, "clock", lambda: writer.now)
        try:
            yield writer
        finally:
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
            await readers.ask_export(c, one.id, front.seal(one.id, "letter", {"word": ""}), made.now)
        assert await made.work() == 1
        text = made.mail().get_body(("plain",)).get_content()
        assert (
            "reader@example.org" in text
            and '"pace": "weekly"' in text
            and '"week": "2026-W28"' in text
            and made.mail()["Content-Language"] == "en"
        )


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
    """A relay that refuses a reader is an alarm that names nobody, and is over with the next letter that arrives."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask()
        made.postbox.refusals.append("550 reader@example.org has moved")
        assert await made.work() == 0 and await made.waiting() == 0
        said = " ".join(await made.told())
        assert "550" in said and "could not be sent" in said and "example.org" not in said
        await made.ask("other@example.org")
        assert await made.work() == 1 and not any("could not be sent" in line for line in await made.told())


@pytest.mark.parametrize("fault", ["login", "sender", "keys", "down"])
async def test_no_letter_is_lost_by_what_a_person_must_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """A wrong password, sender or key, or a relay that is down: the letters wait, someone is told, and then they go."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask()
        right: Any = made.letters
        courier, opener = right.courier, right.opener
        one = app.newsletter(made.settings)
        assert one is not None
        port = int(one.relays[0].rpartition(":")[2])
        if fault == "keys":
            object.__setattr__(right, "opener", app.Opener.of(new_keys()["reader_private_key"]))
        elif fault == "login":
            relay = app.Relay(one.relays[0], security="none", user="nobody", password="wrong")
            object.__setattr__(right, "courier", app.ByPress(one, app.Press(one, [relay], rest=0.0)))
        elif fault == "down":
            down = app.Relay(f"127.0.0.1:{port + 1}", security="none")
            object.__setattr__(right, "courier", app.ByPress(one, app.Press(one, [down], rest=0.0)))
        else:
            made.postbox.strict = True
        for _ in range(30):
            await made.work(hours=1)
        assert made.postbox.mails == [] and await made.waiting() == 1 and await made.told()
        made.postbox.strict = False
        object.__setattr__(right, "courier", courier)
        object.__setattr__(right, "opener", opener)
        assert await made.work(hours=1) == 1


async def test_two_letters_never_bear_one_message_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox that drops copies drops no letter of ours: a second letter is none, though the first is forgotten."""
    async with writing(tmp_path, monkeypatch) as made:
        seen = []
        for _ in range(2):
            await made.ask()
            await made.work()
            seen.append(made.mail()["Message-ID"])
            made.now += timedelta(hours=1)
        assert len(set(seen)) == 2


async def test_who_leaves_while_letters_are_written_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is looked at once more before its letter leaves."""
    async with writing(tmp_path, monkeypatch) as made:
        for name in ("one", "two"):
            await made.ask(f"{name}@example.org")
        carry = made.letters.courier.carry

        async def leaving(*words: Any) -> Any:
            async with made.store.write() as c:
                await readers.erase(c, [app.front(made.settings).index("two@example.org")])
            return await carry(*words)

        monkeypatch.setattr(made.letters.courier, "carry", leaving)
        assert await made.work() == 1 and [mail.rcpt_tos for mail in made.postbox.mails] == [["one@example.org"]]


async def test_markup_in_a_name_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the organisation is called cannot become markup of a letter."""
    async with writing(tmp_path, monkeypatch) as made:
        object.__setattr__(made.letters, "organisation", "<b>Бюро</b>")
        await made.ask()
        await made.work()
        assert "&lt;b&gt;" in made.mail().get_body(("html",)).get_content()


async def test_a_house_forgets_at_its_start_who_left_since_its_copy_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent from a copy of yesterday, whoever left since is erased from it again."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask()
        made.letters.erasures.left(app.front(made.settings).index("reader@example.org"))
        async with app.house(made.settings) as pipeline:
            await pipeline.recover()
        assert await made.work() == 0 and made.postbox.mails == []


async def test_a_rehearsal_writes_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the house rehearses, no real reader is written to."""
    async with writing(tmp_path, monkeypatch) as made:
        live = made.settings.delivery
        rehearsing = made.settings.model_copy(update={"delivery": live.model_copy(update={"wire": "rehearsal"})})
        assert app.lettering(rehearsing, made.store, app.read_templates(rehearsing), app.press(rehearsing)) is None


async def test_a_letter_that_cannot_be_written_keeps_no_other_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader whose language was taken off the settings gets no letter; someone is told, and the others get theirs."""
    async with writing(tmp_path, monkeypatch) as made:
        await made.ask("first@example.org", language="xx")
        await made.ask("second@example.org")
        assert await made.work() == 1 and await made.waiting() == 0
        assert made.mail()["To"] == "second@example.org" and await made.told()


async def test_a_discreet_letter_waits_for_a_sender_that_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one nothing is sent by name: it waits, and goes out when there is one again."""
    async with writing(tmp_path, monkeypatch) as made:
        one, right = app.newsletter(made.settings), made.letters.courier
        assert one is not None
        await made.ask(discreet=True)
        relay = app.Relay(one.relays[0], security="none")
        bare = app.ByPress(one.model_copy(update={"discreet_from": ""}), app.Press(one, [relay]))
        object.__setattr__(made.letters, "courier", bare)
        assert await made.work() == 0 and await made.waiting() == 1 and made.postbox.mails == []
        object.__setattr__(made.letters, "courier", right)
        assert await made.work(hours=1) == 1
