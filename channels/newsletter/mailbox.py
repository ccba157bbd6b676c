"""The mailbox to which mail comes back (IMAP4rev1, RFC 3501): what each report says, of which mail, and no address.

Only what was sent to an address with one of our tokens is touched; a person's own letter stays as it lies.
"""

from __future__ import annotations

import asyncio
import imaplib
import logging
import re
import ssl
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import TypeVar

from flufl.bounce import all_failures

Made = TypeVar("Made")
PATIENCE = 30.0  # seconds for each answer
AT_ONCE = 50  # messages that one look takes up
LARGEST = 200_000  # bytes of a message that are read: the report stands before what it returns
IMAPS = 993  # RFC 8314 section 7.2; on any other port the connection is encrypted by STARTTLS

log = logging.getLogger("vestka")
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it writes down what it reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A message that came back: its number in the mailbox, the token of the mail, and the status of its failure.

    `status` is that of RFC 3463, "" where none is given, None when it tells of no failure (a delay, an absence).
    """

    number: bytes
    token: str
    status: str | None


class Unreadable(Exception):
    """The mailbox cannot be read; the message says why, without a name or a password."""


class Mailbox:
    """One mailbox; each call is a connection of its own, always encrypted."""

    def __init__(
        self, address: str, *, user: str, password: str, senders: Sequence[str], tls: ssl.SSLContext | None = None
    ) -> None:
        host, _, port = address.rpartition(":")
        self.host, self._port = host, int(port)
        self._user, self._password = user, password
        self._locals = tuple(dict.fromkeys(sender.rpartition("@")[0] for sender in senders))
        ours = [(re.escape(local), re.escape(domain)) for local, _, domain in map(_parted, senders)]
        either = "|".join(rf"{local}\+([a-z2-7]{{26}})@{domain}" for local, domain in ours)
        self._ours = re.compile(rf"(?<![\w.+-])(?:{either})(?![\w.-])", re.IGNORECASE)
        self._tls = tls or ssl.create_default_context()
        self._passed: set[bytes] = set()  # numbers of messages that are none of ours

    async def check(self) -> str | None:
        """Why it cannot be read; None when it can."""
        try:
            await asyncio.to_thread(self._in_box, lambda box: None)
        except Unreadable as error:
            return str(error)
        return None

    async def look(self) -> list[Report]:
        """The unread messages that came back. Raises Unreadable."""
        return await asyncio.to_thread(self._in_box, self._reports)

    async def done(self, heeded: Collection[Report], strange: Collection[Report]) -> None:
        """Delete what was heeded, for it names a reader; mark as read what belongs to no mail of ours."""
        await asyncio.to_thread(self._in_box, lambda box: self._mark(box, heeded, strange))

    def _in_box(self, work: Callable[[imaplib.IMAP4], Made]) -> Made:
        try:
            if self._port == IMAPS:
                box: imaplib.IMAP4 = imaplib.IMAP4_SSL(self.host, self._port, ssl_context=self._tls, timeout=PATIENCE)
            else:
                box = imaplib.IMAP4(self.host, self._port, timeout=PATIENCE)
        except (imaplib.IMAP4.error, OSError) as error:
            raise Unreadable(f"{self.host} cannot be reached: {type(error).__name__}") from None
        try:
            if self._port != IMAPS:
                box.starttls(self._tls)
            box.login(self._user, self._password)
            box.select("INBOX")
            made = work(box)
            box.logout()
            return made
        except (imaplib.IMAP4.error, OSError) as error:
            with suppress(OSError):  # the connection may be gone already
                box.shutdown()
            raise Unreadable(
                f"{self.host} refuses the encryption, the login or a command: {type(error).__name__}"
            ) from None

    def _reports(self, box: imaplib.IMAP4) -> list[Report]:
        numbers: dict[bytes, None] = {}
        for local in self._locals:
            for field in ("To", "Delivered-To", "X-Original-To", "Envelope-To"):
                _, found = box.uid("SEARCH", "UNSEEN", "HEADER", field, f'"{local}+"')
                numbers |= dict.fromkeys(found[0].split() if found and found[0] else [])
        made: list[Report] = []
        for number in numbers:
            if number in self._passed:
                continue
            if len(made) == AT_ONCE:
                break
            _, parts = box.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{LARGEST}>)")
            data = next((part[1] for part in parts if isinstance(part, tuple)), b"")
            try:
                read = self.read(data)
            except Exception as error:  # noqa: BLE001  # parsers of others meet whatever a stranger has written
                log.warning("a message to the senders cannot be read: %s", type(error).__name__)
                read = None
            if read is None:
                self._passed.add(number)  # a person's letter, which stays unread for them
            else:
                made.append(Report(number=number, token=read[0], status=read[1]))
        return made

    def read(self, data: bytes) -> tuple[str, str | None] | None:
        """The token and the status of one message; None when it bears no token of ours."""
        message = message_from_bytes(data)
        fields = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
        texts = (str(value) for field in fields for value in message.get_all(field, []))
        found = next((one for text in texts for one in self._ours.finditer(text)), None)
        if found is None:
            return None
        token = next(group for group in found.groups() if group is not None)
        return token.lower(), _status(message)

    def _mark(self, box: imaplib.IMAP4, heeded: Collection[Report], strange: Collection[Report]) -> None:
        for reports, flag in ((strange, r"(\Seen)"), (heeded, r"(\Seen \Deleted)")):
            for one in reports:
                box.uid("STORE", one.number.decode(), "+FLAGS.SILENT", flag)
        # RFC 4315; a plain EXPUNGE would take along what a person has marked as deleted.
        if heeded and b"UIDPLUS" in box.capability()[1][0]:
            box.uid("EXPUNGE", ",".join(one.number.decode() for one in heeded))


def _parted(sender: str) -> tuple[str, str, str]:
    return sender.rpartition("@")


def _status(message: Message) -> str | None:
    """The status of the failure that a message reports: by RFC 3464, else by the forms that older servers write."""
    blocks = list(_blocks(message))
    if blocks:
        failed = [block for block in blocks if str(block.get("Action", "")).strip().lower().startswith("fail")]
        found = (_STATUS.match(str(block.get("Status", "")).strip()) for block in failed)
        return next((one[0] for one in found if one), "") if failed else None
    _, permanent = all_failures(message)
    return "" if permanent else None


def _blocks(message: Message) -> Iterator[Message]:
    """What a report says of each recipient (RFC 3464 section 2.3)."""
    for part in message.walk():
        inside = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(inside, list):
            yield from (block for block in inside if isinstance(block, Message) and "Action" in block)


_STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")
