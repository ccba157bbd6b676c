"""What is public already is corrected, withdrawn or freed of a name by a person's word only, everywhere, once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UsageError
from bot.store import intake
from bot.views import cases
from channels import Refused, Unknown
from tests.house import House, item, rss
from tests.lookout import Lookout, lookout, page
from tests.platform import CHANNELS, edited, platform, posted, standing
from tests.web import Web, answer


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Lookout]:
    """A house on three channels with one story that is public: s2, whose figure is 42."""
    async with posted(tmp_path) as made:
        yield made


def calls(folder: Path) -> list[dict[str, Any]]:
    """What the rehearsal wrote down."""
    return [json.loads(line) for line in (folder / "out" / "calls.jsonl").read_text(encoding="utf-8").splitlines()]


# --------------------------------------------------------------------------------------------------------------------
# corrections


async def test_an_edit_is_shown_by_its_words_and_changes_nothing_by_itself(house: Lookout, tmp_path: Path) -> None:
    """Whoever decides sees what has changed, word by word, and how each channel would be corrected; nothing is sent."""
    before = len(calls(tmp_path))
    await edited(house, 43)
    case = await cases.case(house.pipeline, 2)
    assert {(one.channel, one.way) for one in case.changes} == {
        ("telegram-be", "edit"),
        ("x-be", "answer"),
        ("newsletter", "mail"),
    }
    for one in case.changes:
        assert "42 → 43" in one.words and "ліпеня" not in one.words
        assert [words for sign, words in one.diff if sign == "-"] == ["42", "42"]
        assert [words for sign, words in one.diff if sign == "+"] == ["43", "43"]
    assert case.held == () and len(calls(tmp_path)) == before


async def test_a_correction_says_that_it_is_one_and_when(house: Lookout, tmp_path: Path) -> None:
    """A corrected post bears the new figure and a dated line that says so; where posts can be edited, it is edited."""
    await edited(house, 43)
    await house.pipeline.correct(2, nonce="one", person="alena", revision=2)
    await house.look(minutes=1)
    sent = {call["channel"]: call for call in calls(tmp_path)[-3:]}
    assert {name: call["action"] for name, call in sent.items()} == {
        "telegram-be": "edit",
        "x-be": "create",
        "newsletter": "create",
    }
    for call in sent.values():
        assert "43 чалавек" in call["payload"]["text"] and "42 чалавек" not in call["payload"]["text"]
        assert "Выпраўлена 6 ліпеня 2026" in call["payload"]["text"].replace("\xa0", " ")


async def test_what_was_approved_as_a_correction_is_what_is_sent(house: Lookout) -> None:
    """The corrected post is, letter by letter, the one that the person was shown."""
    wire = platform(house)
    await edited(house, 43)
    (change,) = (one for one in (await cases.case(house.pipeline, 2)).changes if one.channel == "telegram-be")
    sent = next(iter(await standing(house, "telegram-be")))
    wire.public[sent] = "as it was"
    await house.pipeline.correct(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    assert wire.public[sent] == change.posts[0].text


async def test_a_doubled_tap_corrects_once(house: Lookout, tmp_path: Path) -> None:
    """The same confirmation, given twice, changes a post once; another one finds nothing left to correct."""
    await edited(house, 43)
    for _ in range(2):
        await house.pipeline.correct(2, nonce="one", person="alena")
    await house.look(minutes=1)
    assert sum("correct-one" in call["key"] for call in calls(tmp_path)) == 3
    with pytest.raises(UsageError, match="no correction"):
        await house.pipeline.correct(2, nonce="two", person="alena")


async def test_a_correction_of_a_text_that_changed_again_is_refused(house: Lookout) -> None:
    """Whoever has seen an older text cannot release the newer one unseen."""
    await edited(house, 43)
    await edited(house, 44)
    with pytest.raises(UsageError, match="look again"):
        await house.pipeline.correct(2, nonce="one", person="alena", revision=2)


async def test_reposts_are_corrected_too(house: Lookout, tmp_path: Path) -> None:
    """Every copy that stands in public is corrected, also one that was posted again since."""
    await house.pipeline.repost(2, ["telegram-be"], nonce="again", person="alena")
    await house.look(minutes=1)
    await edited(house, 43)
    await house.pipeline.correct(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    targets = [call["key"] for call in calls(tmp_path) if call["action"] == "edit"]
    assert targets == ["s2/r2/telegram-be/be/1/correct-one", "s2/r2/telegram-be/be/1/correct-one.2"]


async def test_a_corrected_post_is_not_corrected_for_its_own_line(house: Lookout) -> None:
    """What a correction added to a post, the line with its date, is never taken for a change of the site's."""
    await edited(house, 43)
    await house.pipeline.correct(2, nonce="one", person="alena")
    await house.look(days=2)
    async with house.pipeline.store.write() as c:
        await intake.raise_revision(c, 2)
    await house.go()
    assert await house.held() == []


