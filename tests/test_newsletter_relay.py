"""Handing a mail over, in a real SMTP conversation: encrypted, judged by phase, nothing of the reader in an outcome."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from channels import Bounced, Later, Outcome, Receipt, Refused, Unknown
from channels.newsletter import Settings
from channels.newsletter.press import Mail, Press
from channels.newsletter.relay import Conversation, Relay, Security, Timeouts
from tests.loopback import Authority
from tests.submission import PASSWORD, USER, Postbox, submission

READER, SENDER = "reader@example.org", "news@example.invalid"
MAIL = b"From: news@example.invalid\r\nSubject: =?utf-8?b?0ZY=?=\r\n\r\n.\r\n..dots\r\n"
SHORT = Timeouts(connect=2, answer=2, taken=0.5)


def relay(port: int, security: Security = "none", *, user: str = "", tls: ssl.SSLContext | None = None) -> Relay:
    return Relay(f"127.0.0.1:{port}", security=security, user=user, password=PASSWORD, timeouts=SHORT, tls=tls)


async def hand_over(one: Relay) -> Outcome:
    """One mail; nothing of the reader, the password or the machinery is in what is said of it."""
    found = await one.open()
    if isinstance(found, Conversation):
        outcome = await found.submit(MAIL, SENDER, READER, message_id="one@example.invalid")
        found.close()
    else:
        outcome = found
    said = f"{outcome!r}{one!r}"
    assert READER not in said and "reader" not in said and PASSWORD not in said and "\\n" not in said
    return outcome


@pytest.mark.parametrize("together", [False, True])
async def test_a_mail_arrives_byte_for_byte(together: bool) -> None:
    """What was built is what arrives, lone dots included; the receipt bears the Message-ID."""
    async with submission() as (postbox, port):
        postbox.pipelining = together
        assert await hand_over(relay(port)) == Receipt(remote_id="one@example.invalid", url=None, wire="live")
        (got,) = postbox.mails
        assert got.content == MAIL and got.mail_from == SENDER and got.rcpt_tos == [READER]
        assert postbox.servers[0].session.host_name == "[127.0.0.1]"  # this machine's own name would stand in the mail


async def test_a_mail_goes_encrypted_to_a_server_that_proves_its_name_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither reader nor password is told to a server without encryption or with a certificate of its own making."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with submission(tls_context=authority.server(), require_starttls=True) as (postbox, port):
        assert isinstance(await hand_over(relay(port, "starttls", user=USER)), Receipt)
        assert postbox.encrypted == [True] and postbox.logins == 1
    async with submission(tls_context=authority.server(signed=False)) as (postbox, port):
        assert isinstance(await hand_over(relay(port, "starttls", user=USER)), Later)
        assert postbox.mails == [] and postbox.logins == 0
    async with submission(auth_require_tls=False) as (postbox, port):
        assert isinstance(await hand_over(relay(port, "starttls", user=USER)), Later)
        assert postbox.mails == [] and postbox.logins == 0


async def refused(postbox: Postbox, port: int, *, rcpt: str = "", data: str | None = None) -> Outcome:
    postbox.refusals += [rcpt] if rcpt else []
    postbox.verdicts += [data] if data is not None else []
    return await hand_over(relay(port))


@pytest.mark.parametrize("together", [False, True])
async def test_each_answer_is_judged_by_its_code_and_phase(together: bool) -> None:
    """4xx passes, 5xx does not, and what may have been taken is never called anything but unknown."""
    async with submission() as (postbox, port):
        postbox.pipelining = together
        assert isinstance(await refused(postbox, port, rcpt="450 reader@example.org: greylisted"), Later)
        assert isinstance(await refused(postbox, port, rcpt="421 too many"), Later)
        moved = await refused(postbox, port, rcpt="550 reader@example.org has moved")
        assert moved == Bounced(reason="127.0.0.1 refuses it (550)", status="")
        moved = await refused(postbox, port, rcpt="550 5.1.1 reader@example.org has moved")
        assert moved == Bounced(reason="127.0.0.1 refuses it (550)", status="5.1.1")
        assert isinstance(await refused(postbox, port, data="451 try later"), Later)
        assert isinstance(await refused(postbox, port, data="554 reader looks like spam"), Refused)
        assert postbox.mails == []
        assert isinstance(await refused(postbox, port, data=""), Unknown)
        assert len(postbox.mails) == 1


async def test_a_wrong_password_is_for_a_person_to_mend() -> None:
    """A refused login is a lasting refusal with its cure, not a reader's fault."""
    async with submission(auth_require_tls=False) as (postbox, port):
        outcome = await hand_over(
            Relay(f"127.0.0.1:{port}", security="none", user=USER, password="wrong", timeouts=SHORT)
        )
        assert isinstance(outcome, Refused) and outcome.lasting and "smtp_user" in outcome.reason
        assert postbox.mails == []


