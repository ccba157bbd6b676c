"""The newsletter to its readers, in a real SMTP conversation: each served once, in their way, and nobody else."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import app, views
from bot.errors import TemporaryError
from bot.model import MACHINE
from bot.schedule import Service
from bot.store import alarms, gates, mails, readers
from bot.store.schema import alarm
from bot.subscribers.sealing import Opener, new_keys
from channels.newsletter.message import unfolded
from tests.mailroom import MONDAY, SITE, Mailroom, mailroom


def text_of(mail: Message) -> str:
    """The plain words of a mail."""
    parts: Any = mail.get_payload() if mail.is_multipart() else [mail]
    return str(parts[0].get_payload(decode=True).decode())


def addressed(room: Mailroom) -> Counter[str]:
    """How many mails each mailbox was sent."""
    return Counter(one.rcpt_tos[0] for one in room.postbox.mails)


async def test_each_reader_gets_a_statement_once_in_their_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement goes to everybody who chose its language and each statement, with their own link, and once."""
    async with mailroom(tmp_path, monkeypatch) as room:
        people = [f"r{i}@example.org" for i in range(45)]
        for one in people:
            await room.reader(one)
        await room.reader("english@example.org", language="en")
        await room.reader("weekly@example.org", pace="weekly")
        await room.publish("14 чалавек пакінулі пад вартай")
        for _ in range(3):
            await room.work(minutes=5)
        got = addressed(room)
        assert {one: got[one] for one in people} == dict.fromkeys(people, 1)
        assert got["weekly@example.org"] == 0
        for one in people:
            (mail,) = room.got(one)
            word = room.words[one]
            assert mail["To"] == one and mail["List-Unsubscribe"] == f"<{SITE}/be/u/{word}>"
            assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            assert f"{SITE}/be/u/{word}" in text_of(mail) and "14 чалавек" in text_of(mail)
        assert len({mail["Message-ID"] for one in people for mail in room.got(one)}) == 45
        assert "s1/r1/newsletter/be/1/auto: 45 sent" in await room.told()


async def test_who_leaves_while_an_issue_waits_is_written_to_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An issue that was already on its way to somebody who has left since does not reach them."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("stays@example.org")
        await room.reader("leaves@example.org")
        room.postbox.refusals += ["450 later"] * 2
        await room.publish("14 чалавек")
        assert not room.postbox.mails
        async with room.pipeline.store.write() as c:
            assert await readers.erase(c, [index_of(room, "leaves@example.org")]) == 1
        await room.work(minutes=6)
        assert addressed(room) == {"stays@example.org": 1}
        assert await room.tally() == {"sent": 1, "cancelled": 1}


def index_of(room: Mailroom, address: str) -> str:
    """The keyed hash of an address."""
    return app.front(room.settings).index(address)


