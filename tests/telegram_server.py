"""A Bot API of our own on loopback: it keeps chats, refuses what Telegram refuses, and breaks where it is told to.

`async with BotApi() as api:` serves at `api.url`, a channel's `api_base`; `api.faults["sendMessage"].append(RESET)`
spoils the next such call. `python -m tests.telegram_server PORT LOGFILE` is the same in a process of its own: each
creation, edit and deletion is appended to LOGFILE before it is answered. https://core.telegram.org/bots/api
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.breakable import (
    BAD_GATEWAY,
    BAD_GATEWAY_AFTER,
    CLOSED,
    DEAF,
    RESET,
    SILENT,
    Breakable,
    Fault,
    http,
    reset,
    spoiled,
)

TOKEN = "123456:" + "Invented-token-of-no-bot_at-all-0000"
BOT = {"id": 123456, "is_bot": True, "first_name": "Vestka", "username": "vestka_test_bot"}
ANONYMOUS_ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
LINKED_CHANNEL = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
DATE = 1_780_000_000
TEXTS = {
    "text", "caption", "description", "short_description", "language_code", "callback_query_id", "file_id", "url",
    "parse_mode", "photo", "document",
}  # fmt: skip
RIGHTS = ("can_post_messages", "can_edit_messages", "can_delete_messages")

Params = dict[str, Any]


class Refusal(Exception):
    """What the Bot API answers instead of a result."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


# --------------------------------------------------------------------------------------------------------------------
# faults


def failure(code: int, description: str, **parameters: int) -> bytes:
    """The answer of the Bot API to a call that it does not do."""
    told: Params = {"ok": False, "error_code": code, "description": description}
    return http(code, json.dumps(told | ({"parameters": parameters} if parameters else {})).encode())


def refuses(code: int, description: str, **parameters: int) -> Fault:
    """A call that the Bot API does not do, and says so."""
    return Fault(accepts=False, answer=failure(code, description, **parameters))


