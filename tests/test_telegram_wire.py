"""What the live wire puts into a Telegram channel, changes there and takes away, against our own Bot API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import channels
from channels import Checkup, Pace, Receipt, Refused
from channels.telegram import Settings, remote_id
from channels.telegram.wire import TelegramWire, Timeouts
from tests import telegram_server
from tests.house import ROOT
from tests.telegram_server import RIGHTS, TOKEN, BotApi, flood
from tests.telegram_wires import CHAT, LINK, PICTURE, clean, dialled, envelope, gone, picture, post, rich

ABLE = channels.abilities("telegram")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API; whatever a test does, every call must be as Telegram describes it, and none may set a parse_mode."""
    async with BotApi() as running:
        yield running
        assert running.violations == []
        assert not any("parse_mode" in params for _, params in running.calls)


@pytest.fixture
async def wire(api: BotApi) -> AsyncIterator[TelegramWire]:
    """A wire to it with the settings as they come."""
    async with dialled(api) as ready:
        yield ready


# --------------------------------------------------------------------------------------------------------------------
# create


async def test_a_post_stands_in_the_channel_word_for_word(api: BotApi, wire: TelegramWire) -> None:
    """Text, formatting and button arrive exactly as approved, and the receipt leads to the message."""
    outcome = await wire.send(rich(), envelope())
    assert outcome == Receipt(remote_id="1", url="https://t.me/mroisk_be/1", wire="live")
    shown = api.newest(CHAT)
    assert shown["text"] == "Загаловак 😀\n\nТэкст"
    assert shown["entities"] == [
        {"type": "bold", "offset": 0, "length": 12},
        {"type": "text_link", "offset": 14, "length": 5, "url": LINK},
    ]
    assert shown["reply_markup"] == {"inline_keyboard": [[{"text": "Чытаць", "url": LINK}]]}


async def test_markup_in_a_text_stays_letters(api: BotApi, wire: TelegramWire) -> None:
    """What looks like HTML or Markdown is shown as it is written: no parsing is asked of Telegram."""
    await wire.send(post("<b>не</b> *не* [не](tg://user?id=1)"), envelope())
    assert api.newest(CHAT)["text"] == "<b>не</b> *не* [не](tg://user?id=1)"
    assert "entities" not in api.newest(CHAT)


@pytest.mark.parametrize("by_settings", [False, True])
@pytest.mark.parametrize("by_envelope", [False, True])
async def test_quiet_hours_and_quiet_channels_make_no_sound(api: BotApi, by_settings: bool, by_envelope: bool) -> None:
    """A post is silent when the channel or the hour asks for it, and only then."""
    async with dialled(api, silent=by_settings) as wire:
        await wire.send(post(), envelope(silent=by_envelope))
    assert api.called("sendMessage")[0]["disable_notification"] is (by_settings or by_envelope)


@pytest.mark.parametrize("wanted", [False, True])
async def test_a_preview_of_the_link_is_drawn_only_where_it_is_wanted(api: BotApi, wanted: bool) -> None:
    """Telegram's servers are not sent to our page unless the settings say so, in an edit as in a post."""
    async with dialled(api, link_preview=wanted) as wire:
        await wire.send(post("раз"), envelope())
        await wire.send(post("два"), envelope(action="edit", remote_id="1"))
    options = [params["link_preview_options"] for _, params in api.calls]
    assert options == [{"is_disabled": not wanted}] * 2


async def test_an_answer_stands_under_what_it_answers_or_by_itself(api: BotApi, wire: TelegramWire) -> None:
    """A second part answers the first; when the first has been deleted meanwhile, the second goes out all the same."""
    await wire.send(post("раз"), envelope())
    assert isinstance(await wire.send(post("два"), envelope(reply_to="1")), Receipt)
    assert api.newest(CHAT)["reply_to_message"]["message_id"] == 1
    assert isinstance(await wire.send(post("тры"), envelope(reply_to="77")), Receipt)
    assert "reply_to_message" not in api.newest(CHAT)


async def test_a_channel_that_has_moved_is_written_to_where_it_is(api: BotApi) -> None:
    """The place that the platform named stands above the settings."""
    api.group(-1001234567890)
    async with dialled(api, chat=-42) as wire:
        outcome = await wire.send(post(), envelope(place="-1001234567890"))
    assert outcome == Receipt(remote_id="1", url="https://t.me/c/1234567890/1", wire="live")