async def test_statements_of_a_day_or_week_go_out_as_one_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who chose one letter a day or a week gets the statements of that time in one; and none when there were none."""
    async with mailroom(tmp_path, monkeypatch) as room:
        for pace in ("each", "daily", "weekly"):
            await room.reader(f"{pace}@example.org", pace=pace)
        await room.work()  # Monday noon in Minsk
        await room.publish("Першая заява: 14 чалавек")
        await room.publish("Другая заява: 3 гады", "Суд прысудзіў 3 гады зняволення.")
        await room.work(hours=5)
        assert addressed(room) == {"each@example.org": 2}
        await room.work(hours=2)  # 19:00
        assert addressed(room) == {"each@example.org": 2, "daily@example.org": 1}
        (daily,) = room.got("daily@example.org")
        assert unfolded(daily, "Subject").replace("\xa0", " ") == "Заявы за 6 ліпеня 2026 г."
        for words in ("Першая заява: 14 чалавек", "3 гады зняволення", f"/be/u/{room.words['daily@example.org']}"):
            assert words in text_of(daily)
        await room.work(days=1)
        assert addressed(room)["daily@example.org"] == 1  # nothing has happened
        await room.publish("Трэцяя заява: 7 сутак", "Суд даў 7 сутак.")
        await room.work(days=3)  # Friday 19:00
        assert addressed(room) == {"each@example.org": 3, "daily@example.org": 2, "weekly@example.org": 1}
        (weekly,) = room.got("weekly@example.org")
        for title in ("Першая заява", "Другая заява", "Трэцяя заява"):
            assert title in text_of(weekly)
        assert "Першая заява" not in text_of(room.got("daily@example.org")[1])
        for _ in range(3):
            await room.work(hours=1)
        assert addressed(room).total() == 6


async def test_choices_that_were_changed_count_for_the_next_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who changes language or pace on the pages gets the next statement so."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        await room.publish("Першая заява")
        assert addressed(room) == {"reader@example.org": 1}
        front = app.front(room.settings)
        async with room.pipeline.store.write() as c:
            row = await readers.of(c, front.index("reader@example.org"))
            assert row is not None
            wish = front.seal(row["id"], "choices", {"language": "be", "pace": "weekly", "discreet": False})
            await readers.choose(c, row["id"], wish)
        await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
        assert addressed(room) == {"reader@example.org": 1}


async def test_a_discreet_reader_is_named_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sender, subject, headers and links of a discreet letter say neither who we are nor what it is about."""
    async with mailroom(tmp_path, monkeypatch, words={"web": {"public_url": "https://neutral.invalid"}}) as room:
        await room.reader("quiet@example.org", discreet=True)
        await room.reader("quiet2@example.org", discreet=True, pace="daily")
        await room.work()
        await room.publish("14 чалавек пакінулі пад вартай")
        await room.work(hours=7)
        for address in ("quiet@example.org", "quiet2@example.org"):
            (mail,) = room.got(address)
            assert unfolded(mail, "Subject").replace("\xa0", " ") == "Ліст за 6 ліпеня 2026 г."
            assert unfolded(mail, "From") == "Навіны <post@neutral.invalid>" and mail["List-Id"] is None
            assert mail.get_content_type() == "text/plain"
            head = " ".join(f"{name} {unfolded(mail, name)}" for name in mail.keys())  # noqa: SIM118  # a name may repeat
            links = re.findall(r"https?://[^\s>]+", head + text_of(mail))
            assert set(links) == {f"https://neutral.invalid/be/u/{room.words[address]}"}
            for name in ("Мройск", "news@", "example.invalid", "newsletter", "чалавек"):
                assert name not in head
            assert "Бюро Мройска" not in text_of(mail) and "14 чалавек" in text_of(mail)
        assert {one.mail_from for one in room.postbox.mails} == {"post@neutral.invalid"}


# ---- corrections


async def corrected(room: Mailroom, number: int, nonce: str = "one") -> None:
    await room.pipeline.correct(number, nonce=nonce, person="alena")


async def test_a_correction_goes_to_those_who_got_the_original_and_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was told the wrong figure is told the right one, by whatever letter they had it; a newcomer is not."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("each@example.org")
        await room.reader("daily@example.org", pace="daily")
        await room.reader("weekly@example.org", pace="weekly")
        await room.work()
        number = await room.publish("14 чалавек пакінулі пад вартай")
        await room.work(hours=7)
        await room.reader("newcomer@example.org")
        await room.edit("14", "15")
        await corrected(room, number)
        await room.work(minutes=5)
        assert addressed(room) == {"each@example.org": 2, "daily@example.org": 2}
        for address in ("each@example.org", "daily@example.org"):
            mail = room.got(address)[1]
            assert unfolded(mail, "Subject").startswith("Выпраўленне: ") and "15 чалавек" in text_of(mail)
            assert mail["In-Reply-To"] == mail["References"] == room.got(address)[0]["Message-ID"]
            assert "14 чалавек" not in text_of(mail)
        await room.work(days=4)
        (weekly,) = room.got("weekly@example.org")
        assert "15 чалавек" in text_of(weekly) and "14 чалавек" not in text_of(weekly)
        await room.edit("15", "16")
        await corrected(room, number, "two")
        await room.work(minutes=5)
        assert "16 чалавек" in text_of(room.got("weekly@example.org")[1])
        assert addressed(room)["newcomer@example.org"] == 0


async def test_an_issue_that_was_stopped_goes_on_with_the_corrected_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A running issue is paused and corrected: who had the statement gets a correction, all others the right text."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(30)
        await stop_after(room, 20)
        number = await room.publish("14 чалавек пакінулі пад вартай")
        assert addressed(room).total() == 20
        had = set(addressed(room))
        await room.edit("14", "15")
        await corrected(room, number)
        await room.work(minutes=5)
        assert addressed(room).total() == 20
        await room.pipeline.resume("newsletter", person="alena")
        assert await room.mailing.work() == 10  # with the right words at once, before anything else is carried out
        await room.work(minutes=5)
        await room.work(minutes=5)
        for i in range(30):
            address = f"r{i}@example.org"
            said = [text_of(mail) for mail in room.got(address)]
            assert ["14 чалавек" in text for text in said] == ([True, False] if address in had else [False])
            assert "15 чалавек" in said[-1]


