"""What reviewers write: each order is carried out, asked about, or answered in one line that says why not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.admin import menus
from bot.admin.commands import Commands
from bot.settings import Source
from bot.store.schema import card
from tests.desk import ALENA, BORIS, CHANNELS, REVIEW, Office, office
from tests.telegram_server import failure
from tests.test_admin_cards import Scripted, edit_page, script

RUSSIAN = CHANNELS | {"telegram-ru": {"kind": "telegram", "language": "ru", "chat": "@vestka_ru"}}


async def question(made: Office, user: int = ALENA) -> int:
    """The id of the newest message, which asks for an answer."""
    assert made.api.called("sendMessage")[-1]["reply_markup"] == {"force_reply": True}
    return int(made.api.newest(user)["message_id"])


async def released(made: Office) -> Scripted:
    """A statement that has been posted."""
    wire = script(made)
    await made.news()
    await made.taps("Publish")
    await made.house.look()
    return wire


IMPOSSIBLE = [
    ("/nonsense", "there is no command /nonsense"),
    ("/show", "say which story"),
    ("/show x", "say which story"),
    ("/show ٣", "say which story"),
    ("/show 99999999999999999999", "say which story"),
    ("/show 7", "there is no such story"),
    ("/publish 1 nowhere", "is no channel and no language"),
    ("/publish 1 be", "by channel, not by language"),
    ("/repost 1", "was not approved there"),
    ("/correct 1", "no correction of it waits"),
    ("/later 1 yesterday", "is no time"),
    ("/edit 1 xx", "is none of be, ru"),
    ("/edit 1 be 99", "no such sentence"),
    ("/write 1 xx", "is none of be, ru"),
    ("/pause nowhere", "is no channel"),
    ("/pause telegram-be soon", "is no time to come"),
    ("/redact", "say whose name"),
    ("/skip 1 " + "х" * 400, "characters are too many here"),
    ("/skip 1 a\u202eb", "invisible control characters"),
    ("/statement be\nOnly one line", "no source takes texts in"),
]


async def test_what_cannot_be_done_is_answered_in_one_line(tmp_path: Path) -> None:
    """An order that cannot be carried out is answered with the reason, and changes nothing."""
    async with office(tmp_path) as made:
        await made.news()
        for words, answer in IMPOSSIBLE:
            await made.says(ALENA, words)
            assert answer in made.text() and "\n" not in made.text(), words
        assert await made.outbox() == []
        assert len(await made.house.held()) == 1


async def test_every_command_of_the_menu_is_answered(tmp_path: Path) -> None:
    """Every command that the menu offers is one that the bot answers, and every one that it knows is in the menu."""
    offered = set(menus.REVIEWERS) | set(menus.OWNERS)
    assert offered | {"start"} == set(Commands.table)
    async with office(tmp_path) as made:
        await made.news()
        for name in sorted(offered):
            before = len(made.api.texts(ALENA))
            await made.says(ALENA, f"/{name} 1" if "N" in (menus.REVIEWERS | menus.OWNERS)[name] else f"/{name}")
            assert len(made.api.texts(ALENA)) == before + 2, name  # what was said, and one answer


async def test_publish_by_command_shows_and_asks_once(tmp_path: Path) -> None:
    """/publish shows what would go out; nothing goes out before the tap, and then only on the named channel."""
    two = CHANNELS | {"telegram-two": {"kind": "telegram", "language": "be", "chat": "@vestka_two"}}
    async with office(tmp_path, channels=two) as made:
        await made.news()
        await made.says(BORIS, "/publish 1 telegram-two")
        assert "17 чалавек за тыдзень" in made.text(BORIS) and "telegram-two" in made.text(BORIS)
        assert await made.outbox() == []
        await made.taps("Publish", BORIS)
        assert [row[1] for row in await made.house.posts()] == ["telegram-two"]
        assert made.text(BORIS).startswith("s1 telegram-two be: released")


async def test_a_repost_shows_where_and_when_and_asks(tmp_path: Path) -> None:
    """/repost says when it was last posted; Cancel posts nothing, Yes posts once more under the tap's own word."""
    async with office(tmp_path) as made:
        wire = await released(made)
        await made.says(ALENA, "/repost 1 telegram-be")
        assert "Post it again?" in made.text() and "last posted 2026-07-06" in made.text()
        await made.taps("Cancel")
        assert await made.outbox() == [("auto", "sent")]
        await made.says(ALENA, "/repost 1")
        await made.taps("Yes")
        await made.house.look()
        assert await made.outbox() == [("auto", "sent"), ("repost", "sent")]
        assert len(wire.calls) == 2


