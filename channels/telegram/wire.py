"""The live wire of Telegram: one call of the Bot API a send, and what is known of its outcome, by phase.

Never `parse_mode`, never a second try: what may have been accepted is Unknown, and the outbox decides. The token stands
in every address that is dialled, so nothing of the library's errors is passed on but what Telegram itself has said.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import httpx
from telegram import (
    Bot,
    ChatMember,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from channels import (
    Checkup,
    Entity,
    Envelope,
    Later,
    Moved,
    Outcome,
    Post,
    Receipt,
    Refused,
    Unknown,
    approved_picture,
)

if TYPE_CHECKING:
    from channels.telegram import Settings

API = "https://api.telegram.org"
# "10 MB max size for photos" https://core.telegram.org/bots/api#sending-files
LARGEST_PHOTO = 10_000_000
SAMPLE = "Vestka: a test. This message is deleted at once."


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for each phase of a call. A short wait for the answer makes outcomes unknown that need not be."""

    connect: float = 10.0
    write: float = 60.0
    read: float = 60.0
    pool: float = 10.0


class TelegramWire:
    """A Wire to one chat. `settings` are the channel's; the token is well formed."""

    def __init__(self, settings: Settings, token: str, timeouts: Timeouts | None = None) -> None:
        self._settings = settings
        self._me = int(token.partition(":")[0])
        self._request = _request(timeouts or Timeouts())
        base = f"{(settings.api_base or API).rstrip('/')}/bot"
        self._bot = _Bot(token, base_url=base, request=self._request, get_updates_request=self._request)

    def __repr__(self) -> str:
        return f"TelegramWire({self._settings.chat!r})"

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """One call: create, edit or delete, as `envelope.action` says."""
        chat = _chat(envelope.place or self._settings.chat)
        if envelope.action == "create":
            reply = None if envelope.reply_to is None else int(envelope.reply_to)
            picture = None
            if post.media:
                picture = await asyncio.to_thread(approved_picture, post.media[0], "Telegram", LARGEST_PHOTO)
            if isinstance(picture, Refused):
                return picture
            call = self._create(chat, post, reply, picture, silent=envelope.silent)
        else:
            assert envelope.remote_id is not None
            call = self._touch(chat, int(envelope.remote_id), None if envelope.action == "delete" else post)
        try:
            number = await call
        except Exception as error:  # noqa: BLE001  # whatever the library trips over: bytes may have left, so a value
            return _judged(error, envelope, chat)
        return _receipt(chat, number, envelope)

    async def _create(
        self, chat: str | int, post: Post, reply_to: int | None, picture: bytes | None, *, silent: bool
    ) -> int:
        common: dict[str, Any] = {
            # A picture without words makes no sound: the words that follow it do.
            "disable_notification": silent or self._settings.silent or not post.text,
            "reply_markup": _markup(post),
        }
        if reply_to is not None:
            common["reply_parameters"] = ReplyParameters(reply_to, allow_sending_without_reply=True)
        entities = _entities(post.entities)
        if picture is None:
            preview = self._preview()
            message = await self._bot.send_message(
                chat, post.text, entities=entities, link_preview_options=preview, **common
            )
        else:
            message = await self._bot.send_photo(
                chat, picture, caption=post.text or None, caption_entities=entities, **common
            )
        return message.message_id

    async def _touch(self, chat: str | int, number: int, post: Post | None) -> int:
        """Delete a message, or make it say what a post says.

        The buttons go with every edit: Telegram takes away those that are not named again.
        """
        if post is None:
            await self._bot.delete_message(chat, number)
        elif post.media:
            entities, markup = _entities(post.entities), _markup(post)
            await self._bot.edit_message_caption(
                chat, number, caption=post.text, caption_entities=entities, reply_markup=markup
            )
        else:
            entities, markup, preview = _entities(post.entities), _markup(post), self._preview()
            await self._bot.edit_message_text(
                post.text, chat, number, entities=entities, link_preview_options=preview, reply_markup=markup
            )
        return number

    def _preview(self) -> LinkPreviewOptions:
        return LinkPreviewOptions(is_disabled=not self._settings.link_preview)

    async def check(self, *, test: bool) -> Sequence[Checkup]:
        """Who the bot is, whether it sees the chat, and what it may do there; `test`: also a sample in `test_chat`."""
        lines: list[Checkup] = []
        chat = _chat(self._settings.chat)
        steps: list[Callable[[], Awaitable[list[Checkup]]]] = [self._known, lambda: self._seen(chat)]
        for step in [*steps, *([self._sample] if test else [])]:
            try:
                lines += await step()
            except Exception as error:  # noqa: BLE001  # whatever the library trips over is a line of this report
                lines.append(_complaint(error, chat))
                break
        return lines

    async def _known(self) -> list[Checkup]:
        me = await self._bot.get_me()
        return [Checkup(state="ok", what=f"Telegram knows the bot: @{me.username}")]

    async def _seen(self, chat: str | int) -> list[Checkup]:
        found = await self._bot.get_chat(chat)
        member = await self._bot.get_chat_member(chat, self._me)
        return [
            Checkup(state="ok", what=f"the {found.type} {chat} is there"),
            *_rights(member, str(found.type), chat),
        ]

    async def _sample(self) -> list[Checkup]:
        if not self._settings.test_chat:
            return [
                Checkup(
                    state="warn", what="no test chat set: nothing was posted", cure="set `test_chat` of the channel"
                )
            ]
        chat = _chat(self._settings.test_chat)
        message = await self._bot.send_message(chat, SAMPLE, disable_notification=True)
        await self._bot.delete_message(chat, message.message_id)
        return [Checkup(state="ok", what=f"a sample was posted in {chat} and deleted again")]

    async def close(self) -> None:
        """Shut the HTTP client down."""
        await self._request.shutdown()