async def stop_after(room: Mailroom, count: int) -> None:
    """Have an officer pause the newsletter once so many mails are out."""
    hand_over = room.mailing.press.hand_over

    async def handed(batch: Any) -> Any:
        outcomes = await hand_over(batch)
        if len(room.postbox.mails) >= count:
            room.mailing.press.hand_over = hand_over  # type: ignore[method-assign]
            await room.pipeline.pause("newsletter", person="alena")
        return outcomes

    room.mailing.press.hand_over = handed  # type: ignore[method-assign]


async def test_a_digest_that_was_stopped_goes_on_with_the_corrected_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter of several statements, one of which is put right and one withdrawn while it goes out, goes on so."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(30, pace="daily")
        await room.work()
        await room.publish("Адкліканая заява", "Суд прысудзіў 3 гады зняволення.")
        number = await room.publish("14 чалавек пакінулі пад вартай")
        await stop_after(room, 20)
        await room.work(hours=7)
        had = set(addressed(room))
        assert len(had) == 20
        await room.edit("14", "15")
        await corrected(room, number)
        await room.pipeline.retract(1, nonce="r", person="alena")
        await room.work(minutes=5)
        assert Counter(addressed(room).values()) == {2: 20}  # what withdraws something does not wait
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=5)
        for i in range(30):
            address = f"r{i}@example.org"
            said = [text_of(mail) for mail in room.got(address)]
            assert len(said) == (3 if address in had else 1)
            if address not in had:
                assert "15 чалавек" in said[0] and "14 чалавек" not in said[0] and "3 гады" not in said[0]


async def test_a_withdrawal_goes_to_those_who_got_it_and_the_rest_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that is withdrawn half-way reaches nobody more, and those whom it reached are told."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(30)
        await stop_after(room, 20)
        number = await room.publish("14 чалавек пакінулі пад вартай")
        had = set(addressed(room))
        await room.pipeline.retract(number, nonce="r", person="alena")
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=5)
        await room.work(minutes=5)
        assert addressed(room) == dict.fromkeys(had, 2)
        for address in had:
            assert unfolded(room.got(address)[1], "Subject") == "Допіс адкліканы"
            assert room.got(address)[1]["In-Reply-To"] == room.got(address)[0]["Message-ID"]  # which one it was
            assert "чалавек" not in text_of(room.got(address)[1])


# ---- answers


async def test_what_is_put_off_goes_out_later_and_what_may_have_gone_out_goes_again_as_the_same_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail whose outcome nobody knows is sent again byte for byte; one that was put off waits five minutes."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        room.postbox.refusals.append("450 later")
        await room.publish("14 чалавек")
        assert not room.postbox.mails
        await room.work(minutes=4)
        assert not room.postbox.mails
        room.postbox.verdicts += ["", ""]  # it keeps the mail, and goes silent
        await room.work(minutes=2)
        await room.work(minutes=11)
        await room.work(minutes=30)
        first, second, third = (one.content for one in room.postbox.mails)
        assert first == second == third and await room.tally() == {"sent": 1}


async def test_a_mail_in_doubt_is_not_repeated_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay that never says whether it took a mail is tried three times; somebody is told, and no reader flooded."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        room.postbox.verdicts += [""] * 50
        await room.publish("14 чалавек")
        for _ in range(20):
            await room.work(hours=2)
        assert len(room.postbox.mails) == 3 and any("nobody knows" in one for one in await every_alarm(room))
        room.postbox.verdicts.clear()
        await room.pipeline.retract(1, nonce="r", person="alena")
        await room.work(minutes=5)
        assert len(room.postbox.mails) == 4  # who may have had it is told that it is withdrawn


