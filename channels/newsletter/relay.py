"""Mail submission (RFC 6409): one finished mail to one reader, encrypted, judged by phase and never by a guess.

A relay that cannot be reached is followed by the next; what may have been taken is never handed to a second one.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from channels import Later, Outcome, Receipt, Refused, Unknown

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to be connected, and for each answer. The one after the mail itself may take ten minutes.

    RFC 5321 section 4.5.3.2.6; less makes doubles, as RFC 1047 tells.
    """

    connect: float = 20.0
    answer: float = 300.0
    taken: float = 600.0


class Relay:
    """One submission server. `user` "" logs nobody in; `security` "none" is for a server on this machine."""

    def __init__(
        self,
        address: str,
        *,
        security: Security = "starttls",
        user: str = "",
        password: str = "",
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        host, _, port = address.rpartition(":")
        self.host, self._port, self._security = host, int(port), security
        self._user, self._password = user, password
        self._timeouts = timeouts or Timeouts()
        self._tls = None if security == "none" else tls or ssl.create_default_context()

    def __repr__(self) -> str:
        return f"Relay({self.host}:{self._port})"

    async def check(self) -> tuple[bool, str]:
        """Whether it can be reached encrypted and takes the login; no mail is handed over."""
        client = self._client()
        try:
            if (failed := await self._opened(client)) is not None:
                return False, failed
            if self._user:
                await client.login(self._user, self._password)
            return True, f"{self.host} is reached {'encrypted' if self._tls else 'without encryption'}" + (
                ", and takes the login" if self._user else ""
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            return False, f"{self.host} refuses the login: {type(error).__name__}"
        finally:
            client.close()

    async def submit(self, data: bytes, sender: str, recipient: str, *, message_id: str) -> Outcome:
        """Hand over one mail, byte for byte; the receipt bears its Message-ID, for a relay gives no number of its own.

        No outcome repeats the recipient, nor what the relay says of them.
        """
        client = self._client()
        try:
            return await self._through(client, data, sender, recipient, message_id)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self._port,
            timeout=self._timeouts.answer,
            use_tls=self._security == "tls",
            start_tls=False,  # by hand, so that a server without it is told from one that fails
            tls_context=self._tls,
        )

    async def _opened(self, client: aiosmtplib.SMTP) -> str | None:
        """Connect, encrypted where that is asked for; why that failed, None when it did not."""
        try:
            async with asyncio.timeout(self._timeouts.connect):
                await client.connect()
                if self._security == "starttls":
                    await client.starttls()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            how = "encrypted" if self._tls else "at all"
            return f"{self.host} cannot be reached {how}: {type(error).__name__}"
        return None

    async def _through(
        self, client: aiosmtplib.SMTP, data: bytes, sender: str, recipient: str, message_id: str
    ) -> Outcome:
        if (failed := await self._opened(client)) is not None:
            return Later(reason=failed)
        try:
            if self._user:
                await client.login(self._user, self._password)
            await client.mail(sender)
            await client.rcpt(recipient)
        except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused) as error:
            if 400 <= error.code < 500:  # RFC 4954 section 6: 454 is temporary
                return Later(reason=f"{self.host} puts it off ({error.code})")
            # Neither is the reader's fault: every other mail would meet the same.
            cure = "mend smtp_user and its password, or the newsletter's `from`"
            return Refused(reason=f"{self.host} refuses the login or the sender ({error.code}); {cure}", lasting=True)
        except aiosmtplib.SMTPResponseException as error:
            return _answered(self.host, error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Later(reason=f"{self.host} ended the conversation before the mail: {type(error).__name__}")
        try:
            await client.data(data, timeout=self._timeouts.taken)
        except aiosmtplib.SMTPResponseException as error:
            return _answered(self.host, error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Unknown(reason=f"{self.host} did not say whether it took the mail: {type(error).__name__}")
        return Receipt(remote_id=message_id, url=None, wire="live")


def _answered(host: str, code: int) -> Outcome:
    """What an answer means by its code: 4xx passes, 5xx does not (RFC 5321 section 4.2.1)."""
    if 500 <= code < 600:
        return Refused(reason=f"{host} refuses it ({code})")
    return Later(reason=f"{host} puts it off ({code})")


async def submit(relays: Sequence[Relay], data: bytes, sender: str, recipient: str, *, message_id: str) -> Outcome:
    """Through the first relay that takes or refuses it; only one that surely took nothing is followed by the next."""
    outcome: Outcome = Later(reason="no relay is named")
    for relay in relays:
        outcome = await relay.submit(data, sender, recipient, message_id=message_id)
        if not isinstance(outcome, Later):
            break
    return outcome
