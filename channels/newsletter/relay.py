"""Mail submission (RFC 6409): one finished mail to one reader, encrypted, judged by phase and never by a guess.

A relay that cannot be reached is followed by the next; what may have been taken is never handed to a second one.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
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
        made: Conversation | None = None
        try:
            if (reason := await self._opened(client)) is not None:
                return Unreachable(reason=reason)
            await client.ehlo()
            if self._user:
                await client.login(self._user, self._password)
            made = Conversation(self, client, self._timeouts)
            return made
        except aiosmtplib.SMTPResponseException as error:
            return self.refuses(error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unreachable(reason=f"{self.host} ended the conversation before the mail: {type(error).__name__}")
        finally:
            if made is None:
                client.close()

    def refuses(self, code: int) -> Later | Refused:
        """The login or the sender is refused: no reader's fault, for every other mail would meet the same."""
        if 400 <= code < 500:  # RFC 4954 section 6: 454 is temporary
            return Unreachable(reason=f"{self.host} puts it off ({code})")
        cure = "mend smtp_user and its password, or the newsletter's `from`"
        return Refused(reason=f"{self.host} refuses the login or the sender ({code}); {cure}", lasting=True)

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self._port,
            timeout=self._timeouts.answer,
            use_tls=self._security == "tls",
            start_tls=False,  # by hand, so that a server without it is told from one that fails
            tls_context=self._tls,
            local_hostname="[127.0.0.1]",  # it stands in the mail (RFC 5321 4.4): this machine's name would tell
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
            return f"{self.host}:{self._port} cannot be reached {how}: {_said_by(error)}"
        return None


