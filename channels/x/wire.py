"""The live wire to X: tweepy's AsyncClient in a session of ours. One call creates a post, and it is made once.

The outcome is judged by phase: no connection is `Later`, X's own no is `Refused`, all else after that is `Unknown`.
"""

from __future__ import annotations

import asyncio
import base64
import html
import logging
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import tweepy  # type: ignore[import-untyped]  # it has no types
from tweepy.asynchronous import AsyncClient  # type: ignore[import-untyped]  # likewise
from yarl import URL

from channels import (
    Checkup,
    Envelope,
    Later,
    Media,
    Outcome,
    Post,
    Receipt,
    Refused,
    Unknown,
    approved_picture,
)
from channels.x import Settings

# At DEBUG both write the signed headers of each call into the log.
for _name in ("tweepy", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.INFO)

# "Image size must not be more than 5 MB." https://docs.x.com/x-api/media/quickstart/best-practices
LARGEST_PICTURE = 5_000_000
SEGMENT = 700_000  # bytes of a picture in one call: in base64 below a MiB, above which aiohttp warns of long bodies
# X counts creations and reads by windows of 15 minutes. https://docs.x.com/x-api/fundamentals/rate-limits
WINDOW = 900.0
A_DAY = 86_400.0  # no limit lasts longer
# Posts of our own account that a look for one of them reads; X gives 5 at the least.
LOOKED_AT = 10
# How far X's clock and ours may differ.
SKEW = timedelta(minutes=1)

_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """OAuth 1.0a: the app's pair and the account's. https://docs.x.com/fundamentals/authentication/oauth-1-0a"""

    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str

    def __repr__(self) -> str:
        return "Keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to be connected, for one piece of an answer, and for a whole call."""

    connect: float = 10.0
    read: float = 60.0
    whole: float = 90.0