async def test_a_mail_in_doubt_is_told_of_the_withdrawal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may have had a statement when it was withdrawn hears of that, and the statement never again."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        room.postbox.verdicts.append("")
        number = await room.publish("14 чалавек")
        await room.pipeline.retract(number, nonce="r", person="alena")
        for _ in range(5):
            await room.work(minutes=20)
        assert ["14 чалавек" in text_of(mail) for mail in room.got("reader@example.org")] == [True, False]


async def test_a_digest_that_waits_does_not_tell_what_was_withdrawn_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter of the day that was held by a pause goes out without what was taken back since, names among it."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("daily@example.org", pace="daily")
        await room.work()
        await room.publish("14 чалавек пакінулі пад вартай")
        await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
        await room.publish("Суд над Янінай Дубравай", "Суд пакінуў пад вартай Яніну Дубраву, паведамляе бюро.")
        await room.pipeline.pause("newsletter", person="alena")
        await room.work(hours=7)
        await room.pipeline.retract(1, nonce="r", person="alena")
        await room.pipeline.redact("Яніна Дубрава", nonce="n", person="alena")
        await room.work(minutes=5)
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=5)
        (mail,) = room.got("daily@example.org")
        said = text_of(mail)
        assert "14 чалавек" not in said and "3 гады" in said and "Дубрав" not in said and "паведамляе бюро" in said


async def test_two_corrections_in_a_row_are_told_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure that is put right twice while the first correction goes out: nobody hears the second one twice."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(60)
        await stop_after(room, 40)
        number = await room.publish("14 чалавек пакінулі пад вартай")
        await room.edit("14", "15")
        await corrected(room, number)
        await stop_after(room, 60)
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=5)
        await room.edit("15", "16")
        await corrected(room, number, "two")
        await room.pipeline.resume("newsletter", person="alena")
        for _ in range(3):
            await room.work(minutes=5)
        for i in range(60):
            said = [text_of(mail) for mail in room.got(f"r{i}@example.org")]
            assert sum("16 чалавек" in text for text in said) == 1 and "16 чалавек" in said[-1]


async def test_nothing_old_comes_after_its_correction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail of unknown outcome whose words were put right is not repeated: the correction is the last to be heard."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        room.postbox.verdicts.append("")
        number = await room.publish("14 чалавек")
        assert len(room.postbox.mails) == 1
        await room.edit("14", "15")
        await corrected(room, number)
        await room.work(minutes=11)
        await room.work(hours=2)
        assert ["14 чалавек" in text_of(mail) for mail in room.got("reader@example.org")] == [True, False]


async def test_what_was_on_its_way_while_its_words_were_changed_brings_the_old_ones_once_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail whose fate gets lost in the very moment in which a name is taken out does not bring the name again."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        hand_over = room.mailing.press.hand_over

        async def meanwhile(batch: Any) -> Any:
            room.mailing.press.hand_over = hand_over  # type: ignore[method-assign]
            await room.pipeline.redact("Яніна Дубрава", nonce="n", person="alena")
            room.postbox.verdicts.append("")
            return await hand_over(batch)

        room.mailing.press.hand_over = meanwhile  # type: ignore[method-assign]
        await room.publish("Суд над Янінай Дубравай", "Суд пакінуў пад вартай Яніну Дубраву, паведамляе бюро.")
        for _ in range(5):
            await room.work(minutes=20)
        assert len(room.postbox.mails) == 1


async def test_a_correction_does_not_wait_until_a_long_issue_is_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was told a wrong figure hears of it before the rest of the readers hear anything."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(60)
        await stop_after(room, 20)
        number = await room.publish("14 чалавек пакінулі пад вартай")
        had = set(addressed(room))
        await room.edit("14", "15")
        await corrected(room, number)
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=5)
        order = [one.rcpt_tos[0] for one in room.postbox.mails]
        assert set(order[20:40]) == had == set(order[:20]) and len(order) == 80


async def test_no_reader_is_skipped_while_no_relay_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the relay is down nothing is lost and somebody is told; when it is back, everybody is served once."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(25)
        room.postbox.closed = True
        await room.publish("14 чалавек")
        for _ in range(30):
            await room.work(minutes=10)
        assert not room.postbox.mails and any("No relay" in one for one in await standing(room))
        room.postbox.closed = False
        await room.work(minutes=10)
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(25)}
        assert not any("No relay" in one for one in await standing(room))


async def standing(room: Mailroom) -> list[str]:
    async with room.pipeline.store.read() as c:
        return [one.text for one in await alarms.standing(c)]