def _said_by(error: BaseException) -> str:
    """What a system says of a failed connection; of a server's own words nothing, for they may name a reader."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


class Unreachable(Later):
    """The relay took nothing, and would take nothing for anybody else either: another may."""


class Conversation:
    """One open connection, for one mail after the other; commands go together where the server takes that (RFC 2920).

    The library has connected, encrypted and logged in. Sending is ours, for it is done twenty thousand times: the
    library looks at every byte of every mail again, and waits for each answer.
    """

    def __init__(self, relay: Relay, client: aiosmtplib.SMTP, timeouts: Timeouts) -> None:
        self.relay = relay
        self.fresh = True  # nothing was handed over yet: a server may end an old conversation at any moment
        self._client, self._timeouts = client, timeouts
        self._together = client.supports_extension("pipelining")
        self._answers = _Answers()
        assert isinstance(client.transport, asyncio.Transport)  # it is connected
        self._transport = client.transport
        self._transport.set_protocol(self._answers)

    @property
    def is_open(self) -> bool:
        """Whether another mail may be handed over."""
        return not (self._transport.is_closing() or self._answers.ended)

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()

    def leave(self) -> None:
        """Say goodbye, and let go of it."""
        self._transport.write(b"QUIT\r\n")
        self.close()

    async def submit(self, data: bytes, sender: str, recipient: str, *, message_id: str) -> Outcome:
        """Hand over one mail, byte for byte; the receipt bears its Message-ID, for a relay gives no number of its own.

        `data` has lines that end in CR LF. No outcome repeats the recipient, nor what the relay says of them.
        """
        outcome = await self._handed(data, sender, recipient, message_id)
        self.fresh = False
        if isinstance(outcome, Unreachable | Unknown):
            self.close()
        return outcome

    async def _handed(self, data: bytes, sender: str, recipient: str, message_id: str) -> Outcome:
        host = self.relay.host
        commands = [f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"]
        try:
            from_, to, go_on = await self._asked(commands)
        except (OSError, TimeoutError) as error:
            return Unreachable(reason=f"{host} ended the conversation before the mail: {type(error).__name__}")
        if go_on.code != 354:
            return await self._refused(from_, to, go_on)
        if to.code >= 400 or from_.code >= 400:
            # RFC 2920 section 3.1: it would take a mail for nobody, and is given an empty one.
            try:
                await self._said(b".\r\n", self._timeouts.answer)
            except (OSError, TimeoutError):
                self.close()
            return await self._refused(from_, to, go_on)
        try:
            taken = await self._said(_stuffed(data), self._timeouts.taken)
        except (OSError, TimeoutError) as error:
            return Unknown(reason=f"{host} did not say whether it took the mail: {type(error).__name__}")
        if 200 <= taken.code < 300:
            return Receipt(remote_id=message_id, url=None, wire="live")
        return await self._answered(taken)

    async def _asked(self, commands: list[str]) -> list[_Answer]:
        """The answers to some commands: to all at once, or to each before the next; none follows one that failed."""
        if self._together:
            self._transport.write("".join(f"{one}\r\n" for one in commands).encode("ascii"))
            return await self._answers.next(len(commands), self._timeouts.answer)
        answers: list[_Answer] = []
        for one in commands:
            if answers and answers[-1].code >= 400:
                answers.append(answers[-1])
            else:
                answers.append(await self._said(f"{one}\r\n".encode("ascii"), self._timeouts.answer))
        return answers

    async def _said(self, words: bytes, patience: float) -> _Answer:
        self._transport.write(words)
        return (await self._answers.next(1, patience))[0]

    async def _refused(self, from_: _Answer, to: _Answer, go_on: _Answer) -> Outcome:
        """What it means that no mail was taken: by the first command that failed."""
        if from_.code >= 400 and from_.code != 421:
            self.close()
            return self.relay.refuses(from_.code)
        failed = next((one for one in (from_, to, go_on) if one.code >= 400), None)
        if failed is None:  # an answer to DATA that is none (RFC 5321 section 4.3.2)
            return Unreachable(reason=f"{self.relay.host} answers DATA with {go_on.code}")
        return await self._answered(failed)

    async def _answered(self, answer: _Answer) -> Outcome:
        """What an answer means by its code: 4xx passes, 5xx does not (RFC 5321 section 4.2.1)."""
        host, code = self.relay.host, answer.code
        if code == 421:  # RFC 5321 section 3.8: it ends the conversation
            return Unreachable(reason=f"{host} puts it off ({code})")
        try:
            await self._said(b"RSET\r\n", self._timeouts.answer)
        except (OSError, TimeoutError):
            self.close()
        if 500 <= code < 600:
            found = _STATUS.match(answer.text)
            return Bounced(reason=f"{host} refuses it ({code})", status=found[0] if found else "")
        return Later(reason=f"{host} puts it off ({code})")


_STATUS = re.compile(r"5\.\d{1,3}\.\d{1,3}(?=\s|$)")  # RFC 2034: the answer begins with it
_LINE = re.compile(rb"(\d{3})([ -]?)([^\r\n]*)\r?\n")
LONGEST = 10_000  # bytes of answers that nobody has read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    code: int
    text: str


class _Answers(asyncio.Protocol):
    """The answers of a server, in their order (RFC 5321 section 4.2)."""

    def __init__(self) -> None:
        self.ended = False
        self._rest = b""
        self._first: str | None = None  # of an answer of several lines
        self._read: deque[_Answer] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def data_received(self, data: bytes) -> None:
        """Whatever comes; what is no answer ends the conversation."""
        self._rest += data
        while (found := _LINE.match(self._rest)) is not None:
            self._rest = self._rest[found.end() :]
            text = found[3].decode("ascii", "replace") if self._first is None else self._first
            self._first = text if found[2] == b"-" else None
            if self._first is None:
                self._read.append(_Answer(code=int(found[1]), text=text))
        if b"\n" in self._rest or len(self._rest) > LONGEST or len(self._read) > LONGEST:
            self.ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """There is nothing more to come."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def next(self, count: int, patience: float) -> list[_Answer]:
        """The next answers. Raises TimeoutError, and ConnectionError when they do not come any more."""
        async with asyncio.timeout(patience):
            while len(self._read) < count:
                if self.ended:
                    raise ConnectionResetError
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        return [self._read.popleft() for _ in range(count)]


def _stuffed(data: bytes) -> bytes:
    """A mail as it goes over the wire: a line that begins with a dot has one more (RFC 5321 section 4.5.2)."""
    inside = data.replace(b"\r\n.", b"\r\n..") if b"\r\n." in data else data
    return b"".join([b"." if inside.startswith(b".") else b"", inside, b".\r\n"])