class XWire:
    """A Wire to one account. `settings` are the channel's."""

    def __init__(self, settings: Settings, keys: Keys, timeouts: Timeouts | None = None) -> None:
        self._settings = settings
        # The user's number is the part of its token before the hyphen, as OAuth 1.0a tokens of X are made.
        self._me = keys.access_token.partition("-")[0]
        self._session = _Session(settings.api_base, timeouts or Timeouts())
        self._client = AsyncClient(
            consumer_key=keys.consumer_key,
            consumer_secret=keys.consumer_secret,
            access_token=keys.access_token,
            access_token_secret=keys.access_token_secret,
            return_type=aiohttp.ClientResponse,
            wait_on_rate_limit=False,  # it would send again by itself
        )
        self._client.session = self._session

    def __repr__(self) -> str:
        return f"XWire({self._settings.account!r})"

    # ---- what goes out

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """Create or delete, as `envelope.action` says: one call, after those that bring its pictures there.

        A creation of which an earlier try may be out counts as sent when X calls it a duplicate.
        """
        if envelope.action == "delete":
            return await self._delete(envelope)
        assert envelope.action == "create", "X edits no posts for us"
        pictures: list[str] = []
        for media in post.media:
            brought = await self._bring(media)
            if not isinstance(brought, str):
                return brought
            pictures.append(brought)
        target = None if envelope.reply_to is None else int(envelope.reply_to)
        quotes = target is not None and envelope.corrects and self._settings.corrections == "quote"
        call = self._client.create_tweet(
            text=post.text,
            media_ids=pictures or None,
            in_reply_to_tweet_id=None if quotes else target,
            quote_tweet_id=target if quotes else None,
            user_auth=True,
        )
        try:
            number = _id(await _answer(call))
        except Exception as error:  # noqa: BLE001  # whatever the libraries trip over: bytes may have left, so a value
            outcome = _judged(error)
            if envelope.tried is not None and _is_duplicate(error):
                return await self.find(post, envelope.tried, envelope.known) or _there_somewhere(post)
            return outcome
        return self._receipt(number)

    async def _delete(self, envelope: Envelope) -> Outcome:
        assert envelope.remote_id is not None
        try:
            answer = await _answer(self._client.delete_tweet(int(envelope.remote_id), user_auth=True))
            if (answer.get("data") or {}).get("deleted") is not True:
                raise ValueError("not deleted")
        except Exception as error:  # noqa: BLE001  # as above; a deletion may be repeated
            outcome = _judged(error)
            if not (isinstance(error, tweepy.NotFound) and isinstance(outcome, Refused)):
                return outcome
        return Receipt(remote_id=envelope.remote_id, url=None, wire="live")

    def _receipt(self, number: str) -> Receipt:
        name = self._settings.account.removeprefix("@") or "i"
        return Receipt(remote_id=number, url=f"https://x.com/{name}/status/{number}", wire="live")

    # ---- evidence

    async def find(self, post: Post, since: datetime, known: frozenset[str]) -> Receipt | None:
        """The post of our own account that says exactly this, was made since then and is none of the `known` ids.

        None proves nothing: X may show a post late. https://docs.x.com/x-api/users/get-posts and, for the addresses
        written out, https://docs.x.com/x-api/fundamentals/fields
        """
        earliest = (since - SKEW).astimezone(UTC)
        call = self._client.get_users_tweets(
            self._me,
            max_results=LOOKED_AT,
            start_time=f"{earliest:%Y-%m-%dT%H:%M:%SZ}",
            tweet_fields=["entities"],
            user_auth=True,
        )
        try:
            seen = (await _answer(call)).get("data") or []
            same = [one for one in seen if _said(one) == _spoken(post.text) and str(one.get("id")) not in known]
            found = [number for one in same if (number := _number(one.get("id")))]
        except Exception as error:  # noqa: BLE001  # no evidence, whatever the libraries tripped over
            logging.getLogger("vestka.x").info("no look at the timeline: %s", type(error).__name__)
            return None
        return self._receipt(found[-1]) if found else None

    # ---- pictures

    async def _bring(self, media: Media) -> str | Outcome:
        """Bring a picture and its words to X; its number there. What fails here has posted nothing."""
        data = await asyncio.to_thread(_read, media)
        if isinstance(data, Refused):
            return data
        kind = next(kind for head, kind in _KINDS.items() if data.startswith(head))
        try:
            begun = {"media_type": kind, "media_category": "tweet_image", "total_bytes": len(data)}
            number = _id(await self._post("/2/media/upload/initialize", begun))
            for index, start in enumerate(range(0, len(data), SEGMENT)):
                piece = base64.b64encode(data[start : start + SEGMENT]).decode()
                await self._post(f"/2/media/upload/{number}/append", {"media": piece, "segment_index": index})
            await self._post(f"/2/media/upload/{number}/finalize")
            words = {"id": number, "metadata": {"alt_text": {"text": media.alt}}}
            await self._post("/2/media/metadata", words)
        except Exception as error:  # noqa: BLE001  # as above; no post was made, so it may be tried again
            outcome = _judged(error)
            return Later(reason=f"the picture: {outcome.reason}") if isinstance(outcome, Unknown) else outcome
        return number

    async def _post(self, route: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """One call that tweepy has no method for."""
        return await _answer(self._client.request("POST", route, params={}, json=body, user_auth=True))

    # ---- looking it over

    async def check(self, *, test: bool) -> Sequence[Checkup]:
        """Whose account the keys open and what they may do; nothing is posted, since X takes money for it."""
        try:
            response = await self._client.get_me(user_auth=True)
            me = (await response.json())["data"]
        except Exception as error:  # noqa: BLE001  # whatever the libraries trip over is a line of this report
            outcome = _judged(error)
            cure = "the four x_… secrets, and whether the app has access" if isinstance(outcome, Refused) else ""
            return [Checkup(state="fail", what=outcome.reason, cure=cure or "see whether the network reaches X")]
        lines = [Checkup(state="ok", what=f"X knows the account @{me['username']}")]
        wanted = self._settings.account.removeprefix("@")
        if wanted and wanted.lower() != me["username"].lower():
            cure = f'write account = "@{me["username"]}", or put the keys of @{wanted} into the secrets'
            lines = [Checkup(state="fail", what=f"the keys are those of @{me['username']}", cure=cure)]
        if response.headers.get("x-access-level", "read-write") == "read":
            cure = 'give the app "Read and write" at developer.x.com, then make the access token anew'
            lines.append(Checkup(state="fail", what="the access token may only read", cure=cure))
        return lines

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


# --------------------------------------------------------------------------------------------------------------------
# the library, without its traps


class _Limit(Exception):
    """X asks to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Session:
    """What tweepy calls its session: time-outs, no redirects, another server, and a new connection for each call.

    An old connection that has died in silence would lose a call and leave its outcome unknown. tweepy has X's address
    in its code, and signs for it.
    """

    def __init__(self, base: str | None, timeouts: Timeouts) -> None:
        self._base = URL(base.rstrip("/")) if base else None
        self._timeout = aiohttp.ClientTimeout(
            total=timeouts.whole, sock_connect=timeouts.connect, sock_read=timeouts.read
        )
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def request(self, method: str, url: str | URL, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """One call; the session is made with the first, for it belongs to the running loop.

        Raises ValueError for a refusal that is no object in JSON: it is not X's, and tweepy would trip over it.
        """
        if self._session is None:
            connector = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=False)
        address = URL(url, encoded=True) if isinstance(url, str) else url
        if self._base is not None:
            path = f"{self._base.raw_path.rstrip('/')}{address.raw_path_qs}"
            address = URL(f"{self._base.origin()}{path}", encoded=True)
        async with self._session.request(method, address, allow_redirects=False, **options) as response:
            if not 200 <= response.status < 300:
                body = await response.json()
                if not isinstance(body, Mapping):
                    raise ValueError("no object")
                if response.status == 429 and any(body.get(key) for key in ("title", "detail", "errors")):
                    raise _Limit(_until_reset(response.headers))  # the library trips over a header that is no number
            yield response

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _answer(call: Awaitable[Any]) -> Mapping[str, Any]:
    """The body of an answer. Raises whatever aiohttp and tweepy raise, and ValueError for a body of another form."""
    response = await call
    body = await response.json()
    if not isinstance(body, Mapping):
        raise ValueError("no object")
    return body


def _id(body: Mapping[str, Any]) -> str:
    """The number in an answer. Raises ValueError when there is none."""
    data = body.get("data")
    if not isinstance(data, Mapping) or not (number := _number(data.get("id"))):
        raise ValueError("no id")
    return number


def _number(value: Any) -> str:
    """The number of a post; "" when a value is none."""
    return value if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) else ""


def _there_somewhere(post: Post) -> Receipt | Unknown:
    """X has the post and does not show which it is: the last part counts as sent; another must be known to go on."""
    if post.part == post.parts:
        return Receipt(remote_id="", url=None, wire="live")
    return Unknown(reason="X has this post and does not show it yet; give its address, which the next part answers")


def _read(media: Media) -> bytes | Refused:
    """The picture that was approved, of a kind that X takes."""
    data = approved_picture(media, "X", LARGEST_PICTURE)
    if isinstance(data, bytes) and not data.startswith(tuple(_KINDS)):
        return Refused(reason=f"the picture {Path(media.path).name} is neither PNG, JPEG nor WebP")
    return data


# --------------------------------------------------------------------------------------------------------------------
# what comes out


def _judged(error: Exception) -> Later | Refused | Unknown:
    """What an exception says of the outcome, by the phase in which it arose. Whatever is not listed is unknown."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Later(reason="X cannot be reached")
    if isinstance(error, _Limit):
        return Later(reason="X asks to wait: its limit of calls is reached", seconds=error.seconds)
    if isinstance(error, tweepy.HTTPException):
        return _no(error)
    if isinstance(error, TimeoutError):
        return Unknown(reason="X did not answer in time")
    if isinstance(error, aiohttp.ClientConnectionError):
        return Unknown(reason="the connection broke before X had answered")
    return Unknown(reason="the answer does not say whether X took it")


def _no(error: tweepy.HTTPException) -> Refused | Unknown:
    """What an answer means that X itself has given, by its code."""
    code, said = error.response.status, _words(error)
    if not 400 <= code < 500 or code == 429 or not said:
        # A redirect, or JSON of something between us and X, which may have passed the call on.
        return Unknown(reason="the answer does not say whether X took it")
    if cure := _cure(code, said.lower()):
        return Refused(reason=f"X takes nothing: {said}; {cure}", lasting=True)
    return Refused(reason=f"X refused it: {said}")


# What a call of ours to this one post may be refused for, in X's words and in small letters.
_OF_THIS_POST = ("duplicate", "deleted or not visible", "not allowed to delete", "too long", "invalid")


def _cure(code: int, said: str) -> str:
    """What a person has to mend before anything is taken; "" when this one call only was wrong."""
    if code == 401:
        return "put the account's present keys into the four x_… secrets"
    if code == 402 or "credit" in said:
        return "buy credit at developer.x.com"
    if code == 403 and not any(words in said for words in _OF_THIS_POST):
        return 'see at developer.x.com whether the app has "Read and write" access and the account is not locked'
    return ""


def _is_duplicate(error: Exception) -> bool:
    """Whether X refuses a text because the account has posted it already."""
    return isinstance(error, tweepy.Forbidden) and "duplicate" in _words(error).lower()


_SECRET = re.compile(r"\S*(?:://|\w@\w)\S*|\b\d{6,}-\w{10,}")


def _words(error: tweepy.HTTPException) -> str:
    """X's own words in one short line, without addresses; "" when the body is none of X's.

    Either a problem (RFC 9457) or a list of errors. https://docs.x.com/x-api/fundamentals/response-codes-and-errors
    """
    told = [*error.api_messages, *error.api_errors]
    texts = [one if isinstance(one, str) else _problem(one) for one in told]
    return " ".join(_SECRET.sub("[…]", " ".join(filter(None, texts))[:1000]).split())[:200]


def _problem(one: Any) -> str:
    if not isinstance(one, Mapping):
        return ""
    return next((str(one[key]) for key in ("detail", "message", "title") if one.get(key)), "")


def _until_reset(headers: Mapping[str, str]) -> float:
    """Seconds until every limit that is used up begins anew, as the headers tell; a whole window when they do not."""
    resets = []
    for name in ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"):
        used_up = name == "x-rate-limit" or headers.get(f"{name}-remaining") == "0"
        if used_up and re.fullmatch(r"[0-9]{1,12}", headers.get(f"{name}-reset", "")):
            resets.append(int(headers[f"{name}-reset"]) - time.time())
    return min(max(1.0, *resets) + 1.0, A_DAY) if resets else WINDOW


# --------------------------------------------------------------------------------------------------------------------
# the same words


def _said(tweet: Mapping[str, Any]) -> str:
    """What a post of the timeline says, with its addresses written out again where X shortened them."""
    text = str(tweet.get("text", ""))
    entities = tweet.get("entities") or {}
    for one in entities.get("urls", ()):
        whole = str(one.get("expanded_url", ""))
        # The address of a picture of its own stands there too, and in no text of ours.
        shown = "" if one.get("media_key") or "/photo/" in whole else whole
        text = text.replace(str(one.get("url", "")), shown)
    return _spoken(html.unescape(text))


def _spoken(text: str) -> str:
    """A text by which two posts are compared: composed, every stretch of white space one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())