async def every_alarm(room: Mailroom) -> list[str]:
    async with room.pipeline.store.read() as c:
        return list((await c.execute(sa.select(alarm.c.text))).scalars())


async def test_a_refused_login_stops_the_newsletter_and_costs_no_reader_a_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person must mend stops the channel with its cure; after that everybody gets the letter."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(25)
        room.postbox.strict = True
        await room.publish("14 чалавек")
        async with room.pipeline.store.read() as c:
            assert await gates.paused(c, "newsletter", room.now) == [MACHINE]
        room.postbox.strict = False
        await room.work(hours=1)
        assert not room.postbox.mails
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=1)
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(25)}


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.10", "5.2.1"])
async def test_an_address_where_nothing_arrives_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    """A server that says there is no such mailbox ends that: the row is erased, the address barred by its hash."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("gone@example.org")
        room.postbox.refusals.append(f"550 {status} no such user")
        await room.publish("14 чалавек")
        async with room.pipeline.store.read() as c:
            assert await readers.of(c, index_of(room, "gone@example.org")) is None
        assert await room.tally() == {"failed": 1}
        with pytest.raises(AssertionError):
            await room.reader("gone@example.org")


async def test_what_speaks_against_us_never_costs_a_reader_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal for our own reputation suppresses nobody: those in charge hear of it, and the mail is tried again."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        for _ in range(3):
            room.postbox.refusals.append("550 5.7.26 unauthenticated mail")
        await room.publish("14 чалавек")
        assert any("5.7.26" in one for one in await every_alarm(room))
        for _ in range(3):
            await room.work(hours=1)
        assert addressed(room) == {"reader@example.org": 1}


async def bounces(room: Mailroom, address: str) -> int | None:
    """In how many weeks in a row letters to somebody have come back; None when they are given up."""
    async with room.pipeline.store.read() as c:
        row = await readers.of(c, index_of(room, address))
    return None if row is None else int(row["bounces"])


async def test_letters_that_come_back_week_after_week_end_at_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailbox that is full in five weeks in a row is given up; one bad day, or one week in two, costs nothing."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("full@example.org")
        for day, weeks in ((0, 1), (1, 1), (14, 1), (28, 1), (35, 2), (42, 3), (49, 4), (50, 4), (56, None)):
            room.now = MONDAY + timedelta(days=day)
            room.postbox.refusals.append("552 5.2.2 mailbox full")
            await room.publish(f"Заява нумар {day}", f"Суд прысудзіў {day + 2} гады зняволення.")
            assert await bounces(room, "full@example.org") == weeks


@pytest.mark.parametrize(
    "refusal",
    [
        "550 5.1.8 Sender address rejected",
        "550 5.4.5 Daily user sending limit exceeded",
        "554 5.7.1 blocked",
        "554 Transaction failed",
        "550 relay not permitted",
    ],
)
async def test_a_refusal_of_nearly_everybody_stops_the_newsletter_and_counts_against_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    """When most of a batch is refused the fault is ours: a person must look, and afterwards everybody is served."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(10)
        room.postbox.refusals = [refusal] * 10
        await room.publish("14 чалавек")
        async with room.pipeline.store.read() as c:
            assert await gates.paused(c, "newsletter", room.now) == [MACHINE]
        assert [await bounces(room, f"r{i}@example.org") for i in range(10)] == [0] * 10
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=10)
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(10)}


async def test_news_of_last_week_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be sent within seven days never is, and somebody is told."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("reader@example.org")
        room.postbox.closed = True
        await room.publish("14 чалавек")
        room.postbox.closed = False
        await room.work(days=8)
        assert not room.postbox.mails and await room.tally() == {"expired": 1}
        assert any("in time" in one for one in await every_alarm(room))


# ---- what the database tells