def flood(seconds: int) -> Fault:
    """Too many calls: wait so long."""
    return refuses(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def migrated(place: int) -> Fault:
    """The group has become a supergroup with another id."""
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    return refuses(400, description, migrate_to_chat_id=place)


FLOOD_BARE = refuses(429, "Too Many Requests")
PARSE = refuses(400, "Bad Request: can't parse entities: unsupported start tag")
KICKED = refuses(403, "Forbidden: bot was kicked from the channel chat")
UNAUTHORIZED = refuses(401, "Unauthorized")
NOT_FOUND = refuses(404, "Not Found")
INTERNAL = refuses(500, "Internal Server Error")
CUT = Fault(accepts=True, cut=True, answer=http(200, b'{"ok":true,"resu', length=400))
BROKEN = Fault(accepts=True, answer=http(200, b'{"ok":true,"result":{"message_id":'))

# Every fault whose outcome the caller cannot know, by a name that a failing test can show.
AMBIGUOUS = {
    "internal": INTERNAL, "closed": CLOSED, "reset": RESET, "cut": CUT, "silent": SILENT, "deaf": DEAF,
    "bad gateway": BAD_GATEWAY, "bad gateway after": BAD_GATEWAY_AFTER, "broken": BROKEN,
}  # fmt: skip


# --------------------------------------------------------------------------------------------------------------------
# what it keeps


@dataclass(slots=True, kw_only=True)
class Chat:
    """A place with messages; `status` and `rights` are those of the bot, `frozen` messages are too old to touch."""

    id: int
    type: str
    title: str = ""
    username: str | None = None
    status: str = "administrator"
    rights: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(RIGHTS, True))
    messages: dict[int, Params] = field(default_factory=dict)
    frozen: set[int] = field(default_factory=set)
    last: int = 0
    moved: int | None = None

    def shown(self) -> Params:
        """The Chat object of the Bot API."""
        values: Params = {"id": self.id, "type": self.type}
        values |= {"first_name": self.title or "Person"} if self.type == "private" else {"title": self.title or "Chat"}
        return values | ({"username": self.username} if self.username else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """One creation, edit or deletion that was accepted; `message` is as it stood then."""

    action: str
    chat: int
    message_id: int
    message: Params

    @property
    def text(self) -> str:
        """The words: text or caption."""
        return str(self.message.get("text", self.message.get("caption", "")))


class BotApi(Breakable):
    """The server. `welcome`: any @name that is asked for is a channel in which the bot may do everything.

    `calls` are (method, parameters) as they came in; `public` what took effect, in order; `violations` what the
    machine-readable description of the Bot API has against the calls, where it is present.
    """

    def __init__(self, *, welcome: bool = True, token: str = TOKEN, log: Path | None = None) -> None:
        super().__init__()
        self.token = token
        self.welcome = welcome
        self.chats: dict[int, Chat] = {}
        self.calls: list[tuple[str, Params]] = []
        self.public: list[Public] = []
        self.violations: list[str] = []
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.files: dict[str, bytes] = {}
        self.commands: dict[tuple[str, str], list[Params]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self.answered: dict[str, Params] = {}
        self.longest_poll = 0.2
        self._log = log
        self._updates: list[Params] = []
        self._last_update = 0
        self._queries: set[str] = set()
        self._pushed = asyncio.Event()
        self._polls = 0

    # ---- chats

    def channel(self, name: str | None = None, number: int | None = None, **more: Any) -> Chat:
        """A channel: public with "@name", private with a -100… id only. `more`: fields of `Chat`."""
        return self._chat("channel", name, number or -(1_000_000_000_001 + len(self.chats)), **more)

    def group(self, number: int, **more: Any) -> Chat:
        """A group in which the bot is."""
        return self._chat("supergroup", None, number, **more)

    def person(self, number: int, username: str | None = None) -> Chat:
        """Somebody who has pressed Start: the bot may write to them."""
        return self.chats.get(number) or self._chat("private", username, number)

    def _chat(self, kind: str, name: str | None, number: int, **more: Any) -> Chat:
        username = name.removeprefix("@") if name else None
        self.chats[number] = Chat(id=number, type=kind, username=username, title=username or f"Chat {number}", **more)
        return self.chats[number]

    def chat(self, name: str | int) -> Chat:
        """The chat with this id or @name. Raises Refusal."""
        if isinstance(name, int) or re.fullmatch(r"-?\d+", name):
            found = self.chats.get(int(name))
        else:
            found = next((one for one in self.chats.values() if name == f"@{one.username}"), None)
            if found is None and self.welcome and re.fullmatch(r"@\w{4,}", name):
                found = self.channel(name)
        if found is None:
            raise Refusal(400, "Bad Request: chat not found")
        if found.moved is not None:
            description = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(400, description, migrate_to_chat_id=found.moved)
        return found

    def texts(self, name: str | int) -> list[str]:
        """What stands in a chat now, in order."""
        return [str(one.get("text", one.get("caption", ""))) for _, one in sorted(self.chat(name).messages.items())]

    def newest(self, name: str | int) -> Params:
        """The newest message of a chat."""
        chat = self.chat(name)
        return chat.messages[max(chat.messages)]

    def called(self, method: str) -> list[Params]:
        """The parameters of every call of one method."""
        return [params for name, params in self.calls if name == method]

    # ---- updates

    def push(self, kind: str, content: Params) -> Params:
        """Queue an update of a kind (`message`, `callback_query` …) as getUpdates will give it."""
        self._last_update += 1
        self._updates.append({"update_id": self._last_update, kind: content})
        self._pushed.set()
        return self._updates[-1]

    def says(
        self,
        user_id: int,
        text: str,
        *,
        chat: int | None = None,
        shape: str = "plain",
        username: str | None = None,
        reply_to: int | None = None,
    ) -> Params:
        """Somebody writes to the bot, in a private chat unless `chat` is another; the update.

        `shape` is one of SHAPES: the ways in which a message can look like an admin's and not be one.
        """
        where = self._where(user_id, username, chat, shape)
        message = self._message(where, self._user(user_id, username))
        message["text"] = text
        if command := re.match(r"/[A-Za-z0-9_]+(@\w+)?", text):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": command.end()}]
        if reply_to is not None:
            message["reply_to_message"] = deepcopy(where.messages[reply_to])
        kind = SHAPES[shape](message)
        where.messages[message["message_id"]] = message
        return self.push(kind, deepcopy(message))

    def taps(self, user_id: int, message: Params, data: str, *, username: str | None = None) -> Params:
        """Somebody presses a button of a message (as `newest` gives it), with these data or others; the update."""
        query = f"q{self._last_update + 1}"
        self._queries.add(query)
        content = {"id": query, "from": self._user(user_id, username), "chat_instance": "1", "data": data}
        return self.push("callback_query", content | {"message": deepcopy(message)})

    def waiting(self) -> int:
        """How many updates nobody has confirmed yet."""
        return len(self._updates)

    def _where(self, user_id: int, username: str | None, chat: int | None, shape: str) -> Chat:
        if chat is None:
            chat = {"group": -1002000000001, "anonymous": -1002000000001, "linked": -1002000000001}.get(shape)
            chat = -1002000000002 if shape in ("channel_post", "edited_channel_post") else chat
        if chat is None or chat == user_id:
            return self.person(user_id, username)
        if chat not in self.chats:
            return self.channel(number=chat) if shape.endswith("channel_post") else self.group(chat)
        return self.chats[chat]

    def _user(self, user_id: int, username: str | None) -> Params:
        user: Params = {"id": user_id, "is_bot": False, "first_name": f"Person {user_id}", "language_code": "be"}
        return user | ({"username": username} if username else {})

    def _message(self, chat: Chat, sender: Params | None) -> Params:
        chat.last += 1
        message: Params = {"message_id": chat.last, "date": DATE + chat.last, "chat": chat.shown()}
        if chat.type == "channel":
            return message | {"sender_chat": chat.shown()}
        return message | {"from": sender}

    # ---- HTTP

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection lasts."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split(" ")[1]
        headers = dict(re.findall(r"(?m)^([\w-]+): *(.*?)\r$", head.lower()))
        content_type = re.search(r"(?im)^content-type: *(.*?)\r$", head)
        if path.startswith("/file/"):
            writer.write(self._download(unquote(path)))
            return True
        found = re.fullmatch(r"/bot([^/]+)/(\w+)(\?.*)?", path)
        method = found[2] if found else ""
        fault = self.faults[method].pop(0) if self.faults[method] else None
        if fault is not None and not fault.reads:
            return reset(writer)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if found is None or not re.fullmatch(r"\d+:[\w-]+", found[1]):
            writer.write(failure(404, "Not Found"))
            return True
        if found[1] != self.token:
            writer.write(failure(401, "Unauthorized"))
            return True
        params = parameters(content_type[1] if content_type else "", body) | query(found[3] or "")
        self.calls.append((method, params))
        self.violations.extend(violations(method, params))
        answer = b"" if fault is not None and not fault.accepts else await self._do(method, params)
        if fault is None:
            writer.write(answer)
            return True
        return await spoiled(writer, fault)

    async def _do(self, method: str, params: Params) -> bytes:
        handler = getattr(self, f"_on_{method}", None)
        if handler is None:
            return failure(404, "Not Found: method not found")
        try:
            result = handler(params)
            if asyncio.iscoroutine(result):
                result = await result
        except Refusal as refusal:
            return failure(refusal.code, refusal.description, **refusal.parameters)
        return http(200, json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode())

    def _download(self, path: str) -> bytes:
        prefix = f"/file/bot{self.token}/files/"
        name = path.removeprefix(prefix)
        if not path.startswith(prefix) or name not in self.files:
            return failure(404, "Not Found")
        return http(200, self.files[name], "application/octet-stream")

    # ---- methods: who we are

    def _on_getMe(self, _params: Params) -> Params:
        more = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries")
        return BOT | dict.fromkeys(more, False)

    def _on_getChat(self, params: Params) -> Params:
        chat = self.chat(params["chat_id"])
        self._reachable(chat)
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), True
        )
        return chat.shown() | {"accent_color_id": 1, "max_reaction_count": 11, "accepted_gift_types": gifts}

    def _on_getChatMember(self, params: Params) -> Params:
        chat = self.chat(params["chat_id"])
        if params["user_id"] != BOT["id"]:
            raise Refusal(400, "Bad Request: user not found")
        member: Params = {"user": BOT, "status": chat.status}
        if chat.status == "kicked":
            return member | {"until_date": 0}
        if chat.status != "administrator":
            return member
        others = (
            "can_be_edited", "is_anonymous", "can_manage_chat", "can_manage_video_chats", "can_restrict_members",
            "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
            "can_delete_stories",
        )  # fmt: skip
        return member | dict.fromkeys(others, False) | chat.rights

    # ---- methods: messages

    def _on_sendMessage(self, params: Params) -> Params:
        chat = self._writable(params)
        text, entities = _words(params.get("text", ""), params.get("entities", []), 4096, "message is too long")
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        content: Params = {"text": text} | ({"entities": entities} if entities else {})
        return self._create(chat, params, content)

    def _on_sendPhoto(self, params: Params) -> Params:
        return self._send_file(params, "photo")

    def _on_sendDocument(self, params: Params) -> Params:
        return self._send_file(params, "document")

    def _send_file(self, params: Params, kind: str) -> Params:
        chat = self._writable(params)
        given = params.get(kind)
        if not isinstance(given, bytes) and given not in self.files:
            raise Refusal(400, f"Bad Request: there is no {kind} in the request")
        name = str(given)
        if isinstance(given, bytes):
            name = f"f{len(self.files)}"
            self.files[name] = given
        file = {"file_id": name, "file_unique_id": name, "file_size": len(self.files[name])}
        content: Params = {kind: [file | {"width": 90, "height": 90}] if kind == "photo" else file}
        caption, entities = _words(
            params.get("caption", ""), params.get("caption_entities", []), 1024, "message caption is too long"
        )
        content |= {"caption": caption} if caption else {}
        return self._create(chat, params, content | ({"caption_entities": entities} if entities else {}))

    def _on_editMessageText(self, params: Params) -> Params:
        message = self._touchable(params, "edit")
        if "text" not in message:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        text, entities = _words(params.get("text", ""), params.get("entities", []), 4096, "MESSAGE_TOO_LONG")
        if not text:
            raise Refusal(400, "Bad Request: message text is empty")
        return self._change(message, params, {"text": text, "entities": entities})

    def _on_editMessageCaption(self, params: Params) -> Params:
        message = self._touchable(params, "edit")
        if "photo" not in message and "document" not in message:
            raise Refusal(400, "Bad Request: there is no caption in the message to edit")
        caption, entities = _words(
            params.get("caption", ""), params.get("caption_entities", []), 1024, "MEDIA_CAPTION_TOO_LONG"
        )
        return self._change(message, params, {"caption": caption, "caption_entities": entities})

    def _on_editMessageReplyMarkup(self, params: Params) -> Params:
        return self._change(self._touchable(params, "edit"), params, {})

    def _on_deleteMessage(self, params: Params) -> bool:
        message = self._touchable(params, "delete")
        chat = self.chat(params["chat_id"])
        del chat.messages[message["message_id"]]
        self._accepted("delete", chat, message)
        return True

    def _reachable(self, chat: Chat) -> None:
        if chat.status in ("kicked", "left") or (chat.type == "private" and chat.status == "blocked"):
            said = {
                "kicked": f"bot was kicked from the {chat.type} chat",
                "left": f"bot is not a member of the {chat.type} chat",
                "blocked": "bot was blocked by the user",
            }
            raise Refusal(403, f"Forbidden: {said[chat.status]}")

    def _writable(self, params: Params) -> Chat:
        chat = self.chat(params.get("chat_id", ""))
        self._reachable(chat)
        if chat.type == "channel" and chat.status != "administrator":
            raise Refusal(400, "Bad Request: need administrator rights in the channel chat")
        if chat.type == "channel" and not chat.rights["can_post_messages"]:
            raise Refusal(400, "Bad Request: not enough rights to send text messages to the chat")
        return chat

    def _create(self, chat: Chat, params: Params, content: Params) -> Params:
        markup = _markup(params)
        reply = params.get("reply_parameters", {})
        replied = chat.messages.get(reply.get("message_id"))
        if reply and replied is None and not reply.get("allow_sending_without_reply"):
            raise Refusal(400, "Bad Request: message to be replied not found")
        message = self._message(chat, BOT) | content
        message |= {"reply_to_message": deepcopy(replied)} if replied else {}
        message |= {"reply_markup": markup} if "inline_keyboard" in markup else {}
        chat.messages[message["message_id"]] = message
        self._accepted("create", chat, message)
        return deepcopy(message)

    def _touchable(self, params: Params, verb: str) -> Params:
        chat = self.chat(params.get("chat_id", ""))
        self._reachable(chat)
        message = chat.messages.get(params.get("message_id", 0))
        if message is None:
            raise Refusal(400, f"Bad Request: message to {verb} not found")
        right = chat.rights[f"can_{verb}_messages"] or (verb == "edit" and _ours(message))
        done = {"edit": "edited", "delete": "deleted"}[verb]
        if message["message_id"] in chat.frozen or (verb == "edit" and not _ours(message) and chat.type != "channel"):
            raise Refusal(400, f"Bad Request: message can't be {done}")
        if chat.type == "channel" and not right:
            raise Refusal(400, f"Bad Request: message can't be {done}")
        return message

    def _change(self, message: Params, params: Params, content: Params) -> Params:
        """Put new content and buttons in; buttons that are not given are taken away, as Telegram does."""
        before = deepcopy(message)
        markup = _markup(params)
        for name, value in (content | {"reply_markup": markup}).items():
            message.pop(name, None)
            if value:
                message[name] = value
        if message == before:
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        chat = self.chat(params["chat_id"])
        message["edit_date"] = DATE + chat.last
        self._accepted("edit", chat, message)
        return deepcopy(message)

    def _accepted(self, action: str, chat: Chat, message: Params) -> None:
        self.public.append(
            Public(action=action, chat=chat.id, message_id=message["message_id"], message=deepcopy(message))
        )
        if self._log is not None:
            newest = self.public[-1]
            line = {"action": action, "chat": f"@{chat.username}" if chat.username else chat.id}
            line |= {"message_id": newest.message_id, "text": newest.text}
            with open(os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab", buffering=0) as file:
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    # ---- methods: the bot

    def _on_answerCallbackQuery(self, params: Params) -> bool:
        query = params["callback_query_id"]
        if query not in self._queries:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(params.get("text", "")) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self._queries.discard(query)
        self.answered[query] = params
        return True

    async def _on_getUpdates(self, params: Params) -> list[Params]:
        self._polls += 1
        mine = self._polls
        self._pushed.set()
        self._pushed = pushed = asyncio.Event()
        offset = params.get("offset", 0)
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        if not self._updates and params.get("timeout", 0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(pushed.wait(), min(params["timeout"], self.longest_poll))
        if mine != self._polls:
            description = (
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            )
            raise Refusal(409, description)
        allowed = params.get("allowed_updates")
        if allowed:
            self._updates = [one for one in self._updates if any(kind in allowed for kind in one)]
        return deepcopy(self._updates[: params.get("limit", 100)])

    def _on_deleteWebhook(self, _params: Params) -> bool:
        return True

    def _on_setMyCommands(self, params: Params) -> bool:
        commands = params["commands"]
        if len(commands) > 100:
            raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(one["description"]) <= 256:
                raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(params)] = commands
        return True

    def _on_deleteMyCommands(self, params: Params) -> bool:
        self.commands.pop(self._scope(params), None)
        return True

    def _scope(self, params: Params) -> tuple[str, str]:
        """(scope as JSON, language); a chat that nobody has started is not found."""
        scope = params.get("scope", {"type": "default"})
        if "chat_id" in scope:
            self.chat(scope["chat_id"])
        return json.dumps(scope, sort_keys=True), params.get("language_code", "")

    def _on_setMyDescription(self, params: Params) -> bool:
        return self._describe(params, "description", 512)

    def _on_setMyShortDescription(self, params: Params) -> bool:
        return self._describe(params, "short_description", 120)

    def _describe(self, params: Params, name: str, most: int) -> bool:
        if len(params.get(name, "")) > most:
            raise Refusal(400, f"Bad Request: {name} is too long")
        self.descriptions[name, params.get("language_code", "")] = params.get(name, "")
        return True

    def _on_getFile(self, params: Params) -> Params:
        name = params["file_id"]
        if name not in self.files:
            raise Refusal(400, "Bad Request: invalid file_id")
        return {
            "file_id": name,
            "file_unique_id": name,
            "file_size": len(self.files[name]),
            "file_path": f"files/{name}",
        }


# --------------------------------------------------------------------------------------------------------------------
# the shapes of an incoming message; each changes it in place and says what kind of update it is


def _plain(_message: Params) -> str:
    return "message"


def _edited(message: Params) -> str:
    message["edit_date"] = message["date"] + 1
    return "edited_message"


def _forwarded_user(message: Params) -> str:
    stranger = {"id": 999, "is_bot": False, "first_name": "Stranger"}
    message["forward_origin"] = {"type": "user", "date": DATE, "sender_user": stranger}
    return "message"


def _forwarded_channel(message: Params) -> str:
    channel = {"id": -1009999999999, "type": "channel", "title": "Strangers", "username": "strangers"}
    message["forward_origin"] = {"type": "channel", "date": DATE, "chat": channel, "message_id": 7}
    return "message"


def _via_bot(message: Params) -> str:
    message["via_bot"] = {"id": 998, "is_bot": True, "first_name": "Inline", "username": "inline_bot"}
    return "message"


def _anonymous(message: Params) -> str:
    message["from"] = ANONYMOUS_ADMIN
    message["sender_chat"] = message["chat"]
    return "message"


def _linked(message: Params) -> str:
    channel = {"id": -1009999999999, "type": "channel", "title": "Linked", "username": "linked"}
    message["from"] = LINKED_CHANNEL
    message |= {"sender_chat": channel, "is_automatic_forward": True}
    message["forward_origin"] = {"type": "channel", "date": DATE, "chat": channel, "message_id": 7}
    return "message"


def _business(message: Params) -> str:
    message["business_connection_id"] = "b1"
    return "business_message"


def _channel_post(message: Params) -> str:
    return "channel_post"


def _edited_channel_post(message: Params) -> str:
    message["edit_date"] = message["date"] + 1
    return "edited_channel_post"


def _caption(message: Params) -> str:
    message["caption"] = message.pop("text")
    if "entities" in message:
        message["caption_entities"] = message.pop("entities")
    message["photo"] = [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}]
    return "message"


