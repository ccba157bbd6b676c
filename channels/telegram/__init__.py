"""Telegram: one message of at most 4,096 UTF-16 code units, as text with entities."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from channels import ChannelSettings, Draft, Envelope, Length, Post, TooLong
from channels.telegram.entities import parse, units

public = True

# "text: 1-4096 characters after entities parsing" https://core.telegram.org/bots/api#sendmessage
# Counted in UTF-16 code units, as entities are: no other way of counting gives more.
LIMIT = 4096
# More entities are silently ignored. https://core.telegram.org/method/messages.sendMessage
MOST_ENTITIES = 100


class Settings(ChannelSettings):
    """A Telegram channel or group in which the bot may post."""

    kind: Literal["telegram"] = "telegram"
    language: str = Field(min_length=2, description="the language of this channel")
    chat: str | int = Field("", description='"@name" or the numeric id of the channel; a rehearsal needs none')
    silent: bool = Field(False, description="post without a sound")
    link_preview: bool = Field(False, description="let Telegram draw a preview of the first address")
    api_base: str | None = Field(None, pattern=r"^https?://", description="a self-hosted Bot API server")

    def languages_served(self) -> tuple[str, ...]:
        return (self.language,)


def compose(draft: Draft, settings: Settings) -> tuple[Post, ...] | TooLong:
    """`post.html` as one message: text and entities. Refuses what is too long or has too many entities.

    Raises ValueError when the template's markup is not Telegram's or says nothing.
    """
    text, entities = parse(draft.rendered["post.html"])
    if not text:
        raise ValueError("post.html says nothing")
    size = units(text)
    if size > LIMIT:
        return TooLong(length=size, limit=LIMIT, unit="characters")
    if len(entities) > MOST_ENTITIES:
        return TooLong(length=len(entities), limit=MOST_ENTITIES, unit="entities")
    return (Post(part=1, parts=1, text=text, length=size, limit=LIMIT, entities=entities, media=draft.media),)


def length(text: str) -> Length:
    """The UTF-16 code units of a text, against the limit of one message."""
    return Length(length=units(text), limit=LIMIT)


def cost(posts: tuple[Post, ...], settings: Settings) -> Decimal:
    """Telegram takes nothing."""
    return Decimal(0)


def specimen(post: Post, envelope: Envelope, settings: Settings) -> tuple[str, bytes] | None:
    """Nothing more than the payload leaves."""
    return None
