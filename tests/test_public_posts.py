"""What stands in public follows the newest word, whatever comes between: pauses, floods, outages, edits, other acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import delivery
from bot.admin.readers import Readers
from bot.errors import UsageError
from bot.model import Claimed
from bot.store import ledger
from bot.views import cases
from channels import Envelope, Later, Moved, Outcome, Post, Receipt, Refused, Unknown
from tests.desk import ALENA, BORIS, REVIEW, office
from tests.lookout import Lookout, lookout, page
from tests.platform import Platform, edited, platform, posted, standing
from tests.telegram_server import TOKEN, BotApi

BE = {"telegram-be": {"kind": "telegram", "language": "be"}}
TG = ["telegram-be"]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Lookout]:
    """A house on three channels with one story that is public: s2, whose figure is 42."""
    async with posted(tmp_path) as made:
        yield made


async def proposed(house: Lookout) -> bool:
    """Whether a correction of s2 on Telegram waits for a person."""
    return any(one.channel == "telegram-be" for one in (await cases.case(house.pipeline, 2)).changes)


async def fails(house: Lookout, times: int) -> None:
    """Time passes until the newest post on Telegram has been tried so often."""
    for _ in range(20):
        async with house.pipeline.store.read() as c:
            row = (await ledger.deliveries(c, channel="telegram-be"))[-1]
        if row["attempts"] >= times:
            return
        await house.look(minutes=5)
    raise AssertionError(row)


async def public(house: Lookout) -> tuple[Platform, str]:
    """The platform, knowing the post that is public, and that post's id."""
    wire = platform(house)
    sent = (await standing(house, "telegram-be"))[0]
    wire.public[sent] = "as it was"
    return wire, sent


class Slow(Platform):
    """A platform whose next creation takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.go = asyncio.Event(), asyncio.Event()

    async def send(self, post: Post, envelope: Envelope) -> Outcome:
        self.began.set()
        await self.go.wait()
        return await super().send(post, envelope)


async def test_an_older_correction_never_overwrites_a_newer_one(house: Lookout) -> None:
    """A correction that is tried again later does not replace the words of a newer one."""
    wire, sent = await public(house)
    wire.answers = [Unknown(reason="no answer")] * 6
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await fails(house, 6)
    await edited(house, 44)
    await house.pipeline.correct(2, TG, nonce="two", person="alena")
    for _ in range(8):
        await house.look(minutes=5)
    assert "44" in wire.public[sent], wire.calls


async def test_a_correction_that_was_on_its_way_does_not_return_after_a_newer_one(house: Lookout) -> None:
    """A correction whose outcome comes late, after a newer one was approved, is not tried again over it."""
    wire, sent = await public(house)
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    first = await house.pipeline.claim("telegram-be", house.now)
    assert isinstance(first, Claimed)
    await edited(house, 44)
    await house.pipeline.correct(2, TG, nonce="two", person="alena")
    await house.pipeline.settle(first.delivery, Unknown(reason="no answer"), house.now)
    for _ in range(3):
        await house.look(hours=1)
    assert "44 чалавек" in wire.public[sent]


async def test_a_correction_does_not_leave_once_the_site_has_taken_it_back(house: Lookout) -> None:
    """A correction that waits in a pause is not published after the site has gone back to the first words."""
    wire, sent = await public(house)
    await house.pipeline.pause("telegram-be", None, person="alena")
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await edited(house, 42)
    await house.pipeline.resume("telegram-be", person="alena")
    await house.look(minutes=1)
    assert "43" not in wire.public[sent] or await proposed(house), "public says 43, the site 42, and nobody is asked"


async def test_a_repost_that_waits_does_not_bring_back_what_was_corrected(house: Lookout) -> None:
    """A repost that was waiting when its story was corrected does not post the old words afterwards."""
    wire, _sent = await public(house)
    await house.pipeline.pause("telegram-be", None, person="alena")
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await house.pipeline.resume("telegram-be", person="alena")
    for _ in range(3):
        await house.look(minutes=1)
    old = [text for text in wire.public.values() if "42" in text]
    assert not old or await proposed(house), f"{old} stands in public, and no correction of it waits"


async def test_a_post_known_to_be_there_only_later_is_still_corrected(house: Lookout) -> None:
    """A copy whose outcome was unknown during a correction is proposed for correction once it is known to be there."""
    wire, _sent = await public(house)
    wire.answers = [Unknown(reason="no answer")]
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    await house.look(minutes=1)
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await house.look(minutes=1)
    await house.pipeline.resolve(
        "s2/r1/telegram-be/be/1/repost-again", "sent", person="alena", url="https://t.me/example/777"
    )
    await house.look(minutes=1)
    assert await proposed(house), "a copy says 42 for ever, and nobody is asked"


async def test_an_address_of_another_post_binds_nothing(house: Lookout) -> None:
    """A person who pastes the address of a post of another channel does not make that number ours."""
    wire, _sent = await public(house)
    wire.answers = [Unknown(reason="no answer")]
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    await house.look(minutes=1)
    wire.public["777"] = "another statement altogether"
    key = "s2/r1/telegram-be/be/1/repost-again"
    with pytest.raises(UsageError, match="no address of a post on telegram-be"):
        await house.pipeline.resolve(key, "sent", person="alena", url="https://t.me/not_our_channel/777")


async def test_an_address_of_another_story_binds_nothing(house: Lookout) -> None:
    """A person who pastes the address of another story's post does not hand it to this one."""
    wire, _sent = await public(house)
    house.site.publish("be", page(5, figure=99))
    await house.go()  # s3, public on the platform
    other = next(number for number, text in wire.public.items() if "99" in text)
    wire.answers = [Unknown(reason="no answer")]
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    await house.look(minutes=1)
    key = "s2/r1/telegram-be/be/1/repost-again"
    with pytest.raises(UsageError, match="that is the post of s3"):
        await house.pipeline.resolve(key, "sent", person="alena", url=f"https://t.me/example/{other}")