SHAPES = {
    "plain": _plain,
    "edited": _edited,
    "forwarded_user": _forwarded_user,
    "forwarded_channel": _forwarded_channel,
    "via_bot": _via_bot,
    "group": _plain,
    "anonymous": _anonymous,
    "linked": _linked,
    "business": _business,
    "channel_post": _channel_post,
    "edited_channel_post": _edited_channel_post,
    "caption": _caption,
}


# --------------------------------------------------------------------------------------------------------------------
# bodies


def parameters(content_type: str, body: bytes) -> Params:
    """The parameters of a request; files are bytes, and what came JSON-serialised is parsed. Knows all three bodies."""
    if content_type.startswith("application/json"):
        loaded = json.loads(body)
        assert isinstance(loaded, dict)
        return loaded
    if content_type.startswith("multipart/form-data"):
        return _multipart(content_type.partition("boundary=")[2].strip('"'), body)
    return _decoded(dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))))


def query(text: str) -> Params:
    """The parameters in an address."""
    return _decoded(dict(parse_qsl(text.removeprefix("?"), keep_blank_values=True)))


def _multipart(boundary: str, body: bytes) -> Params:
    texts, files = {}, {}
    for piece in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = re.search(rb'[; ]name="([^"]+)"', head)
        assert name is not None
        if b"filename=" in head:
            files[name[1].decode()] = content.removesuffix(b"\r\n")
        else:
            texts[name[1].decode()] = content.removesuffix(b"\r\n").decode()
    params = _decoded(texts)
    for key, value in params.items():
        if isinstance(value, str) and value.startswith("attach://"):
            params[key] = files.pop(value.removeprefix("attach://"))
    return params | files


