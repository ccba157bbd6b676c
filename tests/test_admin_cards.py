"""The messages before those who decide: each shows what the ledger says, and is kept up to date until all is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import ledger
from bot.store.schema import card, rendition
from channels import Envelope, Outcome, Post, Receipt, Refused, Unknown
from tests.desk import ALENA, BORIS, CHANNELS, GROUP, REVIEW, Office, office
from tests.lookout import page
from tests.telegram_server import flood


class Scripted:
    """A wire that answers as it was told to, and after that well."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.calls: list[Envelope] = []

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        """The next outcome."""
        self.calls.append(envelope)
        number = len(self.calls)
        good = Receipt(remote_id=str(number), url=f"https://t.me/vestka_be/{number}", wire="rehearsal")
        return self.outcomes.pop(0) if self.outcomes else good

    async def check(self, *, test: bool) -> list[Any]:
        """Nothing to say."""
        return []

    async def close(self) -> None:
        """Nothing to close."""


def script(made: Office, *outcomes: Outcome) -> Scripted:
    """Let the Belarusian channel answer so."""
    wire = Scripted(*outcomes)
    made.pipeline.wires = {**made.pipeline.wires, "telegram-be": wire}
    return wire


def edit_page(made: Office, figure: int) -> None:
    """The site changes the number in its statement."""
    made.house.site.feeds["be"][
        0
    ].text = f"Суды Мройска пакаралі {figure} чалавек за тыдзень.\n\nСправа 1 абскарджаная."


async def test_a_statement_that_waits_is_one_message_each(tmp_path: Path) -> None:
    """Each reviewer has one message about a statement that waits, with its exact words, however often we look."""
    async with office(tmp_path) as made:
        await made.news()
        for _ in range(3):
            await made.house.look(minutes=5)
            await made.desk.show()
            await made.again()
        for number in (ALENA, BORIS):
            assert len(made.api.texts(number)) == 1
            assert "Суды Мройска пакаралі 17 чалавек за тыдзень." in made.text(number)


async def test_a_look_at_nothing_new_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing happens, nothing is sent or edited, and no story is even read."""
    async with office(tmp_path) as made:
        await made.news()
        made.api.calls.clear()
        monkeypatch.delattr("bot.views.cases.case")
        for _ in range(3):
            await made.desk.show()
        assert made.calls() == []


async def test_the_message_becomes_the_receipt(tmp_path: Path) -> None:
    """After Publish the same message says who released it, and then where it is to be seen, for every reviewer."""
    async with office(tmp_path) as made:
        script(made)
        await made.news()
        await made.taps("Publish")
        assert "Released by alena" in made.text() and "due" in made.text()
        await made.house.look()
        await made.desk.show()
        for number in (ALENA, BORIS):
            assert len(made.api.texts(number)) == 1
            assert "sent" in made.text(number)
            assert "https://t.me/vestka_be/1" in str(made.api.newest(number)["entities"])


async def test_what_speaks_against_it_is_asked_about_first(tmp_path: Path) -> None:
    """A statement that something speaks against needs a second tap, which shows the reasons."""
    async with office(tmp_path, review=REVIEW | {"policy": "when_flagged"}, source={"burst": 1}) as made:
        made.house.site.publish("be", page(1), page(2), page(3))
        await made.house.go()
        await made.desk.show()
        await made.taps("Publish")
        assert "Publish although" in made.text()
        assert await made.acts("publish") == []
        await made.taps("Back")
        await made.taps("Publish")
        await made.taps("Yes, publish")
        assert len(await made.acts("publish")) == 1


async def test_looking_around_uses_nothing_up(tmp_path: Path) -> None:
    """Whoever turns over every screen of a message can still publish from it, and has published nothing by looking."""
    async with office(tmp_path) as made:
        await made.news()
        for label in ("All channels", "Why", "Back", "Edit", "Back", "Later", "Back", "Skip", "Back"):
            assert await made.taps(label) == ""
        assert await made.outbox() == []
        await made.taps("Publish")
        assert await made.outbox() == [("auto", "due")]


async def test_later_and_skip_are_done_by_their_buttons(tmp_path: Path) -> None:
    """A statement is put off, and then refused for good, by taps; the trail has both with the person's name."""
    async with office(tmp_path) as made:
        await made.news()
        await made.taps("Later")
        assert "hidden until" in await made.taps("In 1 h")
        await made.taps("Skip")
        assert "skipped" in await made.taps("Not for our channels")
        assert await made.acts("skip") == ["alena not for our channels"]
        assert (await made.acts("later"))[0].startswith("alena 2026-07-06")