async def test_a_failed_correction_can_be_made_again(house: Lookout) -> None:
    """A correction that the platform refused is still proposed: what is public is still wrong."""
    wire, sent = await public(house)
    wire.answers = [Refused(reason="Bad Request: something passing")]
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await house.look(minutes=1)
    assert wire.public[sent] == "as it was"
    await house.look(minutes=1)
    assert await proposed(house), "the false figure stands, and no correction of it waits"


async def test_a_repost_of_a_text_that_was_edited_meanwhile_waits_for_the_judgement(house: Lookout) -> None:
    """When the site has just edited a statement, a repost does not post the words that are out of date."""
    _wire, _sent = await public(house)
    house.site.feeds["be"][0] = page(0, figure=43)
    await house.look(minutes=5)  # seen, not judged
    with pytest.raises(UsageError, match="not checked yet"):
        await house.pipeline.repost(2, TG, nonce="again", person="alena")


async def test_a_redaction_between_edit_and_judgement_does_not_hide_the_edit(house: Lookout) -> None:
    """A name taken out while the site's edit settles does not make that edit's correction disappear."""
    _wire, _sent = await public(house)
    house.site.feeds["be"][0] = page(0, figure=43)
    await house.look(minutes=5)  # seen, not judged
    await house.pipeline.redact("Мройск", nonce="n", person="alena", keys=["2/telegram-be/be"])
    await house.look(minutes=6)
    await house.look(minutes=6)
    changed = {one.channel for one in (await cases.case(house.pipeline, 2)).changes}
    assert "telegram-be" in changed, changed


async def test_one_answer_for_what_cannot_be_edited_even_after_two_corrections(house: Lookout) -> None:
    """What can no longer be edited is answered once: the second correction edits that answer and posts no other."""
    _wire, sent = await public(house)
    never = Refused(reason="too old", impossible=True)

    class Old(Platform):
        async def send(self, post: Post, envelope: Envelope) -> Outcome:
            if envelope.action == "edit" and envelope.remote_id == sent:
                return never
            return await Platform.send(self, post, envelope)

    old = Old()
    old.public[sent] = "as it was"
    house.pipeline.wires = {**house.pipeline.wires, "telegram-be": old}
    for figure in (43, 44):
        await edited(house, figure)
        await house.pipeline.correct(2, TG, nonce=f"n{figure}", person="alena")
        await house.look(minutes=1)
        await house.look(minutes=1)
    assert sum("44" in text for text in old.public.values()) == 1, old.public