# --------------------------------------------------------------------------------------------------------------------
# the library, without its traps


class _Bot(Bot):
    """The library's own repr shows the token."""

    def __repr__(self) -> str:
        return "Bot"


class _Flood(TelegramError):
    """429. The library knows it only by its text, and warns of its own future where it says how long."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("Too Many Requests")
        self.seconds = seconds


class _Request(HTTPXRequest):
    """Tells 429 by its code."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, body = await super().do_request(*args, **kwargs)
        if code == 429:
            answer = json.loads(body)  # what is no JSON did not come from Telegram: the caller learns nothing from it
            wait = answer.get("parameters", {}).get("retry_after")
            raise _Flood(float(wait) if wait else None)
        return code, body


def _request(timeouts: Timeouts) -> _Request:
    """A client of our own: no proxy from the environment, and each call on a new connection.

    An old connection that has died in silence would lose a call and leave its outcome unknown.
    """
    return _Request(
        connect_timeout=timeouts.connect,
        write_timeout=timeouts.write,
        media_write_timeout=timeouts.write,
        read_timeout=timeouts.read,
        pool_timeout=timeouts.pool,
        httpx_kwargs={
            "trust_env": False,
            "limits": httpx.Limits(max_connections=8, max_keepalive_connections=0),
        },
    )


# --------------------------------------------------------------------------------------------------------------------
# what goes in


def _chat(chat: str | int) -> str | int:
    """A chat as the API takes it: "@name", or the id as a number."""
    return chat if str(chat).startswith("@") else int(chat)


def _entities(entities: tuple[Entity, ...]) -> list[MessageEntity] | None:
    return [MessageEntity(one.type, one.offset, one.length, url=one.url) for one in entities] or None


def _markup(post: Post) -> InlineKeyboardMarkup | None:
    """Buttons that lead to an address only: any other would tell us who has pressed it."""
    if not post.buttons:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(one.text, url=one.url)] for one in post.buttons])


# --------------------------------------------------------------------------------------------------------------------
# what comes out


def _receipt(chat: str | int, number: int, envelope: Envelope) -> Receipt:
    """The id of the message, and its address while it is there."""
    url = None if envelope.action == "delete" else _url(chat, number)
    return Receipt(remote_id=str(number), url=url, wire="live")


def _url(chat: str | int, number: int) -> str | None:
    """The address of a message; only channels and supergroups have one. https://core.telegram.org/api/links"""
    name = str(chat)
    if name.startswith("@"):
        return f"https://t.me/{name[1:]}/{number}"
    return f"https://t.me/c/{name[4:]}/{number}" if name.startswith("-100") else None


def _judged(error: Exception, envelope: Envelope, chat: str | int) -> Outcome:
    """What an exception says of the outcome: by the phase in which it arose. Whatever is not listed is unknown."""
    if isinstance(error, _Flood):
        return Later(reason="Telegram asks to wait: too many calls", seconds=error.seconds)
    if isinstance(error, ChatMigrated):
        return Moved(reason="the group has become a supergroup with another id", place=str(error.new_chat_id))
    if _never_left(error):
        return Later(reason="Telegram cannot be reached")
    if _answered(error):
        return _refusal(error, envelope, chat)
    if isinstance(error, TimedOut):
        return Unknown(reason="Telegram did not answer in time")
    if isinstance(error.__cause__, httpx.TransportError):
        return Unknown(reason="the connection broke before Telegram had answered")
    return Unknown(reason="the answer does not say whether Telegram took it")