def _decoded(params: dict[str, str]) -> Params:
    def value(key: str, text: str) -> Any:
        if key in TEXTS or (key == "chat_id" and not re.fullmatch(r"-?\d+", text)):
            return text
        try:
            return json.loads(text)
        except ValueError:
            return text

    return {key: value(key, text) for key, text in params.items()}


# --------------------------------------------------------------------------------------------------------------------
# what Telegram refuses


def _words(text: Any, entities: list[Params], limit: int, complaint: str) -> tuple[str, list[Params]]:
    """The text as it will stand, and its entities: at most 100 of them. Raises Refusal."""
    wide = str(text).encode("utf-16-le", "surrogatepass")
    if len(wide) // 2 > limit:
        raise Refusal(400, f"Bad Request: {complaint}")
    for one in entities:
        start, end = one["offset"], one["offset"] + one["length"]
        if not 0 <= start < end <= len(wide) // 2:
            raise Refusal(400, "Bad Request: entity is outside of the text")
        for at in (start, end):
            if at < len(wide) // 2 and 0xDC <= wide[2 * at + 1] <= 0xDF:
                raise Refusal(400, f"Bad Request: entity begins in a middle of a UTF-16 symbol at byte offset {at}")
    return (str(text) if str(text).strip() else ""), entities[:100]