async def test_a_redaction_is_not_undone_by_a_correction_tried_again(house: Lookout) -> None:
    """A correction that is tried again does not put a name back that was taken out since."""
    wire, sent = await public(house)
    wire.answers = [Unknown(reason="no answer")] * 6
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await fails(house, 6)
    await house.pipeline.redact("Мройск", nonce="n", person="alena", keys=["2/telegram-be/be"])
    for _ in range(8):
        await house.look(minutes=6)
    assert "Мройск" not in wire.public[sent], wire.calls


async def test_what_cannot_be_edited_is_deleted_not_answered_when_a_name_must_go(house: Lookout) -> None:
    """Where a post can no longer be edited, taking a name out deletes it, and posts nothing that points at it."""
    wire, _sent = await public(house)
    wire.answers = [Refused(reason="too old", impossible=True)]
    await house.pipeline.redact("Мройск", nonce="n", person="alena", keys=["2/telegram-be/be"])
    await house.look(minutes=1)
    assert [action for action, _ in wire.calls] == ["edit", "delete"], (wire.calls, wire.public)


async def test_a_redaction_does_not_wait_for_the_end_of_a_pause(house: Lookout) -> None:
    """A name is taken out although the channel is paused, as a withdrawal is."""
    wire, _sent = await public(house)
    await house.pipeline.pause(None, None, person="alena")
    await house.pipeline.redact("Мройск", nonce="n", person="alena", keys=["2/telegram-be/be"])
    await house.look(minutes=1)
    assert wire.calls


async def test_a_post_that_still_waits_does_not_bring_a_redacted_name_out(house: Lookout) -> None:
    """A repost that waits in a pause does not carry a name out that was taken out of everything public meanwhile."""
    wire, _sent = await public(house)
    await house.pipeline.pause("telegram-be", None, person="alena")
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    lines = await house.pipeline.redact("Мройск", nonce="n", person="alena")
    await house.pipeline.resume("telegram-be", person="alena")
    await house.look(minutes=1)
    assert not any("Мройск" in text for text in wire.public.values()), (lines, wire.public)


async def test_readers_do_not_hear_a_redacted_name(house: Lookout) -> None:
    """After a name was taken out, /latest does not tell it to readers as the title."""
    await public(house)
    await house.pipeline.repost(2, TG, nonce="again", person="alena")  # this platform gives an address
    await house.look(minutes=1)
    await house.pipeline.redact("Мройск", nonce="n", person="alena")
    await house.look(minutes=1)
    told = (await Readers(house.pipeline).answer("latest", ["be"], "be")).text
    found = await cases.newest_public(house.pipeline, "be", 5)
    assert [url for _, url in found] and "Мройск" not in told, told


async def test_a_correction_says_that_it_brings_a_redacted_name_back(house: Lookout) -> None:
    """A correction proposed after a redaction either leaves the name out or says in words that it comes back."""
    wire, sent = await public(house)
    await house.pipeline.redact("Мройск", nonce="n", person="alena")
    await house.look(minutes=1)
    await edited(house, 43)
    (change,) = (one for one in (await cases.case(house.pipeline, 2)).changes if one.channel == "telegram-be")
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await house.look(minutes=1)
    assert "Мройск" not in wire.public[sent], change.words


async def test_what_was_on_its_way_during_a_retraction_is_withdrawn_too(house: Lookout) -> None:
    """A post that was just being sent when its story was withdrawn does not stay public unmentioned."""
    slow = Slow()
    slow.public[(await standing(house, "telegram-be"))[0]] = "as it was"
    house.pipeline.wires = {**house.pipeline.wires, "telegram-be": slow}
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    sending = asyncio.create_task(house.pipeline.deliver())
    await slow.began.wait()
    lines = await house.pipeline.retract(2, nonce="one", person="alena")
    slow.go.set()
    await sending
    assert any("on its way" in line for line in lines)
    await house.look(minutes=1)
    assert await standing(house, "telegram-be") == []


