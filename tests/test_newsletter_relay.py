"""Handing a mail over, in a real SMTP conversation: encrypted, judged by phase, nothing of the reader in an outcome."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from channels import Later, Outcome, Receipt, Refused, Unknown
from channels.newsletter.relay import Relay, Security, Timeouts, submit
from tests.loopback import Authority
from tests.submission import PASSWORD, USER, Postbox, submission

READER, SENDER = "reader@example.org", "news@example.invalid"
MAIL = b"From: news@example.invalid\r\nSubject: =?utf-8?b?0ZY=?=\r\n\r\n.\r\n..dots\r\n"
SHORT = Timeouts(connect=2, answer=2, taken=0.5)


def relay(port: int, security: Security = "none", *, user: str = "", tls: ssl.SSLContext | None = None) -> Relay:
    return Relay(f"127.0.0.1:{port}", security=security, user=user, password=PASSWORD, timeouts=SHORT, tls=tls)


async def hand_over(one: Relay) -> Outcome:
    """One mail; nothing of the reader, the password or the machinery is in what is said of it."""
    outcome = await one.submit(MAIL, SENDER, READER, message_id="one@example.invalid")
    said = f"{outcome!r}{one!r}"
    assert READER not in said and "reader" not in said and PASSWORD not in said and "\\n" not in said
    return outcome


async def test_a_mail_arrives_byte_for_byte() -> None:
    """What was built is what arrives, lone dots included; the receipt bears the Message-ID."""
    async with submission() as (postbox, port):
        assert await hand_over(relay(port)) == Receipt(remote_id="one@example.invalid", url=None, wire="live")
        (got,) = postbox.mails
        assert got.content == MAIL and got.mail_from == SENDER and got.rcpt_tos == [READER]


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


async def test_each_answer_is_judged_by_its_code_and_phase() -> None:
    """4xx passes, 5xx does not, and what may have been taken is never called anything but unknown."""
    async with submission() as (postbox, port):
        assert isinstance(await refused(postbox, port, rcpt="450 reader@example.org: greylisted"), Later)
        assert isinstance(await refused(postbox, port, rcpt="421 too many"), Later)
        assert await refused(postbox, port, rcpt="550 reader@example.org has moved") == Refused(
            reason="127.0.0.1 refuses it (550)"
        )
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


async def test_a_relay_that_is_down_is_followed_by_the_next() -> None:
    """Only a relay that surely took nothing has a second one asked; what may have been taken goes nowhere else."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        down = relay(taken.getsockname()[1])
        async with submission() as (postbox, port):
            up = relay(port)
            got = await submit((down, up), MAIL, SENDER, READER, message_id="one@example.invalid")
            assert isinstance(got, Receipt) and len(postbox.mails) == 1
            postbox.verdicts.append("")
            got = await submit((up, up), MAIL, SENDER, READER, message_id="one@example.invalid")
            assert isinstance(got, Unknown) and len(postbox.mails) == 2
            postbox.refusals.append("550 no")
            assert isinstance(await submit((up, up), MAIL, SENDER, READER, message_id="x@y"), Refused)
        assert isinstance(await submit((down,), MAIL, SENDER, READER, message_id="x@y"), Later)
    assert isinstance(await submit((), MAIL, SENDER, READER, message_id="x@y"), Later)
