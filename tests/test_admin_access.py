"""Who is let in at the admins' desk, and who is not even answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.admin import buttons
from bot.admin.access import ACTS
from bot.admin.deck import Deck
from bot.store import ledger
from tests.desk import ALENA, BORIS, GROUP, REVIEW, STRANGER, Office, office
from tests.lookout import page
from tests.telegram_server import SHAPES, TOKEN

# The other ways in which `/repost 1` may reach us, beside the shapes of the server: who writes, what, and as whom.
OTHERS: dict[str, dict[str, Any]] = {
    "stranger": {"user_id": STRANGER, "text": "/repost 1"},
    "bearing the name": {"user_id": STRANGER, "text": "/repost 1", "username": "alena"},
    "to another bot": {"user_id": ALENA, "text": "/repost@other_bot 1"},
}


async def published(made: Office) -> None:
    """A statement that a reviewer has released, with nothing said since."""
    await made.news()
    await made.taps("Publish")
    await made.house.look()
    made.api.calls.clear()


async def test_only_a_reviewers_own_new_message_in_a_private_chat_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all the ways in which an order to post again can arrive, only the reviewer's own plain message is heard."""
    monkeypatch.setattr("bot.admin.desk.KINDS", ())  # also what we have not asked Telegram for may come
    ways = OTHERS | {shape: {"user_id": ALENA, "text": "/repost 1", "shape": shape} for shape in SHAPES}
    assert len(ways) == 15
    async with office(tmp_path) as made:
        await published(made)
        for name, said in ways.items():
            before = await made.rows()
            made.api.calls.clear()
            made.api.says(**said)
            await made.hear()
            heard = [one.body["at"][0] for one in await made.rows() if one not in before]
            assert heard == (["rep"] if name == "plain" else []), name
            assert made.calls() == (["sendMessage"] if name == "plain" else []), name
        assert await made.outbox() == [("auto", "sent")]


async def test_a_strangers_order_leaves_one_line_an_hour_and_no_id(tmp_path: Path) -> None:
    """However often a stranger tries, the trail has one line an hour about it, and never their number."""
    async with office(tmp_path) as made:
        for _ in range(5):
            await made.says(STRANGER, "/publish 1", username="alena")
        assert await made.acts("refused") == ["a stranger a command"]
        made.house.now += timedelta(minutes=61)
        await made.says(STRANGER, "/publish 1")
        assert await made.acts("refused") == ["a stranger a command"] * 2
        assert made.calls() == []


async def test_another_persons_tap_does_nothing_and_is_not_answered(tmp_path: Path) -> None:
    """A button that a stranger presses publishes nothing, and the stranger gets not one word back."""
    async with office(tmp_path, review=REVIEW | {"chat": GROUP}) as made:
        made.api.group(GROUP)
        await made.news()
        made.api.calls.clear()
        message, one = made.button("Publish", GROUP)
        assert await made.presses(message, one["callback_data"], STRANGER) == "-"
        assert await made.outbox() == []
        assert made.calls() == []
        assert await made.acts("refused") == ["a stranger a button"]


async def test_a_group_button_works_for_each_reviewer(tmp_path: Path) -> None:
    """In the group any reviewer may press, and the trail has the name of the one who did."""
    async with office(tmp_path, review=REVIEW | {"chat": GROUP}) as made:
        made.api.group(GROUP)
        await made.news()
        await made.taps("Publish", BORIS, GROUP)
        assert await made.outbox() == [("auto", "due")]
        assert (await made.acts("publish"))[0].startswith("boris s1 telegram-be be: released")


async def test_a_button_that_was_tampered_with_does_nothing(tmp_path: Path) -> None:
    """Data that we did not sign for this very chat publish nothing, even when a reviewer sends them."""
    async with office(tmp_path) as made:
        await made.news()
        message, one = made.button("Publish")
        data = one["callback_data"]
        card = next(one for one in await made.rows() if one.chat == "alena")
        shown = {"chat": ALENA, "card": card.id, "revision": card.revision, "nonce": card.nonce}
        attacks = {
            "changed": data.replace(":pub:", ":skip:"),
            "garbage": "publish:999;drop",
            "of another chat": made.data("Publish", BORIS),
            "of another bot": buttons.sign(buttons.key_from("654321:other"), **shown, act="yes", arg="pub"),
            "with more": data + ";drop",
            "of nothing": ":",
            "in other letters": data.replace("a", "а").replace("p", "р"),
        }
        made.api.calls.clear()
        for name, forged in attacks.items():
            assert await made.presses(message, forged) == "-", name
        assert await made.outbox() == []
        assert made.calls() == []
        assert await made.acts("refused") == ["alena a button that is not ours, or not of that chat"]
        await made.presses(message, data)
        assert await made.outbox() == [("auto", "due")]


async def test_a_doubled_tap_acts_once(tmp_path: Path) -> None:
    """Whoever presses Yes twice in a row posts once more once."""
    async with office(tmp_path) as made:
        await published(made)
        await made.says(ALENA, "/repost 1")
        message, one = made.button("Yes")
        first = made.api.taps(ALENA, message, one["callback_data"])
        second = made.api.taps(ALENA, message, one["callback_data"])
        await made.hear()
        told = [made.api.answered[one["callback_query"]["id"]]["text"] for one in (first, second)]
        assert "goes out again" in told[0] and "goes out again" not in told[1]
        assert await made.outbox() == [("auto", "sent"), ("repost", "due")]