async def test_two_changes_of_one_post_never_cross_on_their_way(house: Lookout) -> None:
    """While a correction of a post is on its way, the next change of that post waits for its outcome."""
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    first = await house.pipeline.claim("telegram-be", house.now)
    assert isinstance(first, Claimed)
    await house.pipeline.retract(2, TG, nonce="r", person="alena")
    assert await house.pipeline.claim("telegram-be", house.now) is None
    await house.pipeline.settle(first.delivery, Receipt(remote_id="1", url=None, wire="rehearsal"), house.now)
    second = await house.pipeline.claim("telegram-be", house.now)
    assert isinstance(second, Claimed) and second.delivery.action == "delete"


async def test_a_skip_does_not_cancel_a_withdrawal(house: Lookout) -> None:
    """Refusing what still waits of a story does not cancel the deletion of what is public."""
    wire, sent = await public(house)
    await edited(house, 43)
    await house.pipeline.retract(2, TG, nonce="one", person="alena")
    lines = await house.pipeline.skip(2, "no", person="boris")
    await house.look(minutes=1)
    assert sent not in wire.public, lines


async def test_a_skip_does_not_cancel_a_redaction(house: Lookout) -> None:
    """Refusing what still waits of a story does not cancel that a name is taken out of what is public."""
    wire, _sent = await public(house)
    await edited(house, 43)
    await house.pipeline.redact("Мройск", nonce="n", person="alena", keys=["2/telegram-be/be"])
    lines = await house.pipeline.skip(2, "no", person="boris")
    await house.look(minutes=1)
    assert wire.calls, lines


async def test_a_withdrawn_mark_is_not_overwritten_by_a_correction_tried_again(house: Lookout) -> None:
    """A post that was marked as withdrawn on one channel is not filled again by a correction that waited."""
    wire, sent = await public(house)
    wire.answers = [Unknown(reason="no answer")] * 6
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await fails(house, 6)
    await house.pipeline.retract(2, TG, nonce="r", person="alena")
    wire.answers = [Refused(reason="too old", impossible=True)]
    for _ in range(8):
        await house.look(minutes=6)
    assert "43" not in wire.public[sent], wire.calls


async def test_a_retraction_names_what_it_cannot_reach(house: Lookout) -> None:
    """A post on a channel that has been switched off is named when its story is withdrawn, for it stays public."""
    await public(house)
    house.pipeline.wires = {name: one for name, one in house.pipeline.wires.items() if name != "telegram-be"}
    lines = await house.pipeline.retract(2, nonce="one", person="alena")
    assert any("telegram-be" in line for line in lines), lines


async def test_a_withdrawn_post_of_unknown_outcome_is_not_sent_again(house: Lookout) -> None:
    """'Send again' does not post a story that a person has withdrawn."""
    wire, _ = await public(house)
    wire.answers = [Unknown(reason="no answer")]
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    await house.look(minutes=1)
    await house.pipeline.retract(2, nonce="one", person="alena")
    with pytest.raises(UsageError, match="withdrawn by alena"):
        await house.pipeline.resolve("s2/r1/telegram-be/be/1/repost-again", "again", person="boris")


async def test_a_post_there_without_an_address_is_named_by_a_retraction(house: Lookout) -> None:
    """A post that a person has said is there, without its address, is not passed over in silence by a retraction."""
    wire, _ = await public(house)
    wire.answers = [Unknown(reason="no answer")]
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    await house.look(minutes=1)
    await house.pipeline.resolve("s2/r1/telegram-be/be/1/repost-again", "sent", person="alena")
    lines = await house.pipeline.retract(2, nonce="one", person="alena")
    assert any("repost-again" in line for line in lines), lines