async def test_retract_asks_why_and_whether(tmp_path: Path) -> None:
    """/retract takes a post back after a reason and a Yes; the trail has the reason and the name."""
    async with office(tmp_path) as made:
        wire = await released(made)
        await made.says(ALENA, "/retract 1")
        await made.taps("Unsafe for a person")
        assert "Take it back?" in made.text()
        assert [one.action for one in wire.calls] == ["create"]
        await made.taps("Yes")
        await made.house.look()
        assert [one.action for one in wire.calls] == ["create", "delete"]
        assert "unsafe for a person" in (await made.acts("retract"))[0]


async def test_retract_with_an_own_reason(tmp_path: Path) -> None:
    """A reason that stands behind the command is the one that the trail has."""
    async with office(tmp_path) as made:
        await released(made)
        await made.says(ALENA, "/retract 1 сваякі папрасілі")
        await made.taps("Yes")
        assert "сваякі папрасілі" in (await made.acts("retract"))[0]


async def test_a_name_is_taken_out_of_what_is_public(tmp_path: Path) -> None:
    """/redact shows each post with the name and what it would say; Yes edits it, and Cancel leaves all."""
    async with office(tmp_path) as made:
        wire = script(made)
        await made.news(body="<p>Яўген Прыдуманы асуджаны ў Мройску.</p><p>Справа абскарджаная.</p>")
        await made.taps("Publish")
        await made.house.look()
        await made.says(ALENA, "/redact Яўген Прыдуманы")
        assert "It would say" in made.text()
        await made.taps("Cancel")
        assert made.text() == "Nothing was done."
        async with made.pipeline.store.read() as c:  # the rows of messages that are over, too
            assert "Яўген" not in str((await c.execute(sa.select(card.c.body))).all())
        await made.says(ALENA, "/redact Яўген Прыдуманы")
        await made.taps("Change this one")
        await made.house.look()
        assert [one.action for one in wire.calls] == ["create", "edit"]
        assert "Прыдуман" not in "".join(await made.acts("redact"))
        async with made.pipeline.store.read() as c:  # the rows of messages that are over, too
            assert "Яўген" not in str((await c.execute(sa.select(card.c.body))).all())


async def test_an_edit_is_asked_for_and_kept(tmp_path: Path) -> None:
    """A sentence is translated anew by an answer to the question that a button has started, in the private chat."""
    chain = {"translation": {"wait_for_editions": "0s"}}
    async with office(tmp_path, channels=RUSSIAN, **chain) as made:
        await made.news()
        await made.says(ALENA, "/edit 1 ru")
        await made.taps("Title")
        number = await question(made)
        assert "Answer this message" in made.text()
        await made.says(ALENA, "Суды Мройска наказали 17 человек: дело 1", reply_to=number)
        assert (await made.acts("edit")) == ["alena ru, sentence 0"]
        await made.says(ALENA, "Второй ответ", reply_to=number)
        assert "no open question" in made.text()
        assert len(await made.acts("edit")) == 1


async def test_own_words_take_the_place_of_the_summary(tmp_path: Path) -> None:
    """/write asks for words; the answer is kept, and the next message shows them where the summary stood."""
    async with office(tmp_path) as made:
        await made.news()
        await made.says(ALENA, "/write 1 be")
        await made.says(ALENA, "Суды Мройска пакаралі 17 чалавек.", reply_to=await question(made))
        assert await made.acts("write") == ["alena be"]
        await made.house.look()
        await made.desk.show()
        await made.says(ALENA, "/preview 1")
        assert "Суды Мройска пакаралі 17 чалавек.\n" in made.text()


async def test_hostile_answers_get_one_line(tmp_path: Path) -> None:
    """Whatever stands in an answer, the bot goes on, and what it does not take it says in one line."""
    async with office(tmp_path) as made:
        await made.news()
        await made.says(ALENA, "/write 1 be")
        number = await question(made)
        for answer in ("a\u202eb", "\x00", ""):
            made.api.says(ALENA, answer, reply_to=number)
            await made.hear()
            assert "\n" not in made.text() and await made.acts("write") == []
        await made.says(ALENA, "х" * 4000, reply_to=number)
        assert await made.acts("write") == ["alena be"]


