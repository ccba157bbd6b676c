"""Mail submission (RFC 6409): one finished mail to one reader, encrypted, judged by phase and never by a guess.

A relay that cannot be reached is followed by the next; what may have been taken is never handed to a second one.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from channels import Bounced, Later, Outcome, Receipt, Refused, Unknown

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

    async def open(self) -> Conversation | Later | Refused:
        """A conversation in which mails can be handed over; Unreachable or a lasting Refused when there is none."""
        client = self._client()
        failed: Later | Refused | None = None
        try:
            if (reason := await self._opened(client)) is not None:
                failed = Unreachable(reason=reason)
            elif self._user:
                await client.login(self._user, self._password)
        except aiosmtplib.SMTPResponseException as error:
            failed = self._refuses(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            failed = Unreachable(reason=f"{self.host} ended the conversation before the mail: {type(error).__name__}")
        except BaseException:
            client.close()
            raise
        if failed is None:
            return Conversation(self, client, self._timeouts.taken)
        client.close()
        return failed

    def _refuses(self, error: aiosmtplib.SMTPResponseException) -> Later | Refused:
        """The login or the sender is refused: no reader's fault, for every other mail would meet the same."""
        if 400 <= error.code < 500:  # RFC 4954 section 6: 454 is temporary
            return Unreachable(reason=f"{self.host} puts it off ({error.code})")
        cure = "mend smtp_user and its password, or the newsletter's `from`"
        return Refused(reason=f"{self.host} refuses the login or the sender ({error.code}); {cure}", lasting=True)

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


class Unreachable(Later):
    """The relay took nothing, and would take nothing for anybody else either: another may."""


class Conversation:
    """One open connection, for one mail after the other."""

    def __init__(self, relay: Relay, client: aiosmtplib.SMTP, patience: float) -> None:
        self.relay = relay
        self.fresh = True  # nothing was handed over yet: a server may end an old conversation at any moment
        self._client, self._patience = client, patience

    @property
    def is_open(self) -> bool:
        """Whether another mail may be handed over."""
        return self._client.is_connected

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    async def submit(self, data: bytes, sender: str, recipient: str, *, message_id: str) -> Outcome:
        """Hand over one mail, byte for byte; the receipt bears its Message-ID, for a relay gives no number of its own.

        No outcome repeats the recipient, nor what the relay says of them.
        """
        outcome = await self._handed(data, sender, recipient, message_id)
        self.fresh = False
        if isinstance(outcome, Unreachable | Unknown):
            self.close()
        return outcome

    async def _handed(self, data: bytes, sender: str, recipient: str, message_id: str) -> Outcome:
        host, client = self.relay.host, self._client
        try:
            await client.mail(sender)
            await client.rcpt(recipient)
        except aiosmtplib.SMTPSenderRefused as error:
            return self.relay._refuses(error)
        except aiosmtplib.SMTPResponseException as error:
            return await self._answered(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unreachable(reason=f"{host} ended the conversation before the mail: {type(error).__name__}")
        try:
            await client.data(data, timeout=self._patience)
        except aiosmtplib.SMTPResponseException as error:
            return await self._answered(error)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Unknown(reason=f"{host} did not say whether it took the mail: {type(error).__name__}")
        return Receipt(remote_id=message_id, url=None, wire="live")

    async def _answered(self, error: aiosmtplib.SMTPResponseException) -> Outcome:
        """What an answer means by its code: 4xx passes, 5xx does not (RFC 5321 section 4.2.1)."""
        host, code = self.relay.host, error.code
        if code == 421:  # RFC 5321 section 3.8: it ends the conversation
            return Unreachable(reason=f"{host} puts it off ({code})")
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.close()
        if 500 <= code < 600:
            found = _STATUS.match(error.message)
            return Bounced(reason=f"{host} refuses it ({code})", status=found[0] if found else "")
        return Later(reason=f"{host} puts it off ({code})")


_STATUS = re.compile(r"5\.\d{1,3}\.\d{1,3}(?=\s|$)")  # RFC 2034: the answer begins with it
