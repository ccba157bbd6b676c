"""DeepL, by its official client: that one says what is asked and reads what is answered, our wire carries it.

The client's own HTTP knows no overall time-out, follows redirects with the text in hand, and drops Retry-After.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from bot.translation.engine import EngineFailed
from bot.translation.remote import Remote, Terms

if TYPE_CHECKING:
    import deepl

FREE, PRO = "https://api-free.deepl.com", "https://api.deepl.com"
# "EN" as a target is deprecated: https://developers.deepl.com/docs/getting-started/supported-languages
TARGETS = {"be": "BE", "ru": "RU", "en": "EN-GB", "uk": "UK", "pl": "PL"}
BELIEVED = frozenset({"ru", "en", "uk", "pl"})  # Belarusian is a beta language there: only if it says so itself
EXTRA = "pip install 'vestka[deepl]'"

T = TypeVar("T")
Ask = Callable[..., Awaitable[bytes | EngineFailed]]


class DeepL(Remote):
    """An Engine that asks DeepL."""

    texts = 50  # https://developers.deepl.com/docs/api-reference/translate
    # 128 KiB a request (https://developers.deepl.com/docs/resources/usage-limits), at most four bytes a character.
    characters = 30_000
    prefix = "DeepL-Auth-Key"

    def __init__(self, name: str, base_url: str, terms: Terms) -> None:
        """Take the address; "" for DeepL's own, which differs for keys of its free plan."""
        super().__init__(name, base_url or PRO, terms, sources=BELIEVED, targets=BELIEVED)
        self._given = bool(base_url)

    def version(self, source: str, target: str) -> str:
        """DeepL names no version of what answers."""
        return "DeepL API v2"

    def refusal(self, status: int, body: bytes) -> str:
        """456 is DeepL's own: https://developers.deepl.com/docs/best-practices/error-handling."""
        return (
            f"the quota of the DeepL account is used up ({status})" if status == 456 else super().refusal(status, body)
        )

    async def batch(self, texts: Sequence[str], source: str, target: str) -> Sequence[str] | EngineFailed:
        """One call of the client's translate_text."""

        def call(client: deepl.DeepLClient) -> Sequence[str]:
            made = client.translate_text(
                texts,
                source_lang=source.upper(),
                target_lang=TARGETS[target],
                split_sentences="0",  # each is one sentence already
                preserve_formatting=True,
                # https://developers.deepl.com/docs/learning-how-tos/examples-and-guides/enable-beta-languages
                extra_body_parameters={"enable_beta_languages": True} if "be" in (source, target) else None,
            )
            return [one.text for one in made] if isinstance(made, list) else [made.text]

        return await self._by_client(call, sum(map(len, texts)))

    async def languages(self) -> tuple[frozenset[str], frozenset[str]] | EngineFailed:
        """Both lists of /v2/languages; EN-GB and EN-US are English to us."""

        def call(client: deepl.DeepLClient) -> tuple[frozenset[str], frozenset[str]]:
            lists = (client.get_source_languages(), client.get_target_languages())
            source, target = (frozenset(one.code.lower().split("-")[0] for one in every) for every in lists)
            return source, target

        return await self._by_client(call, 0)

    async def _by_client(self, call: Callable[[deepl.DeepLClient], T], characters: int) -> T | EngineFailed:
        """What the client makes of our wire's answers, in a thread of its own: it knows no asyncio."""
        try:
            import deepl
        except ImportError:
            return EngineFailed(reason=f"DeepL's client is not installed: {EXTRA}")
        logging.getLogger("deepl").setLevel(logging.WARNING)  # below, it would write down the text
        header = self.authorization()
        if isinstance(header, EngineFailed):
            return header
        if not self._given:
            self._base = FREE if deepl.util.auth_key_is_free_account(header["Authorization"]) else PRO
        client = deepl.DeepLClient("our wire knows the key", server_url=self._base)
        carrier = _Carrier(asyncio.get_running_loop(), self._base, self.ask, characters)
        client._client = carrier  # type: ignore[assignment]  # the client has no door for another transport
        try:
            return await asyncio.to_thread(call, client)
        except _NoAnswer as error:
            return error.failed
        except (deepl.DeepLException, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return EngineFailed(reason=f"what {self.host} answered is no answer of DeepL's")
        finally:
            carrier.stop()


class _NoAnswer(Exception):
    """Carries a failure of the wire through the client."""

    def __init__(self, failed: EngineFailed) -> None:
        super().__init__(failed.reason)
        self.failed = failed


class _Carrier:
    """Stands in for the client's `HttpClient`: takes what it wants to send to our wire, which lives in the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, base: str, ask: Ask, characters: int) -> None:
        self._loop = loop
        self._base = base
        self._ask = ask
        self._characters = characters
        self._under_way: Future[bytes | EngineFailed] | None = None
        self._stopped = False

    def request_with_backoff(
        self,
        method: str,
        url: str,
        data: Mapping[str, str],
        json: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        **more: Any,
    ) -> tuple[int, str]:
        """Status and text of an answer; one other than 200 is raised, as our wire has judged it already."""
        made = self._ask(method, url.removeprefix(self._base), json, query=data, characters=self._characters)
        self._under_way = asyncio.run_coroutine_threadsafe(_awaited(made), self._loop)
        if self._stopped:  # while the line above was at work
            self._under_way.cancel()
        answer = self._under_way.result()
        if isinstance(answer, EngineFailed):
            raise _NoAnswer(answer)
        return 200, answer.decode("utf-8", "replace")

    def stop(self) -> None:
        """Nobody waits for the answer any more: let the thread go."""
        self._stopped = True
        if self._under_way is not None:
            self._under_way.cancel()

    def close(self) -> None:
        """Our wire is closed with the engine."""


async def _awaited(made: Awaitable[T]) -> T:
    return await made
