"""Telegram: one message of at most 4,096 UTF-16 code units, as text with entities; with a picture, its caption.

`compose` is pure; the live wire and its library are imported when it is dialled.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from channels import Abilities, Button, ChannelSettings, Draft, Envelope, Length, Pace, Post, TooLong, Wire
from channels.telegram.entities import leads_out, parse, units

public = True

# "text: 1-4096 characters after entities parsing" https://core.telegram.org/bots/api#sendmessage
# Counted in UTF-16 code units, as entities are: no other way of counting gives more.
LIMIT = 4096
# "caption: 0-1024 characters after entities parsing" https://core.telegram.org/bots/api#sendphoto
CAPTION = 1024
# More entities are silently ignored. https://core.telegram.org/method/messages.sendMessage
MOST_ENTITIES = 100


class Settings(ChannelSettings):
    """A Telegram channel or group in which the bot may post."""

    kind: Literal["telegram"] = "telegram"
    language: str = Field(min_length=2, description="the language of this channel")
    chat: str | int = Field("", description='"@name" or the numeric id of the channel; a rehearsal needs none')
    test_chat: str | int = Field("", description="where `doctor --live` posts a sample and deletes it again")
    silent: bool = Field(False, description="post without a sound")
    link_preview: bool = Field(False, description="let Telegram draw a preview of the first address")
    api_base: str | None = Field(None, pattern=r"^https?://", description="a self-hosted Bot API server")

    def languages_served(self) -> tuple[str, ...]:
        return (self.language,)


def compose(draft: Draft, settings: Settings) -> tuple[Post, ...] | TooLong:
    """`post.html` as one message: text and entities; `button.txt`, where it says something, as a button to the link.

    With a picture the text is its caption where it fits. Else the picture goes first, without words, and the text
    follows whole: a title under the picture would stand there twice. Refuses what is too long or has too many
    entities. Raises ValueError when the template's markup is not Telegram's or says nothing, and for two pictures.
    """
    text, entities = parse(draft.rendered["post.html"])
    if not text:
        raise ValueError("post.html says nothing")
    if len(draft.media) > 1:
        raise ValueError("a post on Telegram has one picture at most")
    size = units(text)
    if size > LIMIT:
        return TooLong(length=size, limit=LIMIT, unit="characters")
    if len(entities) > MOST_ENTITIES:
        return TooLong(length=len(entities), limit=MOST_ENTITIES, unit="entities")
    buttons = _buttons(draft)
    if draft.media and size > CAPTION:
        picture = Post(part=1, parts=2, text="", length=0, limit=CAPTION, media=draft.media)
        words = Post(part=2, parts=2, text=text, length=size, limit=LIMIT, entities=entities, buttons=buttons)
        return picture, words
    limit = CAPTION if draft.media else LIMIT
    return (
        Post(
            part=1,
            parts=1,
            text=text,
            length=size,
            limit=limit,
            entities=entities,
            media=draft.media,
            buttons=buttons,
        ),
    )


def _buttons(draft: Draft) -> tuple[Button, ...]:
    """The button that `button.txt` names, where there is an address on the web for it to lead to."""
    label = " ".join(draft.rendered.get("button.txt", "").split())
    return (Button(text=label, url=draft.link),) if label and leads_out(draft.link) else ()


def length(text: str) -> Length:
    """The UTF-16 code units of a text, against the limit of one message."""
    return Length(length=units(text), limit=LIMIT)


def cost(posts: tuple[Post, ...], settings: Settings) -> Decimal:
    """Telegram takes nothing."""
    return Decimal(0)


def specimen(post: Post, envelope: Envelope, settings: Settings) -> tuple[str, bytes] | None:
    """Nothing more than the payload leaves."""
    return None


# --------------------------------------------------------------------------------------------------------------------
# what it can do live

CHAT = re.compile(r"@\w{4,}|-?\d+")
TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)


def dial(settings: Settings, secret: Callable[[str], str]) -> Wire:
    """The live wire; nothing is asked of the network yet. Raises ValueError with one clear line."""
    if not TOKEN.fullmatch(secret("telegram_token")):
        raise ValueError("telegram_token: it is missing or not of the form 123456:ABC…; @BotFather gives it")
    if not CHAT.fullmatch(str(settings.chat)):
        raise ValueError('chat: it is missing or no chat; write "@name" or the numeric id of the channel')
    from channels.telegram.wire import TelegramWire

    return TelegramWire(settings, secret("telegram_token"))


def paces(settings: Settings) -> tuple[Pace, ...]:
    """A call a second and 20 a minute in one chat, 25 a second in all.

    Telegram's own bounds: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    A burst of 5 and one every 4 s after it are at most 20 in any minute.
    """
    chat = f"telegram {settings.chat}"
    return (
        Pace(name="telegram", seconds=0.04, burst=1),  # an installation has one token
        Pace(name=chat, seconds=1, burst=1),
        Pace(name=f"{chat} a minute", seconds=4, burst=5),
    )


def place(settings: Settings) -> str:
    """The chat of a channel: the id of a message means nothing in another."""
    return str(settings.chat).lower()


def remote_id(settings: Settings, url: str) -> str | None:
    """The message id at the end of a t.me address of this very chat; None for any other.

    Public channels: https://t.me/NAME/ID, private ones: https://t.me/c/CHAT/ID. https://core.telegram.org/api/links
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.hostname not in ("t.me", "telegram.me"):
        return None
    found = re.fullmatch(r"/(?:c/(?P<id>\d+)|(?!c/)(?:s/)?(?P<name>\w+))(?:/\d+)?/(?P<post>\d+)/?", parts.path)
    if found is None:
        return None
    chat = f"-100{found['id']}" if found["id"] else f"@{found['name']}".lower()
    return found["post"] if chat == place(settings) else None


abilities = Abilities(
    edits=True,
    deletes=True,
    secrets=lambda _settings: ("telegram_token",),
    dial=dial,
    paces=paces,
    place=place,
    remote_id=remote_id,
)