def _markup(params: Params) -> Params:
    """The keyboard of a call. Raises Refusal."""
    markup: Params = params.get("reply_markup", {})
    for button in (one for row in markup.get("inline_keyboard", []) for one in row):
        if not button.get("text"):
            raise Refusal(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if "url" in button and not (urlsplit(button["url"]).netloc and re.match("(https?|tg)://", button["url"])):
            raise Refusal(400, f"Bad Request: inline keyboard button URL '{button['url']}' is invalid")
    return markup


def _ours(message: Params) -> bool:
    """Whether the bot wrote it: what others write comes in by `says` and has no reply markup of ours."""
    return bool(message.get("from", BOT)["id"] == BOT["id"])


# --------------------------------------------------------------------------------------------------------------------
# the machine-readable description


@cache
def description() -> Params | None:
    """The Bot API as data, from the test data beside the repository ($VESTKA_TEST_DATA); None when it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    file = Path(os.environ.get("VESTKA_TEST_DATA", beside)) / "telegram-bot-api-10.1.json"
    if not file.exists():
        return None
    loaded = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def violations(method: str, params: Params) -> list[str]:
    """Unknown, missing and mistyped parameters of a call, a line each; none where the description is absent."""
    api = description()
    if api is None:
        return []
    if method not in api["methods"]:
        return [f"{method}: no such method"]
    return _against(api, api["methods"][method].get("fields", []), params, method)


def _against(api: Params, fields: list[Params], values: Params, path: str) -> list[str]:
    known = {one["name"]: one for one in fields}
    found = [f"{path}.{name}: unknown" for name in values if name not in known]
    found += [f"{path}.{one['name']}: missing" for one in fields if one["required"] and one["name"] not in values]
    for name, value in values.items():
        if name in known:
            kinds = known[name]["types"]
            tries = [_mistyped(api, kind, value, f"{path}.{name}") for kind in kinds]
            if all(tries):
                found += min(tries, key=len)
    return found


def _mistyped(api: Params, kind: str, value: Any, path: str) -> list[str]:
    """What is wrong with a value of one kind."""
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no array"]
        inner = kind.removeprefix("Array of ")
        return [line for at, one in enumerate(value) for line in _mistyped(api, inner, one, f"{path}[{at}]")]
    plain = {"String": str, "Integer": int, "Boolean": bool, "Float": (int, float), "InputFile": bytes}
    if kind in plain:
        right = isinstance(value, plain[kind]) and (kind == "Boolean" or not isinstance(value, bool))
        return [] if right else [f"{path}: {value!r} is no {kind}"]
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no {kind}"]
    described = api["types"][kind]
    if described.get("subtypes"):
        return min((_mistyped(api, one, value, path) for one in described["subtypes"]), key=len)
    return _against(api, described.get("fields", []), value, path)


async def _serve(port: int, log: Path) -> None:
    api = BotApi(log=log)
    await api.start(port)
    print(api.port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