async def test_a_group_that_moves_tells_its_new_place(api: BotApi) -> None:
    """A group that has become a supergroup is told with its new id, for the outbox to send there."""
    api.group(-42, moved=-1001234567890)
    async with dialled(api, chat="-42") as wire:
        outcome = await wire.send(post(), envelope())
    assert outcome == channels.Moved(reason="the group has become a supergroup with another id", place="-1001234567890")


async def test_a_chat_without_addresses_has_a_receipt_without_one(api: BotApi) -> None:
    """A small group's messages have no address."""
    api.group(-42)
    async with dialled(api, chat=-42) as wire:
        assert await wire.send(post(), envelope()) == Receipt(remote_id="1", url=None, wire="live")


# --------------------------------------------------------------------------------------------------------------------
# pictures


async def test_a_picture_goes_out_with_its_caption_and_button(api: BotApi, wire: TelegramWire, tmp_path: Path) -> None:
    """Readers get the very picture that was approved, the text under it and the button."""
    media = picture(tmp_path)
    assert isinstance(await wire.send(rich(media=(media,)), envelope()), Receipt)
    shown = api.newest(CHAT)
    assert shown["caption"] == "Загаловак 😀\n\nТэкст" and len(shown["caption_entities"]) == 2
    assert shown["reply_markup"]["inline_keyboard"][0][0]["url"] == LINK
    assert api.files[shown["photo"][0]["file_id"]] == PICTURE
    assert api.called("sendPhoto")[0]["disable_notification"] is False


async def test_a_picture_without_words_makes_no_sound(api: BotApi, wire: TelegramWire, tmp_path: Path) -> None:
    """Where the picture goes ahead of a long text, readers are called once, by the text."""
    await wire.send(post("", media=(picture(tmp_path),)), envelope())
    await wire.send(post(), envelope(reply_to="1"))
    assert "caption" not in api.called("sendPhoto")[0]
    assert [params["disable_notification"] for _, params in api.calls] == [True, False]


async def test_a_picture_that_was_exchanged_is_not_sent(api: BotApi, wire: TelegramWire, tmp_path: Path) -> None:
    """A file that is no longer the approved one, is gone or is too big is refused before anything leaves."""
    media = picture(tmp_path)
    picture(tmp_path, b"another")
    outcomes = [await wire.send(post(media=(media,)), envelope())]
    gone(media)
    outcomes.append(await wire.send(post(media=(media,)), envelope()))
    outcomes.append(await wire.send(post(media=(picture(tmp_path, bytes(10_000_001)),)), envelope()))
    for outcome, words in zip(outcomes, ("no longer the one", "cannot be read", "10000001 bytes"), strict=True):
        clean(outcome)
        assert isinstance(outcome, Refused) and words in outcome.reason and str(tmp_path) not in outcome.reason
    assert api.calls == []


# --------------------------------------------------------------------------------------------------------------------
# edit and delete


async def test_an_edit_changes_the_words_and_keeps_the_button(api: BotApi, wire: TelegramWire) -> None:
    """A correction replaces text and formatting in place; the button stays."""
    await wire.send(rich(), envelope())
    outcome = await wire.send(rich("Загаловак 😀\n\nІншы."), envelope(action="edit", remote_id="1"))
    assert outcome == Receipt(remote_id="1", url="https://t.me/mroisk_be/1", wire="live")
    assert api.texts(CHAT) == ["Загаловак 😀\n\nІншы."]
    assert api.newest(CHAT)["reply_markup"]["inline_keyboard"][0][0]["text"] == "Чытаць"


async def test_the_edit_of_a_caption_keeps_picture_and_button(api: BotApi, wire: TelegramWire, tmp_path: Path) -> None:
    """A correction under a picture replaces the caption, and needs the file no more."""
    media = picture(tmp_path)
    await wire.send(rich(media=(media,)), envelope())
    gone(media)
    await wire.send(rich("Загаловак 😀\n\nІншы.", media=(media,)), envelope(action="edit", remote_id="1"))
    assert api.texts(CHAT) == ["Загаловак 😀\n\nІншы."]
    assert len(api.newest(CHAT)["caption_entities"]) == 2
    assert {"photo", "reply_markup"} <= set(api.newest(CHAT))