async def test_the_database_does_not_tell_who_reads_in_which_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row of a sent letter can be linked to a reader's row without the private key; after 60 days none is left."""
    async with mailroom(tmp_path, monkeypatch) as room:
        for i in range(9):
            await room.reader(f"r{i}@example.org", language=("be", "en")[i % 2])
        await room.publish("14 чалавек")
        async with room.pipeline.store.read() as c:
            rows = [dict(row) for row in (await c.execute(mails.reader_mail.select())).mappings()]
            ids = [row["id"] for row in await mails.readers_after(c, "", 100)]
        assert len(rows) >= 5
        for row in rows:
            assert not any(id.encode() in row["who"] or id in str(row) for id in ids)
            assert room.mailing.opener.reveal(row["token"], row["who"]) in ids
        stranger = Opener.of(new_keys()["reader_private_key"])
        assert not {stranger.token("s1/r1/newsletter/be/1/auto", id) for id in ids} & {row["token"] for row in rows}
        await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
        await room.work(days=61)
        await room.publish("Трэцяя заява", "Суд даў 7 сутак.")
        async with room.pipeline.store.read() as c:
            left = [dict(row) for row in (await c.execute(mails.reader_mail.select())).mappings()]
        assert {row["issue_id"] for row in left}.isdisjoint({row["issue_id"] for row in rows})


async def test_with_the_wrong_key_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private key that opens nothing stops the letters and is told; with the right one everybody is served."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(5)
        room.postbox.closed = True
        await room.publish("14 чалавек")
        right = room.mailing.opener
        object.__setattr__(room.mailing, "opener", Opener.of(new_keys()["reader_private_key"]))
        room.postbox.closed = False
        await room.work(minutes=10)
        assert not room.postbox.mails and any("cannot be opened" in one for one in await standing(room))
        object.__setattr__(room.mailing, "opener", right)
        await room.work(minutes=10)
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(5)}


async def test_a_name_that_is_taken_out_reaches_nobody_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What of an issue has not gone out goes on without the name, and so does the letter of the week."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(30)
        await room.reader("weekly@example.org", pace="weekly")
        await room.reader("daily@example.org", pace="daily")
        await room.work()
        await room.publish("Суд над Янінай Дубравай: другі дзень", "Яніна Дубрава сказала суду 3 словы.")
        await room.work(hours=7)  # a letter of the day is out, and stays as it is
        room.postbox.mails.clear()
        await stop_after(room, 20)
        await room.publish("Суд над Янінай Дубравай", "Суд пакінуў пад вартай Яніну Дубраву, паведамляе бюро.")
        had = set(addressed(room))
        assert len(had) == 20
        lines = await room.pipeline.redact("Яніна Дубрава", nonce="n", person="alena")
        assert any("goes on without the name" in line for line in lines)
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=5)
        await room.work(days=5)
        for i in range(30):
            address = f"r{i}@example.org"
            (mail,) = room.got(address)
            assert ("Дубрав" in text_of(mail) + unfolded(mail, "Subject")) is (address in had)
        (weekly,) = room.got("weekly@example.org")
        parts: Any = weekly.get_payload()
        said = "".join(part.get_payload(decode=True).decode() for part in parts)
        assert "Дубрав" not in said and "паведамляе бюро" in said


async def test_the_desk_sees_how_far_an_issue_has_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many have had an issue and how many wait can be seen while it goes out; who, cannot."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(30)
        await stop_after(room, 20)
        await room.publish("14 чалавек")
        (row,) = (await views.status(room.pipeline))["issues"]
        assert row == {
            "key": "s1/r1/newsletter/be/1/auto", "state": "sending", "sent": 20, "due": 10, "failed": 0, "cancelled": 0,
        }  # fmt: skip


async def test_one_damaged_row_costs_nobody_else_a_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that was damaged on the disk is left out; everybody else is served, and nothing stops for ever."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(5)
        room.postbox.closed = True
        await room.publish("14 чалавек")
        async with room.pipeline.store.write() as c:
            token = (await c.execute(sa.select(mails.reader_mail.c.token).limit(1))).scalar_one()
            mine = mails.reader_mail.c.token == token
            await c.execute(sa.update(mails.reader_mail).where(mine).values(who=b"damaged"))
        room.postbox.closed = False
        await room.work(minutes=10)
        assert addressed(room).total() == 4 and await room.tally() == {"sent": 4, "cancelled": 1}


async def test_all_of_it_works_on_postgresql_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql: str
) -> None:
    """On the larger database: each once, a digest, a correction while an issue waits, a gone address given up."""
    async with mailroom(tmp_path, monkeypatch, database=postgresql) as room:
        await room.people(25)
        await room.reader("daily@example.org", pace="daily")
        await room.reader("gone@example.org")
        await room.work()
        room.postbox.refusals.append("550 5.1.1 no such user")
        await stop_after(room, 15)
        number = await room.publish("14 чалавек пакінулі пад вартай")
        had = set(addressed(room))
        await room.edit("14", "15")
        await corrected(room, number)
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(hours=7)
        assert Counter(addressed(room).values()) == {2: len(had), 1: 26 - len(had)}
        assert (await room.tally())["failed"] == 1
        for address in set(addressed(room)) - had:
            assert "15 чалавек" in text_of(room.got(address)[0])