def _never_left(error: Exception) -> bool:
    """Whether no byte of the request was written: there was no connection to write it to."""
    return isinstance(error, NetworkError) and isinstance(
        error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout
    )


def _answered(error: Exception) -> bool:
    """Whether Telegram itself said no; a page of HTML comes from something between us, which may have passed it on."""
    return isinstance(error, BadRequest | Forbidden | InvalidToken) and error.__cause__ is None


_RIGHTS = "make the bot an administrator of it who may post messages"
# What Telegram says, in part and in small letters, when it will take nothing until a person has mended something.
_LASTING = {
    "chat not found": "check the channel's `chat`, and that the bot was added to it",
    "peer_id_invalid": "check the channel's `chat`, and that the bot was added to it",
    "channel_private": "add the bot to it again",
    "group chat was deactivated": "name another chat in the channel's `chat`",
    "not enough rights": _RIGHTS,
    "have no rights": _RIGHTS,
    "need administrator rights": _RIGHTS,
    "chat_admin_required": _RIGHTS,
    "chat_write_forbidden": _RIGHTS,
    "chat_send_": _RIGHTS,
    "chat_restricted": _RIGHTS,
}
# The post is there and stays as it is.
_IMPOSSIBLE = ("can't be edited", "can't be deleted", "no text in the message", "no caption in the message")


def _refusal(error: Exception, envelope: Envelope, chat: str | int) -> Outcome:
    """What Telegram's own no means for a call."""
    said = _said(error)
    low = said.lower()
    if (envelope.action == "edit" and "message is not modified" in low) or (
        envelope.action == "delete" and "message to delete not found" in low
    ):
        assert envelope.remote_id is not None
        return _receipt(chat, int(envelope.remote_id), envelope)
    if cure := _cure(error, low):
        return Refused(reason=f"Telegram takes nothing for {chat}: {said}; {cure}", lasting=True)
    return Refused(reason=f"Telegram refused it: {said}", impossible=any(words in low for words in _IMPOSSIBLE))


def _cure(error: Exception, said: str) -> str:
    """What a person has to mend before anything is taken; "" when this one call only was wrong."""
    if isinstance(error, InvalidToken):
        return "put the bot's present token, which @BotFather shows, into the secret telegram_token"
    if isinstance(error, Forbidden):
        return f"add the bot to the chat again and {_RIGHTS}"
    return next((cure for words, cure in _LASTING.items() if words in said), "")


_SECRET = re.compile(r"\S*(?:://|\d{5,}:[\w-]{10,}|\w@\w)\S*")


def _said(error: Exception) -> str:
    """Telegram's own words in one short line, without addresses."""
    return " ".join(_SECRET.sub("[…]", str(error)[:1000]).split())[:200]


def _rights(member: ChatMember, kind: str, chat: str | int) -> list[Checkup]:
    """A line for each thing that the bot must be able to do in a chat."""
    if kind != "channel":
        may_write = member.status == "administrator" or (
            member.status == "member" or getattr(member, "can_send_messages", False)
        )
        return [_right(may_write, "post", chat, "fail")]
    return [
        _right(bool(getattr(member, "can_post_messages", False)), "post", chat, "fail"),
        _right(bool(getattr(member, "can_edit_messages", False)), "edit", chat, "warn"),
        _right(bool(getattr(member, "can_delete_messages", False)), "delete", chat, "warn"),
    ]


def _right(given: bool, verb: str, chat: str | int, missing: Literal["warn", "fail"]) -> Checkup:
    if given:
        return Checkup(state="ok", what=f"the bot may {verb} messages in {chat}")
    cure = f'in the settings of the chat, under Administrators, give the bot "{verb.capitalize()} messages"'
    return Checkup(state=missing, what=f"the bot may not {verb} messages in {chat}", cure=cure)


def _complaint(error: Exception, chat: str | int) -> Checkup:
    """A fault of the checking itself as a line."""
    if isinstance(error, _Flood):
        return Checkup(state="warn", what="Telegram asks to wait: too many calls", cure="check again in some minutes")
    if not _answered(error):
        return Checkup(
            state="fail", what="Telegram does not answer as it should", cure="see whether the network reaches it"
        )
    said = _said(error)
    cure = _cure(error, said.lower()) or "check the channel's `chat` and `test_chat`"
    return Checkup(state="fail", what=f"Telegram refuses {chat}: {said}", cure=cure)