async def test_a_correction_agreed_for_one_channel_is_not_agreed_for_another(tmp_path: Path) -> None:
    """One person's word on one channel and another's on another make no two words on either."""
    two = {"telegram-a": {"kind": "telegram", "language": "be"}, "telegram-b": {"kind": "telegram", "language": "be"}}
    async with lookout(tmp_path, channels=two, review={"approvals": 2}) as house:
        house.site.publish("be", page(1))
        await house.go()
        house.site.publish("be", page(0, figure=42))
        await house.go()
        await edited(house, 43)
        await house.pipeline.correct(2, ["telegram-a"], nonce="x", person="alena")
        lines = await house.pipeline.correct(2, ["telegram-b"], nonce="y", person="boris")
        assert "1 of 2" in lines[0], lines


async def test_two_persons_can_agree_on_a_repost(tmp_path: Path) -> None:
    """With two approvals a repost that both have confirmed at the desk goes out."""
    async with office(tmp_path, review=REVIEW | {"approvals": 2}) as made:
        await made.news()
        for who in (ALENA, BORIS):
            await made.taps("Publish", who)
            await made.desk.show()
        await made.house.look(minutes=1)
        for who in (ALENA, BORIS):
            await made.says(who, "/repost 1")
            await made.taps("Yes, post it again", who)
        await made.house.look(minutes=1)
        assert len(await made.outbox()) == 2, (await made.outbox(), made.api.texts(BORIS)[-1])
        assert "1 of 2" in (await made.pipeline.repost(1, nonce="third", person="alena"))[0]


async def test_the_one_who_handed_the_text_in_is_not_one_of_two_who_agree(tmp_path: Path) -> None:
    """With two approvals the author of a text that was handed in cannot be one of those who release it."""
    sources = {
        "be": {"urls": ["http://127.0.0.1:1/be.xml"], "language": "be", "allow_private": True},
        "desk": {"kind": "manual", "language": "be"},
    }
    async with lookout(tmp_path, channels=BE, review={"approvals": 2, "policy": "always"}, sources=sources) as house:
        text = "Суды Мройска пакаралі 42 чалавек\n\nСуды Мройска пакаралі 42 чалавек за тыдзень. Справа абскарджаная."
        await house.pipeline.hand_in(text, "be", person="alena")
        for _ in range(3):
            await house.look(minutes=30)
        with pytest.raises(UsageError):
            await house.pipeline.publish(1, person="alena")


async def test_resuming_one_channel_leaves_the_others_paused(tmp_path: Path) -> None:
    """When everything is paused, resuming one channel does not let the others send."""
    two = {"telegram-a": {"kind": "telegram", "language": "be"}, "telegram-b": {"kind": "telegram", "language": "be"}}
    async with lookout(tmp_path, channels=two) as house:
        house.site.publish("be", page(1))
        await house.go()
        await house.pipeline.pause(None, None, person="alena")
        house.site.publish("be", page(0, figure=42))
        await house.go()
        await house.pipeline.resume("telegram-a", person="boris")
        await house.look(minutes=1)
        assert ("s2", "telegram-b", "sent") not in await house.posts()


async def test_a_channel_that_leads_elsewhere_now_has_none_of_the_old_posts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a channel's `chat` in the settings is another one, an act touches no post of that one."""
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setattr(delivery, "PATIENCE", delivery.PATIENCE * 0)
    async with BotApi() as api:

        def settings(chat: str) -> dict[str, Any]:
            return {
                "channels": {"telegram-be": {"kind": "telegram", "language": "be", "chat": chat, "api_base": api.url}},
                "delivery": {"wire": "live"},
            }

        async with lookout(tmp_path, **settings("@vestka_old")) as one:
            one.site.publish("be", page(1))
            await one.go()
            one.site.publish("be", page(0, figure=42))
            await one.go()
            await one.look(minutes=1)
            now = one.now
        assert len(api.texts("@vestka_old")) == 1
        new = api.channel("@vestka_new")
        for _ in range(3):
            new.last += 1
            new.messages[new.last] = {
                "message_id": new.last,
                "date": 1,
                "chat": new.shown(),
                "text": f"hand-made {new.last}",
                "from": api.newest("@vestka_old").get("from"),
            }
        before = api.texts("@vestka_new")
        async with lookout(tmp_path, now=now, **settings("@vestka_new")) as two:
            lines = await two.pipeline.retract(2, nonce="r", person="alena")
            await two.look(minutes=1)
        assert api.texts("@vestka_new") == before, (lines, api.texts("@vestka_new"))


