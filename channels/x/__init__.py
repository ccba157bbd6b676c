"""X: one post of 280 weighted characters, or a numbered thread; a post with an address costs thirteen times as much.

What X counts: `weight`. How a text is parted: `thread`. How it is sent: `wire`, imported when it is dialled.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from channels import Abilities, Action, Budget, ChannelSettings, Draft, Envelope, Length, Pace, Post, TooLong, Wire
from channels.x import thread
from channels.x.weight import LIMIT, urls, weight

public = True

# "You can attach up to 4 photos" https://docs.x.com/x-api/media/introduction
MOST_PICTURES = 4
# The longest alternative text. https://docs.x.com/x-api/media/create-media-metadata
LONGEST_ALT = 1000


class Settings(ChannelSettings):
    """An account on X. Prices are US dollars for one call, https://docs.x.com/x-api/getting-started/pricing."""

    kind: Literal["x"] = "x"
    language: str = Field(min_length=2, description="the language of this account")
    account: str = Field(
        "",
        pattern=r"^(@\w{1,15})?$",
        description='the account, "@name": its own secrets are then x_access_token_name …',
    )
    link: Literal["last", "first", "none"] = Field(
        "last", description="where the address stands: at the end, after the title, or nowhere"
    )
    max_parts: int = Field(8, ge=1, le=25, description="the longest thread, in posts")
    corrections: Literal["reply", "quote"] = Field(
        "reply", description="a correction answers the post that it corrects, or quotes it: X edits none"
    )
    price_post: Decimal = Field(Decimal("0.015"), ge=0, description="dollars for a post without an address")
    price_post_with_link: Decimal = Field(Decimal("0.200"), ge=0, description="dollars for a post with an address")
    price_delete: Decimal = Field(Decimal("0.010"), ge=0, description="dollars for a deletion")
    monthly_budget: Decimal | None = Field(
        None, ge=0, description="dollars a month (UTC) that nothing is posted beyond; absent = no limit of ours"
    )
    monthly_posts: int | None = Field(
        None, ge=0, description="posts a month (UTC), each part of a thread one; absent = no limit of ours"
    )
    api_base: str | None = Field(None, pattern=r"^https?://", description="another server that speaks X's API")

    def languages_served(self) -> tuple[str, ...]:
        return (self.language,)


def compose(draft: Draft, settings: Settings) -> tuple[Post, ...] | TooLong:
    """`post.txt` as one post or a thread: each line is a unit (title, sentence, label, address) that stays whole.

    The line that is the draft's link goes where the settings want it. Raises ValueError when the template says nothing,
    for a picture that nobody has put into words, and for more pictures than a post can have.
    """
    if len(draft.media) > MOST_PICTURES:
        raise ValueError(f"a post on X has {MOST_PICTURES} pictures at most")
    if not all(one.alt.strip() and len(one.alt) <= LONGEST_ALT for one in draft.media):
        raise ValueError(f"a picture needs words for those who do not see it, {LONGEST_ALT} characters at most")
    lines = _link_placed(thread.units(draft.rendered["post.txt"], draft.sentences), draft.link, settings.link)
    if not lines:
        raise ValueError("post.txt says nothing")
    texts = thread.lay_out(lines, settings.max_parts)
    if isinstance(texts, TooLong):
        return texts
    return tuple(
        Post(
            part=number,
            parts=len(texts),
            text=text,
            length=weight(text),
            limit=LIMIT,
            media=draft.media * (number == 1),
        )
        for number, text in enumerate(texts, 1)
    )


def _link_placed(lines: list[thread.Unit], link: str, place: str) -> list[thread.Unit]:
    """The lines with the address last (or where the template has it), right after the title, or left out."""
    address = thread.mended(link)
    others = [line for line in lines if line.text != address]
    if place == "none" or len(others) == len(lines):
        return others
    unit = thread.Unit((address,), thread.PARAGRAPH)
    return [*others[:1], unit, *others[1:]] if place == "first" else [*others, unit]