async def test_a_journal_that_cannot_be_written_costs_no_reader_and_no_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a full disk keeps somebody from being given up, the others are served once, and it is tried again."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(5)
        room.postbox.refusals.append("550 5.1.1 no such user")
        left = room.mailing.erasures.left

        def full(index: str) -> int:
            raise OSError(28, "No space left on device")

        object.__setattr__(room.mailing, "erasures", type("Full", (), {"left": staticmethod(full)})())
        await room.publish("14 чалавек")
        assert addressed(room).total() == 4 and await room.tally() == {"sent": 4, "due": 1}
        object.__setattr__(room.mailing, "erasures", type("Well", (), {"left": staticmethod(left)})())
        await room.work(minutes=6)
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(5)}


async def test_with_the_wrong_key_no_issue_is_gathered_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that opens no row does not make an issue without readers: it waits for the right one."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(5)
        right = room.mailing.opener
        object.__setattr__(room.mailing, "opener", Opener.of(new_keys()["reader_private_key"]))
        await room.publish("14 чалавек")
        assert await room.told() == [] and any("cannot be opened" in one for one in await standing(room))
        object.__setattr__(room.mailing, "opener", right)
        await room.work(minutes=10)
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(5)}
        assert not any("cannot be opened" in one for one in await standing(room))


