"""The admins' desk in bad weather: restarts, cut-offs, a network that fails, and what must never be said aloud."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import TemporaryError
from bot.pipeline import Pipeline
from bot.store import gates
from tests.desk import ALENA, BORIS, STRANGER, Office, office
from tests.lookout import page
from tests.telegram_server import BAD_GATEWAY, BROKEN, DEAF, NOT_FOUND, RESET, TOKEN, UNAUTHORIZED, flood, refuses


async def test_nothing_acts_twice_after_a_restart(tmp_path: Path) -> None:
    """An order that Telegram delivers once more after a new start is not carried out a second time."""
    async with office(tmp_path) as made:
        update = made.api.says(ALENA, "/pause 2h")
        await made.hear()
        await made.says(ALENA, "/status")
        await made.again()
        made.api._updates.insert(0, update)
        await made.hear()
        assert len(await made.acts("pause")) == 1


async def test_another_bots_numbers_are_heard_too(tmp_path: Path) -> None:
    """After a new token, or a week of silence, Telegram counts anew, and orders are heard all the same."""
    async with office(tmp_path) as made:
        made.api._last_update = 500_000_000
        await made.says(ALENA, "/pause 2h")
        await made.desk.poll()
        await made.again()
        made.api._last_update = 1_000
        await made.says(ALENA, "/resume")
        assert len(await made.acts("pause")) == len(await made.acts("resume")) == 1


async def test_an_order_that_was_cut_off_is_not_guessed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the service ends in the midst of an order, its author hears so instead of silence or a second act."""
    async with office(tmp_path) as made:
        real = Pipeline.pause
        done = asyncio.Event()

        async def slow(self: Pipeline, *args: Any, **more: Any) -> list[str]:
            lines = await real(self, *args, **more)
            done.set()
            await asyncio.sleep(60)
            return lines

        monkeypatch.setattr(Pipeline, "pause", slow)
        made.api.says(ALENA, "/pause 2h")
        poll = asyncio.create_task(made.desk.poll())
        await done.wait()
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        await made.again()
        await made.hear()
        assert len(await made.acts("pause")) == 1
        assert "do not know how far I came" in made.text()


async def test_a_tap_that_was_cut_off_acts_after_the_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tap whose service ended before the act is carried out once when Telegram delivers it again."""
    async with office(tmp_path) as made:
        await made.news()
        started = asyncio.Event()

        async def never(*_: Any, **__: Any) -> list[str]:
            started.set()
            await asyncio.sleep(60)
            return []

        message, one = made.button("Publish")
        made.api.taps(ALENA, message, one["callback_data"])
        with monkeypatch.context() as patch:
            patch.setattr(Pipeline, "publish", never)
            poll = asyncio.create_task(made.desk.poll())
            await started.wait()
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
        await made.again()
        await made.hear()
        assert await made.outbox() == [("auto", "due")]
        assert len(await made.acts("publish")) == 1


async def test_a_tap_quicker_than_the_answer_to_its_message_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever taps before Telegram has told us the message's number is heard, and keeps the buttons."""
    async with office(tmp_path) as made:
        chats = made.desk._deck._chats
        send, told, stands = chats.send, asyncio.Event(), asyncio.Event()

        async def slow(*words: Any) -> Any:
            number = await send(*words)
            stands.set()
            await told.wait()
            return number

        monkeypatch.setattr(chats, "send", slow)
        news = asyncio.create_task(made.news())
        await stands.wait()
        tap = asyncio.create_task(made.taps("Publish"))
        await asyncio.wait({tap}, timeout=0.5)
        assert not tap.done()
        told.set()
        await asyncio.gather(news, tap)
        assert await made.outbox() == [("auto", "due")]