def press(*relays: Relay, per_minute: int = 0) -> Press:
    letter = {"kind": "newsletter", "languages": ["be"], "from": SENDER, "per_minute": per_minute}
    return Press(Settings.model_validate(letter), relays)


def mails(count: int = 1) -> list[Mail]:
    return [Mail(data=MAIL, sender=SENDER, recipient=READER, message_id=f"{i}@example.invalid") for i in range(count)]


async def test_a_relay_that_is_down_is_followed_by_the_next() -> None:
    """Only a relay that surely took nothing has a second one asked; what may have been taken goes nowhere else."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        down = relay(taken.getsockname()[1])
        async with submission() as (postbox, port):
            by = press(down, relay(port))
            (got,) = await by.hand_over(mails())
            assert isinstance(got, Receipt) and len(postbox.mails) == 1
            by.close()
            by = press(relay(port), relay(port))
            postbox.verdicts.append("")
            (got,) = await by.hand_over(mails())
            assert isinstance(got, Unknown) and len(postbox.mails) == 2
            postbox.refusals.append("550 no")
            (got,) = await by.hand_over(mails())
            assert isinstance(got, Refused) and len(postbox.mails) == 2
            by.close()
        (got,) = await press(down).hand_over(mails())
        assert isinstance(got, Later) and got.seconds
    (got,) = await press().hand_over(mails())
    assert isinstance(got, Later)


@pytest.mark.parametrize("together", [False, True])
async def test_many_mails_share_few_connections_and_one_refusal_costs_no_other_mail(together: bool) -> None:
    """Mails go one after the other over kept connections; what is refused, put off or broken off is that mail alone."""
    async with submission() as (postbox, port):
        postbox.pipelining = together
        by = press(relay(port))
        postbox.refusals += ["550 5.1.1 no", "450 later"]
        kinds = Counter(type(one).__name__ for one in await by.hand_over(mails(60)))
        assert kinds == {"Receipt": 58, "Later": 1, "Bounced": 1}
        assert len(postbox.mails) == 58 and postbox.connections == 4
        busy = press(relay(port))
        postbox.refusals.append("421 too many of you")
        assert isinstance((await busy.hand_over(mails()))[0], Later)
        assert all(isinstance(one, Later) for one in await busy.hand_over(mails(20)))  # it is left alone for a while
        assert len(postbox.mails) == 58
        by.close()


async def test_a_server_that_ends_an_old_conversation_is_asked_once_more() -> None:
    """A connection that was kept and is closed by the server meanwhile costs nothing: a new one is opened."""
    async with submission() as (postbox, port):
        by = press(relay(port))
        assert isinstance((await by.hand_over(mails()))[0], Receipt)
        postbox.hang_up()
        await asyncio.sleep(0)
        assert isinstance((await by.hand_over(mails()))[0], Receipt)
        postbox.refusals.append("421 idle for too long")
        assert isinstance((await by.hand_over(mails()))[0], Receipt)
        assert len(postbox.mails) == 3
        by.close()


async def test_a_relay_is_given_no_more_in_a_minute_than_the_settings_say() -> None:
    """The pace that a provider asks for is kept, whatever waits."""
    async with submission() as (postbox, port):
        by = press(relay(port), per_minute=1200)
        assert by.batch == 20
        began = time.monotonic()
        await by.hand_over(mails(11))
        assert time.monotonic() - began >= 0.5 and len(postbox.mails) == 11
        by.close()
    assert press(per_minute=60).batch == 2 and press(per_minute=10).batch == 1


@asynccontextmanager
async def scripted(lines: list[bytes], *, stays: bool = False) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says the next line after each that it hears, and keeps those; then it hangs up, or `stays`."""
    heard: list[bytes] = []
    talks: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = list(lines)
        writer.write(script.pop(0))
        while script and (line := await reader.readline()):
            heard.append(line)
            writer.write(script.pop(0))
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            if stays:
                await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard
        await asyncio.gather(*talks)