async def test_two_names_taken_out_one_after_the_other_are_both_gone(house: Lookout) -> None:
    """Taking a second name out before the first edit has left does not bring the first name back."""
    wire, _sent = await public(house)
    house.site.publish(
        "be",
        page(
            5,
            title="Зміцера Прыкладнага і Веру Узорную пакаралі",
            text="Зміцера Прыкладнага пакаралі ў панядзелак.\n\nВеру Узорную пакаралі ў аўторак.",
        ),
    )
    await house.go()
    if await house.held():
        await house.pipeline.publish(3, person="alena")
        await house.look(minutes=1)
    number = next(number for number, text in wire.public.items() if "Узорную" in text)
    for name in ("Зміцер Прыкладны", "Вера Узорная"):
        await house.pipeline.redact(name, nonce=name[:1], person="alena", keys=["3/telegram-be/be"])
    for _ in range(3):
        await house.look(minutes=1)
    said = wire.public[number]
    assert "Прыкладнага" not in said and "Узорную" not in said, said


async def test_a_redaction_after_a_correction_keeps_the_correction(house: Lookout) -> None:
    """Taking a name out before an approved correction has left keeps the corrected figure and its dated line."""
    wire, sent = await public(house)
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await house.pipeline.redact("Мройск", nonce="n", person="alena", keys=["2/telegram-be/be"])
    for _ in range(3):
        await house.look(minutes=1)
    said = wire.public[sent]
    assert "43" in said and "Выпраўлена" in said and "Мройск" not in said, said


async def test_a_clock_put_back_brings_no_old_words_back(house: Lookout) -> None:
    """When the clock is put back between a post and its correction, a later redaction keeps the correction."""
    wire, sent = await public(house)
    await edited(house, 43)
    house.now -= timedelta(hours=1)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await house.look(seconds=1)
    assert "43" in wire.public[sent]
    await house.pipeline.redact("Мройск", nonce="n", person="alena", keys=["2/telegram-be/be"])
    for _ in range(3):
        await house.look(minutes=1)
    assert "43" in wire.public[sent], wire.public


async def test_a_repost_put_off_by_the_platform_during_a_retraction_does_not_leave(house: Lookout) -> None:
    """A repost that was on its way when its story was withdrawn, and was put off, is not tried again."""

    class Putting(Slow):
        async def send(self, post: Post, envelope: Envelope) -> Outcome:
            if envelope.action == "create" and not self.began.is_set():
                self.began.set()
                await self.go.wait()
                return Later(reason="wait", seconds=5.0)
            return await Platform.send(self, post, envelope)

    slow = Putting()
    slow.public[(await standing(house, "telegram-be"))[0]] = "as it was"
    house.pipeline.wires = {**house.pipeline.wires, "telegram-be": slow}
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    sending = asyncio.create_task(house.pipeline.deliver())
    await slow.began.wait()
    await house.pipeline.retract(2, nonce="one", person="alena")
    slow.go.set()
    await sending
    for _ in range(3):
        await house.look(minutes=1)
    assert not slow.public, slow.public


async def test_a_redacted_name_gets_into_no_audit_trail_and_alarm(house: Lookout) -> None:
    """After a name was taken out, a proposed correction writes that name into neither the audit trail nor an alarm."""
    await public(house)
    await house.pipeline.redact("Мройск", nonce="n", person="alena")
    await house.look(minutes=1)
    before, told = len(await house.trail(2)), len(house.told)
    await edited(house, 43)
    await house.look(minutes=1)
    words = [*(await house.trail(2))[before:], *house.told[told:]]
    assert not any("Мройск" in line for line in words), words