async def test_an_order_waits_while_the_ledger_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the ledger is busy an order is not lost: it is carried out, once, as soon as it can be."""
    async with office(tmp_path) as made:

        async def busy(*_: Any, **__: Any) -> list[str]:
            raise TemporaryError("the database is busy")

        made.api.says(ALENA, "/pause 2h")
        with monkeypatch.context() as patch:
            patch.setattr(Pipeline, "pause", busy)
            with pytest.raises(TemporaryError, match="busy"):
                await made.desk.poll()
        await made.hear()
        assert len(await made.acts("pause")) == 1


async def test_a_bug_in_one_order_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that wakes a bug is told of as a bug, and the next order is carried out."""
    async with office(tmp_path) as made:

        async def broken(*_: Any, **__: Any) -> list[str]:
            raise RuntimeError("a bug")

        monkeypatch.setattr(Pipeline, "resume", broken)
        made.api.says(ALENA, "/resume")
        made.api.says(ALENA, "/pause 2h")
        with pytest.raises(RuntimeError, match="a bug"):
            await made.desk.poll()
        await made.hear()
        assert len(await made.acts("pause")) == 1


async def test_an_update_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    """Something that the library does not understand does not keep what came with it from being heard."""
    async with office(tmp_path) as made:
        made.api.push("message", {"message_id": "no number", "date": "never", "chat": 7})
        await made.says(ALENA, "/pause 2h")
        made.api.push("callback_query", {"id": 5, "from": "nobody"})
        await made.hear()
        assert len(await made.acts("pause")) == 1


FAULTS = {"reset": RESET, "bad gateway": BAD_GATEWAY, "broken": BROKEN, "flood": flood(7), "token": UNAUTHORIZED}


async def test_what_the_network_does_is_one_line_that_passes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever Telegram or the network answers, the desk says it in one line without the bot's token, and goes on."""
    caplog.set_level(logging.DEBUG)
    async with office(tmp_path) as made:
        for method in ("getMe", "getUpdates"):
            for name, fault in FAULTS.items():
                await made.again()
                made.api.faults[method] = [fault]
                made.api.says(ALENA, "/resume")
                with pytest.raises(TemporaryError) as told:
                    await made.desk.poll()
                shown = "".join(traceback.format_exception(told.value))
                assert "\n" not in str(told.value)
                for text in (shown, repr(made.desk), repr(vars(made.desk)), caplog.text):
                    assert TOKEN not in text and TOKEN.partition(":")[2] not in text, (method, name)
                assert ("telegram_token" in str(told.value)) == (name == "token")
                if name == "flood":  # it keeps quiet for as long as it was told to
                    calls = len(made.api.calls)
                    with pytest.raises(TemporaryError, match="wait"):
                        await made.desk.poll()
                    assert len(made.api.calls) == calls
        await made.again()
        await made.hear()
        assert len(await made.acts("resume")) == 2 * len(FAULTS)


async def test_a_flood_on_one_chat_keeps_the_desk_listening(tmp_path: Path) -> None:
    """When Telegram asks to wait with messages into one chat, what others press is heard and answered all the same."""
    async with office(tmp_path) as made:
        await made.news()
        made.api.faults["sendMessage"].append(flood(3_000))
        await made.says(ALENA, "/status")
        assert "Publish" not in await made.taps("Publish", BORIS)
        assert await made.outbox() == [("auto", "due")]
        assert "Released by boris" in made.text(BORIS)


async def test_a_second_program_on_the_same_bot_is_named(tmp_path: Path) -> None:
    """When another program reads the bot's messages, the line says so and what to do."""
    async with office(tmp_path) as made:
        made.api.faults["getUpdates"] = [refuses(409, "Conflict: terminated by other getUpdates request")]
        with pytest.raises(TemporaryError, match="another program"):
            await made.desk.poll()


async def test_an_answer_that_could_not_be_sent_is_sent_later(tmp_path: Path) -> None:
    """When the network fails after an act, the act stands, is not repeated, and its answer comes when it can."""
    async with office(tmp_path) as made:
        made.api.faults["sendMessage"] = [BAD_GATEWAY]
        await made.says(ALENA, "/pause 2h")
        assert made.api.texts(ALENA) == ["/pause 2h"]
        await made.desk.show()
        assert "nothing is sent until" in made.text()
        assert len(await made.acts("pause")) == 1