async def test_an_answer_to_an_older_text_is_not_kept(tmp_path: Path) -> None:
    """Words that were written against a text which the site has changed since are not taken."""
    async with office(tmp_path) as made:
        await made.news()
        await made.says(ALENA, "/write 1 be")
        number = await question(made)
        edit_page(made, 19)
        await made.house.go()
        await made.says(ALENA, "Суды Мройска пакаралі 17 чалавек.", reply_to=number)
        assert "changed while you wrote" in made.text()
        assert await made.acts("write") == []


async def test_an_old_question_is_over(tmp_path: Path) -> None:
    """An answer that comes after a day and more is not taken."""
    async with office(tmp_path) as made:
        await made.news()
        await made.says(ALENA, "/write 1 be")
        number = await question(made)
        made.house.now += timedelta(hours=25)
        await made.says(ALENA, "Суды Мройска пакаралі 17 чалавек.", reply_to=number)
        assert "too old" in made.text()
        assert await made.acts("write") == []


async def test_a_question_from_the_group_comes_in_private(tmp_path: Path) -> None:
    """A button in the group that needs words asks in private; whoever has not pressed Start is told to."""
    group = -1_001_234_567_890
    async with office(tmp_path, people=[ALENA], review=REVIEW | {"chat": group}) as made:
        made.api.group(group)
        await made.news()
        await made.taps("Edit", BORIS, group)
        await made.taps("Belarusian", BORIS, group)
        assert "press Start" in await made.taps("Own words", BORIS, group)
        assert "private chat" in await made.taps("Own words", ALENA, group)
        assert "Your own words" in made.text(ALENA)


def with_source(made: Office) -> None:
    """The settings have a source for what people hand in."""
    settings = made.pipeline.settings
    sources = dict(settings.sources) | {"desk": Source(kind="manual", language="be", settle=timedelta())}
    made.pipeline.settings = settings.model_copy(update={"sources": sources})


@pytest.mark.parametrize("way", ["at once", "answer", "file"])
async def test_a_statement_is_handed_in_and_asked_about_once(tmp_path: Path, way: str) -> None:
    """A text that is handed in, by any of three ways, becomes a story after one Yes, and is not kept in the message."""
    text = "Заява пра суд у Мройску\n\nСуд у Мройску пакараў 12 чалавек за тыдзень."
    async with office(tmp_path) as made:
        with_source(made)
        if way == "at once":
            await made.says(ALENA, f"/statement be\n{text}")
        else:
            await made.says(ALENA, "/statement")
            number = await question(made)
            if way == "file":
                made.api.files["f1"] = text.encode("utf-8-sig")
                update = made.api.says(ALENA, "x", reply_to=number)
                update["message"].pop("text")
                update["message"]["document"] = {"file_id": "f1", "file_unique_id": "f1", "file_size": 200}
                await made.hear()
            else:
                await made.says(ALENA, text, reply_to=number)
        assert "Is this a statement?" in made.text()
        assert await made.house.stories() == []
        await made.taps("Yes")
        assert "taken in (be)" in made.text()
        assert len(await made.house.stories()) == 1
        assert all(one.body.get("text") is None for one in await made.rows())


@pytest.mark.parametrize(("size", "content", "told"), [(9**9, b"x", "too large"), (3, b"\xff\xfe\x00", "no text")])
async def test_a_file_that_is_no_text_is_refused(tmp_path: Path, size: int, content: bytes, told: str) -> None:
    """A file that is too large is not even fetched, and one that is no text is refused in one line."""
    async with office(tmp_path) as made:
        with_source(made)
        await made.says(ALENA, "/statement")
        number = await question(made)
        made.api.files["f1"] = content
        update = made.api.says(ALENA, "x", reply_to=number)
        update["message"].pop("text")
        update["message"]["document"] = {"file_id": "f1", "file_unique_id": "f1", "file_size": size}
        await made.hear()
        assert told in made.text()
        assert ("getFile" in made.calls()) == (size < 1000)