def length(text: str) -> Length:
    """The weighted length of a text as it stands, against the limit of one post."""
    return Length(length=weight(text), limit=LIMIT)


def cost(posts: tuple[Post, ...], settings: Settings) -> Decimal:
    """What X takes for creating these posts, in US dollars."""
    return sum((fee(settings, "create", post) for post in posts), Decimal(0))


def fee(settings: Settings, action: Action, post: Post) -> Decimal:
    """What X takes for one call, in US dollars: a post with an address costs thirteen times as much."""
    if action == "delete":
        return settings.price_delete
    return settings.price_post_with_link if any(urls(post.text)) else settings.price_post


def specimen(post: Post, envelope: Envelope, settings: Settings) -> tuple[str, bytes] | None:
    """Nothing more than the payload leaves."""
    return None


# --------------------------------------------------------------------------------------------------------------------
# what it can do live

# X shows a post in its account's own timeline within seconds, but gives no bound for it.
LOOKS = (20.0, 60.0, 120.0)
_APP = ("x_consumer_key", "x_consumer_secret")
_ACCOUNT = ("x_access_token", "x_access_token_secret")


def secrets(settings: Settings) -> tuple[str, ...]:
    """The app's pair of secrets, and the account's: one that has a name in the settings has secrets of its own."""
    ending = f"_{settings.account[1:].lower()}" if settings.account else ""
    return (*_APP, *(f"{name}{ending}" for name in _ACCOUNT))


def dial(settings: Settings, secret: Callable[[str], str]) -> Wire:
    """The live wire; nothing is asked of the network yet. Raises ValueError with one clear line."""
    values = [secret(name) for name in secrets(settings)]
    for name, value in zip(secrets(settings), values, strict=True):
        if not re.fullmatch(r"[\w-]+", value, re.ASCII):
            raise ValueError(f"{name}: it is missing or no key of X; developer.x.com gives it, under Keys and tokens")
    if not re.match(r"\d+-", values[2]):
        raise ValueError(
            f"{secrets(settings)[2]}: an access token of OAuth 1.0a begins with the account's number and “-”"
        )
    from channels.x.wire import Keys, XWire

    key, key_secret, token, token_secret = values
    keys = Keys(consumer_key=key, consumer_secret=key_secret, access_token=token, access_token_secret=token_secret)
    return XWire(settings, keys)


def paces(settings: Settings) -> tuple[Pace, ...]:
    """At most 100 calls in any 15 minutes: X's bound on an account's posts.

    https://docs.x.com/x-api/fundamentals/rate-limits: a burst of 10 and one every 10 s after it are at most 100.
    """
    return (Pace(name=f"x {settings.account.lower()}", seconds=10, burst=10),)


def place(settings: Settings) -> str:
    """The account: no other may delete what it has posted."""
    return settings.account.lower()


def remote_id(settings: Settings, url: str) -> str | None:
    """The number of the post at an address on x.com; None where it is not of the account that the settings name.

    Without a name in the settings an address must bear none either: anybody's could be pasted.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    host = (parts.hostname or "").removeprefix("www.").removeprefix("mobile.")
    found = re.fullmatch(r"/(?P<name>\w{1,15}|i/web)/status/(?P<post>\d{1,19})/?", parts.path, re.ASCII)
    if parts.scheme not in ("http", "https") or host not in ("x.com", "twitter.com") or found is None:
        return None
    own = place(settings).removeprefix("@")
    known = found["name"].lower() in (own, "i", "i/web")
    return found["post"] if known else None


def budget(settings: Settings) -> Budget:
    """What this account may spend in a month."""
    return Budget(dollars=settings.monthly_budget, posts=settings.monthly_posts)


abilities = Abilities(
    deletes=True,
    looks=LOOKS,
    secrets=secrets,
    dial=dial,
    paces=paces,
    place=place,
    remote_id=remote_id,
    fee=fee,
    budget=budget,
)
