"""The ways by which people are told: a file beside the database, the terminal, a mail. Each says whether it worked."""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
import sys
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

from bot.alerts import subject

MAIL_SECONDS = 60.0


class Way(Protocol):
    """One way of telling people; `name` is what the ledger remembers it by."""

    name: str

    async def tell(self, lines: Sequence[str], now: datetime) -> str | None:
        """Tell these lines. None when they were told, else why not, in one line without addresses or secrets."""
        ...


class Terminal:
    """The standard error stream, which systemd keeps in its journal."""

    name = "terminal"

    async def tell(self, lines: Sequence[str], now: datetime) -> str | None:
        """One line each."""
        for line in lines:
            print(f"alarm: {line}", file=sys.stderr, flush=True)
        return None


class File:
    """A file that only grows: what was told when."""

    name = "file"

    def __init__(self, file: Path) -> None:
        """Take the file; it is made for its owner alone."""
        self._file = file

    async def tell(self, lines: Sequence[str], now: datetime) -> str | None:
        """One line each, with the time in UTC."""
        return await asyncio.to_thread(self._append, lines, now)

    def _append(self, lines: Sequence[str], now: datetime) -> str | None:
        text = "".join(f"{now:%Y-%m-%dT%H:%M:%SZ} {line}\n" for line in lines)
        try:
            descriptor = os.open(self._file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            return f"{self._file.name}: {error.strerror}"
        return None


class Mail:
    """A mail to the person in charge, over SMTP submission (RFC 6409), encrypted unless the settings say otherwise."""

    name = "mail"

    def __init__(self, *, host: str, port: int, security: str, user: str, password: str, to: str) -> None:
        """`security` is "starttls", "tls" or "none"; an empty `user` logs nobody in."""
        self._host, self._port, self._security = host, port, security
        self._user, self._password, self._to = user, password, to

    def __repr__(self) -> str:
        return f"Mail({self._host}:{self._port})"

    async def tell(self, lines: Sequence[str], now: datetime) -> str | None:
        """All lines in one mail."""
        import aiosmtplib

        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=ssl.create_default_context() if self._security != "none" else None,
            timeout=MAIL_SECONDS,
            username=self._user or None,
            password=self._password or None,
        )
        try:
            async with asyncio.timeout(MAIL_SECONDS), client:
                await client.sendmail(self._to, [self._to], self._message(lines, now))
        except (aiosmtplib.SMTPException, OSError) as error:
            return f"the alarm mail could not be sent by {self._host}: {type(error).__name__}"
        return None

    def _message(self, lines: Sequence[str], now: datetime) -> bytes:
        message = EmailMessage()
        message["From"] = message["To"] = self._to
        message["Subject"] = subject(lines)
        message["Date"] = format_datetime(now)
        text = "\n\n".join(lines)
        message["Message-ID"] = f"<{hashlib.sha256(f'{now}{text}'.encode()).hexdigest()[:32]}@vestka.invalid>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834
        message.set_content(text, cte="base64")
        return message.as_bytes()