@pytest.mark.parametrize("nonsense", [{"language": "be"}, {"language": "be", "pace": "hourly", "discreet": False}])
async def test_choices_that_are_none_stop_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nonsense: dict[str, Any]
) -> None:
    """Whoever has taken over the pages can write nonsense into a row: its reader keeps the choices of the form."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(3)
        front = app.front(room.settings)
        async with room.pipeline.store.write() as c:
            row = await readers.of(c, front.index("r0@example.org"))
            assert row is not None
            await readers.choose(c, row["id"], front.seal(row["id"], "choices", nonsense))
        await room.publish("14 чалавек")
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(3)}


async def test_a_digest_tells_a_statement_that_was_written_down_a_moment_too_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement of 17:59 that the ledger got only after the letter of 18:00 stands in the next one, once."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("daily@example.org", pace="daily")
        await room.work()
        await room.work(hours=7)  # 19:00: the letter of the day is made, of nothing
        room.now -= timedelta(hours=1, minutes=1)
        await room.publish("Заява апошняй хвіліны", "Суд прысудзіў 3 гады зняволення.")
        room.pipeline.slots.clear()  # as after a restart: nobody is written to at an odd hour for it
        await room.work(minutes=5)
        assert not room.postbox.mails
        for _ in range(3):
            await room.work(days=1)
        (mail,) = room.got("daily@example.org")
        assert "Заява апошняй хвіліны" in text_of(mail)


async def test_what_became_of_mails_is_written_down_however_long_the_database_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is locked while mails go out costs nobody a second copy."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(25)
        monkeypatch.setattr("bot.pipeline.mailing.BUSY_SECONDS", 0.01)
        settle, busy = mails.settle, [3]

        async def locked(c: Any, done: Any) -> None:
            if done and busy[0]:
                busy[0] -= 1
                raise TemporaryError("the database is busy")
            await settle(c, done)

        monkeypatch.setattr(mails, "settle", locked)
        await room.publish("14 чалавек")
        assert busy == [0] and await room.tally() == {"sent": 25}
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(25)}


async def test_a_batch_that_broke_off_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own while mails go out leaves none of them half-way: they go out at the next look."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(5)
        hand_over = room.mailing.press.hand_over

        async def broken(batch: Any) -> Any:
            room.mailing.press.hand_over = hand_over  # type: ignore[method-assign]
            raise asyncio.CancelledError

        room.mailing.press.hand_over = broken  # type: ignore[method-assign]
        with pytest.raises(asyncio.CancelledError):
            await room.publish("14 чалавек")
        room.now += timedelta(minutes=1)
        assert await room.mailing.work() == 5
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(5)}


async def test_a_tenth_that_is_refused_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When more mails of an issue are refused than some full mailboxes explain, those in charge hear how many."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(60)
        room.postbox.refusals = ["552 5.2.2 mailbox full"] * 6
        await room.publish("14 чалавек")
        assert await room.tally() == {"sent": 54, "failed": 6}
        assert any("6 of 60 mails" in one for one in await every_alarm(room))


async def test_a_correction_overtakes_an_issue_that_is_going_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A correction that is decided while mails go out reaches who was told before the rest hears anything."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(80)
        await stop_after(room, 20)
        number = await room.publish("14 чалавек пакінулі пад вартай")
        await room.edit("14", "15")
        await room.pipeline.resume("newsletter", person="alena")
        hand_over = room.mailing.press.hand_over

        async def meanwhile(batch: Any) -> Any:
            room.mailing.press.hand_over = hand_over  # type: ignore[method-assign]
            await corrected(room, number)
            await room.pipeline.deliver()
            return await hand_over(batch)

        room.mailing.press.hand_over = meanwhile  # type: ignore[method-assign]
        await room.work(minutes=5)
        order = [one.rcpt_tos[0] for one in room.postbox.mails]
        assert set(order[60:100]) == set(order[:40]) and len(order) == 120  # after the batch that was next anyway
        assert set(order[100:]).isdisjoint(order[:100])


async def test_discreet_letters_wait_while_nothing_is_set_to_send_them_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a sender that names nobody a discreet reader is not written to by name: it is told, nothing is lost."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.reader("quiet@example.org", discreet=True)
        press: Any = room.mailing.press
        whole = press._settings
        press._settings = whole.model_copy(update={"discreet_from": ""})
        await room.publish("14 чалавек")
        assert not room.postbox.mails and any("discreet_from" in one for one in await every_alarm(room))
        press._settings = whole
        await room.work(hours=2)
        (mail,) = room.got("quiet@example.org")
        assert unfolded(mail, "From") == "Навіны <post@neutral.invalid>"


async def test_a_fault_in_the_next_batch_does_not_forget_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went out is written down also when something breaks in the moment after: nobody hears twice."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(30)
        room.postbox.closed = True
        await room.publish("14 чалавек")
        room.postbox.closed = False
        room.now += timedelta(minutes=10)
        claim = mails.claim

        async def broken(*words: Any) -> Any:
            if room.postbox.mails:
                raise ZeroDivisionError
            return await claim(*words)

        monkeypatch.setattr(mails, "claim", broken)
        with pytest.raises(ZeroDivisionError):
            await room.mailing.work()
        monkeypatch.setattr(mails, "claim", claim)
        await room.mailing.work()
        assert addressed(room) == {f"r{i}@example.org": 1 for i in range(30)}


async def test_who_leads_no_more_sends_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has lost the lead in the midst of an issue leaves the rest of it to the next leader."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(60)
        room.postbox.closed = True
        await room.publish("14 чалавек")
        room.postbox.closed = False
        room.now += timedelta(minutes=10)
        service: Any = Service(room.pipeline, None)  # type: ignore[arg-type]  # nobody asks who leads
        service.leads, hand_over = True, room.mailing.press.hand_over

        async def lost(batch: Any) -> Any:
            service.leads = False
            return await hand_over(batch)

        room.mailing.press.hand_over = lost  # type: ignore[method-assign]
        await service._mail(room.mailing)
        assert len(room.postbox.mails) == 20


async def test_a_digest_that_a_correction_makes_too_long_ends_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets a letter of which a mailbox would hide the end, nor the wrong figure; somebody is told of that."""
    async with mailroom(tmp_path, monkeypatch) as room:
        await room.people(30, pace="daily")
        await room.work()
        await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
        number = await room.publish("14 чалавек пакінулі пад вартай")
        await stop_after(room, 20)
        await room.work(hours=7)
        html: Any = room.got(room.postbox.mails[0].rcpt_tos[0])[0].get_payload()
        monkeypatch.setattr("channels.newsletter.LIMIT", len(html[1].get_payload(decode=True)))
        await room.edit("14", "15")
        await corrected(room, number)
        await room.pipeline.resume("newsletter", person="alena")
        await room.work(minutes=5)
        assert Counter(addressed(room).values()) == {2: 20} and any(
            "too long" in one for one in await every_alarm(room)
        )