async def test_a_posted_story_skipped_after_correct_stays_corrected(house: Lookout) -> None:
    """An approved correction that has not left yet is not lost without a word when what else waits is refused."""
    wire, sent = await public(house)
    await edited(house, 43)
    await house.pipeline.correct(2, TG, nonce="one", person="alena")
    await house.pipeline.skip(2, "no", person="boris")
    await house.look(minutes=1)
    assert "43" in wire.public[sent] or await proposed(house)


async def test_a_retraction_on_one_channel_stops_what_waits_there(house: Lookout) -> None:
    """After a retraction on one channel, a repost that was waiting there does not bring the story back there."""
    wire, _sent = await public(house)
    await house.pipeline.pause("telegram-be", None, person="alena")
    await house.pipeline.repost(2, TG, nonce="again", person="alena")
    lines = await house.pipeline.retract(2, TG, nonce="one", person="boris")
    await house.pipeline.resume("telegram-be", person="alena")
    for _ in range(3):
        await house.look(minutes=1)
    assert not wire.public, (lines, wire.public)


async def test_a_held_second_language_is_not_published_with_a_redacted_name(tmp_path: Path) -> None:
    """After a name was taken out of what is public, a release of another language does not bring it out."""
    channels = {f"telegram-{one}": {"kind": "telegram", "language": one} for one in ("be", "ru")}
    async with lookout(tmp_path, ("be", "ru"), channels=channels, review={"policy": "always"}) as house:
        house.site.publish("be", page(1))
        house.site.publish("ru", page(1, language="ru"))
        await house.go()
        named = tuple((language, f"/{language}/0") for language in ("be", "ru"))
        for language in ("be", "ru"):
            house.site.publish(language, page(0, 42, language, alternates=named))
        await house.go()
        number = next(int(name[1:]) for name, state, _ in await house.stories() if state == "open")
        await house.pipeline.publish(number, ["telegram-be"], person="alena")
        await house.look(minutes=1)
        await house.pipeline.redact("Мройск", nonce="a", person="alena")
        await house.look(minutes=1)
        lines = await house.pipeline.publish(number, ["telegram-ru"], person="boris")
        await house.look(minutes=1)
        assert not any("Мройск" in text for channel, text in await house.texts() if channel == "telegram-ru"), lines


async def test_ids_of_a_group_before_it_moved_are_not_used_in_the_new_one(house: Lookout) -> None:
    """After a group became a supergroup with another id, its old messages' numbers touch no message of the new one."""
    _wire, sent = await public(house)
    places: list[tuple[str, str | None, str | None]] = []

    class Moving(Platform):
        async def send(self, post: Post, envelope: Envelope) -> Outcome:
            places.append((envelope.action, envelope.remote_id, envelope.place))
            if envelope.place is None:
                return Moved(reason="moved", place="-1001")
            return Receipt(remote_id=envelope.remote_id or "1", url=None, wire="live")

    house.pipeline.wires = {**house.pipeline.wires, "telegram-be": Moving()}
    await house.pipeline.retract(2, TG, nonce="one", person="alena")
    for _ in range(3):
        await house.look(minutes=1)
    assert ("delete", sent, "-1001") not in places, places


async def test_a_withdrawal_that_failed_is_not_cured_by_a_repost(house: Lookout) -> None:
    """The alarm about a withdrawal that failed does not tell its reader to post the story again."""
    wire, _sent = await public(house)
    wire.answers = [Refused(reason="Bad Request: something")]
    await house.pipeline.retract(2, TG, nonce="one", person="alena")
    await house.look(minutes=1)
    await house.look(minutes=1)
    told = [line for line in house.told if "retract-one" in line]
    assert told and not any("vestka repost" in line for line in told), told


async def test_two_reviewers_who_publish_at_once_publish_once(tmp_path: Path) -> None:
    """Two reviewers who release a statement at the same moment release it once."""
    async with office(tmp_path) as made:
        await made.news()
        results = await asyncio.gather(
            *(made.pipeline.publish(1, person=who, revision=1) for who in ("alena", "boris")), return_exceptions=True
        )
        assert await made.outbox() == [("auto", "due")], results
