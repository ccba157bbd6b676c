"""What the engines behind a wire have in common: batches, bounded attempts, a monthly budget, and whole answers only.

No reason that they give shows a secret or a word of the text, and nothing that a service says is repeated.
"""

from __future__ import annotations

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol
from urllib.parse import urlsplit

from bot.errors import VestkaError
from bot.translation.engine import EngineFailed, fit

if TYPE_CHECKING:
    import ssl

    import httpx

ATTEMPTS = 3
PAUSES = (1.0, 4.0)  # seconds before the second and the third, where the service names none
LONGEST_PAUSE = 30.0  # a service that asks for more is left alone for so long, and the next engine is asked
ANSWER_BYTES = 4_000_000  # ten times the longest answer to the largest batch
# After these the same request may do better: RFC 9110 section 15, RFC 6585 section 4 (429), RFC 8470 (425).
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
KEY = re.compile(r"[!-~]{1,4000}\Z")  # what a header carries: RFC 9110 section 5.5, without spaces
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);", re.IGNORECASE)


class Uses(Protocol):
    """Who counts the characters that an engine was given in a month, for every process of an installation."""

    async def reserve(self, engine: str, characters: int, limit: int) -> str | None:
        """The month in which they are counted from now on; None when they would go beyond the limit (0: no limit)."""
        ...

    async def give_back(self, engine: str, month: str, characters: int) -> None:
        """They were not used."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a service is asked.

    `secret` reads the secret called `secret_name`, which is never kept; `timeout` is the seconds of one attempt in all;
    `budget` is characters a month, 0 for no limit, and without anybody who counts no text is given away at all.
    """

    secret: Callable[[], str]
    secret_name: str
    timeout: float
    budget: int
    uses: Uses | None
    clock: Callable[[], datetime]
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is sent; `header` holds the secret, and `characters` is how much of it is text that is paid for."""

    method: str
    path: str
    body: Mapping[str, Any] | None
    query: Mapping[str, str] | None
    header: Mapping[str, str] = field(repr=False)
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """An attempt without an answer. `free`: it has surely cost nothing; `pause`: seconds that the service names."""

    reason: str
    passing: bool
    free: bool
    pause: float | None = None


class Remote(ABC):
    """An Engine that asks a service by HTTP; each kind says how it asks and how it reads what comes."""

    texts: ClassVar[int]  # in one request, at most
    characters: ClassVar[int]  # likewise
    prefix: ClassVar[str] = "Bearer"  # of the secret, in the header Authorization

    def __init__(
        self,
        name: str,
        base_url: str,
        terms: Terms,
        *,
        sources: frozenset[str],
        targets: frozenset[str],
        privacy: Literal["local", "self-hosted", "third-party"] = "third-party",
    ) -> None:
        """Take the address, and the languages that are believed to be served until the service itself has said."""
        self.name = name
        self.privacy: Final[Literal["local", "self-hosted", "third-party"]] = privacy
        self.terms = terms
        self._base = base_url.rstrip("/")
        self._sources, self._targets = sources, targets
        self._client: httpx.AsyncClient | None = None
        self._silent_until = 0.0  # by the loop's clock

    @property
    def host(self) -> str:
        """Who is asked, as a message names it."""
        return urlsplit(self._base).hostname or ""

    # ---- what differs

    @abstractmethod
    async def batch(
        self, texts: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """The answers to as many texts as go into one request, or why there is none to these, or to any at all."""

    @abstractmethod
    async def languages(self) -> tuple[frozenset[str], frozenset[str]] | EngineFailed:
        """The source and the target languages that the service says it has; empty ones when it cannot tell."""

    def refusal(self, status: int, body: bytes) -> str:
        """What a status other than 200 means, and its cure."""
        if status in (401, 403):
            return f"{self.host} does not accept the key ({status}); look at the secret {self.terms.secret_name}"
        if status == 429:
            return f"{self.host} is asked too often (429)"
        return f"{self.host} answered {status}"

    # ---- an Engine

    def supports(self, source: str, target: str) -> bool:
        """Whether the service has both languages, as it has said itself, or as far as is known."""
        return source in self._sources and target in self._targets and source != target

    @abstractmethod
    def version(self, source: str, target: str) -> str:
        """What answers, as far as the service can be held to it."""

    def drafts(self, source: str, target: str) -> bool:
        """As the chain says."""
        return False

    async def prepare(self) -> EngineFailed | None:
        """Ask once which languages there are; why that cannot be told, if it cannot: then what is believed stays."""
        told = await self.languages()
        if isinstance(told, EngineFailed):
            return told
        if all(told):
            self._sources, self._targets = told
        return None

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """One target sentence for each source sentence, or why there is none for it, or for any."""
        if not self.supports(source, target):
            return EngineFailed(reason=f"{self.name} does not translate {source}-{target}")
        if self.terms.uses is None:
            return EngineFailed(reason="nothing is given to a service by a command that counts no characters")
        made: list[str | EngineFailed] = [fit(text, self.characters) for text in sentences]
        failed: EngineFailed | None = None
        for chosen in _batches(made, self.texts, self.characters):
            asked = [sentences[i] for i in chosen]
            # Of a service that has failed after all attempts nothing more is asked for this statement.
            answers = failed or await self.batch(asked, source, target)
            if not isinstance(answers, EngineFailed) and len(answers) != len(asked):
                answers = EngineFailed(reason=f"{self.host} gave {len(answers)} answers to {len(asked)} sentences")
            if isinstance(answers, EngineFailed):
                failed = answers
                answers = [failed] * len(asked)
            for i, answer in zip(chosen, answers, strict=True):
                made[i] = _whole(sentences[i], answer) if isinstance(answer, str) else answer
        if failed is not None and not any(isinstance(one, str) for one in made):
            return failed
        return made

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    # ---- the wire

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        characters: int = 0,
    ) -> bytes | EngineFailed:
        """What the service answers with status 200, after at most three attempts, or why there is no such answer.

        `characters` of text are counted before each attempt, and given back where it has surely cost nothing.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._silent_until:
            left = self._silent_until - loop.time()
            return EngineFailed(reason=f"{self.host} has asked to be left alone for {left:.0f} s more")
        header = self.authorization()
        if isinstance(header, EngineFailed):
            return header
        request = _Request(method=method, path=path, body=body, query=query, header=header, characters=characters)
        refused = None
        for attempt in range(ATTEMPTS):
            if refused is not None:
                await self.terms.wait(PAUSES[attempt - 1] if refused.pause is None else refused.pause)
            answer = await self._paid(request)
            if not isinstance(answer, _Refused):
                return answer
            refused = answer
            if refused.pause is not None and refused.pause > LONGEST_PAUSE:
                self._silent_until = loop.time() + refused.pause
                break
            if not refused.passing:
                break
        assert refused is not None  # there is at least one attempt
        return EngineFailed(reason=refused.reason)

    def authorization(self) -> Mapping[str, str] | EngineFailed:
        """The header with the secret, or why there is none."""
        try:
            key = self.key(self.terms.secret())
        except VestkaError as error:
            return EngineFailed(reason=str(error))  # a file that others can read
        if isinstance(key, EngineFailed):
            return key
        if key and not KEY.match(key):
            return EngineFailed(reason=f"the secret {self.terms.secret_name} is no key: it has spaces or letters in it")
        return {"Authorization": f"{self.prefix} {key}"} if key else {}

    def key(self, secret: str) -> str | EngineFailed:
        """What is shown to the service; by itself the secret, which must be there."""
        return secret or EngineFailed(reason=f"the secret {self.terms.secret_name} is missing")

    async def _paid(self, request: _Request) -> bytes | EngineFailed | _Refused:
        """One attempt within the budget."""
        uses, characters = self.terms.uses, request.characters
        if not characters or uses is None:
            return await self._once(request)
        try:
            month = await uses.reserve(self.name, characters, self.terms.budget)
            if month is None:
                return EngineFailed(
                    reason=f"the budget of {self.name} for this month is used up; raise engines.{self.name}.budget"
                )
            answer = await self._once(request)
            if isinstance(answer, _Refused) and answer.free:
                await uses.give_back(self.name, month, characters)
        except VestkaError:
            return EngineFailed(reason=f"the characters of {self.name} cannot be counted: the database is busy")
        return answer

    async def _once(self, request: _Request) -> bytes | _Refused:
        """One attempt, from the dialling to the last byte within the time-out."""
        import httpx

        headers = {
            **request.header,
            "User-Agent": "vestka",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        content = None if request.body is None else json.dumps(request.body, ensure_ascii=False).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        wire = self._client = self._client or httpx.AsyncClient(
            verify=_trusted(), timeout=self.terms.timeout, trust_env=False, follow_redirects=False
        )
        try:
            async with (
                asyncio.timeout(self.terms.timeout),
                wire.stream(
                    request.method, self._base + request.path, content=content, params=request.query, headers=headers
                ) as answer,
            ):
                whole = b""
                async for piece in answer.aiter_raw():
                    whole += piece
                    if len(whole) > ANSWER_BYTES:
                        return _Refused(reason=f"the answer of {self.host} has no end", passing=False, free=False)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return _Refused(reason=f"{self.host} cannot be reached", passing=True, free=True)
        except (httpx.HTTPError, TimeoutError) as error:
            # Who has not answered in all the time that there is will not in the next, and may have counted the text.
            slow = isinstance(error, TimeoutError | httpx.TimeoutException)
            what = f"did not answer within {self.terms.timeout:g} s" if slow else "broke the connection"
            return _Refused(reason=f"{self.host} {what}", passing=not slow, free=False)
        if answer.status_code == 200:
            return whole
        return _Refused(
            reason=self.refusal(answer.status_code, whole),
            passing=answer.status_code in PASSING,
            free=True,
            pause=_pause(answer.headers),
        )


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to believe, read once for all engines: it takes 20 ms."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def read(raw: bytes) -> Any:
    """A JSON answer; None for what is none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _pause(headers: Mapping[str, str]) -> float | None:
    """The seconds of Retry-After: a number, or a date beside the answer's own (RFC 9110 section 10.2.3)."""
    told = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", told):
        return float(told)
    try:
        until, now = (parsedate_to_datetime(one) for one in (told, headers.get("Date", "")))
        return max(0.0, (until.astimezone(UTC) - now.astimezone(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _batches(texts: Sequence[str | EngineFailed], most: int, characters: int) -> Iterator[list[int]]:
    """The numbers of the texts that go into each request."""
    chosen: list[int] = []
    size = 0
    for i, text in enumerate(texts):
        if isinstance(text, EngineFailed):
            continue
        if chosen and (len(chosen) == most or size + len(text) > characters):
            yield chosen
            chosen, size = [], 0
        chosen.append(i)
        size += len(text)
    if chosen:
        yield chosen


def _whole(text: str, answer: str) -> str | EngineFailed:
    """An answer that can stand for one sentence: not empty, on one line, and no HTML where there was none."""
    made = answer.strip()
    if not made:
        return EngineFailed(reason="an empty answer to a sentence")
    if len(made.splitlines()) > len(text.strip().splitlines()):
        return EngineFailed(reason="an answer of several lines to a sentence")
    if ENTITY.search(made) and not ENTITY.search(text):
        return EngineFailed(reason="an answer in HTML to a plain sentence")
    return made