async def test_a_doubled_tap_acts_once_even_before_the_message_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the message could not be brought up to date after a tap, the same button does nothing a second time."""
    async with office(tmp_path) as made:
        await made.news()
        await made.taps("Later")
        message, one = made.button("In 1 h")

        async def cut_off(*_: Any, **__: Any) -> None:
            return

        monkeypatch.setattr(Deck, "go", cut_off)
        for _ in range(3):
            await made.presses(message, one["callback_data"])
        assert len(await made.acts("later")) == 1


async def test_a_copy_of_a_message_has_no_working_buttons(tmp_path: Path) -> None:
    """Of a message that was sent twice only the newer one has buttons that do something."""
    async with office(tmp_path) as made:
        await made.news()
        message, one = made.button("Publish")
        copy = message | {"message_id": message["message_id"] + 1}
        assert "over" in await made.presses(copy, one["callback_data"])
        assert await made.outbox() == []


async def test_a_replayed_tap_acts_once(tmp_path: Path) -> None:
    """A tap that is played back later, as it was, finds its word used up."""
    async with office(tmp_path) as made:
        await made.news()
        message, one = made.button("Publish")
        await made.presses(message, one["callback_data"])
        await made.house.look()
        assert await made.presses(message, one["callback_data"]) in (
            "This text changed, look again.",
            "This was done already.",
        )
        assert len(await made.acts("publish")) == 1


async def test_a_button_of_an_older_text_does_nothing(tmp_path: Path) -> None:
    """When the site has changed its text, the old message's button publishes nothing and shows the new text."""
    async with office(tmp_path) as made:
        await made.news()
        old = made.button("Publish")
        made.house.site.feeds["be"][0].text = "Суды Мройска пакаралі 19 чалавек за тыдзень.\n\nСправа 1 абскарджаная."
        await made.house.go()
        assert await made.presses(old[0], old[1]["callback_data"]) == "This text changed, look again."
        assert await made.outbox() == []
        assert "19 чалавек" in made.text()
        await made.taps("Publish")
        if await made.outbox() == []:
            await made.taps("Yes")
        assert await made.outbox() == [("auto", "due")]


TWO: dict[str, Any] = {
    "channels": {
        f"telegram-{one}": {"kind": "telegram", "language": one, "chat": f"@vestka_{one}"} for one in ("be", "ru")
    },
}


async def two_places(made: Office) -> None:
    """A statement is shown that waits in Belarusian; in Russian it waits for the site's own edition."""
    made.house.site.publish("be", page(0))
    made.house.site.publish("ru")
    await made.house.go()
    await made.desk.show()


async def test_a_tap_releases_only_what_the_message_showed(tmp_path: Path) -> None:
    """When more has come to a statement since its message was drawn, a tap shows it and releases nothing."""
    async with office(tmp_path, languages=("be", "ru"), **TWO) as made:
        await two_places(made)
        message, one = made.button("Publish")
        await made.house.look(days=1)  # the Russian edition is waited for no longer, and nothing was drawn anew
        assert "look again" in await made.presses(message, one["callback_data"])
        assert await made.outbox() == []
        await made.taps("Publish")
        assert len(await made.outbox()) == 2


async def test_what_comes_in_the_moment_of_a_tap_is_not_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes to a statement on another channel while a tap is being worked off is not released by it."""
    async with office(tmp_path, languages=("be", "ru"), **TWO) as made:
        await two_places(made)
        publish = made.pipeline.publish

        async def publishes(*args: Any, **more: Any) -> list[str]:
            await made.house.look(days=1)
            return await publish(*args, **more)

        monkeypatch.setattr(made.pipeline, "publish", publishes)
        await made.taps("Publish")
        async with made.pipeline.store.read() as c:
            assert {row["channel"] for row in await ledger.deliveries(c)} == {"telegram-be"}


async def test_old_buttons_are_renewed_before_they_act(tmp_path: Path) -> None:
    """Buttons older than the settings allow do nothing but show the text once more, with new ones."""
    async with office(tmp_path) as made:
        await made.news()
        made.house.now += timedelta(hours=25)
        assert "too old" in await made.taps("Publish")
        assert await made.outbox() == []
        await made.taps("Publish")
        assert await made.outbox() == [("auto", "due")]


async def test_a_person_out_of_the_settings_presses_in_vain(tmp_path: Path) -> None:
    """Whoever was taken out of the settings finds every button dead at once, and is not answered."""
    async with office(tmp_path, review=REVIEW | {"chat": GROUP}) as made:
        made.api.group(GROUP)
        await made.news()
        await made.desk.close()
        review = made.pipeline.settings.review.model_copy(update={"reviewers": {"alena": ALENA}})
        made.pipeline.settings = made.pipeline.settings.model_copy(update={"review": review})
        made.desk = made.sit()
        made.api.calls.clear()
        message, one = made.button("Publish", GROUP)
        assert await made.presses(message, one["callback_data"], BORIS) == "-"
        assert await made.outbox() == []
        assert made.calls() == []


async def test_a_blocked_reviewer_may_do_nothing_from_that_moment(tmp_path: Path) -> None:
    """A reviewer whom an owner blocks can neither press nor write, also after a new start, until unblocked."""
    async with office(tmp_path) as made:
        await made.news()
        await made.says(ALENA, "/reviewers block boris")
        for again in (False, True):
            if again:
                await made.again()
            made.api.calls.clear()
            message, one = made.button("Publish", BORIS)
            assert await made.presses(message, one["callback_data"], BORIS) == "-"
            await made.says(BORIS, "/publish 1")
            assert made.calls() == []
        assert await made.outbox() == []
        await made.says(ALENA, "/reviewers unblock boris")
        await made.says(BORIS, "/queue")
        assert "Waits for you" in made.text(BORIS)


async def test_a_blocked_reviewer_cannot_stop_the_desk(tmp_path: Path) -> None:
    """Whatever a blocked reviewer writes, the desk goes on listening: to them it is the readers' bot."""
    async with office(tmp_path) as made:
        await made.says(ALENA, "/reviewers block boris")
        for text in ("/queue", "/help", "/start", "/latest"):
            await made.says(BORIS, text)
        assert made.text(BORIS) == "На гэтай мове пакуль нічога не апублікавана."
        await made.says(ALENA, "/queue")
        assert "Nothing waits" in made.text()