async def test_a_new_text_is_shown_in_the_same_message(tmp_path: Path) -> None:
    """When the site changes a text that waits, the message shows the new one, whatever screen it was turned to."""
    async with office(tmp_path) as made:
        await made.news()
        await made.taps("Skip")
        edit_page(made, 19)
        await made.house.go()
        await made.desk.show()
        assert len(made.api.texts(ALENA)) == 1
        assert "19 чалавек" in made.text() and "It waits for you" in made.text()


async def test_a_message_deleted_by_hand_comes_once_more(tmp_path: Path) -> None:
    """A message that someone deletes is sent again when there is news of it, and not a third time."""
    async with office(tmp_path) as made:
        await made.news()
        for number in (19, 21, 23):
            made.api.chat(ALENA).messages.clear()
            edit_page(made, number)
            await made.house.go()
            await made.desk.show()
        sent = [one for one in made.api.called("sendMessage") if one["chat_id"] == ALENA]
        assert len(sent) == 2


async def test_whoever_has_not_pressed_start_is_waited_for(tmp_path: Path) -> None:
    """A reviewer who cannot be written to is told of once, tried again each hour, and served when they press Start."""
    async with office(tmp_path, people=[ALENA]) as made:
        await made.news()
        for _ in range(5):
            await made.desk.show()
        tried = [one for one in made.api.called("sendMessage") if one["chat_id"] == BORIS]
        assert len(tried) == 1
        alarm = next(one for one in await made.house.standing() if "boris" in one.text)
        assert "presses Start" in alarm.cure and str(BORIS) not in alarm.text
        await made.again()
        await made.desk.show()
        made.api.person(BORIS)
        made.house.now += timedelta(minutes=61)
        await made.desk.show()
        assert "17 чалавек" in made.text(BORIS)
        assert not [one for one in await made.house.standing() if "boris" in one.text]


async def test_start_brings_what_waits_at_once(tmp_path: Path) -> None:
    """As soon as a reviewer presses Start they have what waits, also after the service was started anew meanwhile."""
    for again in (False, True):
        async with office(tmp_path / str(again), people=[ALENA]) as made:
            await made.news()
            if again:
                await made.again()
            await made.says(BORIS, "/start")
            await made.desk.show()
            assert any("17 чалавек" in text for text in made.api.texts(BORIS))
            assert not [one for one in await made.house.standing() if "boris" in one.text]


async def test_a_group_has_one_message_for_all(tmp_path: Path) -> None:
    """With a group in the settings there is one message about a statement, there, and none in private."""
    async with office(tmp_path, review=REVIEW | {"chat": GROUP}) as made:
        made.api.group(GROUP)
        await made.news()
        assert len(made.api.texts(GROUP)) == 1
        assert made.api.texts(ALENA) == made.api.texts(BORIS) == []


@pytest.mark.parametrize("now", [GROUP - 1, None])
async def test_a_group_that_is_no_longer_the_settings_hears_nothing_more(tmp_path: Path, now: int | None) -> None:
    """When the settings name another chat for reviews, the former one hears nothing new and decides nothing."""
    async with office(tmp_path, review=REVIEW | {"chat": GROUP}) as made:
        made.api.group(GROUP)
        made.api.group(GROUP - 1)
        await made.news(1)
        review = made.pipeline.settings.review.model_copy(update={"chat": now})
        made.pipeline.settings = made.pipeline.settings.model_copy(update={"review": review})
        await made.again()
        message, one = made.button("Publish", GROUP)
        assert "over" in await made.presses(message, one["callback_data"], ALENA)
        assert await made.outbox() == []
        assert "reply_markup" not in made.api.newest(GROUP)
        edit_page(made, 4242)
        await made.house.go()
        await made.desk.show()
        assert not any("4242" in text for text in made.api.texts(GROUP))
        assert "4242" in made.text(now or ALENA)


async def test_one_damaged_row_keeps_no_other_card_back(tmp_path: Path) -> None:
    """A stored post that is not what was written stops its own story only; somebody hears of it until it is whole."""
    async with office(tmp_path) as made:
        await made.news(1)
        async with made.pipeline.store.write() as c:
            (whole,) = (await c.execute(sa.select(rendition.c.hashes))).scalars()
            await c.execute(sa.update(rendition).values(hashes=["0" * 64]))
        await made.again()
        await made.news(0, figure=42)
        assert any("42" in text for text in made.api.texts(ALENA))
        assert ["s1 cannot be shown" in one.text for one in await made.house.standing()] == [True]
        async with made.pipeline.store.write() as c:
            await c.execute(sa.update(rendition).where(rendition.c.subject == "s1").values(hashes=whole))
        await made.again()
        await made.desk.show()
        assert await made.house.standing() == []