async def test_an_edit_that_stands_there_already_has_its_receipt(api: BotApi, wire: TelegramWire) -> None:
    """Repeating an edit is no fault: the message says already what it should."""
    await wire.send(rich(), envelope())
    edit = envelope(action="edit", remote_id="1")
    assert await wire.send(rich(), edit) == Receipt(remote_id="1", url="https://t.me/mroisk_be/1", wire="live")
    assert [one.action for one in api.public] == ["create"]


async def test_a_deletion_takes_the_message_away_and_may_be_repeated(api: BotApi, wire: TelegramWire) -> None:
    """What is gone is gone: a second deletion has a receipt too, and none leads to an address."""
    await wire.send(post(), envelope())
    for _ in range(2):
        outcome = await wire.send(post(), envelope(action="delete", remote_id="1"))
        assert outcome == Receipt(remote_id="1", url=None, wire="live")
    assert api.texts(CHAT) == []


@pytest.mark.parametrize("action", ["edit", "delete"])
async def test_a_message_that_can_no_longer_be_touched_is_told_as_that(
    api: BotApi, wire: TelegramWire, action: str
) -> None:
    """Telegram says that it can't be changed or deleted: another way, such as an answer, may be offered."""
    await wire.send(post("раз"), envelope())
    api.chat(CHAT).frozen.add(1)
    outcome = await wire.send(post("два"), envelope(action=action, remote_id="1"))
    clean(outcome)
    assert isinstance(outcome, Refused) and outcome.impossible and not outcome.lasting


async def test_a_message_that_is_gone_cannot_be_edited(api: BotApi, wire: TelegramWire) -> None:
    """There is nothing to edit: a plain refusal."""
    await wire.send(post(), envelope())
    outcome = await wire.send(post("два"), envelope(action="edit", remote_id="9"))
    assert isinstance(outcome, Refused) and not outcome.impossible and not outcome.lasting


async def test_words_cannot_become_a_caption(api: BotApi, wire: TelegramWire, tmp_path: Path) -> None:
    """A post that went out without a picture cannot be edited into one with a picture, nor the other way about."""
    with_picture = post("два", media=(picture(tmp_path),))
    await wire.send(post("раз"), envelope())
    await wire.send(with_picture, envelope())
    for what, number in ((with_picture, "1"), (post("тры"), "2")):
        outcome = await wire.send(what, envelope(action="edit", remote_id=number))
        assert isinstance(outcome, Refused) and outcome.impossible, outcome


async def test_what_telegram_quotes_of_an_address_is_not_passed_on(api: BotApi, wire: TelegramWire) -> None:
    """A refusal that quotes an address, a token or a mailbox is told without it."""
    said = f"Bad Request: URL 'https://x.invalid/1' is\ninvalid for {TOKEN} and vera@mroisk.example " + "x" * 900
    api.faults["sendMessage"].append(telegram_server.refuses(400, said))
    outcome = await wire.send(post(), envelope())
    clean(outcome)
    assert isinstance(outcome, Refused) and "vera" not in outcome.reason and "x.invalid" not in outcome.reason


# --------------------------------------------------------------------------------------------------------------------
# dialling


@pytest.mark.parametrize(
    ("values", "token", "words"),
    [
        ({}, "", "telegram_token"),
        ({}, "some words", "telegram_token"),
        ({}, TOKEN + "\n", "telegram_token"),
        ({"chat": ""}, TOKEN, "chat"),
        ({"chat": "https://t.me/mroisk"}, TOKEN, "chat"),
        ({"chat": "mroisk"}, TOKEN, "chat"),
    ],
)
def test_a_channel_that_cannot_be_dialled_says_what_is_missing(values: Any, token: str, words: str) -> None:
    """A missing token or chat is one clear line that names it, with the cure and without the token."""
    assert ABLE.dial is not None
    with pytest.raises(ValueError, match=f"^{words}: it is missing") as found:
        ABLE.dial(Settings(**{"language": "be", "chat": CHAT} | values), {"telegram_token": token}.__getitem__)
    assert "\n" not in str(found.value) and "Invented" not in str(found.value)


async def test_dialling_asks_nothing_of_the_network(api: BotApi) -> None:
    """A wire is made without a call; its first send makes one."""
    assert ABLE.dial is not None
    settings = Settings(language="be", chat=CHAT, api_base=api.url + "/")
    wire = ABLE.dial(settings, {"telegram_token": TOKEN}.__getitem__)
    assert api.connections == 0
    assert isinstance(await wire.send(post(), envelope()), Receipt)
    await wire.close()
    assert (ABLE.edits, ABLE.deletes, ABLE.secrets(None)) == (True, True, ("telegram_token",))