GREETING = [b"220 hello\r\n", b"250-hello\r\n250 PIPELINING\r\n"]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([b"250 ok\r\n", b"550 5.1.1 no\r\n", b"354 go on\r\n", b"554 nobody\r\n", b"250 reset\r\n"], Bounced),
        ([b"250 ok\r\n", b"550 5.1.1 no\r\n", b"503 nobody\r\n", b"250 reset\r\n"], Bounced),
        ([b"250 ok\r\n", b"450-4.2.0 gray\r\n450 4.2.0 listed\r\n", b"503 nobody\r\n", b"250 reset\r\n"], Later),
        ([b"550 not you\r\n", b"503 who\r\n", b"503 what\r\n"], Refused),
        ([b"250 ok\r\n", b"250 ok\r\n", b"451 later\r\n", b"250 reset\r\n"], Later),
        ([b"250 ok\r\n", b"this is no answer\r\n"], Later),
        ([b"250 ok\r\n", b"x" * 20_000], Later),
        ([b"250 ok\r\n"], Later),
    ],
)
async def test_several_commands_at_once_are_answered_one_by_one(answers: list[bytes], kind: type) -> None:
    """Where commands go together each answer is taken for the right one, and no word of a mail is told too early."""
    async with scripted(GREETING + answers) as (port, heard):
        outcome = await hand_over(relay(port))
        assert type(outcome) is kind or isinstance(outcome, kind)
        assert not any(b"Subject" in line for line in heard)


async def test_a_relay_that_refuses_the_login_is_followed_by_the_next() -> None:
    """While a person has the one relay's password to mend, mail goes by the other."""
    async with submission(auth_require_tls=False) as (strict, first), submission() as (postbox, second):
        wrong = Relay(f"127.0.0.1:{first}", security="none", user=USER, password="wrong", timeouts=SHORT)
        by = press(wrong, relay(second))
        assert all(isinstance(one, Receipt) for one in await by.hand_over(mails(5)))
        assert strict.mails == [] and len(postbox.mails) == 5
        by.close()


async def test_a_fault_of_our_own_concerns_one_mail_alone(caplog: pytest.LogCaptureFixture) -> None:
    """A bug that one mail wakes leaves the others of its batch with their true outcomes, and is logged."""
    async with submission() as (postbox, port):
        one = relay(port)
        whole, first = one.open, [True]

        async def broken() -> Conversation | Later | Refused:
            if first:
                first.clear()
                raise ZeroDivisionError
            return await whole()

        one.open = broken  # type: ignore[method-assign]
        by = press(one)
        kinds = Counter(type(each).__name__ for each in await by.hand_over(mails(10)))
        assert kinds == {"Unknown": 1, "Receipt": 9} and len(postbox.mails) == 9
        assert "a bug while a mail was handed over" in caplog.text and READER not in caplog.text
        by.close()


async def test_a_server_that_never_ends_its_answer_is_left() -> None:
    """Endless answers fill no memory: the conversation is ended before the patience is."""
    async with scripted([*GREETING, b"250 ok\r\n", b"x" * 20_000], stays=True) as (port, _):
        outcome = await hand_over(relay(port))
        assert isinstance(outcome, Later) and "Timeout" not in outcome.reason


async def test_each_kind_of_yes_is_a_yes() -> None:
    """A relay that answers 251 has taken the mail as much as one that answers 250: it is not sent again."""
    yes = [b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n", *[b""] * 5, b"251 on\r\n"]
    async with scripted([*GREETING, *yes]) as (port, heard):
        assert isinstance(await hand_over(relay(port)), Receipt)
        assert heard[-1] == b".\r\n"