@pytest.mark.parametrize("code", [404, 500])
async def test_a_file_that_cannot_be_fetched_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A file that Telegram does not give out is told to its sender, who may send another; all others are heard."""
    async with office(tmp_path) as made:
        with_source(made)
        await made.says(ALENA, "/statement")
        number = await question(made)
        update = made.api.says(ALENA, "x", reply_to=number)
        update["message"].pop("text")
        update["message"]["document"] = {"file_id": "f1", "file_unique_id": "f1", "file_size": 200}
        made.api.files["f1"] = b"x"
        monkeypatch.setattr(made.api, "_download", lambda _path: failure(code, "No"))
        made.api.says(BORIS, "/queue")
        await made.hear()
        assert "send it again" in made.text() and "token" not in made.text()
        assert "Nothing waits" in made.text(BORIS)
        await made.says(ALENA, "Заява пра суд у Мройску\n\nСуд пакараў 12 чалавек.", reply_to=number)
        assert "Is this a statement?" in made.text()


async def test_a_pause_is_made_and_ended_by_command(tmp_path: Path) -> None:
    """While a channel is paused nothing goes out there; /resume lets it go."""
    async with office(tmp_path) as made:
        wire = script(made)
        await made.news()
        await made.says(ALENA, "/pause telegram-be 2h")
        await made.taps("Publish")
        await made.house.look()
        assert wire.calls == []
        await made.says(ALENA, "/resume telegram-be")
        await made.house.look()
        assert len(wire.calls) == 1
        await made.says(ALENA, "/pause 30m")
        assert made.text().startswith("every channel: nothing is sent until")


async def test_the_queue_leads_to_a_story_and_on(tmp_path: Path) -> None:
    """From the queue a tap leads to the story, and from there to publishing, in one and the same message."""
    async with office(tmp_path) as made:
        await made.news()
        await made.says(ALENA, "/queue")
        before = len(made.api.texts(ALENA))
        await made.taps("s1")
        await made.taps("Whole history")
        await made.taps("Back")
        await made.taps("s1")
        await made.taps("Publish")
        assert len(made.api.texts(ALENA)) == before
        assert await made.outbox() == [("auto", "due")]


async def test_all_this_while_the_service_looks(tmp_path: Path) -> None:
    """Orders and taps are carried out while the chats are brought up to date at the same time."""
    async with office(tmp_path) as made:
        await made.news()
        ending = asyncio.Event()

        async def look() -> None:
            while not ending.is_set():
                await made.desk.show()
                await asyncio.sleep(0)

        looking = asyncio.create_task(look())
        try:
            for words in ("/queue", "/show 1", "/status"):
                await made.says(ALENA, words)
            await made.taps("Publish", BORIS)
        finally:
            ending.set()
            await looking
        assert await made.outbox() == [("auto", "due")]
        assert [one for one in await _said(made) if "changed" in one] == []


async def _said(made: Office) -> list[Any]:
    return [one.get("text", "") for one in made.api.answered.values()]


ODD = [
    "/queue ²",
    "/latest ²",
    "/status ²",
    "/audit ²",
    "/doctor ²",
    "/help ²",
    "/edit 1 be ²",
    "/repost 1 ²",
    "/show 1 ²",
    "/pause ٢h",
    "/queue " + "9" * 4000,
    "/edit 1 be " + "9" * 4000,
    "/later 1 9999-12-31 12:00",
    "/later 1 0001-01-01 00:00",
    "/later 1 9999d",
    "/poll nonsense",
    "/redact --",
    "/redact А.",
    "/write 1 xx",
    "/statement be",
]


@pytest.mark.parametrize("text", ODD, ids=[text[:24] for text in ODD])
async def test_no_odd_words_of_a_reviewer_break_the_desk(tmp_path: Path, text: str) -> None:
    """Whatever stands behind a command, the desk answers in words, and afterwards still shows what waits."""
    async with office(tmp_path) as made:
        await made.news(1)
        before = len(made.api.texts(ALENA))
        await made.says(ALENA, text)
        assert len(made.api.texts(ALENA)) == before + 2  # the command, and one answer
        await made.news(0, figure=42)
        assert any("42" in one for one in made.api.texts(ALENA))


@pytest.mark.parametrize("when", ["9999-12-31 12:00", "9999d", "٢h"])
async def test_a_time_that_nobody_means_hides_nothing(tmp_path: Path, when: str) -> None:
    """A date further off than ten years, or in other figures, is called no time in one line, and hides nothing."""
    async with office(tmp_path) as made:
        await made.news(1)
        await made.says(ALENA, f"/later 1 {when}")
        assert "is no time" in made.text() and "\n" not in made.text()
        assert await made.acts("later") == []