async def test_a_channel_that_edits_nothing_is_answered_once(house: Lookout, tmp_path: Path) -> None:
    """Where a post cannot be edited, each correction is one answer to the newest, however often it was corrected."""
    for figure in (43, 44):
        await edited(house, figure)
        await house.pipeline.correct(2, ["x-be"], nonce=f"n{figure}", person="alena")
        await house.look(minutes=1)
    answers = [call for call in calls(tmp_path) if call["channel"] == "x-be" and "correct" in call["key"]]
    assert [call["key"].split("/")[-1] for call in answers] == ["correct-n43", "correct-n44"]


async def test_what_can_no_longer_be_edited_is_answered(house: Lookout) -> None:
    """When the platform no longer edits a post, the corrected text is posted as an answer to it."""
    sent = (await standing(house, "telegram-be"))[0]
    wire = platform(house)
    wire.answers = [Refused(reason="too old", impossible=True)]
    await edited(house, 43)
    await house.pipeline.correct(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    assert wire.calls == [("edit", sent), ("create", sent)]
    assert len(wire.public) == 1


async def test_an_edit_of_unknown_outcome_is_repeated_and_an_answer_never(house: Lookout) -> None:
    """To edit twice does no harm and is tried again; an answer that may be there already is left to a person."""
    wire = platform(house)
    sent = (await standing(house, "telegram-be"))[0]
    wire.public[sent] = "as it was"
    wire.answers = [Unknown(reason="no answer")]
    await edited(house, 43)
    await house.pipeline.correct(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    await house.look(minutes=5)
    assert [action for action, _ in wire.calls] == ["edit", "edit"] and "43" in wire.public[sent]
    await edited(house, 44)
    wire.answers = [Refused(reason="too old", impossible=True), Unknown(reason="no answer")]
    await house.pipeline.correct(2, ["telegram-be"], nonce="two", person="alena")
    await house.look(minutes=1)
    await house.look(hours=5)
    assert [action for action, _ in wire.calls] == ["edit", "edit", "edit", "create"]
    assert ("s2", "telegram-be", "unknown") in await house.posts()


async def test_a_post_that_someone_deleted_is_not_corrected_by_a_new_one(house: Lookout) -> None:
    """When a post is no longer there, its correction fails and someone is told; nothing new appears."""
    wire = platform(house)
    wire.answers = [Refused(reason="message to edit not found")]
    await edited(house, 43)
    await house.pipeline.correct(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    assert len(wire.calls) == 1 and ("s2", "telegram-be", "failed") in await house.posts()
    assert any("not found" in line for line in house.told)


async def test_two_must_agree_and_whoever_edited_is_none_of_them(tmp_path: Path) -> None:
    """Where the settings ask for two persons, one alone corrects and publishes nothing, nor may who wrote it."""
    review = {"approvals": 2, "policy": "always"}
    one = {"telegram-be": CHANNELS["telegram-be"]}
    async with lookout(tmp_path, channels=one, review=review) as house:
        house.site.publish("be", page(1))
        await house.go()
        house.site.publish("be", page(0, figure=42))
        await house.go()
        assert "1 of 2" in (await house.pipeline.publish(2, person="alena"))[0]
        assert "1 of 2" in (await house.pipeline.publish(2, person="alena"))[0]
        assert (await cases.case(house.pipeline, 2)).approved_by == ("alena",)
        assert await house.posts() == []
        assert "released" in (await house.pipeline.publish(2, person="boris"))[0]
        await house.look(minutes=1)
        await edited(house, 43)
        await house.pipeline.write(2, "be", "Суды Мройска пакаралі 43 чалавек.", person="boris")
        await house.go()
        with pytest.raises(UsageError, match="someone else must agree"):
            await house.pipeline.correct(2, nonce="x", person="boris")
        assert "1 of 2" in (await house.pipeline.correct(2, nonce="x", person="alena"))[0]
        assert "edited" in (await house.pipeline.correct(2, nonce="x", person="cyryl"))[0]


async def test_agreement_to_one_text_is_none_to_another(tmp_path: Path) -> None:
    """When the text changes between two persons' words, both must look again."""
    one = {"telegram-be": CHANNELS["telegram-be"]}
    async with lookout(tmp_path, channels=one, review={"approvals": 2, "policy": "always"}) as house:
        house.site.publish("be", page(1))
        await house.go()
        house.site.publish("be", page(0, figure=42))
        await house.go()
        await house.pipeline.publish(2, person="alena", revision=1)
        await edited(house, 43)
        assert "1 of 2" in (await house.pipeline.publish(2, person="boris", revision=2))[0]
        assert await house.posts() == []


# --------------------------------------------------------------------------------------------------------------------
# withdrawals


async def test_a_retraction_deletes_where_it_can_and_says_nothing_of_the_case(house: Lookout, tmp_path: Path) -> None:
    """A withdrawn story is deleted where that can be done; elsewhere a notice says so that repeats nothing of it."""
    plan = {(one.channel, one.way) for one in await cases.retract_plan(house.pipeline, 2)}
    assert plan == {("telegram-be", "delete"), ("x-be", "delete"), ("newsletter", "mail")}
    await house.pipeline.retract(2, nonce="one", reason="a family asked", person="alena")
    await house.look(minutes=1)
    for call in calls(tmp_path)[-3:]:
        said = json.dumps(call["payload"], ensure_ascii=False)
        assert "42" not in said and "Мройск" not in said and "127.0.0.1" not in said
        assert "адкліканы" in said
        assert call["action"] == ("create" if call["channel"] == "newsletter" else "delete")
    assert await cases.retract_plan(house.pipeline, 2) == []


async def test_nothing_more_of_a_withdrawn_story_goes_out(house: Lookout, tmp_path: Path) -> None:
    """After a retraction neither an edit of the site nor a repost brings the story back."""
    await house.pipeline.retract(2, nonce="one", person="alena")
    await house.look(minutes=1)
    before = len(calls(tmp_path))
    await edited(house, 43)
    with pytest.raises(UsageError, match="withdrawn by alena"):
        await house.pipeline.repost(2, nonce="again", person="boris")
    await house.look(days=1)
    assert len(calls(tmp_path)) == before


async def test_a_story_withdrawn_on_one_channel_does_not_come_back_there(house: Lookout) -> None:
    """Where a person has withdrawn a post, a later edit of the site is not proposed as a correction of it."""
    await house.pipeline.retract(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    await edited(house, 43)
    assert {channel for _, channel, why in await house.held() if "withdrawn" in why} == {"telegram-be"}
    lines = await house.pipeline.correct(2, nonce="two", person="alena")
    assert any("telegram-be" in line and "not corrected" in line for line in lines)


async def test_what_cannot_be_deleted_is_marked_and_what_cannot_be_edited_answered(house: Lookout) -> None:
    """A post that the platform no longer deletes is turned into the notice, or, failing that, answered by it."""
    sent = (await standing(house, "telegram-be"))[0]
    wire = platform(house)
    never = Refused(reason="too old", impossible=True)
    wire.answers = [never, never]
    await house.pipeline.retract(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    assert wire.calls == [("delete", sent), ("edit", sent), ("create", sent)]
    assert "адкліканы" in next(iter(wire.public.values()))


async def test_a_withdrawal_does_not_wait_for_the_end_of_a_pause(house: Lookout, tmp_path: Path) -> None:
    """A channel that a person has paused still takes back what is withdrawn, and sends nothing else."""
    await house.pipeline.pause(None, None, person="alena")
    await house.pipeline.repost(2, ["telegram-be"], nonce="again", person="alena")
    await house.pipeline.retract(2, ["telegram-be"], nonce="one", person="alena")
    await house.look(minutes=1)
    assert [call["action"] for call in calls(tmp_path)[3:]] == ["delete"]


async def test_a_retraction_is_carried_out_once(house: Lookout, tmp_path: Path) -> None:
    """The same confirmation, given twice, withdraws once."""
    for _ in range(2):
        await house.pipeline.retract(2, nonce="one", person="alena")
    await house.look(minutes=1)
    assert sum("retract-one" in call["key"] for call in calls(tmp_path)) == 3


async def test_a_retracted_story_whose_outcome_is_unknown_is_named(house: Lookout) -> None:
    """A post of which nobody knows whether it is there cannot be deleted, and the person is told so."""
    wire = platform(house)
    wire.answers = [Unknown(reason="no answer")]
    await house.pipeline.repost(2, ["telegram-be"], nonce="again", person="alena")
    await house.look(minutes=1)
    lines = await house.pipeline.retract(2, nonce="one", person="alena")
    assert any("repost-again" in line and "nobody knows" in line for line in lines)


# --------------------------------------------------------------------------------------------------------------------
# names

NAMED = "Суд Мройска пакараў Зміцера Прыкладнага на 15 сутак. Жонка Прыкладнага абскардзіла рашэнне."


@asynccontextmanager
async def named(folder: Path) -> AsyncIterator[Lookout]:
    """A house on three channels with one public story that names a person."""
    async with lookout(folder, channels=CHANNELS) as made:
        made.site.publish("be", page(1))
        await made.go()
        made.site.publish("be", page(0, title="Суд Мройска", text=NAMED))
        await made.go()
        yield made


async def test_a_name_is_taken_out_of_every_public_post_that_can_be_edited(tmp_path: Path) -> None:
    """When a family asks, every post that names the person is found; the name goes, and every other word stays."""
    async with named(tmp_path) as house:
        found = await cases.redactions(house.pipeline, "Дмитрий Прикладный")
        assert {(one.channel, one.way) for one in found} == {
            ("telegram-be", "edit"),
            ("x-be", "delete"),
            ("newsletter", None),
        }
        lines = await house.pipeline.redact("Дмитрий Прикладный", nonce="one", person="alena")
        assert sum("taken out" in line for line in lines) == 1 and sum("cannot" in line for line in lines) == 1
        assert sum("is deleted" in line for line in lines) == 1
        await house.look(minutes=1)
        (call,) = (one for one in calls(tmp_path) if one["action"] == "edit")
        assert "Прыкладн" not in json.dumps(call["payload"], ensure_ascii=False)
        assert "на 15 сутак. Жонка [імя не называецца] абскардзіла рашэнне." in call["payload"]["text"]


async def test_a_name_that_was_taken_out_is_in_no_trail_and_no_key(tmp_path: Path) -> None:
    """The request itself leaves no list of names behind: the trail says what was done, not to whom."""
    async with named(tmp_path) as house:
        await house.pipeline.redact("Зміцер Прыкладны", keys=["2/telegram-be/be"], nonce="one", person="alena")
        acts = [line for line in await house.trail(2) if line.startswith("redact")]
        assert len(acts) == 1 and "Прыкладн" not in acts[0] and "telegram-be" in acts[0]
        with pytest.raises(UsageError) as told:
            await house.pipeline.redact("Іван Невядомы", nonce="two", person="alena")
        assert "Невядом" not in str(told.value)


async def test_a_post_that_would_grow_too_long_without_a_name_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the word in the place of a name makes a post too long for its channel, the post is deleted instead."""
    monkeypatch.setattr("channels.telegram.LIMIT", 129)  # what this post has
    async with named(tmp_path) as house:
        found = await cases.redactions(house.pipeline, "Зміцер Прыкладны")
        assert [one.way for one in found if one.channel == "telegram-be"] == ["delete"]
        await house.pipeline.redact("Зміцер Прыкладны", nonce="one", person="alena")
        await house.look(minutes=1)
        gone = [one["action"] for one in calls(tmp_path) if "retract" in one["key"] and one["channel"] == "telegram-be"]
        assert gone == ["delete"]


# --------------------------------------------------------------------------------------------------------------------
# as commands


async def test_the_same_acts_are_commands(tmp_path: Path) -> None:
    """Whoever has no Telegram at hand corrects, pauses, redacts and withdraws by commands, and hands a statement in."""
    async with Web() as web:
        first = item("first", "Суд Мройска", "Суд пакараў Зміцера Прыкладнага на 15 сутак.")
        second = item("first", "Суд Мройска", "Суд пакараў Зміцера Прыкладнага на 25 сутак.")
        web.answers["/be.xml"] = answer(rss([first]))
        one = '[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\n'
        desk = '[sources.desk]\nkind = "manual"\nlanguage = "be"\nsettle = "0s"\n'
        house = House(tmp_path, {"be": web.url("/be.xml")}, 'first_run = "publish"\ncheck_links = false', desk + one)
        await house("once")
        web.answers["/be.xml"] = answer(rss([second]))
        await house("once")
        assert "its post is edited" in await house("correct", "1", "--id", "a", "--dry-run")
        assert "its post is edited" in await house("correct", "1", "--id", "a")
        assert "nothing is sent" in await house("pause", "telegram-be", "2h")
        await house("once")
        assert house.sent() == ["s1/r1/telegram-be/be/1/auto"]
        assert "paused by console" in await house("status")
        assert "sends again" in await house("resume")
        await house("once")
        assert "15" not in house.calls()[-1]["payload"]["text"] and house.calls()[-1]["action"] == "edit"
        assert "[імя не называецца]" in await house("redact", "Зміцер Прыкладны")
        assert "add --yes" in house.stderr and len(house.calls()) == 2
        assert "taken out" in await house("redact", "-", "--yes", stdin="Зміцер Прыкладны".encode())
        assert "is deleted" in await house("retract", "1", "--reason", "a family asked")
        text = "Заява бюро\n\nБюро патрабуе вызваліць 12 чалавек."
        assert "s2: taken in (be): Заява бюро" in await house("statement", "-", stdin=text.encode())
        await house("statement", "-", stdin=text.encode(), code=2)
        assert "s2 says this already" in house.stderr
        await house("statement", "-", stdin="Адзін радок".encode(), code=2)
        assert "the first line is the title" in house.stderr
        await house("once")
        assert [key.split("/")[-1].split("-")[0] for key in house.sent()] == ["auto", "correct", "retract", "auto"]


async def test_a_text_that_nobody_may_hand_in_is_told_with_the_cure(tmp_path: Path) -> None:
    """Without a source for texts that people hand in, the line says what to add to the settings."""
    house = House(tmp_path, {})
    await house("statement", "-", stdin="Загаловак\n\nТэкст.".encode(), code=2)
    assert 'kind = "manual"' in house.stderr


async def test_the_numbers_of_a_thread_are_no_change_of_a_text(house: Lookout) -> None:
    """When a statement grows into a thread, the change that is shown is of its words, not of parts' numbers."""
    longer = "\n\n".join(f"Сведкі расказалі пра затрыманне нумар {n}." for n in range(3, 9))
    house.site.feeds["be"][0] = page(0, figure=42, text=f"{page(0, figure=42).text}\n\n{longer}")
    await house.go()
    (change,) = (one for one in (await cases.case(house.pipeline, 2)).changes if one.channel == "x-be")
    assert len(change.posts) > 1
    assert not any(f"1/{len(change.posts)}" in words for sign, words in change.diff if sign != "=")
