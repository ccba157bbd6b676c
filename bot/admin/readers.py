"""The few words that the bot has for readers, in their language; nothing about them is kept, not even for a moment.

No row, no log line, no memory between two messages: the language is in the command, or in what Telegram tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from babel import Locale

from bot.admin.screen import Key, Screen, Words, screen
from bot.pipeline import Pipeline
from bot.rendering import Catalogue
from bot.settings import LANGUAGES
from bot.views import cases

COMMANDS = ("start", "latest", "language", "privacy")
NEWEST = 5
# Who floods the bot must not keep the admins waiting: beyond this, readers get no answer for the rest of the minute.
ANSWERS, MINUTE = 300, timedelta(minutes=1)
PUBLIC = "https://t.me/"  # https://core.telegram.org/api/links#public-username-links

# The words, as they stand in the catalogues.
WELCOME = (
    "Here are the channels with the statements of %(organisation)s. Nobody need write to this bot: "
    "the channels can be read without it."
)
CHANNELS = "The channel of each language. Your choice is not kept: this bot remembers nobody."
NO_CHANNEL = "There is no public channel yet."
NEWEST_ARE = "The newest statements:"
NONE_YET = "Nothing has been posted in this language yet."
MORE = (
    "/latest — the newest statements\n"
    "/language — the channels; /language be, ru, en, uk or pl answers in that language\n"
    "/privacy — what this bot knows about you"
)
PRIVACY = (
    "This bot keeps nothing about you: no name, no number, no message, no list of those who wrote to it.\n\n"
    "Telegram itself knows that you have written here, and which channels you follow. Where that is dangerous for you, "
    "delete this chat and read the website without Telegram."
)


class Readers:
    """What anyone may ask in a private chat."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Take the house whose channels, words and ledger are shown."""
        self._pipeline = pipeline
        self._minute: datetime | None = None
        self._answers = 0

    def free(self) -> bool:
        """Whether there is an answer left in this minute, for all readers together; it is counted."""
        now = self._pipeline.clock()
        if self._minute is None or not timedelta() <= now - self._minute < MINUTE:
            self._minute, self._answers = now, 0
        self._answers += 1
        return self._answers <= ANSWERS

    async def answer(self, command: str, words: Sequence[str], told: str | None) -> Screen:
        """The answer to a command and the words after it; `told` is the language that Telegram tells of the person."""
        # What follows /start stands in a link, which somebody else has made.
        chosen = words[0].lower() if words and command != "start" and words[0].lower() in LANGUAGES else None
        language = chosen or _spoken(told)
        say = self._pipeline.corridor.templates.catalogue(language)
        if command == "privacy":
            return screen(Words().command(say.gettext(PRIVACY)))
        if command == "latest":
            return await self._latest(say, language)
        if command == "language":
            return self._channels(say, say.gettext(CHANNELS), chosen)
        welcome = say.gettext(WELCOME, organisation=self._pipeline.settings.project.name)
        return self._channels(say, f"{welcome}\n\n{say.gettext(MORE)}", None)

    def _channels(self, say: Catalogue, text: str, only: str | None) -> Screen:
        """The channels as buttons that lead to addresses: those of one language, when it has any."""
        every = self._public()
        mine = [one for one in every if one[0] == only] or every
        words = Words().command(text if mine else f"{text}\n\n{say.gettext(NO_CHANNEL)}")
        return screen(words, tuple((Key(f"{_name(code)} · @{name}", "", url=PUBLIC + name),) for code, name in mine))

    def _public(self) -> list[tuple[str, str]]:
        """(language, name) of every channel that can be read without us, in the order of the settings."""
        return [
            (one.language, one.chat.removeprefix("@"))
            for one in self._pipeline.settings.channels.values()
            if one.kind == "telegram" and one.enabled and str(one.chat).startswith("@")
        ]

    async def _latest(self, say: Catalogue, language: str) -> Screen:
        """The newest posts in one language, the newest first."""
        found = await cases.newest_public(self._pipeline, language, NEWEST)
        words = Words().line(say.gettext(NEWEST_ARE if found else NONE_YET))
        for title, url in found:
            words.line().add("• ").add(title or url, url=url)
        return screen(words if words.fits else Words(say.gettext(NEWEST_ARE)))


def _spoken(told: str | None) -> str:
    """The language in which somebody is answered, by an IETF tag such as "ru-RU"."""
    language = (told or "").lower().partition("-")[0]
    return language if language in LANGUAGES else LANGUAGES[0]


def _name(language: str) -> str:
    return str(Locale.parse(language).get_display_name(language))
