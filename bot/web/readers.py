"""The pages for readers: subscribe, confirm, choose, leave. No cookie, no script, no login, and nothing in a log.

Their process seals and cannot open: it holds the public and the index key only. GET changes nothing; everybody who asks
gets the same answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qsl

from jinja2 import DictLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.errors import TemporaryError
from bot.pipeline.leaving import note_came, note_left, scrub
from bot.pipeline.sealing import newcomer, week
from bot.store import Store, readers
from bot.subscribers import links
from bot.subscribers.addresses import normalised
from bot.subscribers.choices import Choices, Pace, chosen
from bot.subscribers.erasures import Erasures
from bot.subscribers.links import Purpose, digest
from bot.subscribers.sealing import Front

LARGEST_FORM = 10_000  # bytes
MOST_FIELDS = 10
STYLE = "readers.css"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the word of a link goes to nobody
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# What is kept, by table and column, in the words of the privacy page; a test compares it with the schema.
_ROW = "your address, your choices and the word of your link: sealed, so that only the machine that writes the letters can open them"  # noqa: E501  # a phrase of the catalogue is one line
_INDEX = "a hash of your address, worthless without a key, so that nobody is written to twice"
_HASHES = "hashes of the words in your links, and a random number of your row"
_WEEK = "the week in which you confirmed; before that, until when we wait for it"
_ASKED = "for a day, by that hash: when a letter was asked for, so that nobody can flood you"
_LETTER = "until it is sent: that a letter to you waits"
_BARRED = "by that hash: that letters cannot reach an address"
_MAIL = "for 60 days: which letters were sent to you, in a form that only the machine that writes them can read"
_BACK = "how many letters have come back from your mailbox of late, and the week of the last"
KEPT: Mapping[str, Mapping[str, str]] = {
    "reader": {
        "sealed": _ROW, "choices": _ROW, "index": _INDEX, "id": _HASHES, "link": _HASHES, "confirm": _HASHES,
        "until": _WEEK, "week": _WEEK, "bounces": _BACK, "bounced": _BACK,
    },
    "reader_mail": dict.fromkeys(
        ("issue_id", "token", "who", "state", "attempts", "due_at", "rendition_id", "error"), _MAIL
    ),
    "reader_asked": dict.fromkeys(("index", "at", "since", "times"), _ASKED),
    "reader_letter": dict.fromkeys(("id", "reader", "kind", "sealed", "due_at", "attempts"), _LETTER),
    "reader_barred": dict.fromkeys(("index", "reason"), _BARRED),
}  # fmt: skip

Answer = Callable[[Request, str], Awaitable[Response]]


class Words(Protocol):
    """The phrases of one language, as a catalogue gives them."""

    def gettext(self, message: str, **values: object) -> str:
        """One phrase."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the pages need of the house. `words` are by language, the first is that of the first page."""

    store: Store
    front: Front
    erasures: Erasures
    sources: Mapping[str, str]
    words: Mapping[str, Words]
    organisation: str
    public_url: str
    discreet: bool
    keep: timedelta
    clock: Callable[[], datetime]


