"""The lists of commands and the bot's own description, as Telegram shows them; set anew only when they have changed.

They are cosmetic: what a person may do is decided when they do it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import structlog

from bot.admin.access import Access
from bot.admin.chats import Chats, Unreachable
from bot.admin.deck import HOURLY
from bot.errors import TemporaryError
from bot.pipeline import Pipeline
from bot.settings import LANGUAGES
from bot.store import gates

# In the catalogues: what stands beside a reader's command.
READERS = {
    "latest": "the newest statements",
    "language": "the channel in your language",
    "privacy": "what this bot knows about you",
}
DESCRIPTION = "Statements of %(organisation)s: the channels in each language. This bot keeps nothing about readers."
SHORT = "Statements of %(organisation)s"
REVIEWERS = {
    "queue": "what waits for a person",
    "latest": "the newest stories",
    "show": "N: a story, where it stands",
    "preview": "N: its posts on every channel",
    "publish": "N: release it",
    "write": "N: your own words instead of the summary",
    "edit": "N: translate a sentence anew",
    "later": "N time: hide it until then",
    "skip": "N reason: it does not go out",
    "repost": "N: post it once more",
    "correct": "N: carry a change on the site into the posts",
    "retract": "N: withdraw what was posted",
    "explain": "N: why it was posted or not",
    "statement": "hand in a statement that the site does not have",
    "pause": "channel duration: send nothing",
    "resume": "channel: send again",
    "poll": "ask the sources now",
    "status": "how it goes",
    "audit": "who did what",
    "help": "all of this",
}
OWNERS = {
    "doctor": "what is well and what is not",
    "reviewers": "who may decide; block or unblock NAME",
    "redact": "NAME: take a name out of what was posted",
}

COMMANDS = "set_my_commands"
log = structlog.get_logger("vestka")


class Menus:
    """What Telegram shows of our commands, by scope and language. https://core.telegram.org/bots/api#setmycommands"""

    def __init__(self, pipeline: Pipeline, chats: Chats, access: Access) -> None:
        """Take the house, whose words they are in, the account, and who is who."""
        self._pipeline, self._chats, self._access = pipeline, chats, access
        self._next: datetime | None = None
        self._for: tuple[str, ...] = ()

    async def show(self) -> None:
        """Bring Telegram up to what we say, commands first; what cannot be set now is tried again in an hour."""
        now = self._pipeline.clock()
        if self._next is not None and now < self._next and self._for == self._access.reviewers:
            return
        wanted = self._wanted()
        async with self._pipeline.store.read() as c:
            known: dict[str, str] = json.loads(await gates.value(c, "desk/menus") or "{}")
        done = dict(known)
        try:
            for place, (method, values) in sorted(wanted.items(), key=lambda one: one[1][0] != COMMANDS):
                word = hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
                if known.get(place) != word and await self._set(method, values):
                    done[place] = word
        except TemporaryError as error:  # cosmetic: nobody who waits for a statement waits for this
            log.warning("later", work="menus", why=str(error))
        if done != known:
            async with self._pipeline.store.write() as c:
                await gates.save_value(c, "desk/menus", json.dumps(done))
        self._next, self._for = now + HOURLY, self._access.reviewers

    async def _set(self, method: str, values: dict[str, Any]) -> bool:
        from telegram import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

        if method != COMMANDS:
            call = values
        else:
            name = values["person"]
            scope = BotCommandScopeChat(self._access.chat_id(name)) if name else BotCommandScopeAllPrivateChats()
            commands = [BotCommand(command, text) for command, text in values["commands"].items()]
            call = {"commands": commands, "scope": scope, "language_code": values["language_code"]}
        try:
            async with self._chats.speaking(method):
                await getattr(self._chats.bot, method)(**call)
        except Unreachable:
            return False  # whoever has not pressed Start yet has no chat; a menu is cosmetic anyway
        return True

    def _wanted(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """place -> (method, values) of everything that Telegram should show; "" is the language of all others."""
        wanted: dict[str, tuple[str, dict[str, Any]]] = {}
        for code in (None, *LANGUAGES):
            say = self._pipeline.corridor.templates.catalogue(code or LANGUAGES[0])
            commands = {command: say.gettext(text) for command, text in READERS.items()}
            place = code or "default"
            wanted[f"commands/{place}"] = (
                COMMANDS,
                {"person": None, "commands": commands, "language_code": code},
            )
            long, short = (
                say.gettext(text, organisation=self._pipeline.settings.project.name) for text in (DESCRIPTION, SHORT)
            )
            wanted[f"description/{place}"] = ("set_my_description", {"description": long, "language_code": code})
            wanted[f"short/{place}"] = ("set_my_short_description", {"short_description": short, "language_code": code})
        for name in self._access.reviewers:
            commands = REVIEWERS | (OWNERS if name in self._access.owners else {})
            wanted[f"person/{name}"] = (
                COMMANDS,
                {"person": name, "commands": commands, "language_code": None},
            )
        return wanted
