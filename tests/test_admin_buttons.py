"""What the admins' buttons carry: only what the bot itself has signed, for this chat, is ever obeyed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admin.buttons import LIMIT, Pressed, key_from, new_nonce, read, sign

KEY = key_from("12345678:an-invented-token")
CHAT = -1001234567890
DATA = sign(KEY, chat=CHAT, card=7, revision=2, nonce="abcdefgh", act="pub")
LETTERS = "abzABZ019:-_.= \n\x00é\ud800"


def test_a_button_says_again_what_it_was_made_for() -> None:
    """Pressing a button asks for the very act, card and revision that it was made for."""
    assert read(KEY, DATA, chat=CHAT) == Pressed(card=7, revision=2, nonce="abcdefgh", act="pub", arg="")


@given(
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.binary(min_size=6, max_size=6),
    st.from_regex(r"[a-z]{1,4}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_.-]{0,6}", fullmatch=True),
)
def test_every_button_fits_into_what_telegram_carries(
    card: int, revision: int, random: bytes, act: str, arg: str
) -> None:
    """However large its numbers are, a button stays within Telegram's 64 bytes and reads as it was written."""
    nonce = new_nonce(lambda count: random[:count])
    data = sign(KEY, chat=CHAT, card=card, revision=revision, nonce=nonce, act=act, arg=arg)
    assert len(data.encode()) <= 64 == LIMIT
    assert len(nonce) >= 8
    assert read(KEY, data, chat=CHAT) == Pressed(card=card, revision=revision, nonce=nonce, act=act, arg=arg)


def test_a_button_that_was_changed_in_any_one_letter_is_refused() -> None:
    """No letter of a button can be replaced, taken out, put in or doubled without the button being dead."""
    changed = set()
    for at, letter in itertools.product(range(len(DATA) + 1), LETTERS):
        changed |= {DATA[:at] + letter + DATA[at + 1 :], DATA[:at] + letter + DATA[at:], DATA[:at] + DATA[at + 1 :]}
    changed.discard(DATA)
    assert len(changed) > 1000
    assert [one for one in changed if read(KEY, one, chat=CHAT) is not None] == []


@pytest.mark.parametrize("chat", [CHAT + 1, -CHAT, 0, 7])
def test_a_button_works_in_its_own_chat_only(chat: int) -> None:
    """What was shown in one chat cannot be pressed in another."""
    assert read(KEY, DATA, chat=chat) is None


def test_a_new_bot_token_kills_every_older_button() -> None:
    """When the token has been changed, buttons that were signed under the old one do nothing."""
    assert read(key_from("12345678:another-token"), DATA, chat=CHAT) is None
    assert key_from("12345678:an-invented-token") == KEY
    assert b"invented" not in KEY


@given(st.one_of(st.text(max_size=100), st.text(alphabet="0z:aA-_.", max_size=80)))
def test_nothing_that_people_can_make_up_is_a_button(data: str) -> None:
    """Made-up data of any form is refused and never stops the bot."""
    assert read(KEY, data, chat=CHAT) is None


@given(st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyz", min_size=60, max_size=300))
def test_data_longer_than_telegram_carries_is_refused(arg: str) -> None:
    """Data above 64 bytes cannot come from Telegram, so it is not even looked at."""
    assert read(KEY, f"7:2:abcdefgh:pub:{arg}", chat=CHAT) is None


@pytest.mark.parametrize(
    ("act", "arg"), [("", ""), ("PUB", ""), ("publish", ""), ("pub", "a:b"), ("pub", "ж"), ("pub", "a" * 60)]
)
def test_a_button_that_could_not_be_read_again_is_never_made(act: str, arg: str) -> None:
    """An act or an argument outside the form of buttons is refused when the button is made."""
    with pytest.raises(ValueError, match="no button"):
        sign(KEY, chat=CHAT, card=7, revision=2, nonce="abcdefgh", act=act, arg=arg)