class Pages:
    """Every page and what its form does."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._languages = tuple(house.words)
        environment = SandboxedEnvironment(
            loader=DictLoader(dict(house.sources)), undefined=StrictUndefined, autoescape=True, trim_blocks=True
        )
        self._template = environment.get_template("readers.html.j2")

    def app(self) -> Starlette:
        """The application."""
        routes = [
            Route("/", self._home, methods=["GET"]),
            Route(f"/{STYLE}", self._style, methods=["GET"]),
            *self._route("/{language}/", self._form, self._subscribe),
            *self._route("/{language}/c/{word}", self._ask_confirm, self._confirm),
            *self._route("/{language}/r/{word}", self._ask_choices, self._choose),
            *self._route("/{language}/x/{word}", self._ask_choices, self._export),
            *self._route("/{language}/u/{word}", self._ask_leave, self._leave),
            *self._route("/{language}/privacy", self._privacy, None),
        ]
        made = Starlette(
            routes=routes, exception_handlers={404: self._nowhere, 405: self._nowhere, TemporaryError: self._busy}
        )
        made.router.redirect_slashes = False
        return made

    def _route(self, path: str, show: Answer, act: Answer | None) -> list[Route]:
        async def get(request: Request) -> Response:
            return await self._in_language(request, show)

        async def post(request: Request) -> Response:
            assert act is not None
            if not self._own(request) and "/u/" not in path:  # RFC 8058: a mailbox provider leaves for its reader
                return self._plain(403)
            return await self._in_language(request, act)

        return [Route(path, get, methods=["GET"]), *([Route(path, post, methods=["POST"])] if act else [])]

    async def _in_language(self, request: Request, answer: Answer) -> Response:
        language = request.path_params["language"]
        return await answer(request, language) if language in self._languages else self._plain(404)

    def _own(self, request: Request) -> bool:
        """Whether a form was sent from a page of ours. A browser says "null" under our own referrer policy."""
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        ours = origin in (None, "null", self._house.public_url.rstrip("/"))
        return ours and site in (None, "same-origin", "none")

    # ---- answers

    def _page(self, language: str, page: str, status: int = 200, **values: Any) -> Response:
        words = self._house.words[language]
        html = self._template.render(
            _=words.gettext,
            page=page,
            language=language,
            languages=self._languages,
            organisation=self._house.organisation,
            discreet=self._house.discreet,
            paces=[one.value for one in Pace],
            **values,
        )
        return Response(html, status, HEADERS, "text/html; charset=utf-8")

    def _plain(self, status: int) -> Response:
        return Response(f"{status}\n", status, HEADERS, "text/plain; charset=utf-8")

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        return self._plain(getattr(error, "status_code", 404))

    async def _busy(self, request: Request, error: Exception) -> Response:
        return self._plain(503)

    async def _home(self, request: Request) -> Response:
        return RedirectResponse(f"/{self._languages[0]}/", 302, HEADERS)

    async def _style(self, request: Request) -> Response:
        return Response(self._house.sources[STYLE], 200, HEADERS, "text/css; charset=utf-8")

    async def _fields(self, request: Request) -> dict[str, str] | None:
        """The fields of a form; None when it is too large or none."""
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_FORM:
                return None
        try:
            return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError:
            return {}

    # ---- subscribing

    async def _form(self, request: Request, language: str) -> Response:
        return self._page(language, "subscribe", wrong=False, fields={})

    async def _subscribe(self, request: Request, language: str) -> Response:
        fields = await self._fields(request)
        if fields is None:
            return self._plain(413)
        try:
            address = normalised(fields.get("address", ""))
            choices = chosen(fields, self._languages, discreet=self._house.discreet)
        except ValueError:
            return self._page(language, "subscribe", 400, wrong=True, fields=fields)
        await self._take_in(address, choices)
        return self._page(language, "sent")

    async def _take_in(self, address: str, choices: Choices) -> None:
        """The same statements for whoever asks; the letter is written later, by another process."""
        house = self._house
        one, confirm = newcomer(house.front, address, choices, house.clock())
        async with house.store.write() as c:
            now = house.clock()  # once it is our turn: whoever waited longer is not the later one
            allowed = await readers.may_ask(c, one.index, now)
            row = await readers.come(c, one, now + house.keep, allowed=allowed) or one.id
            wish = house.front.seal(row, "choices", choices.values())
            letter = house.front.seal(row, "letter", {"word": confirm})
            await readers.write_to(c, row, wish, letter, now, allowed=allowed)

    async def _ask_confirm(self, request: Request, language: str) -> Response:
        return self._page(language, "confirm")

    async def _confirm(self, request: Request, language: str) -> Response:
        now = self._house.clock()
        async with self._house.store.write() as c:
            word = digest(request.path_params["word"], Purpose.CONFIRM)
            index = await readers.confirm(c, word, week(now), now)
            if index is not None:
                await note_came(c, self._house.erasures, index)
        return self._page(language, "over" if index is None else "confirmed")

    # ---- deciding

    async def _ask_choices(self, request: Request, language: str) -> Response:
        return self._page(language, "choices", word=_word(request), wrong=False)

    async def _choose(self, request: Request, language: str) -> Response:
        fields = await self._fields(request)
        if fields is None:
            return self._plain(413)
        try:
            if not self._all_chosen(fields):
                raise ValueError
            choices = chosen(fields, self._languages, discreet=self._house.discreet)
        except ValueError:
            return self._page(language, "choices", 400, word=_word(request), wrong=True)
        async with self._house.store.write() as c:
            id = await readers.find(c, digest(request.path_params["word"], Purpose.READER))
            if id is not None:
                await readers.choose(c, id, self._house.front.seal(id, "choices", choices.values()))
        return self._page(language, "saved")

    def _all_chosen(self, fields: Mapping[str, str]) -> bool:
        """Whether nothing was left out: what was chosen before cannot be read, and must not be lost by silence."""
        discreet = fields.get("discreet") in ("on", "off") or not self._house.discreet
        return discreet and "pace" in fields and "language" in fields

    async def _export(self, request: Request, language: str) -> Response:
        async with self._house.store.write() as c:
            id = await readers.find(c, digest(request.path_params["word"], Purpose.READER))
            if id is not None:
                letter = self._house.front.seal(id, "letter", {"word": ""})
                await readers.ask_export(c, id, letter, self._house.clock())
        return self._page(language, "exported")

    async def _ask_leave(self, request: Request, language: str) -> Response:
        return self._page(language, "leave", word=_word(request))

    async def _leave(self, request: Request, language: str) -> Response:
        async with self._house.store.write() as c:
            index = await readers.leave(c, digest(request.path_params["word"], Purpose.READER))
            if index is not None:
                await note_left(c, self._house.erasures, index)
        await scrub(self._house.store)  # what a reading process keeps, the writer of letters takes out later
        return self._page(language, "left")

    async def _privacy(self, request: Request, language: str) -> Response:
        return self._page(language, "privacy", kept=kept_words())


def _word(request: Request) -> str:
    """The word of a link, when it has the form of one: nothing else is written into a page."""
    word: str = request.path_params["word"]
    return word if links.is_word(word) else ""


def kept_words() -> Sequence[str]:
    """Each phrase of what is kept, once."""
    return list(dict.fromkeys(phrase for columns in KEPT.values() for phrase in columns.values()))
