"""The newsletter: one mail a language, as text and as HTML that loads nothing and tells nobody who reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time
from decimal import Decimal
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from channels import Abilities, ChannelSettings, Draft, Envelope, Length, Post, Rhythm, TooLong
from channels.newsletter.issue import LEAVE, Plan, Reader, own_id
from channels.newsletter.message import header_text

public = False

# Gmail clips a message whose HTML is longer than about 102 kB and hides its end.
# https://github.com/hteumeuleu/email-bugs/issues/41
LIMIT = 100_000
UNIT = "bytes of HTML"
SPECIMEN = Reader(address="reader@example.invalid", word="the-word-of-your-links")
# What a post holds beside its text and its HTML: the same words for discreet readers, and as one item of several.
DISCREET, ITEM_TEXT, ITEM = "discreet.txt", "item.txt", "item.mjml"
BETWEEN = "\n\n* * *\n\n"  # items in plain text
ITEMS = "<!-- items -->"  # where a frame takes them up

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+"
)


# RFC 5321 section 4.5.3.1.1: 64 characters before the @, of which a word for what comes back takes 27.
LONGEST_LOCAL = 37


def _is_here(host: str) -> bool:
    """Whether a server is on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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

    per_minute: int = Field(
        600,
        ge=0,
        description="mails that each relay is given in a minute at most; your provider names it; 0 = no limit",
    )
    daily: time = Field(
        time(18), description="when those who want one letter a day get it, in the project's timezone; HH:MM"
    )
    weekly: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(
        "fri", description="the day on which, at that hour, those who want one letter a week get it"
    )
    imap: str = Field(
        "",
        pattern=r"^([\w.-]+:\d{1,5})?$",
        description="the mailbox to which mail to the senders comes back, and to SENDER+WORD@…: mail.example.org:993",
    )
    imap_user: str = Field("", description="login name there; the password is the secret newsletter_imap_password")
    dkim_selector: str = Field(
        "",
        pattern=r"^[\w.-]*$",
        description="name of the key with which the relay signs; `doctor` looks whether it is there",
    )

    @field_validator("daily", mode="before")
    @classmethod
    def _is_hour(cls, value: object) -> object:
        if isinstance(value, int | float):
            raise ValueError('write the hour in quotes, e.g. "18:00"')
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        hosts = [relay.rpartition(":")[0] for relay in self.relays]
        if self.smtp_security == "none" and not all(map(_is_here, hosts)):
            raise ValueError('smtp_security = "none" tells every reader\'s address to the network: use "starttls"')
        if self.discreet_from and self.discreet_sender[1].rpartition("@")[2] == self.sender[1].rpartition("@")[2]:
            raise ValueError("discreet_from must not be of the domain of from, which names you")
        longest = max(len(address.rpartition("@")[0]) for _, address in (self.sender, self.discreet_sender))
        if self.imap and longest > LONGEST_LOCAL:
            raise ValueError(f"with imap, what stands before the @ of a sender has at most {LONGEST_LOCAL} characters")
        return self

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

    def rhythms(self) -> tuple[Rhythm, ...]:
        """When those who do not want each statement by itself are written to; named as their choices are."""
        return (
            Rhythm(name="daily", day=None, at=self.daily),
            Rhythm(name="weekly", day=DAYS.index(self.weekly), at=self.daily),
        )


def compose(draft: Draft, settings: Settings) -> tuple[Post, ...] | TooLong:
    """`subject.txt`, `post.txt`, `post.mjml` and the other layouts as one mail; refuses HTML that mailboxes would clip.

    Raises ValueError when a template says nothing, is no MJML, or lacks the link by which a reader leaves.
    """
    names = (DISCREET, *(name for name in (ITEM_TEXT, ITEM) if name in draft.rendered))
    variants = tuple((name, draft.rendered[name]) for name in names)
    made = _mail(draft.rendered, draft.rendered["post.mjml"], draft.rendered["post.txt"], variants)
    return made if isinstance(made, TooLong) else (replace(made, media=draft.media),)


def digest(items: Sequence[Post], rendered: Mapping[str, str], settings: Settings) -> tuple[Post, int]:
    """Several posts as one mail, in a frame, each exactly as it was approved; and how many of them it holds.

    As many as mailboxes do not clip, and one at least. Raises ValueError as `compose`.
    """
    for count in range(len(items), 0, -1):
        parts = {name: [dict(item.variants)[name] for item in items[:count]] for name in (DISCREET, ITEM_TEXT, ITEM)}
        html = _filled(rendered["post.mjml"], "\n".join(parts[ITEM]))
        text = _filled(rendered["post.txt"], BETWEEN.join(part.strip() for part in parts[ITEM_TEXT]))
        quiet = BETWEEN.join(part.strip() for part in parts[DISCREET]) + "\n"
        made = _mail(rendered, html, text, ((DISCREET, quiet),))
        if isinstance(made, Post):
            return made, count
    raise ValueError(f"no item fits into a mail of {LIMIT} {UNIT}")


def _filled(frame: str, items: str) -> str:
    if frame.count(ITEMS) != 1:
        raise ValueError(f"a frame has one line {ITEMS}")
    return frame.replace(f"<mj-raw>{ITEMS}</mj-raw>", items).replace(ITEMS, items)


def _mail(rendered: Mapping[str, str], mjml: str, text: str, variants: tuple[tuple[str, str], ...]) -> Post | TooLong:
    subject = header_text(rendered["subject.txt"])
    html = _html(mjml) if mjml.strip() else ""
    if not (subject and text.strip() and html and all(words.strip() for _, words in variants)):
        raise ValueError("a template of the newsletter says nothing")
    if LEAVE not in text or LEAVE not in html:
        raise ValueError(f"post.txt and post.mjml need {LEAVE}, which stands for the link by which a reader leaves")
    size = len(html.encode())
    if size > LIMIT:
        return TooLong(length=size, limit=LIMIT, unit=UNIT)
    return Post(part=1, parts=1, text=text, length=size, limit=LIMIT, subject=subject, html=html, variants=variants)


def _html(mjml: str) -> str:
    """MJML as HTML that old mail programs lay out too. Raises ValueError for what is no MJML."""
    from mjml import mjml2html

    try:
        html: str = mjml2html(mjml)
    except ValueError as error:
        raise ValueError(f"post.mjml is no MJML: {error}") from None
    return html


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
    plan = Plan(
        post.text,
        html=post.html,
        subject=post.subject or "",
        language=envelope.language,
        sender=settings.sender,
        list_id=envelope.channel,
        date=envelope.date,
        leave=LEAVE,
    )
    number = envelope.message_id or own_id(envelope.key, settings.sender[1])
    return ".eml", plan.message(replace(SPECIMEN, message_id=number))


abilities = Abilities(rhythms=Settings.rhythms, digest=digest)
