"""What comes back, read from a real mailbox: who cannot be reached is left alone, and a forger changes nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import app
from bot.schedule import Service
from bot.store import alarms, mails, readers
from bot.store.schema import alarm
from channels.newsletter.mailbox import Mailbox, Unreadable
from tests.imapd import PASSWORD, USER, Inbox, imapd
from tests.loopback import Authority
from tests.mailroom import Mailroom, mailroom
from tests.test_mailing import text_of

READER = "reader@example.org"


@asynccontextmanager
async def box(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Inbox, str]]:
    """A mailbox that our clients trust, and its address."""
    authority = Authority(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    client = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    async with imapd(authority.server(), client) as inbox:
        yield inbox, f"127.0.0.1:{inbox.port}"


@asynccontextmanager
async def returning(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Mailroom, Inbox]]:
    """A live newsletter with a mailbox, one reader, and one statement that has gone out."""
    monkeypatch.setenv("VESTKA_NEWSLETTER_IMAP_PASSWORD", PASSWORD)
    async with (
        box(folder, monkeypatch) as (inbox, address),
        mailroom(folder, monkeypatch, imap=address, imap_user=USER) as room,
    ):
        await room.reader(READER)
        await room.publish("14 чалавек")
        yield room, inbox


def report(to: str, status: str = "5.1.1", action: str = "failed", subject: str = "Undelivered") -> bytes:
    """A report as Postfix writes them (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: {subject}\r\nAuto-Submitted: auto-replied\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {READER}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nTo: {READER}\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    ).encode()


async def is_there(room: Mailroom) -> bool:
    async with room.pipeline.store.read() as c:
        return await readers.of(c, app.front(room.settings).index(READER)) is not None


async def said(room: Mailroom) -> list[str]:
    async with room.pipeline.store.read() as c:
        return list((await c.execute(sa.select(alarm.c.text))).scalars())