async def test_a_damaged_story_that_was_settled_keeps_no_card_back(tmp_path: Path) -> None:
    """A receipt that cannot be drawn anew, for its rows are damaged, keeps nothing back that waits."""
    async with office(tmp_path) as made:
        script(made)
        await made.news(1)
        await made.taps("Publish")
        async with made.pipeline.store.write() as c:
            await c.execute(sa.update(rendition).values(hashes=["0" * 64]))
        await made.news(0, figure=42)
        assert any("42" in text for text in made.api.texts(BORIS))


async def test_a_flood_on_one_chat_keeps_no_other_waiting(tmp_path: Path) -> None:
    """When Telegram asks to wait with messages into one chat, all others have theirs, and that one when it may."""
    async with office(tmp_path) as made:
        made.api.faults["sendMessage"].append(flood(50))
        await made.news()
        assert [len(made.api.texts(one)) for one in (ALENA, BORIS)] == [0, 1]
        calls = len(made.api.calls)
        await made.desk.show()
        assert len(made.api.calls) == calls
        made.desk._chats._rests.clear()  # they go by the loop's clock: its minute is over too
        await made.house.look(minutes=1)
        await made.desk.show()
        assert [len(made.api.texts(one)) for one in (ALENA, BORIS)] == [1, 1]


async def test_two_must_agree_where_the_settings_say_so(tmp_path: Path) -> None:
    """With two approvals the first tap only agrees, the same person cannot be the second, and the second releases."""
    async with office(tmp_path, review=REVIEW | {"approvals": 2}) as made:
        await made.news()
        assert "waits for one more person" in await made.taps("Publish")
        assert await made.outbox() == []
        await made.taps("Publish")
        assert await made.outbox() == []
        await made.desk.show()
        assert "1 of 2" in made.text(BORIS)
        await made.taps("Publish", BORIS)
        assert await made.outbox() == [("auto", "due")]


async def test_a_post_whose_outcome_is_unknown_is_asked_about(tmp_path: Path) -> None:
    """When nobody knows whether a post is out, a person says so: it is there, with its address."""
    async with office(tmp_path) as made:
        script(made, Unknown(reason="the connection broke"))
        await made.news()
        await made.taps("Publish")
        await made.house.look()
        await made.desk.show()
        assert "Nobody knows whether this was posted" in made.text()
        await made.taps("It is there")
        question = made.api.newest(ALENA)
        assert made.api.called("sendMessage")[-1]["reply_markup"] == {"force_reply": True}
        await made.says(ALENA, "javascript:alert(1)", reply_to=question["message_id"])
        assert "no address" in made.text()
        await made.says(ALENA, "https://t.me/vestka_be/41", reply_to=question["message_id"])
        assert await made.outbox() == [("auto", "sent")]
        async with made.pipeline.store.read() as c:
            assert (await ledger.deliveries(c))[0]["url"] == "https://t.me/vestka_be/41"


async def test_what_may_be_there_is_sent_again_only_after_a_question(tmp_path: Path) -> None:
    """A post of unknown outcome is sent a second time only when a person has said twice that it is not there."""
    async with office(tmp_path) as made:
        wire = script(made, Unknown(reason="the connection broke"))
        await made.news()
        await made.taps("Publish")
        await made.house.look()
        await made.desk.show()
        await made.taps("Send again")
        await made.house.look()
        assert len(wire.calls) == 1
        await made.taps("Yes, it is not there")
        await made.house.look()
        assert len(wire.calls) == 2
        assert await made.outbox() == [("auto", "sent")]


THREAD = " ".join(f"У {day} дзень суд Мройска пакараў {day + 40} чалавек штрафамі за нязгоду." for day in range(1, 12))


@pytest.mark.parametrize("way", ["finish", "take down", "leave"])
async def test_a_thread_that_broke_off_is_asked_about(tmp_path: Path, way: str) -> None:
    """Half of a text is public: one message says so, and a tap or two finish it, take it down or leave it."""
    first, refused = Receipt(remote_id="7", url="https://x.com/i/status/7", wire="rehearsal"), Refused(reason="no")
    channels = {"x-be": {"kind": "x", "language": "be"}}
    async with office(tmp_path, channels=channels) as made:
        wire = Scripted(first, refused)
        made.pipeline.wires = {"x-be": wire}
        await made.news(text=THREAD)
        await made.taps("Publish")
        await made.house.look()
        await made.desk.show()
        assert "This thread broke off" in made.text() and len(wire.calls) == 2
        if way == "finish":
            await made.taps("Finish it")
            assert len(wire.calls) == 2
            await made.taps("Yes, finish it")
            await made.house.look()
            assert {state for _, state in await made.outbox()} == {"sent"} and len(wire.calls) > 3
        elif way == "take down":
            await made.taps("Take it down")
            assert len(wire.calls) == 2
            await made.taps("Yes, take it down")
            await made.house.look()
            assert [call.action for call in wire.calls] == ["create", "create", "delete"]
        else:
            await made.taps("Leave it")
            await made.house.look()
            assert len(wire.calls) == 2
        await made.desk.show()
        assert "broke off" not in made.text()


