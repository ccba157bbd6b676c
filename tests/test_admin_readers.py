"""What readers may ask the bot, and that nothing about them stays."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.admin.readers import ANSWERS
from channels import Receipt
from tests.desk import ALENA, CHANNELS, REVIEW, STRANGER, Office, office
from tests.lookout import page
from tests.telegram_server import SHAPES, flood
from tests.test_admin_cards import script

TWO = CHANNELS | {"telegram-ru": {"kind": "telegram", "language": "ru", "chat": "@vestka_ru"}}


def urls(made: Office, number: int = STRANGER) -> list[str]:
    """The addresses of the buttons under the newest message."""
    rows = made.api.newest(number).get("reply_markup", {}).get("inline_keyboard", [])
    assert all("callback_data" not in one for row in rows for one in row)
    return [one["url"] for row in rows for one in row]


def says(made: Office, text: str, language: str | None) -> None:
    """A reader writes, whose Telegram is in a language."""
    update = made.api.says(STRANGER, text)
    sender = made.api._updates[-1]["message"]["from"]
    sender.pop("language_code")
    sender |= {"language_code": language} if language else {}
    assert update is made.api._updates[-1]


async def test_readers_are_greeted_in_their_language(tmp_path: Path) -> None:
    """Whoever presses Start is answered in the language of their Telegram, else in Belarusian, with the channels."""
    words = {
        "be": "Тут каналы",
        "ru-RU": "Здесь каналы",
        "en": "Here are",
        "uk": "Тут канали",
        "de": "Тут каналы",
        None: "Тут каналы",
    }
    async with office(tmp_path, channels=TWO) as made:
        for told, word in words.items():
            says(made, "/start", told)
            await made.hear()
            assert made.text(STRANGER).startswith(word), told
            assert urls(made) == ["https://t.me/vestka_be", "https://t.me/vestka_ru"]


async def test_a_chosen_language_holds_for_one_answer(tmp_path: Path) -> None:
    """/language ru answers in Russian with the Russian channel; the next answer has forgotten it."""
    async with office(tmp_path, channels=TWO) as made:
        await made.says(STRANGER, "/language ru")
        assert made.text(STRANGER).startswith("Канал на каждом языке")
        assert urls(made) == ["https://t.me/vestka_ru"]
        await made.says(STRANGER, "/privacy")
        assert made.text(STRANGER).startswith("Гэты бот нічога пра вас не захоўвае")
        await made.says(STRANGER, "/language xx; drop")
        assert made.text(STRANGER).startswith("Канал на кожнай мове")


async def test_the_newest_posts_are_listed_with_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/latest names the newest posts of the asked language, each with the address of its post."""
    async with office(tmp_path) as made:
        await made.says(STRANGER, "/latest en")
        assert made.text(STRANGER) == "Nothing has been posted in this language yet."

        async def newest(_pipeline: Any, language: str, _count: int) -> list[tuple[str, str]]:
            return [(f"Title {language}", "https://t.me/vestka_be/7")]

        monkeypatch.setattr("bot.views.cases.newest_public", newest)
        await made.says(STRANGER, "/latest")
        assert "Title be" in made.text(STRANGER)
        assert [one["url"] for one in made.api.newest(STRANGER)["entities"]] == ["https://t.me/vestka_be/7"]


@pytest.mark.parametrize(
    ("chat", "url"),
    [
        (-1_009_876_543_210, "https://t.me/c/9876543210/7"),
        (-1_009_876_543_210, "https://t.me/vestka_be/7"),  # it was public once
        ("@vestka_be", "https://t.me/c/9876543210/7"),  # it was private once
        ("@vestka_be", None),
        ("@vestka_be", "https://t.me/vestka_be/7"),
    ],
)
async def test_strangers_hear_nothing_of_a_private_channel(tmp_path: Path, chat: str | int, url: str | None) -> None:
    """/latest names no statement that stands in a private channel only, nor that channel's id; it names public ones."""
    channels = {"telegram-be": {"kind": "telegram", "language": "be", "chat": chat}}
    async with office(tmp_path, channels=channels, review=REVIEW | {"policy": "never"}) as made:
        script(made, *[Receipt(remote_id="7", url=url, wire="rehearsal")] * 2)
        made.house.site.publish("be", page(0, figure=42))
        await made.house.go()
        assert await made.outbox() == [("auto", "sent")]
        await made.says(STRANGER, "/latest be")
        shown = repr(made.api.newest(STRANGER))
        assert ("42" in made.text(STRANGER)) == (chat == "@vestka_be" and url == "https://t.me/vestka_be/7"), shown
        assert "9876543210" not in shown


async def test_readers_get_nothing_but_the_readers_words(tmp_path: Path) -> None:
    """Whatever else a reader writes, or wherever they write it, is not answered at all."""
    async with office(tmp_path) as made:
        for text in ("hello", "/repost 1", "/queue", "/publish 1", "/start@other_bot", "start"):
            await made.says(STRANGER, text)
        for shape in SHAPES:
            if shape != "plain":
                await made.says(STRANGER, "/start", shape=shape)
        assert made.calls() == []


def kept(folder: Path) -> list[bytes]:
    """The bytes of every file of an installation."""
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


async def test_nothing_about_a_reader_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    """After a reader has asked everything, their number, name and words stand in no file and in no log line."""
    caplog.set_level(logging.DEBUG)
    async with office(tmp_path) as made:
        for text in ("/start", "/latest", "/language be", "/privacy", "/start secretword", "a private question"):
            await made.says(STRANGER, text, username="readername")
        await made.desk.show()
        assert len(made.api.texts(STRANGER)) == 6 + 5
    files = kept(tmp_path)
    said = capfd.readouterr()
    said_too = caplog.text + said.out + said.err
    for secret in (str(STRANGER), "readername", "secretword", "private question"):
        assert not any(secret.encode() in file for file in files)
        assert secret not in said_too


async def test_a_flood_of_readers_does_not_take_the_bot_over(tmp_path: Path) -> None:
    """Beyond some hundred answers in a minute readers wait, and a reviewer is heard all the same."""
    async with office(tmp_path) as made:
        made.desk._readers._answers = ANSWERS - 2
        made.desk._readers._minute = made.house.now
        for _ in range(6):
            made.api.says(STRANGER, "/privacy")
        await made.says(111_111_111, "/queue")
        assert made.calls() == ["sendMessage"] * 3
        made.house.now += timedelta(minutes=2)
        await made.says(STRANGER, "/privacy")
        assert made.calls() == ["sendMessage"] * 4


async def test_a_reader_for_whom_telegram_asks_to_wait_is_not_remembered(tmp_path: Path) -> None:
    """When Telegram asks to wait with answers to readers, the bot keeps no reader's number while it waits."""
    async with office(tmp_path) as made:
        made.api.faults["sendMessage"].append(flood(3_000))
        await made.says(STRANGER, "/start")
        assert made.api.called("sendMessage")
        assert str(STRANGER) not in repr(vars(made.desk._chats)) + repr(vars(made.desk._deck))
        await made.says(ALENA, "/queue")
        assert "Nothing waits" in made.text()


async def test_a_reader_who_has_gone_does_no_harm(tmp_path: Path) -> None:
    """When a reader blocks the bot before the answer, nothing is raised and nothing is tried again."""
    async with office(tmp_path) as made:
        made.api.says(STRANGER, "/start")
        del made.api.chats[STRANGER]
        await made.hear()
        await made.desk.show()
        assert [one for one, values in made.api.calls if values.get("chat_id") == STRANGER] == ["sendMessage"]
