"""One issue in one language, laid out once: each reader's own mail is its bytes with four things put in.

The reader's address, the Message-ID, and twice the word of the link by which they leave; nothing else differs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from channels.newsletter.message import BREAK, DamagedMessage, build, coded, token

LEAVE = "https://leave.invalid/"  # stands in a post for the reader's own link
WORD_LENGTH = 22
_WORD = "wordOfTheReadersOwnUrl"  # in its place while a plan is made
_COLUMNS = 57  # bytes that one line of base64 holds (RFC 2045 section 6.8: at most 76 characters)
_LINE = 78  # bytes of such a line, with its end
_OWN_WORD = re.compile(rf"[A-Za-z0-9_-]{{{WORD_LENGTH}}}")
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What is put in for one reader; `answers` is the Message-ID of the mail that this one puts right, "" for none."""

    address: str
    word: str
    message_id: str = ""
    answers: str = ""


def own_id(key: str, sender: str) -> str:
    """The Message-ID of a mail by its key, for a sender's address: the same at each try, and one that tells nothing."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


class Plan:
    """The bytes of an issue, with gaps. `leave` is the address of the link by which a reader leaves, less its word.

    `sender` is (name, address); `list_id` "" names no list (RFC 2919); `html` None is plain text alone. Raises
    DamagedMessage when a mail, read back, does not say what was meant.
    """

    def __init__(
        self,
        text: str,
        *,
        html: str | None,
        subject: str,
        language: str,
        sender: tuple[str, str],
        list_id: str,
        date: datetime,
        leave: str,
    ) -> None:
        self._sender, self._subject, self._language = sender, subject, language
        self._list_id, self._date, self._leave = list_id, format_datetime(date), leave
        self._texts = (text, html)
        self._seed = "\0".join([subject, text, html or ""])
        head, _, body = self._built(_SAMPLE).partition(b"\r\n\r\n")
        self._head = self._gaps(head)
        self._body = list(self._runs(body))
        for sample in (_SAMPLE, _OTHER, replace(_OTHER, answers=_SAMPLE.message_id)):
            if self.message(sample) != self._built(sample):
                raise DamagedMessage("a reader's mail would not be the one that was laid out")

    @property
    def sender(self) -> str:
        """The address that it comes from."""
        return self._sender[1]

    def message(self, reader: Reader) -> bytes:
        """One reader's mail, the same bytes each time. Raises DamagedMessage for what cannot stand in a header."""
        if not (_OWN_WORD.fullmatch(reader.word) and _ADDRESS.fullmatch(reader.address)):
            raise DamagedMessage("a reader's address or word cannot stand in a header")
        word, number = reader.word.encode("ascii"), token(reader.message_id).encode("ascii")
        to, id_, leave, rest = self._head
        thread = "".join(f"{BREAK}{name}: {value}" for name, value in _thread(reader)).encode("ascii")
        made = [to, reader.address.encode("ascii"), id_, number, thread, leave, word, rest, b"\r\n\r\n"]
        for fixed, raw in self._body:
            made.append(fixed)
            if raw:
                made.append(coded(raw.replace(_WORD.encode(), word)))
        return b"".join(made)

    def _built(self, reader: Reader) -> bytes:
        """The same by the long way, read back."""
        text, html = (None if one is None else one.replace(LEAVE, f"{self._leave}{reader.word}") for one in self._texts)
        assert text is not None
        list_id = f"<{self._list_id}.{self.sender.rpartition('@')[2]}>"
        headers = (
            ("To", reader.address),
            ("Message-ID", token(reader.message_id)),
            *_thread(reader),
            ("List-Unsubscribe", f"<{self._leave}{reader.word}>"),  # RFC 8058 section 3.1
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            *((("List-Id", token(list_id)),) if self._list_id else ()),  # RFC 2919
            ("Date", self._date),
            ("Auto-Submitted", "auto-generated"),  # RFC 3834 section 5
            ("Content-Language", self._language),
        )
        return build(headers, subject=self._subject, sender=self._sender, text=text, html=html, seed=self._seed)

    def _gaps(self, head: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        """The head of the sample's mail, parted where a reader's own values stand."""
        parted = []
        for value in (_SAMPLE.address, _SAMPLE.message_id, _WORD):
            name = {_SAMPLE.address: "To: ", _SAMPLE.message_id: "Message-ID: "}.get(
                value, f"List-Unsubscribe: <{self._leave}"
            )
            before, _, head = head.partition(f"{BREAK}{name}{value}".encode())
            parted.append(before + f"{BREAK}{name}".encode())
        return parted[0], parted[1], parted[2], head

    def _runs(self, body: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The sample's body: what is the same for everybody, and the raw bytes of the lines that come after it."""
        done = 0
        for one in self._texts:
            if one is None:
                continue
            raw = one.replace(LEAVE, f"{self._leave}{_WORD}").encode()
            start = body.index(coded(raw), done)
            for first, last in _lines_of(raw):
                yield body[done : start + first * _LINE], raw[first * _COLUMNS : last * _COLUMNS]
                done = start + len(coded(raw[: last * _COLUMNS]))
        yield body[done:], b""


def _thread(reader: Reader) -> tuple[tuple[str, str], ...]:
    """The headers by which a mailbox shows a mail beside the one that it answers (RFC 5322 section 3.6.4)."""
    if not reader.answers:
        return ()
    return (("In-Reply-To", token(reader.answers)), ("References", token(reader.answers)))


def _lines_of(raw: bytes) -> list[tuple[int, int]]:
    """Which lines of base64 hold a word, as runs: (first, behind the last)."""
    runs: list[tuple[int, int]] = []
    for found in re.finditer(_WORD.encode(), raw):
        first, last = found.start() // _COLUMNS, (found.end() - 1) // _COLUMNS + 1
        if runs and first <= runs[-1][1]:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs


_SAMPLE = Reader(address="reader@example.invalid", word=_WORD, message_id="<a@example.invalid>")
_OTHER = Reader(address="another.reader@example.org", word="-0_" * 7 + "z", message_id="<b.c@example.org>")