async def changed(made: Office) -> Scripted:
    """A statement that is public, and whose number the site has changed since."""
    wire = script(made)
    await made.news()
    await made.taps("Publish")
    await made.house.look()
    edit_page(made, 19)
    await made.house.go()
    await made.desk.show()
    return wire


async def test_a_change_after_publishing_is_shown_and_corrected_by_a_tap(tmp_path: Path) -> None:
    """When the site changes what is public, a message shows the difference, and one tap corrects the post, once."""
    async with office(tmp_path) as made:
        wire = await changed(made)
        assert "Source changed after publishing" in made.text()
        message, one = made.button("Correct telegram-be")
        for _ in range(2):
            made.api.taps(ALENA, message, one["callback_data"])
        await made.hear()
        await made.house.look()
        assert [one.action for one in wire.calls] == ["create", "edit"]
        assert len(await made.acts("correct")) == 1


async def test_a_change_that_is_left_is_not_asked_about_again(tmp_path: Path) -> None:
    """Whoever leaves a public post as it is is named in the trail; the question is over until the site changes more."""
    async with office(tmp_path) as made:
        await changed(made)
        await made.taps("Leave it")
        await made.desk.show()
        for number in (ALENA, BORIS):
            assert "Source changed" not in made.text(number)
        assert (await made.acts("leave"))[0].startswith("alena")
        edit_page(made, 23)
        await made.house.go()
        await made.desk.show()
        assert "Source changed" in made.text()


async def test_what_was_settled_long_ago_has_no_buttons(tmp_path: Path) -> None:
    """A day after all is over, the message stays, and its buttons are gone."""
    async with office(tmp_path) as made:
        script(made)
        await made.news()
        await made.taps("Publish")
        await made.house.look()
        await made.desk.show()
        made.house.now += timedelta(hours=26)
        await made.desk.show()
        assert "reply_markup" not in made.api.newest(ALENA)
        assert [one for one in await made.rows() if one.kind == "review"] == []
        made.house.now += timedelta(days=8)
        await made.desk.show()
        async with made.pipeline.store.read() as c:
            assert (await c.execute(sa.select(card))).all() == []


async def test_buttons_that_cannot_be_taken_away_yet_keep_no_card_back(tmp_path: Path) -> None:
    """Where Telegram asks to wait before old buttons go, what waits is shown to others, and the buttons go later."""
    async with office(tmp_path) as made:
        script(made)
        await made.news()
        await made.taps("Publish")
        made.house.now += timedelta(hours=26)
        made.api.faults["editMessageReplyMarkup"].append(flood(50))
        await made.news(0, figure=42)
        assert any("42" in text for text in made.api.texts(BORIS))
        made.desk._chats._rests.clear()  # they go by the loop's clock: its minute is over too
        made.house.now += timedelta(minutes=1)
        await made.desk.show()
        assert [one for one in await made.rows() if one.subject == "s1"] == []


async def test_two_channels_are_corrected_one_by_one(tmp_path: Path) -> None:
    """A correction can be made on one channel alone; the other goes on waiting."""
    more = {"telegram-two": {"kind": "telegram", "language": "be", "chat": "@vestka_two"}}
    async with office(tmp_path, channels=CHANNELS | more) as made:
        made.pipeline.wires = {name: Scripted() for name in made.pipeline.wires}
        await made.news()
        await made.taps("Publish")
        await made.house.look()
        edit_page(made, 19)
        await made.house.go()
        await made.desk.show()
        await made.taps("Correct telegram-two")
        assert "telegram-two" not in (await made.acts("correct"))[0].partition("telegram-be")[2]
        await made.desk.show()
        assert any(one["text"].startswith("Correct telegram-be") for row in _rows(made) for one in row)
        assert not any(one["text"].startswith("Correct telegram-two") for row in _rows(made) for one in row)


def _rows(made: Office) -> Any:
    return made.button("Leave it")[0]["reply_markup"]["inline_keyboard"]