async def test_each_mail_comes_back_to_an_address_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The envelope of a mail bears a word that names it to us; neither headers nor words of the mail do."""
    async with returning(tmp_path, monkeypatch) as (room, _):
        (mail,) = room.postbox.mails
        assert mail.mail_from is not None and mail.mail_from.startswith("news+") and isinstance(mail.content, bytes)
        assert mail.mail_from.partition("+")[2].partition("@")[0].encode() not in mail.content


async def test_who_cannot_be_reached_is_written_to_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that there is no such mailbox ends it: the row is erased, and the report, which names them, too."""
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        await inbox.put(report(str(room.postbox.mails[0].mail_from)))
        await inbox.put(b"From: a@example.org\r\nTo: news@example.invalid\r\nSubject: A letter to you\r\n\r\nHello")
        await inbox.put(b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Thrown away\r\n\r\nHello")
        await inbox.throw_away("Thrown away")
        await room.work(minutes=6)
        assert not await is_there(room) and await inbox.subjects() == ["A letter to you", "Thrown away"]
        assert await inbox.subjects("UNSEEN UNDELETED") == ["A letter to you"]
        await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
        assert len(room.postbox.mails) == 1


@pytest.mark.parametrize("token", ["a" * 26, "2" * 26, "aaaa", "'; drop table reader; --", "not-out-yet"])
async def test_a_forged_report_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    """A report of a mail that we have never sent costs no reader anything, and is left alone afterwards."""
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        if token == "not-out-yet":
            room.postbox.closed = True
            await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
            index = app.front(room.settings).index(READER)
            async with room.pipeline.store.read() as c:
                row = await readers.of(c, index)
            assert row is not None
            token = room.mailing.opener.token("s2/r1/newsletter/be/1/auto", row["id"])
        await inbox.put(report(f"news+{token}@example.invalid", subject="Forged"))
        await inbox.put(report(READER, subject="Without a word"))
        await room.work(minutes=6)
        assert await is_there(room) and await room.tally() != {"failed": 1}
        assert set(await inbox.subjects()) == {"Forged", "Without a word"}


async def test_a_delay_and_an_absence_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that is delayed, or answered by a machine, has not failed; the answer names a reader, and is deleted."""
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        to = str(room.postbox.mails[0].mail_from)
        await inbox.put(report(to, "4.4.1", "delayed"))
        await inbox.put(f"From: {READER}\r\nTo: {to}\r\nSubject: Away\r\n\r\nI am away until Monday.".encode())
        await room.work(minutes=6)
        assert await room.tally() == {"sent": 1} and await is_there(room) and await inbox.subjects() == []


async def test_what_speaks_against_us_is_told_and_a_full_mailbox_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """5.7.x is an alarm and suppresses nobody; a full mailbox counts once, however often it is reported."""
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        to = str(room.postbox.mails[0].mail_from)
        await inbox.put(report(to, "5.7.1"))
        await room.work(minutes=6)
        assert await is_there(room) and any("5.7.1" in text for text in await said(room))
        await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
        second = str(room.postbox.mails[1].mail_from)
        for _ in range(3):
            await inbox.put(report(second, "5.2.2"))
        await room.work(minutes=6)
        async with room.pipeline.store.read() as c:
            row = await readers.of(c, app.front(room.settings).index(READER))
        assert row is not None and row["bounces"] == 1
        await inbox.put(report(second, "5.2.2"))
        await room.work(days=7)
        async with room.pipeline.store.read() as c:
            row = await readers.of(c, app.front(room.settings).index(READER))
        assert row is not None and row["bounces"] == 1  # it is still the same mail
        await room.edit("3 гады", "4 гады")
        await room.pipeline.correct(2, nonce="c", person="alena")
        await room.work(minutes=1)
        assert len(room.postbox.mails) == 2  # whom the statement did not reach, its correction does not concern


async def test_older_servers_are_understood_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report in words, as qmail writes it, counts as one failure, which alone gives nobody up."""
    words = f"Hi. This is the qmail-send program at mx.example.\n\n<{READER}>:\nno mailbox by that name.\n\n--- Below"
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        to = str(room.postbox.mails[0].mail_from)
        await inbox.put(f"From: a@mx.example\r\nTo: {to}\r\nSubject: failure notice\r\n\r\n{words}\r\n".encode())
        await room.work(minutes=6)
        assert await room.tally() == {"failed": 1} and await is_there(room)


async def test_a_mailbox_that_cannot_be_read_is_told_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password, a server without a name that is proven, and one that is down: one alarm, and mail goes on."""
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        assert room.pipeline.returning is not None
        address = f"127.0.0.1:{inbox.port}"
        good = {"user": USER, "password": PASSWORD, "senders": ["news@example.invalid"]}
        assert await Mailbox(address, **good).check() is None  # type: ignore[arg-type]
        monkeypatch.delenv("SSL_CERT_FILE")
        for bad in (
            Mailbox(address, **good | {"password": "wr0ng-word"}, tls=inbox.tls),  # type: ignore[arg-type]
            Mailbox(address, **good),  # type: ignore[arg-type]
            Mailbox("127.0.0.1:1", **good),  # type: ignore[arg-type]
        ):
            why = await bad.check()
            assert why is not None and PASSWORD not in why and "wr0ng" not in why and USER not in why
            with pytest.raises(Unreadable):
                await bad.look()
            room.pipeline.returning.mailbox = bad
            await room.work(minutes=6)
            async with room.pipeline.store.read() as c:
                assert any("cannot be read" in one.text for one in await alarms.standing(c))
        room.pipeline.returning.mailbox = Mailbox(address, **good, tls=inbox.tls)  # type: ignore[arg-type]
        await room.work(minutes=6)
        async with room.pipeline.store.read() as c:
            assert not any("cannot be read" in one.text for one in await alarms.standing(c))


async def test_no_stranger_can_stop_the_reading_of_what_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken messages, and hundreds of letters beside the point, keep no report from being heeded."""
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        token = "a" * 26
        broken = [
            b"From: Andr\xe9 <a@example.com>\r\nTo: news+%s@example.invalid\r\n\r\nx",
            b'To: news+%s@example.invalid\r\nContent-Type: text/plain; charset="a\x00b"\r\n\r\nx',
            b"To: news+%s@example.invalid\r\nContent-Type: message/delivery-status\r\n\r\n\x00\xff",
            b"To: news+%s@example.invalid",
        ]
        for one in broken:
            await inbox.put(one % token.encode())
        for i in range(60):
            await inbox.put(f"From: a@example.com\r\nTo: news+x{i}@example.invalid\r\nSubject: {i}\r\n\r\nx".encode())
        await inbox.put(report(str(room.postbox.mails[0].mail_from)))
        await room.work(minutes=6)
        assert not await is_there(room)
        assert len(await inbox.subjects("UNSEEN")) >= 60  # people's letters stay unread for them


async def test_one_damaged_row_keeps_no_other_report_from_being_heeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report of a mail whose row was damaged tells nothing; those beside it count."""
    async with returning(tmp_path, monkeypatch) as (room, inbox):
        first = str(room.postbox.mails[0].mail_from)
        await room.publish("Другая заява", "Суд прысудзіў 3 гады зняволення.")
        async with room.pipeline.store.write() as c:
            mine = mails.reader_mail.c.token == first.partition("+")[2].partition("@")[0]
            await c.execute(sa.update(mails.reader_mail).where(mine).values(who=b"damaged"))
        await inbox.put(report(first))
        await inbox.put(report(str(room.postbox.mails[1].mail_from)))
        await room.work(minutes=6)
        assert not await is_there(room) and await inbox.subjects() == []


async def test_the_mailbox_is_looked_into_every_five_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back is read soon, and a provider is not asked at every beat of the service."""
    async with returning(tmp_path, monkeypatch) as (room, _):
        assert room.pipeline.returning is not None
        looks: list[None] = []

        class Counting:
            async def look(self) -> list[object]:
                looks.append(None)
                return []

        room.pipeline.returning.mailbox = Counting()  # type: ignore[assignment]  # nothing comes, nothing is done
        await room.work(minutes=6)
        for _ in range(4):
            await room.work(minutes=1)
        assert len(looks) == 1
        await room.work(minutes=1)
        assert len(looks) == 2


async def test_the_service_reads_what_comes_back_and_makes_the_letter_of_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it happens by itself while the service runs: no command is needed for either."""

    class Leads:
        async def held(self) -> bool:
            return True

    async with returning(tmp_path, monkeypatch) as (room, inbox):
        await inbox.put(report(str(room.postbox.mails[0].mail_from)))
        await room.reader("daily@example.org", pace="daily")
        room.now += timedelta(hours=7)
        stop = asyncio.Event()
        running = asyncio.create_task(Service(room.pipeline, Leads(), beat=0.05).run(stop))
        async with asyncio.timeout(20):
            while await is_there(room) or not room.got("daily@example.org"):  # noqa: ASYNC110  # tasks of the service
                await asyncio.sleep(0.05)
        stop.set()
        await running
        assert "14 чалавек" in text_of(room.got("daily@example.org")[0])
