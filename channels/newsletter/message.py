"""A finished mail, byte for byte: built once, read back, and only handed on when it says what was meant.

Built by hand because the standard library's modern policy loses spaces between encoded words and, before Python 3.13,
turns an encoded line break in a subject into a header of its own (python/cpython#92081, #121650).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message

BREAK = "\r\n"
# RFC 5322 section 2.1.1 recommends lines of at most 78 characters; RFC 2047 section 2 demands 76 with encoded words.
WIDTH = 75

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HIDDEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_TOKEN = re.compile(r"<[!-;=?-~]+>")


class DamagedMessage(ValueError):
    """The finished bytes do not say what was meant: the mail must not leave."""


def header_text(text: str) -> str:
    """Outside text made fit for a header: no control or direction character, and nothing that reads as an encoded word.

    The order matters: `=` NUL `?` must not become `=?` after the search.
    """
    text = _HIDDEN.sub("", _CONTROL.sub(" ", text))
    return text.replace("=?", "= ?").strip()


def _encoded(text: str, name: str) -> str:
    """A header's free text, folded: short ASCII as it stands, else encoded words (RFC 2047), which keep every space."""
    if text.isascii() and len(name) + 2 + len(text) <= WIDTH:
        return text
    return Header(text, "utf-8", header_name=name, maxlinelen=WIDTH).encode(linesep=BREAK)


def _sender(name: str, address: str) -> str:
    """`"Name" <address>` (RFC 5322 section 3.4); a name outside ASCII as encoded words."""
    if not name:
        return address
    if name.isascii() and len(name) + len(address) < WIDTH - 12:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{_encoded_words(name)}{BREAK} <{address}>"


def _encoded_words(name: str) -> str:
    return Header(name, "utf-8", header_name="From", maxlinelen=WIDTH).encode(linesep=BREAK)


def build(
    headers: Sequence[tuple[str, str]],
    *,
    subject: str,
    sender: tuple[str, str],
    text: str,
    html: str | None,
    seed: str | None = None,
) -> bytes:
    """The bytes of a mail. `headers` are (name, value) pairs of our own making, in plain ASCII; without `html` it is
    plain text alone.

    `sender` is (name, address); subject and name must have passed `header_text`; mails of one `seed` are parted alike.
    Raises DamagedMessage when the bytes, read back, differ in headers, subject, sender or a part.
    """
    said = "\0".join([subject, text, html or ""]) if seed is None else seed
    boundary = "=_" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    bodies = (text,) if html is None else (text, html)
    try:
        lines = [
            ("From", _sender(*sender)),
            ("Subject", _encoded(subject, "Subject")),
            *headers,
            ("MIME-Version", "1.0"),
            *(_PLAIN if html is None else [("Content-Type", f'multipart/alternative;{BREAK} boundary="{boundary}"')]),
        ]
        if html is None:
            body = coded(text.encode()).decode("ascii")
        else:
            parts = [_part("plain", text), _part("html", html)]
            body = "".join(f"--{boundary}{BREAK}{part}{BREAK}" for part in parts) + f"--{boundary}--{BREAK}"
        data = ("".join(f"{name}: {value}{BREAK}" for name, value in lines) + BREAK + body).encode("ascii")
    except UnicodeError as error:
        raise DamagedMessage(f"the mail cannot be written: {error}") from error
    _read_back(data, [name for name, _ in lines], subject, sender, bodies)
    return data


_PLAIN = [("Content-Type", 'text/plain; charset="utf-8"'), ("Content-Transfer-Encoding", "base64")]


def coded(data: bytes) -> bytes:
    """Bytes in base64, which no relay rewraps and no lone dot can end (RFC 5321 section 4.5.2)."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _part(subtype: str, text: str) -> str:
    """One alternative."""
    head = (f'Content-Type: text/{subtype}; charset="utf-8"', "Content-Transfer-Encoding: base64")
    return BREAK.join([*head, "", coded(text.encode()).decode("ascii")])


def _read_back(data: bytes, names: list[str], subject: str, sender: tuple[str, str], bodies: tuple[str, ...]) -> None:
    """Raise DamagedMessage unless a plain reader finds the same headers, words and parts in the bytes."""
    message = message_from_bytes(data)
    if message.keys() != names:
        raise DamagedMessage(f"the mail has the headers {', '.join(message.keys())}, not {', '.join(names)}")
    if unfolded(message, "Subject") != subject:
        raise DamagedMessage(f"the subject would arrive as {unfolded(message, 'Subject')!r}, not {subject!r}")
    if _sender_read(message) != sender:
        raise DamagedMessage(f"the sender would arrive as {_sender_read(message)!r}, not {sender!r}")
    parts = message.get_payload() if message.is_multipart() else [message]
    found = tuple(_body(part) for part in parts) if isinstance(parts, list) else ()
    if found != bodies:
        raise DamagedMessage("a part of the mail would not arrive as it was written")


def _body(part: object) -> str | None:
    data = part.get_payload(decode=True) if isinstance(part, Message) else None
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else None


def decoded(raw: str) -> str:
    """A header's value as a reader sees it: unfolded (RFC 5322 section 2.2.3), its encoded words decoded."""
    try:
        chunks = decode_header(raw.replace("\r", "").replace("\n", ""))
    except HeaderParseError as error:
        raise DamagedMessage(f"a header cannot be decoded: {error}") from error
    return "".join(
        chunk if isinstance(chunk, str) else chunk.decode(coding or "ascii", "replace") for chunk, coding in chunks
    )


def unfolded(message: Message, name: str) -> str:
    """One header of a parsed message as a reader sees it. Not by the modern parser, which glues long names."""
    return decoded(str(message[name]))


def _sender_read(message: Message) -> tuple[str, str]:
    """The name and address in From, as a reader sees them."""
    raw = str(message["From"]).replace("\r", "").replace("\n", "")
    if "<" not in raw:
        return "", raw
    name, _, address = raw.rpartition(" <")
    if name.startswith('"'):
        return re.sub(r"\\(.)", r"\1", name[1:-1]), address.removesuffix(">")
    return decoded(name), address.removesuffix(">")


def token(text: str) -> str:
    """A Message-ID or List-Id as given. Raises DamagedMessage for anything but <printable ASCII without spaces>."""
    if not _TOKEN.fullmatch(text):
        raise DamagedMessage(f"{text!r} is no identifier of a mail")
    return text
