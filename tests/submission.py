"""A real submission server on loopback: aiosmtpd, which keeps what it was given and refuses what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "vestka-user", "s3cret-word"


class Postbox:
    """A submission server's inside: keeps what it was given, and knows one name and password."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.encrypted: list[bool] = []
        self.logins = 0
        self.connections = 0
        self.servers: list[SMTP] = []
        self.moved = False
        self.closed = False  # hangs up on whoever calls
        self.pipelining = False  # takes several commands at once (RFC 2920), which aiosmtpd does without saying so
        self.strict = False  # takes mail from nobody who has not logged in
        self.refusals: list[str] = []  # what the next recipients are answered
        self.verdicts: list[str] = []  # what the next mails are answered; "" ends the connection without a word

    def hang_up(self) -> None:
        """End every conversation without a word."""
        for server in self.servers:
            if server.transport is not None:
                server.transport.abort()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet back, or hang up."""
        session.host_name = hostname
        if self.closed:
            server.transport.abort()
        return ["250-PIPELINING", *responses] if self.pipelining else responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail from anybody, or from nobody without a login."""
        if self.strict:
            return "530 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 known"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail for anyone, or for nobody."""
        if self.moved:
            return f"550 {address} has moved"
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, unless the next verdict refuses it."""
        verdict = self.verdicts.pop(0) if self.verdicts else "250 kept"
        if verdict[:1] in ("", "2"):
            self.mails.append(envelope)
            self.encrypted.append(session.ssl is not None)
        if not verdict:
            server.transport.abort()
        return verdict or "250 kept"

    def knows(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        """Whether this is the name and the password."""
        self.logins += 1
        right = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=data == right, handled=False)


@asynccontextmanager
async def submission(**more: Any) -> AsyncIterator[tuple[Postbox, int]]:
    """A real SMTP server on loopback and its port."""
    postbox = Postbox()

    def made() -> SMTP:
        postbox.connections += 1
        postbox.servers.append(SMTP(postbox, hostname="localhost", authenticator=postbox.knows, **more))
        return postbox.servers[-1]

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    try:
        yield postbox, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