async def test_cutting_off_a_look_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Wherever the bringing up to date of the chats is cut off, the next one completes it: each has their message."""
    async with office(tmp_path) as made:
        made.house.site.publish("be", page(1), page(2))
        await made.house.go()
        for steps in range(0, 200, 5):
            look = asyncio.create_task(made.desk.show())
            for _ in range(steps):
                await asyncio.sleep(0)
            look.cancel()
            await asyncio.gather(look, return_exceptions=True)
        await made.desk.show()
        standing = [one for one in await made.rows() if one.kind == "review"]
        assert sorted((one.subject, one.chat) for one in standing) == [
            ("s1", "alena"),
            ("s1", "boris"),
            ("s2", "alena"),
            ("s2", "boris"),
        ]
        for one in standing:
            number = ALENA if one.chat == "alena" else BORIS
            message = made.api.chat(number).messages[one.message or 0]
            await made.presses(message, message["reply_markup"]["inline_keyboard"][2][1]["callback_data"], number)
            assert "sentence 1" in made.api.chat(number).messages[one.message or 0]["text"].lower()


async def test_a_look_that_was_cut_off_is_taken_again(tmp_path: Path) -> None:
    """A look that ends while Telegram is silent is taken once more, though nothing has happened since."""
    async with office(tmp_path) as made:
        made.house.site.publish("be", page(1))
        await made.house.go()
        made.api.faults["sendMessage"] = [DEAF]
        look = asyncio.create_task(made.desk.show())
        while "sendMessage" not in made.calls():  # noqa: ASYNC110  # it lasts milliseconds
            await asyncio.sleep(0.005)
        look.cancel()
        await asyncio.gather(look, return_exceptions=True)
        await made.desk.show()
        assert len(made.api.texts(ALENA)) == len(made.api.texts(BORIS)) == 1


async def test_what_others_post_in_our_channel_is_remembered(tmp_path: Path) -> None:
    """A post that someone makes by hand in a channel of ours is kept with its links; one elsewhere is not."""
    async with office(tmp_path) as made:
        channel = made.api.channel("@vestka_be")
        other = made.api.channel("@strangers")
        for place in (channel, other):
            made.api.says(ALENA, "Заява https://site.invalid/be/1", chat=place.id, shape="channel_post")
        made.api.says(ALENA, "Выпраўлена", chat=channel.id, shape="edited_channel_post")
        kept: list[tuple[Any, ...]] = []

        async def keep(*args: Any) -> None:
            kept.append(args)

        made.pipeline.hand_posted = keep  # type: ignore[method-assign]  # what the desk hands on is what is tested
        await made.hear()
        assert [(name, text) for name, _, text, *_ in kept] == [
            ("telegram-be", "Заява https://site.invalid/be/1"),
            ("telegram-be", "Выпраўлена"),
        ]
        assert kept[0][5].tzinfo is not None
        assert kept[0][4] == "https://t.me/vestka_be/1"


async def test_asking_for_nothing_dials_nothing(tmp_path: Path) -> None:
    """A desk that was only made has spoken to nobody."""
    async with office(tmp_path) as made:
        assert made.api.calls == []


async def test_every_call_is_one_that_telegram_knows(tmp_path: Path) -> None:
    """Nothing that the desk sends has a parameter that Telegram's own description does not have."""
    async with office(tmp_path) as made:
        await made.news()
        for words in ("/help", "/write 1 be", "/later 1", "/show 1", "/statement", "/edit 1 be"):
            await made.says(ALENA, words)
        await made.says(STRANGER, "/start")
        await made.taps("Publish", BORIS)
        assert made.api.violations == []


async def _word(made: Office, key: str) -> str | None:
    async with made.pipeline.store.read() as c:
        return await gates.value(c, f"desk/{key}")