async def test_what_is_the_owners_is_not_the_reviewers(tmp_path: Path) -> None:
    """A reviewer who is no owner may neither examine the machine, nor block people, nor take names out."""
    async with office(tmp_path) as made:
        for command in ("/doctor", "/reviewers block alena", "/redact Мікола"):
            await made.says(BORIS, command)
            assert made.text(BORIS) == "only owners may do this"
        await made.says(ALENA, "/queue")
        assert made.text(ALENA) == "Nothing waits."


async def test_no_owner_locks_themselves_out(tmp_path: Path) -> None:
    """An owner cannot block themselves, nor anybody who is not in the settings."""
    async with office(tmp_path) as made:
        for name in ("alena", "nobody"):
            await made.says(ALENA, f"/reviewers block {name}")
            assert "is no other reviewer" in made.text()


async def test_more_acts_than_a_hand_can_do_are_not_done(tmp_path: Path) -> None:
    """After thirty acts in a minute a reviewer's account is not heard, and the trail says so in one line."""
    async with office(tmp_path) as made:
        for _ in range(ACTS + 5):
            made.api.says(ALENA, "/resume")
        await made.hear()
        assert len(await made.acts("resume")) == ACTS
        assert await made.acts("refused") == [f"alena more than {ACTS} acts a minute"]
        made.house.now += timedelta(minutes=2)
        await made.says(ALENA, "/resume")
        assert len(await made.acts("resume")) == ACTS + 1


async def test_more_taps_than_a_hand_can_do_are_not_done(tmp_path: Path) -> None:
    """After thirty taps in a minute a reviewer's next one publishes nothing and is not answered."""
    async with office(tmp_path) as made:
        await made.news()
        for _ in range(ACTS // 2):
            await made.taps("Why")
            await made.taps("Back")
        message, one = made.button("Publish")
        assert await made.presses(message, one["callback_data"]) == "-"
        assert await made.outbox() == []


async def test_another_reviewers_question_is_not_mine_to_answer(tmp_path: Path) -> None:
    """A button that was made for one reviewer alone does nothing for another, even in the same chat."""
    async with office(tmp_path) as made:
        await published(made)
        await made.says(ALENA, "/repost 1")
        message, one = made.button("Yes")
        assert await made.presses(message, one["callback_data"], BORIS) == "These buttons are alena's."
        assert await made.outbox() == [("auto", "sent")]


async def test_no_persons_number_stands_in_the_ledger(tmp_path: Path) -> None:
    """A stolen ledger does not tell the Telegram numbers of those who decide, nor the bot's token."""
    async with office(tmp_path) as made:
        await made.news()
        await made.taps("Publish")
        await made.says(BORIS, "/queue")
        await made.says(STRANGER, "/start")
        found = b"".join(file.read_bytes() for file in (tmp_path / "state").iterdir())
        for secret in (ALENA, BORIS, STRANGER, TOKEN):
            assert str(secret).encode() not in found


async def test_the_word_of_someone_blocked_since_counts_no_more(tmp_path: Path) -> None:
    """Who is blocked after agreeing is not one of the two who must agree."""
    async with office(
        tmp_path,
        review=REVIEW | {"approvals": 2, "reviewers": REVIEW["reviewers"] | {"cyryl": 333}},
        people=(ALENA, BORIS, 333),
    ) as made:
        await made.news()
        await made.taps("Publish", BORIS)
        await made.says(ALENA, "/reviewers block boris")
        await made.desk.show()
        await made.taps("Publish", 333)
        assert await made.outbox() == [], made.api.texts(333)