def test_telegram_is_given_time_to_answer() -> None:
    """A send waits a minute for its answer: the library's own five seconds would leave outcomes unknown for nothing."""
    assert Timeouts() == Timeouts(connect=10, write=60, read=60, pool=10)


def test_nobody_loads_the_library_before_it_is_dialled() -> None:
    """Rehearsals and `--help` start without the Telegram library."""
    code = "import sys, channels; channels.abilities('telegram'); sys.exit('telegram' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT)})


async def test_a_proxy_of_the_machine_is_not_used(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of proxies does not lead the token through somebody else's machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with dialled(api) as wire:
        assert isinstance(await wire.send(post(), envelope()), Receipt)


async def test_a_closed_wire_sends_nothing(api: BotApi) -> None:
    """After `close` no call is made any more."""
    async with dialled(api) as wire:
        await wire.close()
        assert not isinstance(await wire.send(post(), envelope()), Receipt)
    assert api.calls == []


# --------------------------------------------------------------------------------------------------------------------
# paces and addresses


def most_within(pace: Pace, seconds: float) -> int:
    """The most calls that a pace lets through in any time of that length, ends excluded."""
    return pace.burst + int((seconds - 1e-9) / pace.seconds)


def test_telegrams_own_bounds_are_kept_in_any_second_and_any_minute() -> None:
    """One call a second and 20 a minute in one chat, 25 a second for the token, however they fall."""
    paces = ABLE.paces(Settings(language="be", chat=CHAT))
    chat = [pace for pace in paces if CHAT in pace.name]
    token = [pace for pace in paces if CHAT not in pace.name]
    assert min(most_within(pace, 1) for pace in chat) == 1
    assert min(most_within(pace, 60) for pace in chat) <= 20
    assert min(most_within(pace, 1) for pace in token) <= 25
    assert len({pace.name for pace in paces}) == len(paces) and TOKEN not in repr(paces)


def test_channels_share_the_token_but_not_the_chat() -> None:
    """Two chats wait for each other only as far as the token asks; two channels of one chat share its pace."""
    be, ru, again = (
        {pace.name for pace in ABLE.paces(Settings(language=language, chat=chat))}
        for language, chat in (("be", CHAT), ("ru", "@mroisk_ru"), ("en", CHAT))
    )
    assert len(be & ru) == 1 and be == again


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://t.me/mroisk_be/12", "12"),
        ("https://t.me/mroisk_be/12/", "12"),
        ("https://t.me/mroisk_be/12?single", "12"),
        ("https://t.me/s/mroisk_be/12", "12"),
        ("http://telegram.me/mroisk_be/12", "12"),
        ("https://t.me/c/1234567890/12", "12"),
        ("https://t.me/c/1234567890/5/12", "12"),
        ("https://t.me/mroisk_be/5/12", "12"),
        (" https://t.me/mroisk_be/12\n", "12"),
        ("https://t.me/mroisk_be", None),
        ("https://t.me/c/1234567890", None),
        ("https://example.invalid/mroisk_be/12", None),
        ("https://t.me.example.invalid/mroisk_be/12", None),
        ("tg://resolve?domain=x&post=12", None),
        ("tg://t.me/mroisk_be/12", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_the_number_of_a_message_is_read_from_its_address(url: str, number: str | None) -> None:
    """A person who names a post by its address names its message; any other address names none."""
    chat = "-1001234567890" if "/c/" in url else "@Mroisk_be"
    assert remote_id(Settings(language="be", chat=chat), url) == number


def test_the_number_of_a_message_of_another_chat_is_nothing_to_us() -> None:
    """The address of a post in another channel, public or private, names no post of this one."""
    for chat, url in (
        ("@mroisk_be", "https://t.me/mroisk_ru/12"),
        ("@mroisk_be", "https://t.me/c/1234567890/12"),
        ("-1001234567890", "https://t.me/c/1234567891/12"),
        ("-1001234567890", "https://t.me/mroisk_be/12"),
        ("", "https://t.me/mroisk_be/12"),
    ):
        assert remote_id(Settings(language="be", chat=chat), url) is None


@pytest.mark.parametrize("chat", [CHAT, -1001234567890])
async def test_the_address_of_a_receipt_leads_back_to_its_message(api: BotApi, chat: str | int) -> None:
    """What the wire calls the address of a post is read back as that post."""
    if isinstance(chat, int):
        api.channel(number=chat)
    async with dialled(api, chat=chat) as wire:
        outcome = await wire.send(post(), envelope())
    assert isinstance(outcome, Receipt) and outcome.url is not None
    assert ABLE.remote_id(Settings(language="be", chat=chat), outcome.url) == outcome.remote_id


# --------------------------------------------------------------------------------------------------------------------
# the check-up


def complaints(lines: Any) -> list[Checkup]:
    """The lines that are not ok; each names its cure."""
    found = [line for line in lines if line.state != "ok"]
    assert all(line.cure and TOKEN not in repr(line) and "127.0.0.1" not in repr(line) for line in found)
    return found


async def test_a_sound_channel_is_found_sound_without_a_post(api: BotApi, wire: TelegramWire) -> None:
    """The check looks at the token, the chat and each right, and leaves no trace in the channel."""
    lines = await wire.check(test=False)
    assert complaints(lines) == [] and len(lines) == 5
    assert api.public == []


@pytest.mark.parametrize("right", RIGHTS)
async def test_each_missing_right_is_a_line_with_its_cure(api: BotApi, wire: TelegramWire, right: str) -> None:
    """A bot that may not post, edit or delete is told which right to give it."""
    api.channel(CHAT).rights[right] = False
    (line,) = complaints(await wire.check(test=False))
    verb = right.split("_")[1]
    assert verb in line.what and verb.capitalize() in line.cure
    assert line.state == ("fail" if verb == "post" else "warn")


async def test_a_bot_that_is_no_administrator_lacks_every_right(api: BotApi, wire: TelegramWire) -> None:
    """A mere member of a channel can do nothing there."""
    api.channel(CHAT, status="member")
    assert [line.state for line in complaints(await wire.check(test=False))] == ["fail", "warn", "warn"]


async def test_in_a_group_a_member_may_write(api: BotApi) -> None:
    """A group asks for no administrator; a bot that has left it cannot write."""
    api.group(-1001234567890, status="member")
    async with dialled(api, chat=-1001234567890) as wire:
        assert complaints(await wire.check(test=False)) == []
        api.chats[-1001234567890].status = "left"
        assert len(complaints(await wire.check(test=False))) == 1


async def test_a_check_names_what_is_wrong_with_the_token_the_chat_or_the_network(api: BotApi) -> None:
    """Each fault of the checking itself is a failing line with its cure, never a crash."""
    async with dialled(api, chat="@xy") as wire:
        (line,) = complaints(await wire.check(test=False))
        assert "Chat not found" in line.what and "`chat`" in line.cure
        api.faults["getMe"].append(telegram_server.UNAUTHORIZED)
        (line,) = complaints(await wire.check(test=False))
        assert "telegram_token" in line.cure
    async with dialled(api) as wire:
        for fault in telegram_server.AMBIGUOUS.values():
            if not fault.hangs:
                api.faults["getChat"].append(fault)
                (line,) = complaints(await wire.check(test=False))
                assert line.state == "fail" and "network" in line.cure
        api.faults["getChat"].append(flood(9))
        (line,) = complaints(await wire.check(test=False))
        assert line.state == "warn" and "wait" in line.what
    async with dialled("http://127.0.0.1:9", timeouts=Timeouts(connect=1)) as wire:
        (line,) = complaints(await wire.check(test=True))
        assert "network" in line.cure


async def test_a_live_check_posts_a_silent_sample_and_takes_it_away(api: BotApi) -> None:
    """The sample goes to the test chat only, without a sound, and is deleted."""
    async with dialled(api, test_chat="@mroisk_test") as wire:
        assert complaints(await wire.check(test=True)) == []
    assert [(one.action, one.chat) for one in api.public] == [
        (action, api.chat("@mroisk_test").id) for action in ("create", "delete")
    ]
    assert api.called("sendMessage")[0]["disable_notification"] is True


async def test_without_a_test_chat_nothing_is_posted(api: BotApi, wire: TelegramWire) -> None:
    """A live check never falls back to the readers' channel."""
    (line,) = complaints(await wire.check(test=True))
    assert "no test chat set" in line.what and line.state == "warn"
    assert api.public == []