async def test_the_digest_comes_once_a_day(tmp_path: Path) -> None:
    """In the morning, and once, the owner hears what was posted and what waits; before the hour there is none."""
    async with office(tmp_path, alerts={"digest": "12:00"}) as made:
        await made.news()
        await made.desk.digest()
        assert await _word(made, "digest") is None
        made.house.now += timedelta(hours=4)
        for _ in range(3):
            await made.desk.digest()
            await made.again()
        told = [text for text in made.api.texts(ALENA) if text.startswith("The last day")]
        assert len(told) == 1 and "waiting 1" in told[0]
        assert not [text for text in made.api.texts(BORIS) if text.startswith("The last day")]
        made.house.now += timedelta(days=1)
        await made.desk.digest()
        assert len([text for text in made.api.texts(ALENA) if text.startswith("The last day")]) == 2


async def test_alarms_come_together_with_their_cures(tmp_path: Path) -> None:
    """What is wrong is told to the owner in one message, each line with what to do, and not a second time."""
    async with office(tmp_path) as made:
        assert await made.desk.way.tell(["a is down. Mend a.", "b is down. Mend b."], made.house.now) is None
        told = made.api.texts(ALENA)
        assert len(told) == 1
        assert "a is down. Mend a." in told[0] and "b is down. Mend b." in told[0]
        assert made.api.texts(BORIS) == []


async def test_alarms_that_reach_nobody_say_why(tmp_path: Path) -> None:
    """When the owner has never pressed Start, the other ways of telling hear what to do, without a number."""
    async with office(tmp_path, people=[]) as made:
        why = await made.desk.way.tell(["a is down."], made.house.now)
        assert why is not None and "alena presses Start" in why and str(ALENA) not in why
        made.api.person(ALENA)
        assert await made.desk.way.tell(["a is down."], made.house.now) is None


async def test_very_many_alarms_are_few_messages(tmp_path: Path) -> None:
    """Two hundred alarms at once are all told, on as few messages as they need."""
    async with office(tmp_path) as made:
        lines = [f"source {number} cannot be read, and nobody knows why. Look at it." for number in range(200)]
        assert await made.desk.way.tell(lines, made.house.now) is None
        told = made.api.texts(ALENA)
        assert len(told) < 10
        assert all(any(line in text for text in told) for line in lines)


FAILED_MENUS = {"setMyDescription": flood(40_000), "setMyShortDescription": NOT_FOUND, "setMyCommands": RESET}


@pytest.mark.parametrize("method", FAILED_MENUS)
async def test_a_menu_that_cannot_be_set_keeps_no_card_back(tmp_path: Path, method: str) -> None:
    """When Telegram does not take a menu, what waits for a person is shown, and the menu is tried again in an hour."""
    async with office(tmp_path, menus=True) as made:
        made.api.faults[method] += [FAILED_MENUS[method]]
        await made.news()
        assert "17" in made.text(ALENA) and "17" in made.text(BORIS)
        calls = len(made.api.called(method))
        await made.desk.show()
        assert len(made.api.called(method)) == calls
        await made.says(ALENA, "/status")
        await made.again()
        await made.desk.show()
        assert len(made.api.called(method)) > calls


async def test_menus_are_set_once_and_by_language(tmp_path: Path) -> None:
    """Each reader sees the menu in their language, reviewers have their own, and nothing is set twice."""
    async with office(tmp_path, people=[ALENA], menus=True) as made:
        await made.desk.show()
        menus = {key: [one["command"] for one in value] for key, value in made.api.commands.items()}
        private = '{"type": "all_private_chats"}'
        assert menus[private, ""] == menus[private, "be"] == menus[private, "ru"] == ["latest", "language", "privacy"]
        mine = menus[f'{{"chat_id": {ALENA}, "type": "chat"}}', ""]
        assert "publish" in mine and "redact" in mine
        assert made.api.descriptions["description", "ru"].startswith("Заявления")
        made.api.calls.clear()
        await made.again()
        await made.desk.show()
        assert [name for name in made.calls() if name.startswith("setMy")] == ["setMyCommands"]  # for boris, once more
        made.api.person(BORIS)
        await made.again()
        await made.desk.show()
        boris = [one["command"] for one in made.api.commands[f'{{"chat_id": {BORIS}, "type": "chat"}}', ""]]
        assert "publish" in boris and "redact" not in boris
