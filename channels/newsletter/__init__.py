"""The newsletter: one mail a language, as text and as HTML that loads nothing and tells nobody who reads it."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from email.utils import format_datetime, parseaddr
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from channels import ChannelSettings, Draft, Envelope, Length, Post, TooLong
from channels.newsletter.message import build, header_text, token

public = False

# Gmail clips a message whose HTML is longer than about 102 kB and hides its end.
# https://github.com/hteumeuleu/email-bugs/issues/41
LIMIT = 100_000
UNIT = "bytes of HTML"
SPECIMEN_READER = "reader@example.invalid"

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)


def _is_sender(value: str) -> str:
    _, address = parseaddr(value)
    alone = value.isprintable() and value.endswith((address, f"<{address}>"))
    if not (alone and _ADDRESS.fullmatch(address)):
        raise ValueError('Input should be an address, or "Name <address>"')
    return value


Sender = Annotated[str, AfterValidator(_is_sender)]


def _parted(sender: str) -> tuple[str, str]:
    name, address = parseaddr(sender)
    return header_text(name), address


class Settings(ChannelSettings):
    """A newsletter: its languages and whom it comes from."""

    kind: Literal["newsletter"] = "newsletter"
    languages: tuple[str, ...] = Field(min_length=1, description="the languages that readers may choose from")
    from_: Sender = Field(
        "Vestka <newsletter@example.invalid>", alias="from", description='the sender, "Name <address>"'
    )

    discreet_from: Sender | Literal[""] = Field(
        "", description='the sender for readers who want to be written to discreetly; it names nobody; "" = not offered'
    )
    relays: tuple[Annotated[str, Field(pattern=r"^[\w.-]+:\d{1,5}$")], ...] = Field(
        (), description='submission servers, tried in turn: ["mail.example.org:587"]; none = a rehearsal'
    )
    smtp_user: str = Field(
        "", description="login name at the relays; the password is the secret newsletter_smtp_password"
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description='how the connection is encrypted; "none" only for a server on this machine'
    )

    dkim_selector: str = Field(
        "",
        pattern=r"^[\w.-]*$",
        description="name of the key with which the relay signs; `doctor` looks whether it is there",
    )

    @field_validator("languages")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a language is named twice")
        return value

    def languages_served(self) -> tuple[str, ...]:
        return self.languages

    @property
    def sender(self) -> tuple[str, str]:
        """(name, address), the name fit for a header."""
        return _parted(self.from_)

    @property
    def discreet_sender(self) -> tuple[str, str]:
        """The same for discreet readers."""
        return _parted(self.discreet_from)


def compose(draft: Draft, settings: Settings) -> tuple[Post, ...] | TooLong:
    """`subject.txt`, `post.txt` and `post.html` as one mail; refuses HTML that mailboxes would clip.

    Raises ValueError when a template says nothing.
    """
    subject, text, html = (draft.rendered[name] for name in ("subject.txt", "post.txt", "post.html"))
    subject = header_text(subject)
    if not (subject and text.strip() and html.strip()):
        raise ValueError("subject.txt, post.txt or post.html says nothing")
    size = len(html.encode())
    if size > LIMIT:
        return TooLong(length=size, limit=LIMIT, unit=UNIT)
    return (Post(part=1, parts=1, text=text, length=size, limit=LIMIT, subject=subject, html=html, media=draft.media),)


def length(text: str) -> Length:
    """The bytes of a text in UTF-8, against the limit of one mail."""
    return Length(length=len(text.encode("utf-8", "surrogatepass")), limit=LIMIT)


def cost(posts: tuple[Post, ...], settings: Settings) -> Decimal:
    """The relay's price is not ours to know."""
    return Decimal(0)


def specimen(post: Post, envelope: Envelope, settings: Settings) -> tuple[str, bytes] | None:
    """The finished mail, addressed to nobody real; the same bytes for the same post and envelope.

    Raises DamagedMessage when the bytes, read back, do not say what was meant.
    """
    _, address = settings.sender
    domain = address.rpartition("@")[2]
    own_id = f"<{hashlib.sha256(envelope.key.encode()).hexdigest()[:32]}@{domain}>"
    headers = (
        ("To", SPECIMEN_READER),
        ("Date", format_datetime(envelope.date)),
        ("Message-ID", token(envelope.message_id or own_id)),
        ("List-Id", token(f"<{envelope.channel}.{domain}>")),  # RFC 2919
        ("Auto-Submitted", "auto-generated"),  # RFC 3834 section 5
        ("Content-Language", envelope.language),
    )
    data = build(headers, subject=post.subject or "", sender=settings.sender, text=post.text, html=post.html or "")
    return ".eml", data
