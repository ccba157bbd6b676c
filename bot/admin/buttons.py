"""What a button carries: which card, at which revision, what is asked; signed, so that nobody can make one up.

Bound to the chat that it stands in and to the nonce of its showing; whoever presses it is looked up again each time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

# "callback_data: 1-64 bytes" https://core.telegram.org/bots/api#inlinekeyboardbutton
LIMIT = 64
# Half of the HMAC-SHA256, the least that should be kept. https://www.rfc-editor.org/rfc/rfc2104#section-5
TAG_BYTES = 16
PURPOSE = b"vestka: buttons of the admins' bot, 1"
_DATA = re.compile(r"([0-9a-z]{1,13}):([0-9a-z]{1,13}):([\w-]{8,16}):([a-z]{1,4}):([\w.-]*)", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,9}")  # what a page, a sentence or a story may be: not every digit that Unicode knows
_FIGURES = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button of ours that was pressed: the card's row, the revision it showed, the nonce of that showing, the act."""

    card: int
    revision: int
    nonce: str
    act: str
    arg: str


def figure(arg: str) -> int | None:
    """The number that an argument is; None when it is none, or longer than anything that is counted here."""
    return int(arg) if NUMBER.fullmatch(arg) else None


def key_from(token: str) -> bytes:
    """The key that buttons are signed with; another bot token makes another key, and kills every button before it."""
    return hmac.digest(token.encode(), PURPOSE, hashlib.sha256)


def new_nonce(random: Callable[[int], bytes]) -> str:
    """The word of one showing of a card, eight characters; `random(n)` gives n unforeseeable bytes."""
    return base64.urlsafe_b64encode(random(6)).decode()


def sign(key: bytes, *, chat: int, card: int, revision: int, nonce: str, act: str, arg: str = "") -> str:
    """The callback data of one button, at most 64 bytes. Raises ValueError when a field is not of its form."""
    body = f"{_base36(card)}:{_base36(revision)}:{nonce}:{act}:{arg}"
    data = f"{body}:{_tag(key, chat, body)}"
    if not _DATA.fullmatch(body) or len(data) > LIMIT:
        raise ValueError(f"no button can ask for {act!r} with {arg!r}")
    return data


def read(key: bytes, data: str, *, chat: int) -> Pressed | None:
    """What a pressed button asks for; None when it is not one of ours, not of this chat, or not as it was signed."""
    if not data.isascii() or len(data) > LIMIT:
        return None
    body, _, tag = data.rpartition(":")
    fields = _DATA.fullmatch(body)
    if fields is None or not hmac.compare_digest(tag, _tag(key, chat, body)):
        return None
    card, revision, nonce, act, arg = fields.groups()
    return Pressed(card=int(card, 36), revision=int(revision, 36), nonce=nonce, act=act, arg=arg)


def _tag(key: bytes, chat: int, body: str) -> str:
    found = hmac.digest(key, f"{chat}:{body}".encode(), hashlib.sha256)[:TAG_BYTES]
    return base64.urlsafe_b64encode(found).decode().rstrip("=")


def _base36(number: int) -> str:
    figures = ""
    while number > 0:
        number, figure = divmod(number, 36)
        figures = _FIGURES[figure] + figures
    return figures or "0"
