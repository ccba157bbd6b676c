"""X: one post of 280 weighted characters, or a numbered thread; a post with an address costs thirteen times as much.

What X counts: `weight`. How a text is parted: `thread`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from channels import ChannelSettings, Draft, Envelope, Length, Post, TooLong
from channels.x import thread
from channels.x.weight import LIMIT, urls, weight

public = True


class Settings(ChannelSettings):
    """An account on X. Prices are US dollars a created post, https://docs.x.com/x-api/getting-started/pricing."""

    kind: Literal["x"] = "x"
    language: str = Field(min_length=2, description="the language of this account")
    link: Literal["last", "first", "none"] = Field(
        "last", description="where the address stands: at the end, after the title, or nowhere"
    )
    max_parts: int = Field(8, ge=1, le=25, description="the longest thread, in posts")
    price_post: Decimal = Field(Decimal("0.015"), ge=0, description="dollars for a post without an address")
    price_post_with_link: Decimal = Field(Decimal("0.200"), ge=0, description="dollars for a post with an address")
    api_base: str | None = Field(None, pattern=r"^https?://", description="another server that speaks X's API")

    def languages_served(self) -> tuple[str, ...]:
        return (self.language,)


def compose(draft: Draft, settings: Settings) -> tuple[Post, ...] | TooLong:
    """`post.txt` as one post or a thread: each line is a unit (title, sentence, label, address) that stays whole.

    The line that is the draft's link goes where the settings want it. Raises ValueError when the template says nothing.
    """
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
    prices = (settings.price_post_with_link if any(urls(post.text)) else settings.price_post for post in posts)
    return sum(prices, Decimal(0))


def specimen(post: Post, envelope: Envelope, settings: Settings) -> tuple[str, bytes] | None:
    """Nothing more than the payload leaves."""
    return None
